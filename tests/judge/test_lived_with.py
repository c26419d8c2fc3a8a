"""What callers are told and live with is no news: it comes after what began of late, or is as old as all that it comes of."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, crashing, service, when

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


def codes(found: Triage) -> list[str]:
    return [each.finding.code for each in found.causes]


def ready(name: str, host: str, *, born: timedelta) -> list[dict[str, Any]]:
    """Return a Service and its pod, which is told this host and has been ready for as long as it is there."""
    own, pod = crashing(name, ("LEDGER_HOST", host), ago=born, address=f"10.244.0.{len(host) + 60}")
    pod["metadata"]["creationTimestamp"] = when(NOW - born)
    pod["status"]["containerStatuses"] = [{"name": "app", "ready": True, "state": {"running": {}}}]
    for each in pod["status"]["conditions"]:
        each["status"] = "True"
    return [own, pod]


NEVER = {"waiting": {"reason": "ImagePullBackOff", "message": "not found"}}
NOT_STARTED = {"exitCode": 128, "reason": "StartError", "finishedAt": when(NOW - MINUTE)}
ENDED = {"exitCode": 1, "reason": "Error", "finishedAt": when(NOW - MINUTE)}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": when(NOW - MINUTE)}}


@pytest.mark.parametrize(
    ("status", "first", "blames"),
    [
        pytest.param({"state": NEVER}, DONE, False, id="its image is not there, and an init container is done"),
        pytest.param(
            {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": NOT_STARTED}},
            None,
            False,
            id="its command is not there",
        ),
        pytest.param(
            {"state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": ENDED}},
            None,
            True,
            id="it ran and ended",
        ),
    ],
)
def test_a_program_that_never_ran_fails_by_nothing_that_it_is_told(
    status: dict[str, Any], first: dict[str, Any] | None, *, blames: bool
) -> None:
    own, pod = crashing("player", ("USERS_URL", "http://user-service:8081"), ago=9 * MINUTE, address="10.244.0.71")
    pod["status"]["containerStatuses"] = [{"name": "app", "ready": False, "restartCount": 5, **status}]
    if first:
        pod["spec"]["initContainers"] = [{"name": "first", "image": "app:1"}]
        pod["status"] |= {"phase": "Pending", "initContainerStatuses": [{"name": "first", "state": first}]}

    found = triage(cluster(own, pod), at=NOW)

    assert any(each.callers for each in found.causes) is blames


def test_a_name_that_ready_callers_live_with_comes_after_what_began_of_late() -> None:
    """A chart names a part that nobody has turned on; then a rollout of something else cannot go on."""
    told = ready("player", "http://user-service.default:80", born=30 * DAY)
    waits = {"type": "PodScheduled", "status": "False", "lastTransitionTime": when(NOW - 20 * MINUTE)}
    pending = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "user-service-4",
            "namespace": "shop",
            "labels": {"app": "user-service"},
            "creationTimestamp": when(NOW - 20 * MINUTE),
            "ownerReferences": [{"kind": "StatefulSet", "name": "user-service", "controller": True}],
        },
        "spec": {"containers": [{"name": "app", "image": "user:2"}]},
        "status": {
            "phase": "Pending",
            "conditions": [{**waits, "message": "0/2 nodes are available: 2 Too many pods."}],
        },
    }
    before = {
        "kind": "Pod",
        "metadata": {
            "names": ["user-service-1", "user-service-2", "user-service-3"],
            "namespace": "shop",
            "ownerReferences": pending["metadata"]["ownerReferences"],
        },
    }

    alone = codes(triage(cluster(*told), at=NOW))
    both = codes(triage(cluster(*told, before, pending), at=NOW))

    assert (len(alone), both) == (1, ["APP-005", *alone])


@pytest.mark.parametrize(
    ("written", "born", "is_old"),
    [
        pytest.param(60 * DAY, 30 * DAY, True, id="both stand as long"),
        pytest.param(30 * MINUTE, 30 * DAY, False, id="the Service's ports were written of late"),
        pytest.param(60 * DAY, 30 * MINUTE, False, id="its caller was made of late"),
        pytest.param(None, 30 * DAY, False, id="nobody recorded when its ports were written"),
    ],
)
def test_a_port_that_callers_are_told_is_missing_since_both_are_as_written(
    written: timedelta | None, born: timedelta, *, is_old: bool
) -> None:
    ledger = service("ledger", 44)
    if written:
        entry = {"manager": "helm", "operation": "Update", "fieldsType": "FieldsV1", "time": when(NOW - written)}
        ledger["metadata"]["managedFields"] = [{**entry, "fieldsV1": {"f:spec": {"f:ports": {}}}}]
    _, member = ready("ledger", "localhost", born=90 * DAY)

    found = triage(cluster(ledger, member, *ready("player", "ledger:8443", born=born)), at=NOW)

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("APP-024", is_old)]


@pytest.mark.parametrize(
    ("ready_pods", "codes_of"),
    [
        pytest.param(0, ["APP-001"], id="it crashes"),
        pytest.param(1, [], id="another pod of it serves"),
    ],
)
def test_a_controller_that_fails_is_told_where_its_ingresses_are(ready_pods: int, codes_of: list[str]) -> None:
    """It lies in another namespace, and nothing of this one is served from outside."""
    labels = {"app.kubernetes.io/name": "ingress-nginx", "app.kubernetes.io/component": "controller"}
    front, pod = crashing("controller", ago=9 * MINUTE, address="10.244.0.72")
    for each in (front, pod):
        each["metadata"]["namespace"] = "edge"
    front["spec"]["selector"] = labels
    owner = {"kind": "ReplicaSet", "name": "controller-7c9f", "controller": True}
    pod["metadata"] |= {"labels": {**labels, "pod-template-hash": "7c9f"}, "ownerReferences": [owner]}
    _, other = ready("controller", "localhost", born=DAY)
    other["metadata"] |= {**pod["metadata"], "name": "controller-1"}
    backend = {"service": {"name": "user-service", "port": {"number": 80}}}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"ingressClassName": "nginx", "defaultBackend": backend},
    }

    found = triage(cluster(front, pod, ingress, *[other][:ready_pods]), at=NOW, namespaces=("shop",))

    assert codes(found) == codes_of


def test_a_pod_that_ends_fails_by_nobody_that_it_called() -> None:
    """Two call each other, and a third one: one of them has ended and is kept by a finalizer, which is what the others miss."""
    ring = {"ledger": ("search", 20), "search": ("ledger", 19), "player": ("ledger", 18)}
    documents = []
    for place, (name, (called, ago)) in enumerate(ring.items()):
        made = crashing(name, ("NEXT_HOST", f"{called}:80"), ago=ago * MINUTE, address=f"10.244.0.{71 + place}")
        documents += made
    ended = documents[1]
    ended["metadata"] |= {"deletionTimestamp": when(NOW - 20 * MINUTE), "finalizers": ["example.com/wait"]}
    ended["status"]["containerStatuses"] = [{"name": "app", "ready": False, "state": DONE}]

    found = triage(cluster(*documents), at=NOW)

    assert next(each.services[0].name for each in found.causes) == "ledger"
