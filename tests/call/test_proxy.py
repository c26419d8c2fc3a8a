"""The service proxy of the caller's node: sound where it was seen to run steadily, and off the path where nobody could look."""

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
        ((kube_proxy("node-1"), kube_proxy("node-2", conditions=[])), "kube-proxy runs on node-1"),
        ((kube_proxy("node-1", containerStatuses=[crashing("kube-proxy", restarts=1)]),), "kube-proxy runs on node-1"),
    ],
)
def test_proxy_that_runs_is_sound(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """One restart is a rollout; another node's trouble is not this call's."""
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


def node(**fields: Any) -> dict[str, Any]:
    labels = fields.pop("labels", {})
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node-1", "labels": labels}, **fields}


def agent(name: str, on: str = "node-1", **status: Any) -> dict[str, Any]:
    spec = {"nodeName": on, "hostNetwork": True, "containers": [{"name": name}]}
    whole = {"phase": "Running", "conditions": READY, **status}
    return pod(f"{name}-{on}", "kube-system", labels={"k8s-app": name}, spec=spec, status=whole)


K3S = {"node.kubernetes.io/instance-type": "k3s"}
LOST = {"conditions": [{"type": "Ready", "status": "Unknown"}]}


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ((agent("cilium-agent"),), Status.OK, "Cilium runs on node-1, where kube-proxy is no pod"),
        (
            (agent("ovnkube-controller"), agent("ovnkube-controller", "node-2")),
            Status.OK,
            "OVN-Kubernetes runs on node-1",
        ),
        ((agent("cilium-agent", "node-2"),), Status.UNKNOWN, "none was found on the caller's node node-1"),
        (
            (agent("cilium-agent", containerStatuses=[crashing("cilium-agent")]),),
            Status.UNKNOWN,
            "does not run steadily",
        ),
        ((kube_proxy("node-1"), agent("cilium-agent", conditions=[])), Status.OK, "kube-proxy runs on node-1"),
        ((node(labels=K3S),), Status.OK, "k3s holds kube-proxy and kubelet in one process on node-1"),
        ((node(labels=K3S, status=LOST),), Status.UNKNOWN, "whose k3s holds kube-proxy, is lost"),
        ((node(labels=K3S), agent("cilium-agent", conditions=[])), Status.UNKNOWN, "does not run steadily"),
    ],
)
def test_what_stands_in_for_kube_proxy_is_looked_at(changes: Any, status: Status, words: str) -> None:
    """An agent that translates Services itself, or the process of the kubelet; where kube-proxy has pods, they count."""
    seen = sight(Hop.PROXY, *changes)

    assert (seen.status, words in seen.because) == (status, True), seen


@pytest.mark.parametrize("changes", [(), (agent("calico-node"),), (agent("kindnet-cni"), agent("aws-node"))])
def test_a_proxy_that_no_object_shows_is_not_sound(changes: tuple[dict[str, Any], ...]) -> None:
    """Neither is it open, or no call of such a cluster were ever sound: the other hops decide (docs/decisions.md)."""
    seen = sight(Hop.PROXY, *changes)

    assert (seen.status, "it was not looked at" in seen.because) == (Status.OFF_PATH, True), seen


@pytest.mark.parametrize(("system", "status"), [("windows", Status.OFF_PATH), ("linux", Status.UNKNOWN)])
def test_a_node_of_windows_runs_its_proxy_outside_of_pods(system: str, status: Status) -> None:
    """As on AKS, EKS and GKE, whose DaemonSet is for Linux alone; on Linux a node without its pod is open."""
    known = node(status={"nodeInfo": {"operatingSystem": system}})

    assert sight(Hop.PROXY, known, kube_proxy("node-2")).status is status


def test_proxy_is_known_by_the_cluster_ip_that_connects() -> None:
    """From the caller's own node a connection proves it; from outside of the cluster it is another proxy's work."""
    unread = sight(Hop.PROXY, gap="dns")
    probed = sight(Hop.PROXY, gap="dns", saw=f"{TCP} answered")
    silent = sight(Hop.PROXY, saw=[f"{TCP} timeout", "tcp endpoint 10.244.0.11:8080 answered"])

    assert (unread.status, probed.status, probed.basis) == (Status.UNKNOWN, Status.OK, Basis.PROBED)
    assert silent.status is Status.UNKNOWN
    assert sight(Hop.PROXY, ask="user-service -n shop").status is Status.OFF_PATH
