"""Fixtures of a real cluster: one control plane a session, its DNS, and namespaces that tests fill and throw away."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.live_cluster.binaries import build
from tests.live_cluster.control_plane import ControlPlane
from tests.live_cluster.existing import ExistingCluster

HERE = Path(__file__).parent
PATIENCE = 180.0  # seconds that a state of the cluster is waited for
COREFILE = """.:53 {
    bind 10.96.0.10 10.244.255.2 10.244.255.3
    errors
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig KUBECONFIG
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }
}
"""


Cluster = ControlPlane | ExistingCluster


@pytest.fixture(scope="session")
def control_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The cluster that K8SNET_TEST_KUBECONFIG names; else ours, with stand-ins for nodes and a real CoreDNS."""
    binaries = Path(os.environ.get("K8SNET_TEST_BINARIES") or build())
    if kubeconfig := os.environ.get("K8SNET_TEST_KUBECONFIG"):
        existing = ExistingCluster(kubeconfig, binaries, tmp_path_factory.mktemp("existing"))
        yield existing
        existing.clean()
        return
    with ControlPlane(binaries, tmp_path_factory.mktemp("control-plane")) as plane:
        plane.run("fake-kubelet", [sys.executable, HERE / "fake_kubelet.py", plane.kubeconfig])
        plane.apply((HERE / "dns.yaml").read_text())
        corefile = plane.home / "Corefile"
        corefile.write_text(COREFILE.replace("KUBECONFIG", plane.kubeconfig))
        plane.run("coredns", [binaries / "coredns", "-conf", corefile])
        plane.kubectl(
            "-n", "kube-system", "wait", "pod", "-l", "k8s-app=kube-dns", "--for=condition=Ready", "--timeout=180s"
        )
        yield plane


@pytest.fixture
def pod_network(control_plane: Cluster) -> None:
    """For tests that reach pods: a cluster elsewhere may not let this machine, and then it cannot be measured from here."""
    if not control_plane.pod_network:
        pytest.skip("the pod network of this existing cluster is not reachable from here")


@pytest.fixture(scope="session")
def eventually() -> Callable[..., None]:
    """Ask again until something is so, for at most three minutes: the machine may be busy."""

    def wait(true: Callable[[], bool], *, what: str = "") -> None:
        end = time.monotonic() + PATIENCE
        while not true():
            assert time.monotonic() < end, f"did not happen in {PATIENCE} s: {what or true}"
            time.sleep(0.1)

    return wait


@pytest.fixture(scope="session")
def k8snet(control_plane: ControlPlane) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the program as its user does."""

    def run(*words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd=HERE.parents[1],
            env={**os.environ, "KUBECONFIG": control_plane.kubeconfig, **environ},
        )

    return run
