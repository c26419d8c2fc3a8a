"""Why a pod takes no traffic, in a few words, and which pods belong together.

Several checks tell of the same pods; the words are here once. The order is that of failure-modes RTE-004: what stops a
pod earlier in its life explains it better.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerStatus, Pod
from bot.model.refs import Ref
from bot.model.text import listing, one_line

# The scheduler and kubelet say these while all goes well: they are no reason.
_NO_REASON = ("ContainerCreating", "PodInitializing", None, "")


class Group(Struct, frozen=True):
    """Pods of one workload (or one pod without any)."""

    about: Ref
    pods: tuple[Pod, ...]


def grouped(pods: Iterable[Pod]) -> tuple[Group, ...]:
    """Put pods under their workload, in order of its name."""
    found: dict[Ref, list[Pod]] = defaultdict(list)
    for pod in pods:
        found[pod.workload or pod.ref].append(pod)
    return tuple(Group(about, tuple(found[about])) for about in sorted(found))


def ready_by(case: Case, pod: Pod) -> datetime | None:
    """Give the time by which a pod that is still starting should be ready, or None if it should be already (RTE-006).

    A container that restarted is not starting, it is failing. Bounds: startup probe, then the readiness probe's first
    success (https://kubernetes.io/docs/concepts/workloads/pods/probes/).
    """
    if pod.is_terminating or any(each.restart_count for each in pod.container_statuses):
        return None
    bounds = [_bound(container, status) for container, status in _unready_containers(pod)]
    if not bounds or None in bounds:
        return None
    latest = max(each for each in bounds if each)
    return latest if latest > case.snapshot.taken_at else None


def why(case: Case, pod: Pod) -> str:
    """Say in a few words why a pod is not ready, e.g. `CrashLoopBackOff`."""
    if pod.is_terminating:
        return "terminating"
    if pod.is_terminal:
        return one_line(f"{pod.status.phase} {pod.status.reason or ''}")
    if not pod.spec.node_name:
        scheduled = pod.condition("PodScheduled")
        return f"Pending: {(scheduled and scheduled.reason) or 'not scheduled'}"
    if case.snapshot.is_lost(pod.spec.node_name):
        return f"on lost node {pod.spec.node_name}"
    return _why_not_running(pod) or _why_not_ready(case, pod)


def why_each(case: Case, pods: Iterable[Pod]) -> str:
    """Sum up, e.g. `2 CrashLoopBackOff, 1 terminating`."""
    reasons = Counter(why(case, pod) for pod in pods)
    ordered = sorted(reasons.items(), key=lambda each: (-each[1], each[0]))
    if len(ordered) == 1:
        return ordered[0][0]
    return listing([f"{number} {reason}" for reason, number in ordered])


def missing_gates(pod: Pod) -> tuple[str, ...]:
    """Give the readiness gates that are not True; a missing condition counts as False (failure-modes B.10)."""
    true = {each.type for each in pod.status.conditions or () if each.status == "True"}
    gates = (each.condition_type for each in pod.spec.readiness_gates or ())
    return tuple(gate for gate in gates if gate not in true)


def told(case: Case, pods: Iterable[Pod]) -> str:
    """Tell pods with their reasons, each reason once, e.g. `a and b: CrashLoopBackOff; c: terminating`."""
    names: dict[str, list[str]] = defaultdict(list)
    for pod in sorted(pods, key=lambda pod: pod.name):
        names[why(case, pod)].append(pod.name)
    return "; ".join(f"{listing(those, most=3)}: {reason}" for reason, those in names.items())


def _why_not_running(pod: Pod) -> str:
    for status in pod.container_statuses:
        waiting = status.state.waiting
        if waiting and waiting.reason not in _NO_REASON:
            last = status.last_state.terminated
            return f"{waiting.reason}{' after OOMKilled' if last and last.reason == 'OOMKilled' else ''}"
    for status in pod.status.init_container_statuses or ():
        if not status.ready and status.state.running and not status.started:
            return f"init container {status.name} has not finished"
    for status in pod.status.container_statuses or ():
        ended = status.state.terminated
        if ended:
            return f"container {status.name} ended with {ended.reason or f'exit code {ended.exit_code}'}"
    if not pod.ip:
        return "has no IP yet" if pod.status.phase == "Pending" else "has no IP"
    return "ContainerCreating" if pod.status.phase == "Pending" else ""


def _why_not_ready(case: Case, pod: Pod) -> str:
    inside = pod.condition("ContainersReady")
    gates = missing_gates(pod)
    if gates and inside and inside.status == "True":
        return f"readiness gate {gates[0]} is not True"
    if moment := ready_by(case, pod):
        return f"starting, expected ready by {moment:%H:%M} UTC"
    unready = _unready_containers(pod)
    for container, status in unready:
        if container.startup_probe and not status.started:
            return f"startup probe of container {container.name} has not passed"
    failing = [container for container, _ in unready if container.readiness_probe]
    return f"readiness probe of container {failing[0].name} fails" if failing else "running, not ready"


def _unready_containers(pod: Pod) -> list[tuple[Container, ContainerStatus]]:
    """The serving containers whose status says that they are not ready."""
    statuses = {status.name: status for status in pod.container_statuses}
    known = ((container, statuses.get(container.name)) for container in pod.serving_containers)
    return [(container, status) for container, status in known if status and not status.ready]


def _bound(container: Container, status: ContainerStatus) -> datetime | None:
    """When a container that has begun should be ready at the latest; None if it has not begun."""
    running = status.state.running
    if running is None or running.started_at is None:
        return None
    startup, readiness = container.startup_probe, container.readiness_probe
    seconds = 0
    if startup and not status.started:
        seconds += startup.initial_delay_seconds + startup.failure_threshold * startup.period_seconds
    if readiness:
        seconds += readiness.initial_delay_seconds + readiness.success_threshold * readiness.period_seconds
    return running.started_at + timedelta(seconds=seconds)
