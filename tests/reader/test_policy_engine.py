"""What enforces policies is known of a cluster that is read: by what nodes say, Cilium's settings, and all DaemonSets."""

from pathlib import Path
from typing import Any

import pytest

from bot.cluster.live import ClusterWide, read
from bot.cluster.transport import Cluster
from bot.model.policy.enforcement import enforcer
from bot.model.question.question import Question
from tests.reader.healthy import Api, forbidden, healthy, kubeconfig
from tests.reader.objects import Json, meta, node, with_network
from tests.reader.test_budget import world

ALONE = Question(service="user-service", namespace="shop")


def _agent(name: str) -> Json:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"hostNetwork": True, "containers": [{"name": name}]}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return {"metadata": meta(name, "network"), "spec": spec}


async def _read(folder: Path, refused: str = "", **objects: Any) -> tuple[str, Api]:
    """Return who enforces policies, in words, and the API server."""
    async with healthy(forbidden, lambda each: bool(refused) and refused in each) as api:
        api.objects = world(**objects)
        (folder / "kubeconfig").write_text(kubeconfig(api))
        async with Cluster(kubeconfig=str(folder / "kubeconfig")) as cluster:
            _, snapshot = await read(cluster, ALONE, cache=ClusterWide())
        return str(enforcer(snapshot)), api


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"enable-policy": "never", "secret": "x"},
            "Cilium does not enforce policies (Node node-1; enable-policy=never)",
        ),
        ({"enable-policy": "default"}, "Cilium enforces policies here (Node node-1; enable-policy=default)"),
    ],
)
async def test_settings_of_cilium_are_read(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    config = {"metadata": meta("cilium-config", "kube-system"), "data": settings}
    told, _ = await _read(tmp_path, nodes=[with_network(node(), "CiliumIsUp")], configmaps=[config])

    assert told == words


@pytest.mark.parametrize(
    ("agents", "refused", "words"),
    [
        (["kube-flannel"], "", "flannel does not enforce policies (DaemonSet network/kube-flannel)"),
        (["kube-flannel", "calico-node"], "", "Calico enforces policies here (DaemonSet network/calico-node)"),
        (["kube-flannel"], "/daemonsets", "None"),
    ],
)
async def test_whether_flannel_is_alone_all_daemon_sets_tell(
    tmp_path: Path, agents: list[str], refused: str, words: str
) -> None:
    """Where they may not be listed nobody knows, as before."""
    nodes = [with_network(node(), "FlannelIsUp")]
    told, _ = await _read(tmp_path, refused, nodes=nodes, daemonsets=[_agent(each) for each in agents])

    assert told == words


async def test_other_clusters_are_asked_nothing_more(tmp_path: Path) -> None:
    _, api = await _read(tmp_path, nodes=[with_network(node(), "CalicoIsUp")])

    assert not any("cilium-config" in each or each.endswith("/daemonsets") for each in api.asked)
