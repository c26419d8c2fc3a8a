"""The node-local DNS cache: looked for where the caller's own settings name its address, and nothing on its node has it."""

from pathlib import Path

from bot.checks.engine.judge import judge
from bot.cluster.live import read
from bot.cluster.transport import Cluster
from bot.model.case import Case
from bot.model.dns.node_local import NODE_LOCAL, NODE_LOCAL_ADDRESS
from bot.model.question.question import Question, Source
from tests.reader.healthy import CALLER, OBJECTS, healthy, kubeconfig
from tests.reader.objects import Json, meta

QUESTION = Question(service="user-service", namespace="shop", source=Source(namespace="web", pod=CALLER))
DAEMON_SET = {
    "metadata": meta(NODE_LOCAL, "kube-system"),
    "spec": {"selector": {"matchLabels": {"k8s-app": NODE_LOCAL}}, "template": {"spec": {}}},
    "status": {"desiredNumberScheduled": 0},
}


def _asking(nameserver: str) -> list[Json]:
    config = {"nameservers": [nameserver], "searches": ["web.svc.cluster.local", "svc.cluster.local", "cluster.local"]}
    return [
        {**each, "spec": {**each["spec"], "dnsPolicy": "None", "dnsConfig": config}}
        if each["metadata"]["name"] == CALLER
        else each
        for each in OBJECTS["pods"]
    ]


async def _codes(folder: Path, nameserver: str, sets: list[Json]) -> tuple[list[str], bool]:
    """Return what is found, and whether the DaemonSet was asked for."""
    async with healthy() as api:
        api.objects = {**OBJECTS, "pods": _asking(nameserver), "daemonsets": [*OBJECTS.get("daemonsets", ()), *sets]}
        path = folder / "kubeconfig"
        path.write_text(kubeconfig(api))
        async with Cluster(kubeconfig=str(path)) as cluster:
            _, snapshot = await read(cluster, QUESTION)
    found = [each.code for each in judge(Case(QUESTION, snapshot), strict=True).findings]
    return found, any(each.name == NODE_LOCAL for each in snapshot.daemon_sets)


async def test_cache_that_runs_nowhere_is_found(tmp_path: Path) -> None:
    """Its DaemonSet is there and has no pod, so nothing answers at its address."""
    found, _ = await _codes(tmp_path, NODE_LOCAL_ADDRESS, [DAEMON_SET])
    assert found[0] == "DNS-028"


async def test_cluster_without_a_cache_is_not_accused(tmp_path: Path) -> None:
    """Who answers at that address is not known then, and the DaemonSet is not asked for by anybody else's caller."""
    assert await _codes(tmp_path, NODE_LOCAL_ADDRESS, []) == ([], False)
    assert await _codes(tmp_path, "10.96.0.10", [DAEMON_SET]) == ([], False)
