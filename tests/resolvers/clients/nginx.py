"""Asks a real nginx, whose `resolver` is the pod's nameservers, for a page behind a name; its log has each address tried."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

_CONFIG = """daemon off; pid {folder}/pid; error_log {folder}/error.log info; events {{}} user root;
http {{
  access_log off;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3; uwsgi_temp_path {folder}/4;
  scgi_temp_path {folder}/5;
  resolver {servers};
  server {{ listen 127.0.0.99:8080; location / {{ set $host_asked "{name}"; proxy_pass http://$host_asked:8081; }} }}
}}
"""


def main(nginx: str, name: str, place: str) -> None:
    """Print what nginx made of the name."""
    folder = Path(place)
    servers = re.findall(r"nameserver (\S+)", Path("/etc/resolv.conf").read_text(encoding="utf-8"))
    (folder / "nginx.conf").write_text(_CONFIG.format(folder=folder, servers=" ".join(servers), name=name))
    server = subprocess.Popen([nginx, "-p", place, "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    log = folder / "error.log"
    while not log.exists() or "start worker process " not in log.read_text():
        time.sleep(0.02)
    began = time.monotonic()
    for _ in range(5):
        try:
            urllib.request.urlopen("http://127.0.0.99:8080/", timeout=60)
        except urllib.error.HTTPError:
            break
        except urllib.error.URLError:
            time.sleep(0.1)
    seconds = time.monotonic() - began
    said = log.read_text()
    found = sorted(set(re.findall(r'upstream: "http://\[?([\da-f.:]+?)\]?:8081/', said)))
    error = re.findall(r"could not be resolved \(([^)]+)\)", said)
    server.terminate()
    server.wait()
    print(json.dumps({"addresses": found, "error": "" if found else " ".join(error[:1]), "seconds": seconds}))


if __name__ == "__main__":
    main(*sys.argv[1:])
