"""One node: process 1 of its namespaces; starts containerd, kubelet, kube-proxy and the policy enforcer.

Each component's process number is in /run/NAME.pid of the node, so that a test can stop and continue just that one.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.live_cluster.nodes.layout import (
    CLUSTER_DNS,
    CONTROL,
    PODS,
    PODS_IPV6,
    REGISTRY,
    address,
    pods_ipv6_of,
    pods_of,
)

# The kubelet wants these and would set them for the whole machine: it is shown files instead.
KERNEL = {
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1000000,
    "kernel/keys/root_maxbytes": 25000000,
}
CONTAINERD = """\
version = 2
root = "/var/lib/containerd"
state = "/run/containerd"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "REGISTRY/pause:1"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/var/lib/cni-config"
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
"""


def main(name: str, home: Path, binaries: Path, mode: str, *configs: str) -> None:
    socket.sethostname(name)
    _mounts(home / name)
    _write_settings(name, home)
    _start("containerd", ["containerd", "--config", "/var/lib/containerd.toml"])
    _until_containerd_answers()
    importers = [
        subprocess.Popen(["ctr", "-n", "k8s.io", "images", "import", image], stdout=subprocess.DEVNULL)
        for image in (home / "images").iterdir()
    ]
    if any(importer.wait() for importer in importers):
        raise SystemExit("an image was not imported")
    _queue_connections()
    for component, command in _components(name, binaries, mode, configs).items():
        _start(component, command)
    while True:  # a component that ends is missed by the cluster, not by us
        os.wait()


def _mounts(base: Path) -> None:
    """A /var, a /run and a cgroup tree of the node's own."""
    _mount("--make-rprivate", "/")
    for folder in ("lib", "log"):
        (base / folder).mkdir(parents=True)
        _mount("--bind", base / folder, f"/var/{folder}")
    Path("/var/lib/kubelet").mkdir()
    _mount("-t", "tmpfs", "tmpfs", "/run")
    _mount("-t", "tmpfs", "tmpfs", "/sys/fs/cgroup")
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        controllers = line.split(":", 2)[1]
        if controllers:
            folder = Path("/sys/fs/cgroup") / controllers.removeprefix("name=")
            folder.mkdir()
            options = f"none,{controllers}" if controllers.startswith("name=") else controllers
            _mount("-t", "cgroup", "-o", options, "cgroup", folder)
    for setting, value in KERNEL.items():
        file = Path("/var/lib", setting.replace("/", "_"))
        file.write_text(f"{value}\n")
        _mount("--bind", file, f"/proc/sys/{setting}")


def _write_settings(name: str, home: Path) -> None:
    network = Path("/var/lib/cni-config")
    network.mkdir()
    addresses = {
        "type": "host-local",
        "dataDir": "/run/cni",
        "routes": [{"dst": "0.0.0.0/0"}, {"dst": "::/0"}],
        "ranges": [[{"subnet": pods_of(name)}], [{"subnet": pods_ipv6_of(name)}]],
    }
    plugin = {"type": "ptp", "mtu": 1500, "ipam": addresses}
    (network / "10-pods.conflist").write_text(
        json.dumps({"cniVersion": "0.4.0", "name": "pods", "plugins": [plugin]})  # the newest that containerd 1.6 takes
    )
    Path("/var/lib/containerd.toml").write_text(CONTAINERD.replace("REGISTRY", REGISTRY))
    Path("/var/lib/resolv.conf").write_text(f"nameserver {CONTROL}\n")
    nothing = dict.fromkeys(("imagefs.available", "nodefs.available", "nodefs.inodesFree", "memory.available"), "0%")
    settings = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(home / "control/pki/kubelet-client.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDNS": [CLUSTER_DNS],
        "clusterDomain": "cluster.local",
        "resolvConf": "/var/lib/resolv.conf",
        "containerRuntimeEndpoint": "unix:///run/containerd/containerd.sock",
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,  # the default from 1.35 on; these nodes have cgroups of version 1
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "evictionHard": nothing,  # the machine's own disk and memory are no matter of the tests
        "imageGCHighThresholdPercent": 100,
        "nodeStatusUpdateFrequency": "3s",
        "nodeLeaseDurationSeconds": 12,
    }
    Path("/var/lib/kubelet.json").write_text(json.dumps(settings))


def _queue_connections() -> None:
    """Give the enforcer the first packet of each connection from, to or past a pod.

    It writes such rules itself, with the `queue` of nftables, which not every kernel has; each has this one.
    """
    new = "-m conntrack --ctstate NEW -j NFQUEUE --queue-num 100 --queue-bypass"
    for program in ("iptables", "ip6tables"):
        for chain in ("FORWARD", "INPUT ! -i lo"):
            subprocess.run([*f"{program} -w -t mangle -A {chain} {new}".split()], check=True)


def _components(name: str, binaries: Path, mode: str, configs: tuple[str, ...]) -> dict[str, list[str]]:
    node, proxy, enforcer = configs
    conntrack = ["--conntrack-max-per-core=0", "--conntrack-min=0"]  # the machine's, and not ours to change
    timeouts = ["--conntrack-tcp-timeout-established=0s", "--conntrack-tcp-timeout-close-wait=0s"]
    return {
        "kubelet": [
            f"{binaries}/kubelet",
            f"--kubeconfig={node}",
            "--config=/var/lib/kubelet.json",
            f"--hostname-override={name}",
            f"--node-ip={address(name)}",
            "--cert-dir=/var/lib/kubelet/pki",
        ],
        "kube-proxy": [
            f"{binaries}/kube-proxy",
            f"--kubeconfig={proxy}",
            f"--hostname-override={name}",
            f"--proxy-mode={mode}",
            f"--cluster-cidr={PODS},{PODS_IPV6}",
            "--oom-score-adj=0",
            *conntrack,
            *timeouts,
        ],
        "kube-network-policies": [
            f"{binaries}/kube-network-policies",
            f"--kubeconfig={enforcer}",
            f"--hostname-override={name}",
            "--metrics-bind-address=127.0.0.1:9080",
            "--disable-nri",
            "--netfilter-bug-1766-fix=false",  # of kernels before 6.12
            "--strict-mode=false",  # what stands, stays: its look over standing connections is the whole machine's
        ],
    }


def _start(name: str, command: Sequence[str]) -> None:
    with Path(f"/var/log/{name}.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    Path(f"/run/{name}.pid").write_text(str(process.pid))


def _until_containerd_answers() -> None:
    for _ in range(300):
        if subprocess.run(["ctr", "version"], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)
    raise SystemExit("containerd does not answer after 30 s; see containerd.log")


def _mount(*words: str | Path) -> None:
    subprocess.run(["mount", *words], check=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
