"""The ground: process 1 of a mount, network and process namespace that holds the whole cluster.

It lays the network, starts control plane and nodes, and then only collects children. Nothing it does is seen outside; when
it ends, by whatever cause, the kernel ends every process in it and with them every namespace, mount and rule. The cgroups
of the nodes are the one thing that outlives it; the starter, or the next one, removes those.

Network: a bridge in the ground's own namespace, with the control plane on it and each node at the end of a veth pair. There
is no way out: a packet for an address outside goes to the bridge and is dropped, since nothing forwards there.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.live_cluster.nodes import cgroups
from tests.live_cluster.nodes.control import ENFORCER, PROXY, NodesControlPlane
from tests.live_cluster.nodes.images import write_images
from tests.live_cluster.nodes.layout import (
    CONTROL,
    CONTROL_IPV6,
    NODES,
    address,
    address_ipv6,
    manifest,
    netns,
    pods_ipv6_of,
    pods_of,
    repository,
)

# Knows one name, and says of all others that there are none: `hosts` alone would fail on them.
UPSTREAM = f"""\
.:53 {{
    bind {CONTROL}
    hosts {{
        {CONTROL} upstream.example
        fallthrough
    }}
    template ANY ANY . {{
        rcode NXDOMAIN
    }}
}}
"""


def main(home: Path, binaries: Path, mode: str, starter: int) -> None:
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    _run("mount -t tmpfs tmpfs /run")
    _lay_network()
    write_images(binaries, home / "images")
    plane = NodesControlPlane(binaries, home / "control")
    plane.__enter__()
    (home / "admin.kubeconfig").write_text(Path(plane.kubeconfig).read_text())
    (home / "Corefile").write_text(UPSTREAM)
    plane.run("upstream-dns", [binaries / "coredns", "-conf", home / "Corefile"])
    plane.apply((binaries / "admin-tiers.yaml").read_text())
    for name in NODES:
        _start_node(name, plane, home, mode, starter)
    plane.until(lambda: all(name in plane.kubectl("get", "nodes", "-o", "name") for name in NODES), 60)
    plane.kubectl("wait", "--for=condition=Ready", *(f"node/{name}" for name in NODES), "--timeout=180s")
    # Not before both nodes are there: one pod of the DNS is to be on each.
    plane.apply(manifest("addons.yaml"))
    plane.kubectl("-n", "kube-system", "rollout", "status", "deploy/coredns", "--timeout=180s")
    (home / "ready").touch()
    while True:  # a process 1 without children left has nothing to hold
        os.wait()


def _lay_network() -> None:
    _run("ip link set lo up")
    _run("ip link add bridge type bridge")
    _run(f"ip address add {CONTROL}/24 dev bridge")
    _run(f"ip address add {CONTROL_IPV6}/64 dev bridge nodad")
    _run("ip link set bridge up")
    Path("/proc/sys/net/ipv4/ip_forward").write_text("0")
    for name in NODES:
        _run(f"ip netns add {name}")
        _run(f"ip -n {name} link set lo up")
        _run(f"ip -n {name} link add eth0 type veth peer name {name} netns 1")
        _run(f"ip -n {name} address add {address(name)}/24 dev eth0")
        _run(f"ip -n {name} address add {address_ipv6(name)}/64 dev eth0 nodad")
        _run(f"ip -n {name} link set eth0 up")
        _run(f"ip link set {name} master bridge up")
        _run(f"ip -n {name} route add default via {CONTROL}")
        _run(f"ip -n {name} route add default via {CONTROL_IPV6}")
        _run(f"nsenter --net={netns(name)} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")
        _run(f"ip route add {pods_of(name)} via {address(name)}")
    for name in NODES:
        for other in NODES:
            if other != name:
                _run(f"ip -n {name} route add {pods_of(other)} via {address(other)}")
                _run(f"ip -n {name} route add {pods_ipv6_of(other)} via {address_ipv6(other)}")


def _start_node(name: str, plane: NodesControlPlane, home: Path, mode: str, starter: int) -> None:
    """A node is one more process namespace; what enters it needs the number that its first process has out here."""
    folders = cgroups.make(starter, home.name, name)
    (home / f"{name}.cgroups").write_text("".join(f"{folder}\n" for folder in folders))
    inside = [sys.executable, "-m", "tests.live_cluster.nodes.node", name, home, plane.binaries, mode]
    configs = [plane.config_of(f"system:node:{name}"), plane.config_of(PROXY), plane.config_of(ENFORCER)]
    own = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--uts", "--ipc", "--cgroup"]
    join = [sys.executable, "-m", "tests.live_cluster.nodes.join", home / f"{name}.cgroups"]
    namespaces = ["nsenter", f"--net={netns(name)}", "unshare", *own]
    process = plane.run(name, ["env", "-C", repository(), *join, *namespaces, "--", *inside, *configs])
    (home / f"{name}.unshare").write_text(str(process.pid))


def _run(command: str) -> None:
    subprocess.run(command.split(), check=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
