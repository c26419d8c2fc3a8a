"""A policy that is not evaluated, and was written as a failure began, is named beside it as a suspicion."""

from typing import Any

import pytest

from bot.model.result.finding import Confidence
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of

APP = {"app": "user-service"}
SINCE = "2026-11-23T03:41:00Z"


def failing(*variables: dict[str, str]) -> list[dict[str, Any]]:
    """Return the sample's pods, which answer their probe with 503 since then, and what the kubelet says of it."""
    unready = {"type": "Ready", "status": "False", "lastTransitionTime": SINCE}
    running = {"running": {"startedAt": "2026-11-23T03:00:05Z"}}
    probe = {"httpGet": {"path": "/ready", "port": 8080}}
    state = {"name": "app", "ready": False, "started": True, "restartCount": 0, "state": running}
    pods = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"names": ["user-service-1", "user-service-2", "user-service-3"], "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "env": list(variables), "readinessProbe": probe}]},
        "status": {"conditions": [unready], "containerStatuses": [state]},
    }
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "unhealthy-1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "user-service-1"},
        "reason": "Unhealthy",
        "message": "Readiness probe failed: HTTP probe failed with statuscode: 503",
        "lastTimestamp": "2026-11-23T03:59:00Z",
    }
    return [pods, event]


def cilium(made: str, labels: dict[str, str], *, changed: str = "") -> dict[str, Any]:
    entry = {"manager": "helm", "time": changed, "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:egress": {}}}}
    meta = {"name": "out", "namespace": "shop", "creationTimestamp": made}
    return {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {**meta, **({"managedFields": [entry]} if changed else {})},
        "spec": {"endpointSelector": {"matchLabels": labels}, "egress": [{"toEntities": ["world"]}]},
    }


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        pytest.param(cilium("2026-11-23T03:38:00Z", APP), "was made at 03:38 UTC", id="made as it began"),
        pytest.param(
            cilium("2026-09-01T03:38:00Z", APP, changed="2026-11-23T03:39:00Z"),
            "was changed by helm at 03:39 UTC",
            id="changed as it began",
        ),
        pytest.param(cilium("2026-09-01T03:38:00Z", APP), "", id="as it was for weeks"),
        pytest.param(cilium("2026-11-23T03:55:00Z", APP), "", id="made later"),
        pytest.param(cilium("2026-11-23T03:38:00Z", {"app": "other"}), "", id="of others"),
    ],
)
def test_a_policy_that_is_not_evaluated_is_named_as_a_suspicion(policy: dict[str, Any], words: str) -> None:
    """It may be why, as its time says; the finding stays as sure as it was, and says how to look."""
    cause = triage(case_of(Written("test", "", {}, [*failing(), policy])).snapshot, at=NOW).causes[0]
    told = f"CiliumNetworkPolicy shop/out, which selects its pods and {words}"

    assert (cause.finding.code, cause.finding.confidence) == ("APP-014", Confidence.LIKELY)
    assert (told in cause.finding.message) == bool(words)
    assert any("describe ciliumnetworkpolicy out" in each for each in cause.finding.check) == bool(words)


def test_a_policy_of_what_is_called_is_named_too() -> None:
    """The caller fails, and who it calls has been shut."""
    labels = {"app": "db"}
    meta = {"namespace": "shop", "name": "db"}
    spec = {"clusterIP": "10.96.40.40", "selector": labels, "ports": [{"port": 5432}]}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "db-0", "namespace": "shop", "labels": labels},
        "spec": {"nodeName": "node-1", "containers": [{"name": "db", "ports": [{"containerPort": 5432}]}]},
        "status": {"phase": "Running", "podIP": "10.244.1.40", "conditions": [{"type": "Ready", "status": "True"}]},
    }
    database = [{"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec}, pod]
    shut = cilium("2026-11-23T03:38:00Z", labels)
    documents = [*failing({"name": "DB_HOST", "value": "db:5432"}), *database, shut]
    found = triage(case_of(Written("test", "", {}, documents)).snapshot, at=NOW)
    (message,) = [each.finding.message for each in found.causes if each.finding.code == "APP-014"]

    assert "CiliumNetworkPolicy shop/out, which selects pods that it calls and was made at 03:38 UTC" in message
