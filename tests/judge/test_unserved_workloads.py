"""A workload without a Service that does not run is told by a triage as itself, once, with the number of its pods."""

from typing import Any

import pytest

from bot.model.result.finding import Severity
from bot.model.result.status import Status
from bot.model.result.triage import Triage
from bot.reports.triage_text import triage_text
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of

LABELS = {"app": "worker"}
CRASHES = {
    "ready": False,
    "restartCount": 6,
    "state": {"waiting": {"reason": "CrashLoopBackOff"}},
    "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-23T03:58:00Z"}},
}
NO_IMAGE = {"ready": False, "state": {"waiting": {"reason": "ImagePullBackOff", "message": "manifest unknown"}}}
RUNS = {"ready": True, "started": True, "state": {"running": {"startedAt": "2026-11-23T03:00:00Z"}}}
WAITS = {"ready": False, "started": True, "state": {"running": {"startedAt": "2026-11-23T03:00:00Z"}}}


def worker(*statuses: dict[str, Any], replicas: int | None = None, **of_container: Any) -> list[dict[str, Any]]:
    """Return a Deployment, and a pod of it for each status of its container."""
    container = {"name": "app", "image": "worker:1", **of_container}
    wanted = len(statuses) if replicas is None else replicas
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "worker", "namespace": "shop"},
        "spec": {
            "replicas": wanted,
            "selector": {"matchLabels": LABELS},
            "template": {"metadata": {"labels": LABELS}, "spec": {"containers": [container]}},
        },
    }
    return [deployment, *(_pod(at, each, container) for at, each in enumerate(statuses, 1))]


def _pod(number: int, status: dict[str, Any], container: dict[str, Any]) -> dict[str, Any]:
    owner = {"kind": "ReplicaSet", "name": "worker-7c9f", "controller": True}
    is_ready = {"status": str(bool(status["ready"])), "lastTransitionTime": "2026-11-23T03:40:00Z"}
    address = f"10.244.0.8{number}"
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": f"worker-7c9f-{number}",
            "namespace": "shop",
            "creationTimestamp": "2026-11-23T03:00:00Z",
            "labels": {**LABELS, "pod-template-hash": "7c9f"},
            "ownerReferences": [owner],
        },
        "spec": {"nodeName": "node-1", "containers": [container]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": each, **is_ready} for each in ("Ready", "ContainersReady")],
            "containerStatuses": [{"name": "app", **status}],
        },
    }


def found(*documents: dict[str, Any], drop: tuple[str, ...] = ()) -> Triage:
    written = Written("test", "", {"drop": list(drop)} if drop else {}, list(documents))
    return triage(case_of(written).snapshot, at=NOW, namespaces=("shop",))


def told(of: Triage) -> list[tuple[str, str, Severity]]:
    return [(each.finding.code, str(each.finding.about), each.finding.severity) for each in of.causes]


@pytest.mark.parametrize(
    ("statuses", "code", "severity"),
    [
        pytest.param((CRASHES, CRASHES, CRASHES), "APP-001", Severity.FAIL, id="all crash"),
        pytest.param((RUNS, CRASHES), "APP-001", Severity.WARN, id="one of two crashes"),
        pytest.param((NO_IMAGE, NO_IMAGE), "APP-003", Severity.FAIL, id="no image"),
    ],
)
def test_it_is_told_once(statuses: tuple[dict[str, Any], ...], code: str, severity: Severity) -> None:
    """By its own name, with how many of its pods it is, and no Service is said to be down."""
    of = found(*worker(*statuses))

    assert told(of) == [(code, "Deployment shop/worker", severity)]
    assert of.causes[0].services == ()
    assert "no Service selects its pods" in triage_text(of)
    sick = sum(each is not RUNS for each in statuses)
    assert f"of {sick} pod" in of.causes[0].finding.message


def test_it_is_not_told_again_as_the_caller_of_a_service() -> None:
    """Its own end keeps it from calling; what it calls is sound."""
    env = [{"name": "USERS_URL", "value": "http://user-service"}]

    assert told(found(*worker(CRASHES, CRASHES, env=env))) == [("APP-001", "Deployment shop/worker", Severity.FAIL)]


def test_pods_that_cannot_be_made() -> None:
    """A quota refuses them."""
    deployment = worker(replicas=2)[0]
    why = 'pods "worker-1" is forbidden: exceeded quota: team, requested: pods=1, used: pods=9, limited: pods=9'
    refused = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": why}
    of = found({**deployment, "status": {"conditions": [refused]}})

    assert [(each.finding.code, each.services) for each in of.causes] == [("APP-021", ())]


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param(worker(RUNS, RUNS), id="it runs"),
        pytest.param(worker(RUNS, WAITS, WAITS), id="only the leader is ready"),
        pytest.param(worker(replicas=0), id="it is scaled to zero"),
    ],
)
def test_sound_ones_are_silent(documents: list[dict[str, Any]]) -> None:
    """Healthy look-alikes: nobody asks whether pods without a Service are ready."""
    of = found(*documents)

    assert (told(of), of.outcome) == ([], Status.OK)


def test_what_all_share_is_told_alone() -> None:
    """Where the cluster's DNS is down, a worker that crashes without a word may do so for that."""
    dropped = ("Pod kube-system/coredns-1", "Pod kube-system/coredns-2")

    assert [each[0] for each in told(found(*worker(CRASHES), drop=dropped))] == ["DNS-001"]


