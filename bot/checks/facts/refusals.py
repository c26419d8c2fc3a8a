"""Pods that a controller could not create, and why: the API server's own words, from Events and conditions.

A Deployment's ReplicaSet has the Events and the condition, which the Deployment copies; of StatefulSets, DaemonSets and Jobs
there are Events alone. The condition is the first refusal and is not renewed, so that an Event mostly outranks it; where the
pods came in between and are refused anew it is the newer one, and an Event may be lost.
https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/controller_utils.go
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.facts.rollouts import HASH
from bot.model.case import Case
from bot.model.kube.objects import Condition
from bot.model.kube.pods import Pod
from bot.model.kube.replicas import wanted_pods
from bot.model.kube.services import Service
from bot.model.kube.workloads import Event, StatefulSet, Workload
from bot.model.memo import memo
from bot.model.pattern import pattern
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

_HEAD = pattern(r"^(?:Error creating: |create Pod \S+ in StatefulSet \S+ failed error: )")
_NO_SET = "ReplicaSetCreateError"
_REASONS = ("FailedCreate", _NO_SET)
_TEXT = 1000
_FORBIDDEN, _NO_ROOM = "is forbidden: ", "exceeded quota"  # the words of admission, and of the one that counts
_MAKERS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Job")


class Refused(Struct, frozen=True):
    """What the API server said last, which object's field holds it, when it was said, and since when it is said."""

    said: str
    about: Ref
    field: str
    at: datetime | None = None
    since: datetime | None = None

    @property
    def is_final(self) -> bool:
        """Return whether it is about the pod itself: room in a quota may come, and a webhook that does not answer may, too."""
        return _FORBIDDEN in self.said and _NO_ROOM not in self.said


def refused(case: Case, workload: Workload) -> Refused | None:
    """Return the newest refusal of a workload's pods: by an Event of the last hour, or by a condition that stands."""
    holders = (workload, *case.snapshot.revisions_of(workload.ref))
    told, stands = _by_event(case, holders), _by_condition(holders)
    if told is None or stands is None:
        return told or stands
    if told.at and stands.at and stands.at > told.at:
        return stands
    return replace(told, since=stands.at or told.since)  # the condition that stands is the first refusal


def newest_refused(case: Case, workload: Workload, own: Sequence[Pod]) -> Refused | None:
    """Return the refusal of a Deployment's newest revision, which has none of its pods, while older ones are ready.

    Of one whose ReplicaSet itself was refused the Deployment tells.
    """
    if any(each.reason == _NO_SET and each.status == "False" for each in workload.status.conditions or ()):
        return refused(case, workload) if any(each.is_ready for each in own) else None
    sets = [each for each in case.snapshot.revisions_of(workload.ref) if each.metadata.creation_timestamp]
    newest = max(sets, key=lambda each: each.metadata.creation_timestamp or case.snapshot.taken_at, default=None)
    if newest is None or not newest.wanted_replicas or not any(each.is_ready for each in own):
        return None
    return None if any(each.labels.get(HASH) == newest.labels.get(HASH) for each in own) else refused(case, newest)


def refused_unread(case: Case, service: Service) -> Refused | None:
    """Return the newest refusal of pods of a workload that was not read and has the name of the Service, or of its labels.

    A dump often lacks StatefulSets and ReplicaSets, and has the Events about them.
    """
    names = {service.name, *service.selector.pairs.values()}
    found = [
        (about, event)
        for event in case.snapshot.events
        if event.reason in _REASONS
        and event.namespace == service.namespace
        and case.snapshot.is_recent(event.last_seen)
        and (about := Ref(event.involved_object.kind, event.involved_object.name, event.namespace)).kind in _MAKERS
        and (about.name in names or (about.kind == "ReplicaSet" and about.name.rpartition("-")[0] in names))
        and case.snapshot.object(about) is None
    ]
    if not found:
        return None
    about, newest = max(found, key=lambda pair: pair[1].last_seen or case.snapshot.taken_at)
    return Refused(_sentence(newest), about, f"events[{newest.reason}]", newest.last_seen, newest.first_seen)


@memo
def refusing_namespaces(snapshot: Snapshot) -> frozenset[str]:
    """Return the namespaces in which something tells of refused pods, whatever became of them; one look for a digest."""
    told = {each.namespace for each in snapshot.events if each.reason in _REASONS}
    holders = (each for each in (*snapshot.workloads, *snapshot.replica_sets) if each.status.conditions)
    return frozenset(told | {each.namespace for each in holders if _by_condition((each,))})


def _by_event(case: Case, holders: Iterable[Workload]) -> Refused | None:
    found = [
        (each, event)
        for each in holders
        for reason in _REASONS
        for event in case.snapshot.events_about(each.ref, reason)
        if case.snapshot.is_recent(event.last_seen)
    ]
    if not found:
        return None
    about, newest = max(found, key=lambda pair: pair[1].last_seen or case.snapshot.taken_at)
    return Refused(_sentence(newest), about.ref, f"events[{newest.reason}]", newest.last_seen, newest.first_seen)


def _sentence(event: Event) -> str:
    return one_line(_HEAD.sub("", event.text), limit=_TEXT)


def _by_condition(holders: Iterable[Workload]) -> Refused | None:
    for each in holders:
        for condition in each.status.conditions or ():
            if _stands(condition) or condition.reason == _NO_SET:
                said = one_line(_HEAD.sub("", condition.message or condition.reason or ""), limit=_TEXT)
                at = condition.last_transition_time
                return Refused(said, each.ref, f"status.conditions[{condition.type}]", at, at)
    return None


def _stands(condition: Condition) -> bool:
    return condition.type == "ReplicaFailure" and condition.status == "True"


def pods_of(case: Case, workload: Workload) -> tuple[Pod, ...]:
    """Return the pods behind the Service that a workload made and that are not terminating."""
    return tuple(each for each in case.backends.pods if each.workload == workload.ref and not each.is_terminating)


def lacks_pods(workload: Workload, own: Sequence[Pod]) -> bool:
    """Return whether a workload that has these pods wants more, and waits for none of them."""
    waits = isinstance(workload, StatefulSet) and workload.spec.pod_management_policy == "OrderedReady"
    if waits and not all(each.is_ready for each in own):
        return False  # the next waits for the one before, which is another cause
    return len(own) < wanted_pods(workload)
