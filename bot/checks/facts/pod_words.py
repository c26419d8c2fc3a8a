"""Why a pod takes no traffic, in a few words. Several checks tell of the same pods; the words are here once.

A container that keeps its pod from serving is the one that `pod_state` finds, so that the words of one check name the same
container as the finding of another. The order is that of failure-modes RTE-004: what stops a pod earlier in its life
explains it better.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from bot.checks.facts.pod_state import (
    OUT_OF_MEMORY,
    Trouble,
    Troubled,
    missing_gates,
    ready_by,
    trouble_of,
    unready_containers,
)
from bot.checks.facts.probe_failures import last_failure
from bot.model.case import Case
from bot.model.kube.pods import ContainerStatus, Pod
from bot.model.text import listing, one_line

# The scheduler and kubelet say these while all goes well: they are no reason.
_NO_REASON = ("ContainerCreating", "PodInitializing", None, "")
_ENDS = (Trouble.INIT, Trouble.MEMORY, Trouble.CRASH)


def why(case: Case, pod: Pod) -> str:
    """Return in a few words why a pod is not ready, e.g. `CrashLoopBackOff`."""
    if pod.is_terminating:
        return f"terminating{kept_words(pod)}"
    if pod.is_terminal:
        return one_line(f"{pod.status.phase} {pod.status.reason or ''}") + _exit_words(pod)
    if not pod.spec.node_name:
        scheduled = pod.condition("PodScheduled")
        return f"Pending: {(scheduled and scheduled.reason) or 'not scheduled'}"
    if case.snapshot.is_lost(pod.spec.node_name):
        return f"on lost node {pod.spec.node_name}"
    return _why_not_running(case, pod) or _why_not_ready(case, pod)


def kept_words(pod: Pod) -> str:
    """Return that a pod which has ended is kept by finalizers, as the end of a clause; empty where it is not.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/
    """
    if not pod.metadata.finalizers or any(each.state.running for each in pod.container_statuses):
        return ""
    names = [one_line(each, limit=120) for each in pod.metadata.finalizers]
    return f", has ended and is kept by finalizer{'s' if len(names) > 1 else ''} {listing(names, 3)}"


def said_of(case: Case, pod: Pod) -> str:
    """Return what kubelet or program said last of the probe that keeps a pod from being ready, e.g. `the kubelet says "…"`.

    Empty where no probe fails or no Event of the last hour is about it.
    """
    for container, status in unready_containers(pod):
        of = "Startup" if container.startup_probe and not status.started else "Readiness"
        if (failure := last_failure(case, pod, container, of=of)) is not None:
            return failure.quoted
    return ""


def last_words(case: Case, pods: Iterable[Pod]) -> str:
    """Return what scheduler, kubelet or program said last of what keeps pods from running, e.g. `the scheduler says "…"`.

    Of several pods the first that something is said of; empty where nothing is.
    """
    for pod in sorted(pods, key=lambda pod: pod.name):
        known = trouble_of(case, pod)
        if known is None or not (said := _said(known)):
            continue
        who = "the scheduler" if known.trouble is Trouble.UNSCHEDULED else "the kubelet"
        who = f"container {known.status.name}" if known.trouble in _ENDS and known.status else who
        return f'{who} says "{one_line(said.partition(" preemption: ")[0], limit=240)}"'
    return ""


def _said(known: Troubled) -> str:
    """Return the words of a trouble; of a crash those of the program, since a back-off says nothing."""
    if known.trouble in _ENDS:
        return known.ended.message or "" if known.ended else ""
    return "" if known.trouble is Trouble.UNREADY else known.said


def why_each(case: Case, pods: Iterable[Pod]) -> str:
    """Return the reasons summed up, e.g. `2 CrashLoopBackOff, 1 terminating`."""
    reasons = Counter(why(case, pod) for pod in pods)
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    if len(ordered) == 1:
        return ordered[0][0]
    return listing([f"{number} {reason}" for reason, number in ordered])


def why_by_reason(case: Case, pods: Iterable[Pod]) -> str:
    """Return pods with their reasons, each reason once, e.g. `a and b: CrashLoopBackOff; c: terminating`."""
    names: dict[str, list[str]] = defaultdict(list)
    for pod in sorted(pods, key=lambda pod: pod.name):
        names[why(case, pod)].append(pod.name)
    return "; ".join(f"{listing(those, most=3)}: {reason}" for reason, those in names.items())


def _exit_words(pod: Pod) -> str:
    """Return how a container of a failed pod ended, and what it said; empty where its node or somebody else ended it."""
    if pod.status.phase != "Failed" or pod.status.reason:
        return ""
    ends = ((each.name, each.state.terminated) for each in pod.container_statuses if each.state.terminated)
    name, end = next(((name, end) for name, end in ends if end.exit_code), ("", None))
    if end is None:
        return ""
    said = one_line(end.message or "", limit=160)
    return f": container {name} ended with exit code {end.exit_code}" + (f', saying "{said}"' if said else "")


def _why_not_running(case: Case, pod: Pod) -> str:
    statuses = _worst_first(case, pod)
    for status in statuses:
        waiting = status.state.waiting
        if waiting and waiting.reason not in _NO_REASON:
            last = status.last_state.terminated
            return f"{waiting.reason}{' after OOMKilled' if last and last.reason == OUT_OF_MEMORY else ''}"
    sidecars = {each.name for each in pod.spec.init_containers or () if each.restart_policy == "Always"}
    for status in pod.status.init_container_statuses or ():
        is_up = status.name in sidecars and status.started  # of others, too, the kubelet says that they have started
        if not status.ready and status.state.running and not is_up:
            if status.name in sidecars:
                return f"sidecar {status.name} has not started: its startup probe has not passed"
            return f"init container {status.name} has not finished"
    serving = {each.name for each in pod.status.container_statuses or ()}
    for status in statuses:
        ended = status.state.terminated
        if ended and status.name in serving:
            return f"container {status.name} ended with {ended.reason or f'exit code {ended.exit_code}'}"
    if (trouble := trouble_of(case, pod)) and trouble.trouble is Trouble.VOLUME:
        return f"{trouble.reason}: a volume is not there"
    if not pod.ip:
        return "has no IP yet" if pod.status.phase == "Pending" else "has no IP"
    return "ContainerCreating" if pod.status.phase == "Pending" else ""


def _worst_first(case: Case, pod: Pod) -> tuple[ContainerStatus, ...]:
    """Return the statuses of its containers, the one that keeps it from serving in front."""
    trouble = trouble_of(case, pod)
    return (trouble.status, *pod.container_statuses) if trouble and trouble.status else pod.container_statuses


def _why_not_ready(case: Case, pod: Pod) -> str:
    inside = pod.condition("ContainersReady")
    gates = missing_gates(pod)
    if gates and inside and inside.status == "True":
        return f"readiness gate {gates[0]} is not True"
    if moment := ready_by(case, pod):
        return f"starting, expected ready by {moment:%H:%M} UTC"
    unready = unready_containers(pod)
    for container, status in unready:
        if container.startup_probe and not status.started:
            since = " has not passed since its restart" if status.restart_count else " fails"
            return f"startup probe of container {container.name}{since}"
    failing = [container for container, _ in unready if container.readiness_probe]
    if not failing and not unready and inside and inside.status == "True":
        return "not ready though all containers are (its kubelet has not renewed the condition)"
    return f"readiness probe of container {failing[0].name} fails" if failing else "running, not ready"
