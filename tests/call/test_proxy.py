"""The service proxy of the caller's node: kube-proxy that runs steadily, or none anywhere, is sound."""

from typing import Any

import pytest

from bot.model.call.hop import Hop
from bot.model.result.status import Basis, Status
from tests.call.sights import crashing, pod, sight

READY = [{"type": "Ready", "status": "True"}]
TCP = "tcp service 10.96.12.7:80"


def kube_proxy(node: str, **status: Any) -> dict[str, Any]:
    spec = {"nodeName": node, "hostNetwork": True, "containers": [{"name": "kube-proxy"}]}
    whole = {"phase": "Running", "conditions": READY, **status}
    return pod(f"kube-proxy-{node}", "kube-system", labels={"k8s-app": "kube-proxy"}, spec=spec, status=whole)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((), "another service proxy"),
        ((kube_proxy("node-1"), kube_proxy("node-2", conditions=[])), "kube-proxy runs on node-1"),
        ((kube_proxy("node-1", containerStatuses=[crashing("kube-proxy", restarts=1)]),), "kube-proxy runs on node-1"),
    ],
)
def test_proxy_that_runs_is_sound(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """No kube-proxy anywhere means another proxy; one restart is a rollout; another node's trouble is not this call's."""
    seen = sight(Hop.PROXY, *changes)

    assert (seen.status, words in seen.because) == (Status.OK, True), seen


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((kube_proxy("node-2"),), "none was found on the caller's node node-1"),
        ((kube_proxy("node-1", conditions=[{"type": "Ready", "status": "False"}]),), "not ready"),
        ((kube_proxy("node-1", containerStatuses=[crashing("kube-proxy")]),), "does not run steadily"),
    ],
)
def test_proxy_that_may_not_run_is_unknown(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """On other nodes only, not ready, or ready between two crashes."""
    seen = sight(Hop.PROXY, *changes)

    assert (seen.status, words in seen.because) == (Status.UNKNOWN, True), seen


@pytest.mark.parametrize(("system", "status"), [("windows", Status.OK), ("linux", Status.UNKNOWN)])
def test_a_node_of_windows_runs_its_proxy_outside_of_pods(system: str, status: Status) -> None:
    """As on AKS, EKS and GKE, whose DaemonSet is for Linux alone; on Linux a node without its pod is open."""
    node = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1"}}
    node = {**node, "status": {"nodeInfo": {"operatingSystem": system}}}

    assert sight(Hop.PROXY, node, kube_proxy("node-2")).status is status


def test_proxy_is_known_by_the_cluster_ip_that_connects() -> None:
    """From the caller's own node a connection proves it; from outside of the cluster it is another proxy's work."""
    unread = sight(Hop.PROXY, gap="dns")
    probed = sight(Hop.PROXY, gap="dns", saw=f"{TCP} answered")
    silent = sight(Hop.PROXY, saw=[f"{TCP} timeout", "tcp endpoint 10.244.0.11:8080 answered"])

    assert (unread.status, probed.status, probed.basis) == (Status.UNKNOWN, Status.OK, Basis.PROBED)
    assert silent.status is Status.UNKNOWN
    assert sight(Hop.PROXY, ask="user-service -n shop").status is Status.OFF_PATH
