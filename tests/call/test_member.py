"""A pod's own name under a Service is a call to that pod alone: what another one suffers is no matter."""

from typing import Any

import pytest

from bot.checks.engine.judge import judge
from bot.model.question.question import Question, Source
from bot.model.question.resolve import resolve
from tests.call.sights import pod, policy
from tests.checks.manifests import Written, case_of

PEERS = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"name": "peers", "namespace": "shop"},
    "spec": {
        "clusterIP": "None",
        "clusterIPs": ["None"],
        "selector": {"app": "db"},
        "ports": [{"port": 5432, "targetPort": 5432}],
    },
}
OWNER = {"kind": "StatefulSet", "name": "db", "controller": True}
READY = {"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T03:50:00Z"}
CRASHED = {
    "containerStatuses": [
        {
            "name": "db",
            "restartCount": 9,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-23T03:58:00Z"}},
        }
    ],
    "conditions": [{**READY, "status": "False"}],
}


def member(number: int, **status: Any) -> dict[str, Any]:
    """Return one of the two pods, with a name of its own."""
    name, address = f"db-{number}", f"10.244.0.5{number}"
    spec = {
        "nodeName": f"node-{number + 1}",
        "hostname": name,
        "subdomain": "peers",
        "containers": [{"name": "db", "ports": [{"containerPort": 5432}]}],
    }
    whole = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "conditions": [READY], **status}
    return pod(name, labels={"app": "db", "number": str(number)}, spec=spec, status=whole)


DENIED = policy("shop", podSelector={"matchLabels": {"number": "1"}}, policyTypes=["Ingress"])


@pytest.mark.parametrize(
    ("name", "changes", "verdicts"),
    [
        ("db-0.peers.shop", (), "ok ok ok"),
        ("db-1.peers.shop", (DENIED,), "ok fail ok"),
        ("db-0.peers.shop", (DENIED,), "ok ok ok"),
        ("db-0.peers", (DENIED,), "ok ok ok"),
        ("db-0.peers.shop.svc.cluster.local.", (DENIED,), "ok ok ok"),
        ("peers.shop", (DENIED,), "ok warn ok"),
        ("db-0.peers.shop", (member(1, **CRASHED),), "ok ok ok"),
        ("db-1.peers.shop", (member(1, **CRASHED),), "fail ok fail"),
        ("peers.shop", (member(1, **CRASHED),), "ok ok warn"),
    ],
)
def test_name_of_a_pod_is_that_pod(name: str, changes: tuple[dict[str, Any], ...], verdicts: str) -> None:
    """DNS, routing and application of the name of one, and of both, where one is cut off or crashes."""
    ask = f"peers -n shop --from shop/checkout-1 --port 5432 --name {name}"
    documents = [PEERS, member(0), *([] if changes and changes[0]["kind"] == "Pod" else [member(1)]), *changes]

    found = judge(case_of(Written("test", "", {"ask": [ask]}, documents)), strict=True)

    assert " ".join(str(each.status) for each in found.verdicts.values()) == verdicts, found.root_cause


def test_name_of_a_pod_counts_that_pod() -> None:
    """One of two wanted pods is all that the name of one needs."""
    maker = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "db"}}},
    }
    owned = [{**each, "metadata": {**each["metadata"], "ownerReferences": [OWNER]}} for each in (member(0), member(1))]
    ask = "peers -n shop --from shop/checkout-1 --port 5432 --name db-0.peers.shop"

    found = judge(case_of(Written("test", "", {"ask": [ask]}, [PEERS, maker, *owned])), strict=True)

    assert found.verdicts["application"].summary == "1 of 1 pod ready; not probed"


@pytest.mark.parametrize(("name", "meant"), [("db-0.peers", ("peers", "shop")), ("db-9.peers", ("db-9", "peers"))])
def test_short_name_of_a_pod_is_one_of_the_only_namespace_that_has_it(name: str, meant: tuple[str, str]) -> None:
    """From another namespace it does not resolve, and what was meant is known; a pod that is not there means nothing."""
    snapshot = case_of(Written("test", "", {"ask": ["peers -n shop"]}, [PEERS, member(0)])).snapshot

    asked = resolve(Question(name=name, source=Source("edge", pod="web-1")), snapshot)

    assert (asked.service, asked.namespace) == meant
