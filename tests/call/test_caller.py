"""The caller: it runs, or the answer says that it does not; an unready caller calls all the same."""

from typing import Any

import pytest

from bot.model.call.hop import Hop
from bot.model.result.status import Status
from tests.call.sights import CALLER, crashing, pod, sight

RUNS = {"running": {"startedAt": "2026-11-23T03:00:05Z"}}
LOOPS = {"waiting": {"reason": "CrashLoopBackOff"}}
DONE = {"terminated": {"exitCode": 0, "reason": "Completed", "finishedAt": "2026-11-23T03:30:00Z"}}
LOST = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node-1"},
    "status": {"conditions": [{"type": "Ready", "status": "Unknown", "lastTransitionTime": "2026-11-23T03:00:00Z"}]},
}


def with_states(*states: dict[str, Any], **spec: Any) -> dict[str, Any]:
    names = [f"c{at}" for at in range(len(states))]
    statuses = [{"name": name, "ready": True, "state": state} for name, state in zip(names, states, strict=True)]
    containers = [{"name": each} for each in names]
    return pod(spec={"containers": containers, **spec}, status={"containerStatuses": statuses})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pod(), "shop/checkout-1 runs on node-1"),
        (pod(status={"conditions": [{"type": "Ready", "status": "False"}]}), "runs"),
        (with_states(RUNS, RUNS), "runs"),
        (with_states(RUNS, DONE, restartPolicy="Never"), "runs"),
        (pod(status={"containerStatuses": [crashing(restarts=1)]}), "runs"),
    ],
)
def test_caller_that_runs_is_sound(change: dict[str, Any], words: str) -> None:
    """Unready, with a helper that has ended, restarted once: it calls."""
    seen = sight(Hop.CALLER, change)

    assert (seen.status, words in seen.because) == (Status.OK, True), seen


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pod(status={"phase": "Pending"}), "does not run: phase Pending"),
        (pod(status={"phase": "Succeeded"}), "does not run"),
        (pod(status={"phase": "Failed", "reason": "Evicted"}), "Evicted"),
        (with_states(LOOPS), "CrashLoopBackOff"),
        (with_states(LOOPS, RUNS), "container c0 of the caller shop/checkout-1 does not run: CrashLoopBackOff"),
        (with_states(DONE, RUNS), "container c0 of the caller shop/checkout-1 does not run: Completed"),
        (with_states(DONE, DONE, restartPolicy="Never"), "does not run"),
        (pod(status={"containerStatuses": [crashing()]}), "restarts again and again: OOMKilled, 9 restarts"),
        (LOST, "its node node-1 is lost"),
    ],
)
def test_caller_that_may_not_run_is_unknown(change: dict[str, Any], words: str) -> None:
    """A proxy that runs beside a crashed application makes no caller, and nobody looks at a lost node."""
    seen = sight(Hop.CALLER, change)

    assert (seen.status, words in seen.because) == (Status.UNKNOWN, True), seen


def test_caller_that_nobody_named_is_off_the_path() -> None:
    """Without a caller nothing is said of one; a namespace stands for any pod of it; what is not there is unknown."""
    assert sight(Hop.CALLER, ask="user-service -n shop").status is Status.OFF_PATH
    assert sight(Hop.CALLER, ask="user-service -n shop --from shop/").status is Status.OK
    assert sight(Hop.CALLER, ask="user-service -n shop --from shop/deploy/checkout").status is Status.OK
    assert "no pod of" in sight(Hop.CALLER, ask="user-service -n shop --from shop/nobody").because
    assert "could not be read" in sight(Hop.CALLER, ask=CALLER.replace("checkout-1", "nobody"), gap="pods").because


def test_of_a_calling_workload_a_ready_pod_stands_for_it() -> None:
    """One of its pods crashes, and another one calls; where none is ready the one that crashes is told."""
    whose = {"labels": {"app": "checkout", "pod-template-hash": "5f6d"}, "namespace": "shop"}
    owner = [{"kind": "ReplicaSet", "name": "checkout-5f6d", "controller": True}]
    crashes = pod(status={"containerStatuses": [crashing()], "conditions": [{"type": "Ready", "status": "False"}]})
    first = {**crashes, "metadata": {**whose, "name": "checkout-0", "ownerReferences": owner}}
    first = {**first, "spec": {"nodeName": "node-1", "containers": [{"name": "app"}]}}
    first["status"] = {**first["status"], "phase": "Running"}
    ask = "user-service -n shop --from shop/deploy/checkout --port 80"

    assert sight(Hop.CALLER, first, ask=ask).because == "shop/checkout-1 runs on node-1"
    assert sight(Hop.CALLER, first, crashes, ask=ask).status is Status.UNKNOWN
