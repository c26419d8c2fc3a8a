"""The few words for a pod name the container that the check's finding names."""

import pytest

from bot.checks.facts.pod_state import Trouble, trouble_of
from bot.checks.facts.pod_words import why, why_each
from bot.model.case import Case
from bot.model.kube.pods import Pod
from tests.checks.manifests import Written, case_of

CRASHING = {"waiting": {"reason": "CrashLoopBackOff"}}
NO_IMAGE = {"waiting": {"reason": "ImagePullBackOff"}}
NO_SECRET = {"waiting": {"reason": "CreateContainerConfigError"}}
CREATING = {"waiting": {"reason": "ContainerCreating"}}
ENDED = {"terminated": {"reason": "Error", "exitCode": 1, "finishedAt": "2026-11-23T03:59:00Z"}}


def pod_with(*states: dict) -> tuple[Case, Pod]:
    statuses = [{"name": f"c{at}", "ready": False, "state": each} for at, each in enumerate(states)]
    unready = [{"type": "ContainersReady", "status": "False"}, {"type": "Ready", "status": "False"}]
    pod = {
        "kind": "Pod",
        "metadata": {"name": "user-service-1", "namespace": "shop"},
        "spec": {"containers": [{"name": each["name"], "image": "user:1"} for each in statuses]},
        "status": {"conditions": unready, "containerStatuses": statuses},
    }
    case = case_of(Written("test", "", {}, [pod]))
    found = case.snapshot.pod("shop", "user-service-1")
    assert found is not None
    return case, found


@pytest.mark.parametrize(
    ("states", "trouble", "words"),
    [
        ((CRASHING,), Trouble.CRASH, "CrashLoopBackOff"),
        ((CRASHING, NO_IMAGE), Trouble.IMAGE, "ImagePullBackOff"),
        ((NO_IMAGE, CRASHING), Trouble.IMAGE, "ImagePullBackOff"),
        ((CRASHING, NO_SECRET), Trouble.CREATE, "CreateContainerConfigError"),
        ((CREATING, CRASHING), Trouble.CRASH, "CrashLoopBackOff"),
        ((ENDED,), Trouble.CRASH, "container c0 ended with Error"),
        ((CREATING,), None, "running, not ready"),
    ],
)
def test_words_name_the_container_of_the_finding(states: tuple[dict, ...], trouble: Trouble | None, words: str) -> None:
    """With several containers in trouble the words are those of the one that the finding is about."""
    case, pod = pod_with(*states)
    found = trouble_of(case, pod)

    assert (found.trouble if found else None) is trouble
    assert why(case, pod) == words


def test_reasons_are_summed_up() -> None:
    """Each reason is said once, the most frequent first."""
    case, pod = pod_with(CRASHING)
    others = case.snapshot.pod("shop", "user-service-2"), case.snapshot.pod("shop", "user-service-3")

    assert why_each(case, [pod, pod]) == "CrashLoopBackOff"
    assert why_each(case, [pod, *(each for each in others if each)]) == (
        "2 not ready though all containers are (its kubelet has not renewed the condition) and 1 CrashLoopBackOff"
    )


@pytest.mark.parametrize(
    ("restart_policy", "is_started", "words"),
    [
        ("", True, "init container wait has not finished"),  # as the kubelet of 1.34 says of one that runs
        ("", False, "init container wait has not finished"),
        ("Always", False, "sidecar wait has not started: its startup probe has not passed"),
        ("Always", True, "ContainerCreating"),  # a sidecar that is up keeps nobody waiting
    ],
)
def test_an_init_container_that_runs_is_what_is_waited_for(restart_policy: str, is_started: bool, words: str) -> None:
    """A running init container has not finished, whatever `started` says; a sidecar has done its part once it has started."""
    container = {"name": "wait", "image": "user:1", **({"restartPolicy": restart_policy} if restart_policy else {})}
    running = {"running": {"startedAt": "2026-11-23T03:59:50Z"}}
    pod = {
        "kind": "Pod",
        "metadata": {"name": "user-service-1", "namespace": "shop"},
        "spec": {"initContainers": [container], "containers": [{"name": "main", "image": "user:1"}]},
        "status": {
            "phase": "Pending",
            "initContainerStatuses": [{"name": "wait", "ready": False, "started": is_started, "state": running}],
            "containerStatuses": [
                {"name": "main", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
            ],
        },
    }
    case = case_of(Written("test", "", {}, [pod]))
    found = case.snapshot.pod("shop", "user-service-1")

    assert found is not None
    assert why(case, found) == words