def stray(status: dict[str, Any], *, by: str = "", **spec: Any) -> dict[str, Any]:
    """Return a pod that no workload makes: nobody, or a custom resource of this kind."""
    pod = _pod(1, status, {"name": "app", "image": "notebook:1"})
    pod["metadata"].update(name="jupyter-dora", labels={"user": "dora"})
    pod["metadata"]["ownerReferences"] = [{"kind": by, "name": "dora", "controller": True}] if by else []
    pod["spec"] |= spec
    return pod


@pytest.mark.parametrize("by", ["", "SparkApplication"])
def test_a_pod_that_no_workload_makes_is_told(by: str) -> None:
    """As what keeps it from running, and not as a caller of what it calls."""
    pod = stray(NO_IMAGE, by=by)
    pod["spec"]["containers"][0]["env"] = [{"name": "USER_URL", "value": "http://user-service"}]

    assert [(code, severity) for code, _, severity in told(found(pod))] == [("APP-003", Severity.FAIL)]


def waiting(age: str, **spec: Any) -> dict[str, Any]:
    """Return one that no node takes, since it was made at this time."""
    pod = stray(RUNS, **spec)
    pod["spec"].pop("nodeName")
    pod["metadata"]["creationTimestamp"] = age
    said = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "lastTransitionTime": age}
    pod["status"] = {"phase": "Pending", "conditions": [{**said, "message": "0/1 nodes: 1 Insufficient memory."}]}
    return pod


OLDER, YOUNG = "2026-11-23T03:30:00Z", "2026-11-23T03:57:00Z"


@pytest.mark.parametrize(
    ("pod", "is_told"),
    [
        pytest.param(waiting(OLDER), True, id="waits for room for long"),
        pytest.param(waiting(YOUNG), False, id="waits for its turn"),
        pytest.param(waiting(OLDER, priority=-10), False, id="a placeholder"),
        pytest.param(stray(RUNS), False, id="runs"),
        pytest.param({**stray(CRASHES), "status": {"phase": "Failed"}}, False, id="has failed"),
    ],
)
def test_which_of_them_are_told(pod: dict[str, Any], is_told: bool) -> None:
    assert bool(told(found(pod))) is is_told


@pytest.mark.parametrize(("priority", "is_told"), [(0, True), (-10, False)])
def test_a_placeholder_that_waits_keeps_room_for_others(priority: int, is_told: bool) -> None:
    deployment, pod = worker(RUNS)
    pod |= {"spec": waiting(OLDER, priority=priority)["spec"], "status": waiting(OLDER)["status"]}

    assert bool(told(found(deployment, pod))) is is_told


def shared(*others: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a Service of all members of a program, whatever made them, and a pod of another workload behind it."""
    labels = {"net": "all"}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "all", "namespace": "shop"},
        "spec": {"clusterIP": "None", "selector": labels},
    }
    made = []
    for status in others:
        pod = _pod(7, status, {"name": "app", "image": "other:1"})
        pod["metadata"] |= {"name": "other-0", "labels": labels}
        pod["metadata"]["ownerReferences"] = [{"kind": "StatefulSet", "name": "other", "controller": True}]
        made.append(pod)
    return [service, *made]


@pytest.mark.parametrize(
    ("own", "others", "expected"),
    [
        pytest.param([NO_IMAGE], [RUNS], [("APP-003", Severity.WARN)], id="none of its pods runs, and others' do"),
        pytest.param([RUNS], [RUNS], [], id="it runs"),
        pytest.param([WAITS], [RUNS], [], id="it runs, and is not ready"),
        pytest.param([NO_IMAGE], [], [("APP-003", Severity.FAIL)], id="the Service has nobody else"),
    ],
)
def test_a_workload_whose_service_others_serve(
    own: list[dict[str, Any]], others: list[dict[str, Any]], expected: list[tuple[str, Severity]]
) -> None:
    """No row of a table is broken: it is told all the same, once, as what its Service is short of."""
    documents = worker(*own)
    documents[0]["spec"]["template"] = {
        **documents[0]["spec"]["template"],
        "metadata": {"labels": {**LABELS, "net": "all"}},
    }
    for each in documents[1:]:
        each["metadata"]["labels"] |= {"net": "all"}

    causes = found(*documents, *shared(*others)).causes

    assert [(each.finding.code, each.finding.severity) for each in causes] == expected
    assert all([one.name for one in each.services] == ["all"] for each in causes)


@pytest.mark.parametrize(
    ("times", "codes"), [pytest.param(3, ["APP-022"], id="again and again"), pytest.param(1, [], id="once")]
)
def test_pods_that_are_evicted_while_the_successor_has_just_begun(times: int, codes: list[str]) -> None:
    """Whoever looks finds a pod that runs and is not ready yet."""
    began = {**WAITS, "state": {"running": {"startedAt": "2026-11-23T03:59:20Z"}}}
    documents = worker(*([WAITS] * times), began, replicas=1)
    documents[-1]["metadata"]["creationTimestamp"] = "2026-11-23T03:59:20Z"
    for at, each in enumerate(documents[1:-1]):
        taken = {
            "type": "Ready",
            "status": "False",
            "reason": "PodFailed",
            "lastTransitionTime": f"2026-11-23T03:{50 + at}:00Z",
        }
        said = "Pod ephemeral local storage usage exceeds the total limit of containers 1Gi. "
        each["status"] = {"phase": "Failed", "reason": "Evicted", "message": said, "conditions": [taken]}
        each["status"]["startTime"] = f"2026-11-23T03:{40 + at}:00Z"

    assert [each.finding.code for each in found(*documents).causes] == codes
