"""A rollout that cannot go on breaks no Service, and is what a triage of its namespace tells."""

from typing import Any

import pytest

from bot.model.result.finding import Severity
from bot.model.result.status import Status
from bot.reports.triage_text import triage_text
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of

FAILS = {"ready": False, "restartCount": 6, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
EXITED = {"lastState": {"terminated": {"exitCode": 1, "finishedAt": "2026-11-23T03:58:00Z"}}}
STARTS = {"ready": False, "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}
RUNS = {"ready": True, "started": True, "state": {"running": {"startedAt": "2026-11-23T03:50:00Z"}}}


def pods(names: list[str], revision: str, born: str, status: dict[str, Any]) -> dict[str, Any]:
    """Return pods of one revision of Deployment user-service."""
    owner = {"kind": "ReplicaSet", "name": f"user-service-{revision}", "controller": True}
    ready = {"type": "Ready", "status": str(bool(status.get("ready"))), "lastTransitionTime": born}
    return {
        "kind": "Pod",
        "metadata": {
            "names": names,
            "namespace": "shop",
            "creationTimestamp": born,
            "labels": {"app": "user-service", "pod-template-hash": revision},
            "ownerReferences": [owner],
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "user:1"}]},
        "status": {"phase": "Running", "conditions": [ready], "containerStatuses": [{"name": "app", **status}]},
    }


OLD = pods(["user-service-1", "user-service-2", "user-service-3"], "7c9f", "2026-11-22T03:00:00Z", RUNS)
BORN = "2026-11-23T03:50:00Z"


def told(*documents: dict[str, Any]) -> tuple[list[tuple[str, Severity, list[str]]], Status, int]:
    found = triage(case_of(Written("test", "", {}, list(documents))).snapshot, at=NOW)
    causes = [(each.finding.code, each.finding.severity, [one.name for one in each.services]) for each in found.causes]
    return causes, found.outcome, found.totals.ok


def test_what_holds_new_pods_back_is_a_warning() -> None:
    """New pods crash, old ones serve: no row of the table is anything but ok, and the cause is told all the same."""
    sound = told(OLD)[2]

    found = told(OLD, pods(["user-service-4"], "8d8d", BORN, {**FAILS, **EXITED}))

    assert found == ([("APP-001", Severity.WARN, ["user-service"])], Status.WARN, sound)


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([OLD], id="one revision"),
        pytest.param([OLD, pods(["user-service-4"], "8d8d", BORN, STARTS)], id="still starting"),
        pytest.param([OLD, pods(["user-service-4"], "8d8d", BORN, RUNS)], id="goes on"),
        pytest.param(
            [OLD, pods(["user-service-4"], "8d8d", "2026-11-21T03:50:00Z", {**FAILS, **EXITED})],
            id="a pod of an older revision",
        ),
    ],
)
def test_healthy_rollouts_are_silent(documents: list[dict[str, Any]]) -> None:
    """Look-alikes: pods of two revisions, and nothing that keeps the newest from being ready."""
    assert told(*documents)[:2] == ([], Status.OK)


def of_a_set(kind: str, born: str, **spec: Any) -> dict[str, Any]:
    """Return a fourth pod of the Service, of a set, that no node takes; the set's other pods run."""
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": "members", "controller": True}
    metadata = {"namespace": "shop", "labels": {"app": "user-service"}, "ownerReferences": [owner]}
    refused = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": born}
    refused["message"] = "0/2 nodes are available: 2 Insufficient cpu."
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**metadata, "name": "members-3", "creationTimestamp": born},
        "spec": {"containers": [{"name": "app", "image": "user:1"}], **spec},
        "status": {"phase": "Pending", "conditions": [refused]},
    }


def owned(kind: str) -> dict[str, Any]:
    """Return the sample's pods as those of a set."""
    owner = {"apiVersion": "apps/v1", "kind": kind, "name": "members", "controller": True}
    names = ["user-service-1", "user-service-2", "user-service-3"]
    return {"kind": "Pod", "metadata": {"names": names, "namespace": "shop", "ownerReferences": [owner]}}


@pytest.mark.parametrize("kind", ["StatefulSet", "DaemonSet"])
def test_a_pod_that_waits_beside_others_is_a_warning(kind: str) -> None:
    """Whatever made it, and whether or not it is of another revision."""
    found = told(owned(kind), of_a_set(kind, BORN.replace(":50", ":20")))

    assert found[:2] == ([("APP-005", Severity.WARN, ["user-service"])], Status.WARN)


@pytest.mark.parametrize(
    ("born", "codes"),
    [
        pytest.param(BORN.replace(":50", ":20"), ["APP-005"], id="for long"),
        pytest.param(BORN.replace(":50", ":55"), [], id="for a moment"),
    ],
)
def test_so_is_one_of_consumers_that_no_service_selects(born: str, codes: list[str]) -> None:
    labels = {"app": "user-service"}
    maker = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "members", "namespace": "shop"},
        "spec": {"replicas": 4, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
    }
    documents = [owned("StatefulSet"), of_a_set("StatefulSet", born), maker]
    written = Written("test", "", {"drop": ["Service shop/user-service", "Deployment shop/user-service"]}, documents)

    found = triage(case_of(written).snapshot, at=NOW)

    assert [(each.finding.code, each.services) for each in found.causes] == [(each, ()) for each in codes]


def test_a_members_new_revision_that_nothing_takes_is_a_warning_at_once() -> None:
    """As that of a Deployment is: the members before it are ready."""
    old, new = owned("StatefulSet"), of_a_set("StatefulSet", BORN.replace(":50", ":55"))
    old["metadata"]["labels"] = {"controller-revision-hash": "members-7c9f"}
    new["metadata"]["labels"] |= {"controller-revision-hash": "members-8d8d"}

    assert told(old, new)[0] == [("APP-005", Severity.WARN, ["user-service"])]


