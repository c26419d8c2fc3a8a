"""A load balancer that its controller cannot make is told by a triage, and one of which nobody said anything is not."""

from datetime import timedelta
from typing import Any

import pytest

from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, when

DAY, MADE = timedelta(days=1), timedelta(minutes=30)


def balancer(age: timedelta, address: str = "") -> dict[str, Any]:
    meta = {"name": "user-service", "namespace": "shop", "creationTimestamp": when(NOW - age)}
    status = {"status": {"loadBalancer": {"ingress": [{"ip": address}]}}} if address else {}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": {"type": "LoadBalancer"}, **status}


def turned(made: dict[str, Any], ago: timedelta) -> dict[str, Any]:
    """Let it be of another type until then."""
    fields = {"f:spec": {"f:type": {}}}
    entry = {"manager": "kubectl-edit", "operation": "Update", "time": when(NOW - ago), "fieldsV1": fields}
    return {**made, "metadata": {**made["metadata"], "managedFields": [entry]}}


def event(reason: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "user-service.1", "namespace": "shop"},
        "involvedObject": {"kind": "Service", "namespace": "shop", "name": "user-service"},
        "type": "Warning",
        "reason": reason,
        "message": "no suitable subnets",
        "lastTimestamp": when(NOW - timedelta(minutes=2)),
    }


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param(
            [balancer(MADE), event("SyncLoadBalancerFailed")], [("RTE-027", False)], id="its controller failed"
        ),
        pytest.param([balancer(90 * DAY), event("AllocationFailed")], [("RTE-027", True)], id="for months"),
        pytest.param(
            [turned(balancer(90 * DAY), MADE), event("AllocationFailed")],
            [("RTE-027", False)],
            id="a Service that was there",
        ),
        pytest.param([balancer(MADE)], [], id="nobody makes any here"),
        pytest.param([balancer(MADE), event("EnsuringLoadBalancer")], [], id="it is being made"),
        pytest.param([balancer(MADE, "192.0.2.7"), event("SyncLoadBalancerFailed")], [], id="it has come since"),
    ],
)
def test_pending(documents: list[dict[str, Any]], expected: list[tuple[str, bool]]) -> None:
    found = triage(cluster(*documents), at=NOW, namespaces=("shop",))

    assert [(each.finding.code, each.is_old) for each in found.causes] == expected
