"""Real resolvers in a client pod: the machine's own programs, shown to the pod with the folders they need, read only.

Each row of docs/resolvers.md that pip, apt and the compiler give is one command; what it prints has an address, or has none.
nginx runs beside them as a proxy to whatever host the header X-Host names, and answers 502 where it finds none.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.live_cluster.binaries import cache
from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.faults.words import IMAGE, LOOKUPS
from tests.live_cluster.nodes.layout import CLUSTER_DNS
from tests.resolvers import machine

_SHOWN = {"/usr": "/usr", "/lib": "/usr/lib", "/lib64": "/usr/lib64"}  # Debian's links, which a volume does not follow
_PATH = "/:/bin:/usr/bin:/usr/sbin"
_CLIENTS = Path(machine.__file__).parent / "clients"
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PATIENCE = "20"  # seconds for one lookup, where each nameserver is tried once
_NGINX = """\
daemon off; pid /tmp/pid; error_log /tmp/error.log; events {} user root;
http {
  access_log off; client_body_temp_path /tmp/1; proxy_temp_path /tmp/2; fastcgi_temp_path /tmp/3;
  uwsgi_temp_path /tmp/4; scgi_temp_path /tmp/5; resolver SERVER valid=1s; resolver_timeout 5s;
  server { listen 127.0.0.1:8088; location / { proxy_pass http://$http_x_host:PORT; } }
}
"""


def commands() -> dict[str, tuple[str, ...]]:
    """Return the command of each resolver; programs that are missing are compiled or installed."""
    made = {"musl": machine.musl(), "go": machine.go(), "node": machine.node()}
    asked = {name: client.command for name, client in made.items()}
    nginx = ("wget", "-q", "-O", "-", "--header", "X-Host: {name}", "http://127.0.0.1:8088/")
    return {"glibc": ("/usr/bin/getent", "ahosts", "{name}"), **asked, "nginx": nginx}


def pod(dns: dict[str, Any], port: int = 80) -> dict[str, Any]:
    """Return the pod `lookups`, on n1, with DNS settings of a pod's spec; nginx goes on to `port`."""
    nginx = machine.nginx()
    program, environ = nginx.command[2], nginx.environ
    places = {**_SHOWN, str(cache()): str(cache()), str(_CLIENTS): str(_CLIENTS)}
    names = {inside: f"place-{number}" for number, inside in enumerate(places)}
    config = _NGINX.replace("SERVER", CLUSTER_DNS).replace("PORT", str(port))
    container = {
        "name": LOOKUPS,
        "image": IMAGE,
        "command": ["sh", "-c", 'echo "$CONFIG" > /tmp/nginx.conf; "$@" & exec /serve -refuse', "sh"],
        "args": [program, "-p", "/tmp", "-c", "/tmp/nginx.conf"],
        "env": [{"name": name, "value": value} for name, value in {"CONFIG": config, "PATH": _PATH, **environ}.items()],
        "volumeMounts": [{"name": name, "mountPath": inside, "readOnly": True} for inside, name in names.items()],
    }
    volumes = [{"name": names[inside], "hostPath": {"path": here}} for inside, here in places.items()]
    spec = {"nodeName": "n1", "terminationGracePeriodSeconds": 0, "containers": [container], "volumes": volumes, **dns}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": LOOKUPS, "labels": {"app": LOOKUPS}}, "spec": spec}


def finding(cluster: RealCluster, namespace: str, name: str, resolvers: Iterable[str]) -> set[str]:
    """Return which of the resolvers find the name, from the pod `lookups` of a namespace."""
    known = commands()
    return {
        each for each in resolvers if _finds(cluster, namespace, [one.replace("{name}", name) for one in known[each]])
    }


def _finds(cluster: RealCluster, namespace: str, command: list[str]) -> bool:
    said = cluster.client(f"{namespace}/{LOOKUPS}", "timeout", _PATIENCE, *command)
    return bool(_ADDRESS.search(said) or said.startswith("storefront-"))
