"""The pod that calls does not run itself

## Meaning
The caller that was named has not started, keeps crashing, or was ended. Whatever the way to the Service looks like, such a
pod cannot call.

## Impact
"user-service is down", seen from one pod or one workload only. Others may reach it at the same time.

## How it is detected
By the calling pod's own status and Events, with the same eyes as those for backends: its image, its configuration, its volumes,
its place on a node, its init containers, its crashes; and by no container having begun a minute after it got its node,
whether or not an Event says why. Of a workload all pods count: where another one runs, it is context.

## When it stays silent
A caller that runs and is not ready calls all the same. One that has done its work (a Job). A restart that is over, or a
finished container beside one that runs in a pod that is not restarted. On a lost node it may run all the
same: the hop says that nobody knows.

## Fix
Mend the caller first: the finding names what keeps it from running. One that crashes may do so because what it calls is down,
so it is a warning, and a fault of the Service outranks it; one that never started cannot blame the Service. Where its init
container waits for another Service that fails, that one's cause is the root.

## Known limits
Nothing is read of a caller's logs. What it is throttled or overloaded by, only metrics tell.
"""

from collections.abc import Iterator

from bot.checks.application._crash_evidence import logs_before
from bot.checks.engine.check import check
from bot.checks.facts.commands import describe, kubelet_log
from bot.checks.facts.not_begun import not_begun, not_begun_words
from bot.checks.facts.pod_state import Trouble, Troubled, trouble_of
from bot.checks.facts.pod_words import why
from bot.checks.facts.taken_pods import taken_way
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dependencies.dependencies import dependencies_of
from bot.model.kube.pods import Pod, Terminated
from bot.model.refs import Ref
from bot.model.result.finding import Because, Confidence, Dependency, Detection, Evidence, Severity
from bot.model.text import listing, one_line
from bot.model.views.caller import workload_ref

# What may be the work of the Service that is called: a program that ends without it, an init container that waits for it.
_MAY_FOLLOW = (Trouble.CRASH, Trouble.INIT, Trouble.MEMORY)
_TEXT = 240


@check(
    "APP-025",
    "caller-not-running",
    hop=Hop.CALLER,
    needs=("source",),
    uses=("pods", "events", "dependencies"),
    when=lambda case: case.question.source is not None and case.caller.pod is not None,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def caller_not_running(case: Case) -> Iterator[Detection]:
    pod = case.caller.pod
    if pod is None or not (down := _down(case, pod)):
        return
    trouble = trouble_of(case, pod)
    others = [each for each in _siblings(case, pod) if not _down(case, each)]
    follows = pod.is_terminal or (trouble is not None and trouble.trouble in _MAY_FOLLOW)
    beside = f"; {listing([each.name for each in others], 2)} of the same workload runs" if others else ""
    yield Detection(
        about=pod.ref,
        message=f"The caller {pod.namespace}/{pod.name} does not run: {down}{_said(pod, trouble)}{beside}.",
        severity=Severity.INFO if others else Severity.WARN if follows else Severity.FAIL,
        confidence=Confidence.CERTAIN,
        evidence=(_evidence(pod, trouble),),
        check=(*_commands(case, pod), *_log(trouble)),
        pods=frozenset({pod.name}),
        key=(trouble.trouble if trouble else "down",),
        since=pod.ready_since,
        waits_for=_awaited(case, pod) if trouble and trouble.trouble is Trouble.INIT else (),
    )


def _evidence(pod: Pod, trouble: Troubled | None) -> Evidence:
    """The container's own state where it is one that ended; a pod whose container crashes is `Running` all the same."""
    said = _quoted(pod, trouble)
    if trouble and trouble.status and trouble.ended:
        return Evidence(pod.ref, f"status.containerStatuses[{trouble.status.name}]", trouble.reason, said)
    return Evidence(pod.ref, "status", pod.status.reason or pod.status.phase, said)


def _log(trouble: Troubled | None) -> tuple[str, ...]:
    """Show the last words of a container that ended."""
    return (logs_before(trouble),) if trouble and trouble.ended and trouble.trouble in _MAY_FOLLOW else ()


def _commands(case: Case, pod: Pod) -> tuple[str, ...]:
    """Show the pod; where nothing that was read says why it does not begin, what its node says, too."""
    stuck = not_begun(case, pod)
    if stuck is None or stuck.reason:
        return (describe(pod.ref),)
    return (describe(pod.ref), describe(Ref("Node", pod.spec.node_name)), kubelet_log(pod.spec.node_name))


def _awaited(case: Case, pod: Pod) -> tuple[Dependency, ...]:
    """Return the Services that the pod's init containers wait for: what ails them keeps the caller from running."""
    return tuple(each for each in dependencies_of(case.snapshot, (pod,)) if each.because is Because.WAITS)


def _siblings(case: Case, pod: Pod) -> tuple[Pod, ...]:
    """Return the other pods of the calling workload, where that was named; a pod that was named stands for itself."""
    ref = workload_ref(case.question.source)
    made = case.snapshot.pods_by_workload(pod.namespace).get(ref, ()) if ref else ()
    return tuple(each for each in made if each.name != pod.name)


def _down(case: Case, pod: Pod) -> str:
    """Return in a few words why a pod cannot call; empty where it can, ready or not."""
    if pod.status.phase == "Succeeded":
        return ""  # it has done its work: what it saw is past
    if pod.is_terminal:
        return taken_way(pod) or why(case, pod)
    trouble = trouble_of(case, pod)
    if stuck := not_begun(case, pod):
        return not_begun_words(case, pod, stuck)
    if trouble is None or trouble.trouble is Trouble.UNREADY:
        return ""
    if trouble.trouble is Trouble.CRASH and trouble.status and trouble.status.state.running:
        return f"container {trouble.status.name} has just come back from a crash" if _crashes(trouble) else ""
    return why(case, pod)


def _crashes(trouble: Troubled) -> bool:
    return trouble.status is not None and trouble.status.restart_count > 1


def _said(pod: Pod, trouble: Troubled | None) -> str:
    said = _quoted(pod, trouble)
    return f" ({said})" if said else ""


def _exit_words(ended: Terminated) -> str:
    """Return how a container ended last, e.g. `OOMKilled, exit code 137`."""
    reason = f"{ended.reason}, " if ended.reason not in (None, "", "Error", "Completed") else ""
    return f"{reason}exit code {ended.exit_code}"


def _quoted(pod: Pod, trouble: Troubled | None) -> str:
    """Return the words of kubelet or scheduler; those of a back-off say nothing that its reason does not."""
    if trouble and trouble.ended and trouble.trouble in _MAY_FOLLOW:
        words = one_line(trouble.ended.message or "", limit=_TEXT)
        return _exit_words(trouble.ended) + (f', saying "{words}"' if words else "")
    said = trouble.said if trouble else pod.status.message or ""
    return "" if said.lower().startswith("back-off") else one_line(said, limit=_TEXT).rstrip(". ")
