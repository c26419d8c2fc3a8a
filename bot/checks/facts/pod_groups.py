"""Pods that belong together: those of one workload, and those of them whose same container has the same trouble.

A finding is about such a group and never about each of its pods.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec import Struct

from bot.checks.facts.pod_state import Trouble, Troubled, trouble_of
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import ServicePort
from bot.model.memo import memo
from bot.model.refs import Ref
from bot.model.result.finding import Affected, Severity
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing

_FULL_BACK_OFF = "back-off 5m0s"
# On the average at least, of ten and more: five of them come within 310 s, or within 910 s of which ten minutes were running.
_PER_RESTART = timedelta(minutes=2, seconds=30)
_MANY_RESTARTS = 10


class Group(Struct, frozen=True):
    """Pods of one workload (or one pod without any)."""

    about: Ref
    pods: tuple[Pod, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of its pods."""
        return frozenset(each.name for each in self.pods)

    @property
    def since(self) -> datetime | None:
        """Return when the first of them stopped being ready."""
        return min((each.ready_since for each in self.pods if each.ready_since), default=None)

    @property
    def whose(self) -> str:
        """Return the pods as they stand in a sentence, e.g. `2 pods of Deployment shop/user-service`."""
        if self.about.kind == "Pod":
            return str(self.about)
        return f"{count(len(self.pods), 'pod')} of {self.about}"

    @property
    def listed(self) -> str:
        """Return their names as a list in a sentence."""
        return listing([each.name for each in self.pods])


class TroubledGroup(Group, frozen=True):
    """Pods of one workload whose same container has the same trouble; `members` are its pods, each with the trouble."""

    members: tuple[Troubled, ...]

    @property
    def first(self) -> Troubled:
        """Return the member whose pod comes first by name."""
        return self.members[0]

    @property
    def container(self) -> str:
        """Return the name of the container; empty where the trouble is the pod's."""
        return self.first.container.name if self.first.container else ""

    def began(self, snapshot: Snapshot) -> datetime | None:
        """Return since when the container ends again and again.

        Ready turns with each start of a container without a readiness probe, so it may tell of the last one only. Restarts
        tell more where the kubelet waits its five minutes: it doubles from 10 s, and begins anew after ten minutes of running.
        https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
        """
        moments = [self.since, *(_by_restarts(each, snapshot) for each in self.members)]
        return min((each for each in moments if each), default=None)


def _by_restarts(each: Troubled, snapshot: Snapshot) -> datetime | None:
    waiting = each.status.state.waiting if each.status else None
    if each.status is None or waiting is None or _FULL_BACK_OFF not in (waiting.message or ""):
        return None
    if each.status.restart_count < _MANY_RESTARTS:
        return None
    made = each.pod.metadata.creation_timestamp
    ended = (
        each.ended.finished_at if each.ended else None
    )  # restarts are counted by then: it does not move with the clock
    began = (ended or snapshot.taken_at) - each.status.restart_count * _PER_RESTART
    return max(began, made) if made else began


def grouped(pods: Iterable[Pod]) -> tuple[Group, ...]:
    """Return pods under their workload, in order of its name."""
    found: dict[Ref, list[Pod]] = defaultdict(list)
    for pod in pods:
        found[pod.workload or pod.ref].append(pod)
    return tuple(Group(about, tuple(found[about])) for about in sorted(found))


def groups(case: Case, trouble: Trouble, *, by_reason: bool = False) -> tuple[TroubledGroup, ...]:
    """Return the pods behind the Service that have this trouble, grouped by workload and container (and reason)."""
    troubled = _troubled(case)
    if not troubled:
        return ()
    found: dict[tuple[Ref, str, str], list[Troubled]] = defaultdict(list)
    for each in troubled:
        if each.trouble is trouble:
            name = each.container.name if each.container else ""
            key = (each.pod.workload or each.pod.ref, name, each.reason if by_reason else "")
            found[key].append(each)
    return tuple(_group(key[0], found[key]) for key in sorted(found))


def _group(about: Ref, troubled: list[Troubled]) -> TroubledGroup:
    members = tuple(sorted(troubled, key=lambda each: each.pod.name))
    return TroubledGroup(about, tuple(each.pod for each in members), members)


def severity(case: Case, group: Group, *, partly: Severity = Severity.INFO) -> Severity:
    """Return FAIL where a port asked about is left without any working endpoint by these pods, else `partly`.

    Where EndpointSlices were not read the pods' own readiness says it, and what is lost in part nobody knows.
    """
    if case.service and not case.snapshot.has("endpointslices", case.service.namespace):
        return Severity.INFO if any(pod.is_ready for pod in case.backends.pods) else Severity.FAIL
    if not case.ports:
        return partly if any(pod.is_ready for pod in case.backends.pods) else Severity.FAIL
    left = any(
        not _works(case, port) and any(port.resolve(pod) is not None for pod in group.pods) for port in case.ports
    )
    return Severity.FAIL if left else partly


def affected(case: Case, group: Group) -> Affected:
    """Return the group's share of the pods that may be endpoints."""
    return Affected(len(group.pods), sum(not pod.is_terminating for pod in case.backends.pods))


@memo
def _troubled(case: Case) -> tuple[Troubled, ...]:
    """Return the pods behind the Service that have a trouble; nine checks ask, each for its own."""
    found = (trouble_of(case, pod) for pod in case.backends.pods)
    return tuple(each for each in found if each is not None)


def _works(case: Case, port: ServicePort) -> bool:
    """An endpoint takes traffic whose pod is ready; addresses published although unready do not count."""
    for endpoint in case.backends.usable_anywhere(port):
        pod = case.backends.pod_of(endpoint)
        if pod is None or pod.is_ready or endpoint.is_draining:
            return True
    return False
