"""A namespace of consumers has pods and no Service: who asks what is broken there is answered, and not refused."""

import json
from typing import Any

import pytest

from tests.cli.program import k8snet

ENDED = {"exitCode": 1, "reason": "Error", "startedAt": "2026-11-23T03:55:00Z", "finishedAt": "2026-11-23T03:56:00Z"}
CRASHING = {
    "name": "app",
    "ready": False,
    "restartCount": 9,
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
    "lastState": {"terminated": ENDED},
}
RUNNING = {"name": "app", "ready": True, "restartCount": 0, "state": {"running": {"startedAt": "2026-11-23T03:00:00Z"}}}


def dump(status: dict[str, Any]) -> bytes:
    """Return a Deployment without a Service, with its one pod."""
    labels, spec = {"app": "mailer"}, {"nodeName": "node-1", "containers": [{"name": "app", "image": "mailer:1"}]}
    made = {"namespace": "jobs", "creationTimestamp": "2026-11-23T03:00:00Z"}
    template = {"metadata": {"labels": labels}, "spec": spec}
    owner = {"kind": "Deployment", "apiVersion": "apps/v1", "name": "mailer", "controller": True}
    ready = {"type": "Ready", "status": str(status["ready"]), "lastTransitionTime": "2026-11-23T03:20:00Z"}
    items = [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "mailer", **made},
            "spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template},
        },
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "mailer-0", **made, "labels": labels, "ownerReferences": [owner]},
            "spec": spec,
            "status": {
                "phase": "Running",
                "podIP": "10.0.0.1",
                "podIPs": [{"ip": "10.0.0.1"}],
                "conditions": [ready],
                "containerStatuses": [status],
            },
        },
        {"apiVersion": "v1", "kind": "ServiceList", "items": []},
    ]
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items}).encode()


@pytest.mark.parametrize(
    ("status", "codes", "said"),
    [(CRASHING, ["APP-001"], "1 cause behind no Service"), (RUNNING, [], "no fault was found")],
    ids=["crashing", "running"],
)
def test_it_is_judged(status: dict[str, Any], codes: list[str], said: str) -> None:
    asked = ("why", "-n", "jobs", "--dump", "-")
    found = json.loads(k8snet(*asked, "-o", "json", given=dump(status)).stdout)

    assert [each["finding"]["code"] for each in found["causes"]] == codes
    assert said in k8snet(*asked, given=dump(status)).stdout


def test_a_table_of_services_is_refused_there() -> None:
    assert "There is no Service in jobs" in k8snet("check", "-n", "jobs", "--dump", "-", given=dump(RUNNING)).stderr


def test_a_mistyped_namespace_is_refused() -> None:
    assert "There is no Service in jbos" in k8snet("why", "-n", "jbos", "--dump", "-", given=dump(RUNNING)).stderr
