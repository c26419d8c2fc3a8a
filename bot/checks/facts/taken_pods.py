"""Pods that their node, the scheduler or the API took away: by status and conditions, and by Events about pods that are gone.

The kubelet leaves an evicted or refused pod behind as Failed, with its reason; a preempted one is gone within seconds, so that
only the scheduler's Event tells of it. Old ones linger for days and are history.
https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.objects import Condition
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Node
from bot.model.memo import for_same, memo
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

_TEXT = 300
# Reasons that the kubelet gives a pod that it ended; a pod that ended by itself has none.
# https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/eviction/eviction_manager.go
_ENDED = {
    "Evicted": "evicted",
    "Preempting": "evicted to make room for a critical pod",
    "Terminated": "stopped with the node",
    "Shutdown": "stopped with the node",
    "NodeLost": "lost with the node",
    "DeadlineExceeded": "stopped at the end of activeDeadlineSeconds",
}
# A node that refuses to run a pod says so in its message (`Pod was rejected: …` since 1.31), or by one of these reasons.
_REJECTED = (
    "OutOfcpu",
    "OutOfmemory",
    "OutOfpods",
    "NodeAffinity",
    "NodeShutdown",
    "AppArmor",
    "SysctlForbidden",
    "UnexpectedAdmissionError",
    "TopologyAffinityError",
)
REJECTED = "refused by the node"
PREEMPTED = "preempted by a pod of higher priority"
# https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
_DISRUPTED = {
    "PreemptionByScheduler": PREEMPTED,
    "DeletionByTaintManager": "driven away by a taint of the node",
    "EvictionByEvictionAPI": "evicted through the API, as a drain does",
    "DeletionByPodGC": "removed since the node is gone",
    "TerminationByKubelet": "ended by the kubelet",
}
_EVENTS = {"Preempted": PREEMPTED, "Evicted": "evicted", "TaintManagerEviction": _DISRUPTED["DeletionByTaintManager"]}
_PRESSURES = ("MemoryPressure", "DiskPressure", "PIDPressure")


class Taken(Struct, frozen=True):
    """One pod that was taken away: how, what was said of it and where that stands, and when (UTC)."""

    about: Ref
    how: str
    field: str
    said: str
    node: str
    at: datetime


def taken_of(case: Case) -> Mapping[Ref, list[Taken]]:
    """Return the pods of the Service that were taken away within the hour, by workload (or pod), the newest first."""
    found: dict[Ref, list[Taken]] = defaultdict(list)
    for pod in case.backends.selected:
        each = _of_pod(case.snapshot, pod)
        if each and case.snapshot.is_recent(each.at):
            found[pod.workload or pod.ref].append(each)
    for about, gone in _by_events(case):
        found[about].append(gone)
    return {about: sorted(found[about], key=lambda each: each.at, reverse=True) for about in sorted(found)}


@memo
def taking_namespaces(snapshot: Snapshot) -> frozenset[str]:
    """Return the namespaces that a pod was taken from; one look for all Services of a digest."""
    pods = {each.namespace for each in snapshot.pods if _may_be_taken(each)}
    return frozenset(pods | {each.namespace for each in snapshot.events if each.reason in _EVENTS})


def nodes_under_pressure(snapshot: Snapshot) -> Mapping[str, tuple[Condition, ...]]:
    """Return the conditions by which nodes say that they run out of memory, disk or process ids."""
    return _pressed(snapshot.nodes)


@for_same
def _pressed(nodes: tuple[Node, ...]) -> Mapping[str, tuple[Condition, ...]]:
    found: dict[str, tuple[Condition, ...]] = {}
    for node in nodes:
        if pressed := tuple(
            each for each in node.status.conditions or () if each.type in _PRESSURES and each.status == "True"
        ):
            found[node.name] = pressed
    return found


def _may_be_taken(pod: Pod) -> bool:
    return (pod.status.phase == "Failed" and bool(pod.status.reason)) or (
        pod.is_terminating and pod.condition("DisruptionTarget") is not None
    )


def _of_pod(snapshot: Snapshot, pod: Pod) -> Taken | None:
    status, disrupted = pod.status, pod.condition("DisruptionTarget")
    said, node = one_line(status.message or "", limit=_TEXT), pod.spec.node_name
    at = _when(pod)
    if at is None or not _may_be_taken(pod) or snapshot.is_lost(node):
        return None  # a node that is lost is another cause (RTE-008)
    if pod.is_terminal:
        how = _ended(status.reason or "", said)
        return Taken(pod.ref, how, f"status.reason {status.reason}", said, node, at) if how else None
    if disrupted and disrupted.status == "True" and (how := _DISRUPTED.get(disrupted.reason or "", "")):
        said = one_line(disrupted.message or "", limit=_TEXT)
        return Taken(pod.ref, how, f"status.conditions[DisruptionTarget] {disrupted.reason}", said, node, at)
    return None


def taken_way(pod: Pod) -> str:
    """Return how a pod that has failed was taken away, e.g. `evicted`; empty where it ended by itself."""
    return _ended(pod.status.reason or "", pod.status.message or "") if pod.is_terminal else ""


def _ended(reason: str, said: str) -> str:
    return REJECTED if reason in _REJECTED or said.startswith("Pod was rejected") else _ENDED.get(reason, "")


def _when(pod: Pod) -> datetime | None:
    """Return the last thing that happened to it; a pod that its node refused has a start and no condition."""
    conditions = [each.last_transition_time for each in pod.status.conditions or ()]
    ends = [each.state.terminated.finished_at for each in pod.container_statuses if each.state.terminated]
    known = [*conditions, *ends, pod.status.start_time, pod.metadata.creation_timestamp]
    return max((each for each in known if each), default=None)


def _by_events(case: Case) -> Iterator[tuple[Ref, Taken]]:
    """Yield pods of which Events alone tell, with the workload that made them: its other pods' names begin as theirs did."""
    service = case.service
    if service is None or not any(each.reason in _EVENTS for each in case.snapshot.events):
        return
    made = {each.name.rpartition("-")[0]: each.workload for each in case.backends.selected if each.workload}
    for event in case.snapshot.events:
        name, at = event.involved_object.name, event.last_seen
        about = made.get(name.rpartition("-")[0]) if event.namespace == service.namespace else None
        if event.reason not in _EVENTS or event.involved_object.kind != "Pod" or at is None or about is None:
            continue
        if case.snapshot.is_recent(at) and _tells_nothing(case.snapshot.pod(event.namespace, name), at):
            said = one_line(event.text, limit=_TEXT)
            yield (
                about,
                Taken(
                    Ref("Pod", name, event.namespace), _EVENTS[event.reason], f"events[{event.reason}]", said, "", at
                ),
            )


def _tells_nothing(pod: Pod | None, at: datetime) -> bool:
    """Return whether no pod has the name now, or one that was made afterwards (of a StatefulSet), or one without a reason.

    The kubelet now and then loses the reason where the program ends well when it is told to: the pod is `Completed` then.
    """
    born = pod.metadata.creation_timestamp if pod else None
    return pod is None or (born is not None and born >= at) or (pod.is_terminal and not pod.status.reason)
