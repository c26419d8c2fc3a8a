"""What keeps a pod from serving: one trouble a pod, so that a crash is never told as an image fault as well.

The order is that of a pod's life (failure-modes RTE-004): scheduling, init containers, what a container waits for,
memory, crashes, and last a container that runs and is not ready. Terminating and finished pods and pods on a lost node
have no trouble of their own. `pod_groups` puts pods with one trouble together, `pod_words` says it in a few words.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerStatus, Pod, Terminated
from bot.model.kube.workloads import Event
from bot.model.refs import Ref
from bot.model.text import one_line

# The scheduler answers within seconds, and most init containers end in them; what takes longer is worth a word.
PATIENCE = timedelta(minutes=1)
# Restarts older than this are over: the kubelet forgets its back-off after ten minutes of running, too.
# https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
LOOP = timedelta(minutes=10)
OUT_OF_MEMORY = "OOMKilled"
_SIGKILL = 137
# The kubelet's words: https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/images/types.go
_IMAGE = (
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "RegistryUnavailable",
    "SignatureValidationFailed",
)
# .../pkg/kubelet/container/sync_result.go and pkg/kubelet/kuberuntime
_CREATE = (
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
    "PreStartHookError",
    "PostStartHookError",
)
# Events of kubelet and attach-detach controller about volumes; a cache that is not filled yet is no trouble.
_VOLUME = ("FailedMount", "FailedAttachVolume", "FailedMapVolume")
_NOT_YET = "failed to sync"
# .../pkg/kubelet/volumemanager/volume_manager.go (WaitForAttachAndMount): which volumes it waited for, and no reason.
_IN_VAIN = "Unable to attach or mount volumes"
# A runtime that could not start the process leaves these, and the kubelet then waits as for any crash.
NOT_STARTED = ("StartError", "ContainerCannotRun")
NOT_SCHEDULED = "NotScheduled"  # ours: no scheduler has said anything of the pod


class Trouble(StrEnum):
    """What keeps a pod from serving; in the order in which one outranks the next inside a pod."""

    UNSCHEDULED = "unscheduled"
    VOLUME = "volume"
    IMAGE = "image"
    CREATE = "create"
    INIT = "init"
    MEMORY = "memory"
    CRASH = "crash"
    UNREADY = "unready"


_RANK = {trouble: place for place, trouble in enumerate(Trouble)}


class Troubled(Struct, frozen=True):
    """One pod with its trouble. `reason` and `said` are the scheduler's or kubelet's own words."""

    pod: Pod
    trouble: Trouble
    reason: str = ""
    said: str = ""
    container: Container | None = None
    status: ContainerStatus | None = None

    @property
    def ended(self) -> Terminated | None:
        """Return how the container ended last, whether or not it runs again."""
        return last_end(self.status) if self.status else None


def trouble_of(case: Case, pod: Pod) -> Troubled | None:
    """Return what keeps a pod from serving, or serving reliably; None where nothing does or nobody can tell."""
    if pod.is_ready and _is_calm(pod):
        return None  # as nearly all are
    if pod.is_terminating or pod.is_terminal or case.snapshot.is_lost(pod.spec.node_name):
        return None
    return _unscheduled(case, pod) or _in_containers(case, pod) or _unmounted(case, pod) or _unready(case, pod)


def ready_by(case: Case, pod: Pod) -> datetime | None:
    """Return the time by which a pod that is still starting should be ready, or None if it should be already (RTE-006).

    A container that restarted is not starting, it is failing. Bounds: startup probe, then the readiness probe's first
    success (https://kubernetes.io/docs/concepts/workloads/pods/probes/).
    """
    if pod.is_terminating or any(each.restart_count for each in pod.container_statuses):
        return None
    if any(_has_used_up_start(case, container, status) for container, status in unready_containers(pod)):
        return None
    bounds = [_bound(container, status) for container, status in unready_containers(pod)]
    if not bounds or None in bounds:
        return None
    latest = max(each for each in bounds if each)
    return latest if latest > case.snapshot.taken_at else None


def missing_gates(pod: Pod) -> tuple[str, ...]:
    """Return the readiness gates that are not True; a missing condition counts as False (failure-modes B.10)."""
    true = {each.type for each in pod.status.conditions or () if each.status == "True"}
    gates = (each.condition_type for each in pod.spec.readiness_gates or ())
    return tuple(gate for gate in gates if gate not in true)


def node_out_of_memory(case: Case, pod: Pod) -> tuple[Event, ...]:
    """Return recent `SystemOOM` of the pod's node, written by its kubelet; Events about Nodes are in `default`."""
    if not pod.spec.node_name:
        return ()
    found = case.snapshot.events_about(Ref("Node", pod.spec.node_name, "default"), "SystemOOM")
    return tuple(each for each in found if case.snapshot.is_recent(each.last_seen))


def last_end(status: ContainerStatus) -> Terminated | None:
    """Return how a container ended last, whether or not it runs again."""
    return status.state.terminated or status.last_state.terminated


def never_ran(pod: Pod) -> bool:
    """Return whether no program of a pod has run that may fail: no node has it, or none of its containers could be started.

    Init containers that are done fail no more.
    """
    own, first = pod.status.container_statuses or (), pod.status.init_container_statuses or ()
    statuses = (*own, *(each for each in first if not _is_done(each)))
    if statuses:
        return not any(map(_has_run, statuses))
    scheduled = pod.condition("PodScheduled")
    return scheduled is not None and scheduled.status == "False"


def _is_done(status: ContainerStatus) -> bool:
    return status.state.terminated is not None and status.state.terminated.exit_code == 0


def _has_run(status: ContainerStatus) -> bool:
    ended = last_end(status)
    return bool(status.state.running) or (ended.reason not in NOT_STARTED if ended else status.restart_count > 0)


def _unscheduled(case: Case, pod: Pod) -> Troubled | None:
    if pod.spec.node_name or pod.status.phase != "Pending":
        return None
    scheduled = pod.condition("PodScheduled")
    if scheduled and scheduled.status == "False":
        said = one_line(scheduled.message or "", limit=1000)
        return Troubled(pod, Trouble.UNSCHEDULED, scheduled.reason or "Unschedulable", said)
    born = pod.metadata.creation_timestamp
    if scheduled is None and born and case.snapshot.is_older(born, PATIENCE):
        return Troubled(pod, Trouble.UNSCHEDULED, NOT_SCHEDULED)
    return None


def _unmounted(case: Case, pod: Pod) -> Troubled | None:
    """On its node, no container has begun, and the newest Event about its volumes says that one cannot be had.

    The waiting containers have no message then. A cache that the kubelet has not filled yet passes by itself. That the kubelet
    waited in vain is said every two minutes and names no cause: an Event that does goes before it.
    """
    if pod.status.phase != "Pending" or any(_has_begun(each) for each in pod.container_statuses):
        return None
    told = [each for reason in _VOLUME for each in case.snapshot.events_about(pod.ref, reason)]
    told = [each for each in told if case.snapshot.is_recent(each.last_seen) and _NOT_YET not in each.message]
    if not told:
        return None
    attached = next(iter(case.snapshot.events_about(pod.ref, "SuccessfulAttachVolume")), None)
    causes = [each for each in told if not each.message.startswith(_IN_VAIN) and not _is_over(each, attached)]
    newest = max(causes or told, key=lambda each: each.last_seen or case.snapshot.taken_at)
    return Troubled(pod, Trouble.VOLUME, newest.reason, one_line(newest.message, limit=1000))


def _is_over(told: Event, attached: Event | None) -> bool:
    """Return whether a volume that could not be attached has been attached since."""
    if attached is None or told.reason != "FailedAttachVolume" or attached.last_seen is None:
        return False
    return told.last_seen is not None and told.last_seen < attached.last_seen


def _has_begun(status: ContainerStatus) -> bool:
    return bool(status.state.running or last_end(status) or status.restart_count)


def _is_calm(pod: Pod) -> bool:
    """No container waits or ever ended."""
    known = pod.status.container_statuses or ()
    return not pod.status.init_container_statuses and not any(each.state.waiting or last_end(each) for each in known)


def _in_containers(case: Case, pod: Pod) -> Troubled | None:
    """The worst trouble of any container; between equals the first to run."""
    ordinary = {each.name for each in pod.spec.init_containers or () if each.restart_policy != "Always"}
    known = {each.name: each for each in (*(pod.spec.init_containers or ()), *(pod.spec.containers or ()))}
    found: list[Troubled] = []
    for status in pod.container_statuses:
        trouble = _of_container(case, pod, status, is_init=status.name in ordinary)
        if trouble:
            reason, said = _words(status)
            container = known.get(status.name, Container(name=status.name, image=status.image))
            found.append(Troubled(pod, trouble, reason, said, container, status))
    return min(found, key=lambda each: _RANK[each.trouble], default=None)


def _of_container(case: Case, pod: Pod, status: ContainerStatus, *, is_init: bool) -> Trouble | None:
    waiting, last = status.state.waiting, last_end(status)
    if waiting and waiting.reason in _IMAGE:
        return Trouble.IMAGE
    if waiting and waiting.reason in _CREATE:
        return Trouble.CREATE
    if not _fails(case, pod, status, is_init=is_init):
        return Trouble.INIT if is_init and _takes_long(case, status) else None
    if last and last.reason in NOT_STARTED:
        return Trouble.CREATE
    if last and (last.reason == OUT_OF_MEMORY or (last.exit_code == _SIGKILL and node_out_of_memory(case, pod))):
        return Trouble.MEMORY
    return Trouble.INIT if is_init else Trouble.CRASH


def _fails(case: Case, pod: Pod, status: ContainerStatus, *, is_init: bool) -> bool:
    """The container cannot stay up: it waits after a crash, has just ended, or came back within the last minutes."""
    state, last = status.state, last_end(status)
    if state.waiting:
        return state.waiting.reason == "CrashLoopBackOff"
    if state.terminated:
        return state.terminated.exit_code != 0 or (not is_init and pod.spec.restart_policy == "Always")
    if last is None or last.finished_at is None:
        return False
    if last.reason == OUT_OF_MEMORY:
        return case.snapshot.is_recent(last.finished_at)
    again = status.restart_count > 1 or not pod.is_ready
    if pod.is_ready and not case.snapshot.is_dated and not _goes_on(last):
        return False
    return not is_init and again and not case.snapshot.is_older(last.finished_at, LOOP)


def _goes_on(last: Terminated) -> bool:
    """Return whether a container ended soon after it began: of a dump that is not dated only this shows a loop."""
    began, ended = last.started_at, last.finished_at
    return began is None or ended is None or ended - began <= LOOP


def _takes_long(case: Case, status: ContainerStatus) -> bool:
    """An init container that has been running for long holds back all that come after it."""
    running = status.state.running
    return (
        running is not None and running.started_at is not None and case.snapshot.is_older(running.started_at, PATIENCE)
    )


def _words(status: ContainerStatus) -> tuple[str, str]:
    waiting, last = status.state.waiting, last_end(status)
    reason = (waiting and waiting.reason) or (last and last.reason) or ""
    said = (waiting and waiting.message) or (last and last.message) or ""
    return reason, one_line(said, limit=1000)


def _unready(case: Case, pod: Pod) -> Troubled | None:
    """Runs, should be ready by now, and its readiness probe says no. Gates are another's cause (RTE-005)."""
    if pod.is_ready or pod.status.phase != "Running" or ready_by(case, pod):
        return None
    inside = pod.condition("ContainersReady")
    if missing_gates(pod) and inside is not None and inside.status == "True":
        return None
    statuses = {each.name: each for each in pod.container_statuses}
    for container in pod.serving_containers:
        status = statuses.get(container.name)
        if container.readiness_probe and status and status.state.running and not status.ready:
            return Troubled(pod, Trouble.UNREADY, container=container, status=status)
    return None


def unready_containers(pod: Pod) -> list[tuple[Container, ContainerStatus]]:
    """Return the serving containers whose status says that they are not ready."""
    statuses = {status.name: status for status in pod.container_statuses}
    known = ((container, statuses.get(container.name)) for container in pod.serving_containers)
    return [(container, status) for container, status in known if status and not status.ready]


def _has_used_up_start(case: Case, container: Container, status: ContainerStatus) -> bool:
    """Return whether its startup probe has failed as often as it may: the kubelet ends it now, whatever readiness may take."""
    running, startup = status.state.running, container.startup_probe
    if startup is None or status.started or running is None or running.started_at is None:
        return False
    seconds = startup.initial_delay_seconds + startup.failure_threshold * startup.period_seconds
    return case.snapshot.is_older(running.started_at, timedelta(seconds=seconds + startup.period_seconds))


def _bound(container: Container, status: ContainerStatus) -> datetime | None:
    """Return when a container that has begun should be ready at the latest; None if it has not begun."""
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
