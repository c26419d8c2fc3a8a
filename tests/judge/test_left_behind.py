"""What nobody uses is told as known and old, in dumps that hardly show who calls, too."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.model.gaps import Listed
from bot.model.kube.kinds import BY_STRUCT
from bot.model.kube.workloads import Event
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, when

DAY = timedelta(days=1)


def empty(*, made: timedelta, kind: str = "ClusterIP") -> dict[str, Any]:
    """Return a Service that selects what nobody has."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "reports-v0", "namespace": "shop", "creationTimestamp": when(NOW - made)},
        "spec": {"type": kind, "clusterIP": "172.20.200.9", "selector": {"app": "reports-v0"}, "ports": [{"port": 80}]},
    }


def event(of: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{of}.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": of},
        "type": "Normal",
        "reason": "Killing",
        "message": "Stopping container app",
        "lastTimestamp": when(NOW - timedelta(minutes=20)),
    }


def is_new(*documents: dict[str, Any], namespace: str = "shop") -> list[bool]:
    found = triage(cluster(*documents), at=NOW, namespaces=(namespace,))
    return [not each.is_old for each in found.causes]


@pytest.mark.parametrize(
    ("documents", "new"),
    [
        pytest.param([empty(made=400 * DAY), event("user-service-1")], False, id="old, and no Event is of it"),
        pytest.param([empty(made=400 * DAY), event("reports-v0-7d9f-x2x4z")], True, id="its pod was just deleted"),
        pytest.param([empty(made=400 * DAY)], True, id="no Events were read"),
        pytest.param([empty(made=DAY), event("user-service-1")], True, id="made yesterday"),
        pytest.param([empty(made=400 * DAY, kind="LoadBalancer"), event("user-service-1")], True, id="from outside"),
    ],
)
def test_an_empty_service_is_old_where_events_are_silent_about_it(documents: list[dict[str, Any]], new: bool) -> None:
    assert is_new(*documents) == [new]


def asleep(*, others: bool) -> list[dict[str, Any]]:
    """Return a namespace whose only workload is at zero, or has another one that runs; elsewhere something is called."""
    labels = {"app": "api"}
    env = [{"name": "USERS_URL", "value": "http://user-service"}]
    running = {"phase": "Running", "podIP": "10.244.9.3", "conditions": [{"type": "Ready", "status": "True"}]}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "staging"}},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "api", "namespace": "staging", "generation": 9},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "api", "namespace": "staging"},
            "spec": {"clusterIP": "172.20.200.8", "selector": labels, "ports": [{"port": 80}]},
        },
        {
            "kind": "Pod",
            "metadata": {"name": "checkout-1", "namespace": "shop"},
            "spec": {"containers": [{"name": "app", "env": env}]},
        },
        *(
            [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {"name": "web-1", "namespace": "staging", "labels": {"app": "web"}},
                    "spec": {"nodeName": "node-1", "containers": [{"name": "app"}]},
                    "status": running,
                }
            ]
            if others
            else []
        ),
    ]


@pytest.mark.parametrize("others", [False, True], ids=["nothing runs there", "others run there"])
def test_a_namespace_that_sleeps_is_meant_to(others: bool) -> None:
    found = triage(cluster(*asleep(others=others)), at=NOW)

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("APP-017", not others)]


@pytest.mark.parametrize(
    ("about", "is_old"),
    [("user-service-1", True), ("api-5d4f-x2x4z", False)],
    ids=["Events are silent about it", "its pod was just deleted"],
)
def test_what_is_at_zero_and_unused_is_meant_to_where_events_are_silent_about_it(about: str, is_old: bool) -> None:
    of_it = event(about)
    of_it["metadata"]["namespace"] = of_it["involvedObject"]["namespace"] = "staging"
    found = triage(cluster(*asleep(others=True), of_it), at=NOW)

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("APP-017", is_old)]


def test_an_empty_list_of_events_is_silent_about_everything() -> None:
    snapshot = cluster(empty(made=400 * DAY))
    read = replace(snapshot, listed=(Listed(BY_STRUCT[Event].key),))

    assert [each.is_old for each in triage(snapshot, at=NOW, namespaces=("shop",)).causes] == [False]
    assert [each.is_old for each in triage(read, at=NOW, namespaces=("shop",)).causes] == [True]


@pytest.mark.parametrize(
    ("ports", "new"),
    [
        pytest.param({}, False, id="nothing could call it: what keeps the Endpoints of a leader election"),
        pytest.param({"ports": [{"port": 5432}]}, True, id="a Service whose endpoints somebody fills in"),
    ],
)
def test_a_service_without_selector_and_ports_is_no_news(ports: dict[str, Any], new: bool) -> None:
    service = empty(made=100 * DAY)
    service["spec"] = {"type": "ClusterIP", "clusterIP": "None", **ports}

    assert is_new(service) == [new]
