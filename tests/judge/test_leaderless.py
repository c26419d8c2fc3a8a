"""A Service that selects the leader of its members, none of which is labelled so: somebody misses it, however old it is."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, when

DAY, LOST = timedelta(days=1), timedelta(minutes=35)


def service(role: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"db-{role}", "namespace": "shop", "creationTimestamp": when(NOW - 90 * DAY)},
        "spec": {"clusterIP": "172.20.200.8", "selector": {"app": "db", "role": role}, "ports": [{"port": 5432}]},
    }


def member(number: int, **labels: str) -> dict[str, Any]:
    """Return a ready member that has these labels since half an hour, by whoever elects."""
    since = {"status": "True", "lastTransitionTime": when(NOW - 9 * DAY)}
    written = {"f:metadata": {"f:labels": {"f:role": {}}}}
    entry = {"manager": "patroni", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": written}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"db-{number}",
            "namespace": "shop",
            "labels": {"app": "db", **labels},
            "creationTimestamp": when(NOW - 9 * DAY),
            "managedFields": [{**entry, "time": when(NOW - LOST)}],
            "ownerReferences": [{"kind": "StatefulSet", "apiVersion": "apps/v1", "name": "db", "controller": True}],
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "db:1"}]},
        "status": {
            "phase": "Running",
            "podIP": f"10.244.0.8{number}",
            "podIPs": [{"ip": f"10.244.0.8{number}"}],
            "conditions": [{"type": each, **since} for each in ("Ready", "ContainersReady")],
            "containerStatuses": [
                {"name": "app", "ready": True, "state": {"running": {"startedAt": when(NOW - 9 * DAY)}}}
            ],
        },
    }


def maker(**labels: str) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "db", **labels}},
        "spec": {"containers": [{"name": "app", "image": "db:1"}]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "db"}}, "template": template},
    }


def elsewhere() -> dict[str, Any]:
    """Return an Event of something else: so Events were read, and are silent about the Service."""
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "x.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "user-service-1"},
        "type": "Normal",
        "reason": "Pulled",
        "lastTimestamp": when(NOW - timedelta(minutes=20)),
    }


def told(*documents: dict[str, Any]) -> Triage:
    return triage(cluster(*documents, elsewhere()), at=NOW, namespaces=("shop",))


def test_none_leads_since_the_label_was_taken() -> None:
    found = told(service("master"), maker(), member(1, role="replica"), member(2, role="replica"))

    assert [(each.finding.code, each.since, each.is_old) for each in found.causes] == [("RTE-001", NOW - LOST, False)]
    assert (
        "none of the 2 pods that fit it else is labelled role=master (role=replica)" in found.causes[0].finding.message
    )


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([service("replica"), maker(), member(1, role="master")], id="one member has no replica"),
        pytest.param(
            [service("master"), maker(role="replica"), member(1, role="replica")], id="its template says what it is"
        ),
    ],
)
def test_what_may_be_so_on_purpose_is_old(documents: list[dict[str, Any]]) -> None:
    assert [(each.finding.code, each.is_old) for each in told(*documents).causes] == [("RTE-001", True)]


def test_one_leads() -> None:
    assert told(service("master"), maker(), member(1, role="master"), member(2, role="replica")).causes == ()