def test_a_pod_that_waits_for_a_moment_is_silent() -> None:
    """A node may be on its way."""
    assert told(owned("StatefulSet"), of_a_set("StatefulSet", BORN.replace(":50", ":55")))[:2] == ([], Status.OK)


def test_a_rollout_whose_new_pods_may_still_start_is_silent() -> None:
    """They run, and their probes allow them more time."""
    probe = {"readinessProbe": {"httpGet": {"path": "/", "port": 8080}, "periodSeconds": 10}}
    runs = {
        "ready": False,
        "started": True,
        "restartCount": 0,
        "state": {"running": {"startedAt": "2026-11-23T03:59:50Z"}},
    }
    new = pods(["user-service-4"], "8d8d", "2026-11-23T03:59:40Z", runs)
    new["spec"] = {"nodeName": "node-1", "containers": [{"name": "app", "image": "user:2", **probe}]}

    assert told(OLD, new)[:2] == ([], Status.OK)


def revision(name: str, born: str, *, replicas: int, refused: str = "") -> dict[str, Any]:
    """Return a ReplicaSet of Deployment user-service; `refused`: since when its pods are."""
    labels = {"app": "user-service", "pod-template-hash": name}
    said = {"reason": "FailedCreate", "message": "pods is forbidden: exceeded quota: compute"}
    condition = {"type": "ReplicaFailure", "status": "True", "lastTransitionTime": refused, **said}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"user-service-{name}",
            "namespace": "shop",
            "creationTimestamp": born,
            "labels": labels,
            "ownerReferences": [{"kind": "Deployment", "name": "user-service", "controller": True}],
        },
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}},
        },
        "status": {"replicas": 0, "conditions": [condition] if refused else []},
    }


SERVING = revision("7c9f", "2026-11-22T03:00:00Z", replicas=3)
BEGAN = "2026-11-23T03:30:00Z"


@pytest.mark.parametrize(
    ("drop", "services"),
    [
        pytest.param((), ["user-service"], id="of a Service"),
        pytest.param(("Service shop/user-service",), [], id="of none"),
    ],
)
def test_a_revision_that_is_refused_is_a_warning_while_the_one_before_serves(
    drop: tuple[str, ...], services: list[str]
) -> None:
    """All pods that the Deployment wants are there, and the rollout does not go on: a quota."""
    newest = revision("8d8d", BEGAN, replicas=1, refused=BEGAN)
    written = Written("test", "", {"drop": list(drop)} if drop else {}, [OLD, SERVING, newest])

    found = triage(case_of(written).snapshot, at=NOW)

    causes = [(each.finding.code, each.finding.severity, [one.name for one in each.services]) for each in found.causes]
    assert causes == [("APP-021", Severity.WARN, services)]
    assert "exceeded quota: compute" in found.causes[0].finding.message
    assert ("1 cause behind no Service" in triage_text(found)) is (not services)
    assert ("Short of pods: shop/user-service (1 of " in triage_text(found, width=200)) is bool(services)


def test_a_revision_that_is_refused_for_what_it_is_is_told_at_once() -> None:
    """Room in a quota may come within minutes; a limit of each pod does not move."""
    newest = revision("8d8d", BORN, replicas=1, refused="2026-11-23T03:56:00Z")
    newest["status"]["conditions"][0]["message"] = "pods is forbidden: maximum memory usage per Container is 2Gi"

    assert told(OLD, SERVING, newest)[0] == [("APP-021", Severity.WARN, ["user-service"])]


@pytest.mark.parametrize(
    ("status", "codes"), [pytest.param("False", ["APP-021"], id="refused"), pytest.param("True", [], id="over")]
)
def test_a_replicaset_that_is_refused_itself_is_told_by_its_deployment(status: str, codes: list[str]) -> None:
    """A quota of ReplicaSets: there is no revision that lacks its pods."""
    said = (
        'Failed to create new replica set "user-service-8d8d": replicasets.apps is forbidden: exceeded quota: objects'
    )
    reason = "ReplicaSetCreateError" if status == "False" else "NewReplicaSetAvailable"
    progressing = {
        "type": "Progressing",
        "status": status,
        "reason": reason,
        "message": said,
        "lastTransitionTime": BEGAN,
    }
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "user-service", "namespace": "shop"},
    }
    deployment |= {"status": {"conditions": [progressing]}}

    found = triage(case_of(Written("test", "", {}, [OLD, SERVING, deployment])).snapshot, at=NOW)

    assert [each.finding.code for each in found.causes] == codes
    assert all("the API server refuses to create its ReplicaSet" in each.finding.message for each in found.causes)


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param([SERVING, revision("8d8d", BEGAN, replicas=0, refused=BEGAN)], id="rolled back"),
        pytest.param([SERVING, revision("8d8d", BORN, replicas=1, refused="2026-11-23T03:56:00Z")], id="a moment ago"),
        pytest.param(
            [
                SERVING,
                revision("8d8d", BEGAN, replicas=1, refused=BEGAN),
                pods(["user-service-4"], "8d8d", BORN, RUNS),
            ],
            id="it has a pod by now",
        ),
        pytest.param(
            [revision("7c9f", "2026-11-22T03:00:00Z", replicas=3, refused=BEGAN)], id="it was the serving one"
        ),
    ],
)
@pytest.mark.parametrize("drop", [[], ["Service shop/user-service"]], ids=["of a Service", "of none"])
def test_refusals_that_hold_nothing_back_are_silent(documents: list[dict[str, Any]], drop: list[str]) -> None:
    found = triage(case_of(Written("test", "", {"drop": drop} if drop else {}, [OLD, *documents])).snapshot, at=NOW)

    assert found.causes == ()
