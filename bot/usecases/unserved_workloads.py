"""Workloads that no Service selects and that do not run: no call is broken by them, but a triage tells them.

Consumers of a queue, operators and the like have no Service, so no row of a table is theirs, and a caller that crashes is no
fault of what it calls. Each is judged as if a Service selected its pods. Readiness is asked by Services alone, so pods that
run are left out, ready or not. So is each pod that no workload of Kubernetes makes: a user's, a run's, a game server's.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.checks.engine.registry import checks_by_code
from bot.checks.facts.pod_state import Trouble, trouble_of
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.kube.workloads import DaemonSet, Workload
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Finding, Layer, Severity
from bot.model.snapshot import Snapshot
from bot.usecases.stand_ins import is_unserved, pods_stand_in, served, stand_in

_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController")
_ROOM = timedelta(minutes=10)
_EVICTED, _AGAIN = "Evicted", 3


def unserved_workloads(
    snapshot: Snapshot, namespaces: tuple[str, ...]
) -> Iterator[tuple[Ref, Finding, tuple[Service, ...]]]:
    """Yield each workload without a Service whose pods do not run, or cannot be made, and what keeps them from it.

    So, as a warning, each of which no pod is ready while all its Services, which are yielded too, have others.
    `namespaces`: of these alone; none given: of all.
    """
    places = namespaces or sorted({each.namespace for each in (*snapshot.workloads, *snapshot.pods)})
    sick = [each for place in places for each in snapshot.workloads_in(place) if _may_be_sick(snapshot, each)]
    services = {each.ref: stand_in(each) for each in sick}
    outnumbered = {each.ref: _served_by_others(snapshot, each) for each in sick}
    services |= {about: pods_stand_in(about, pod) for place in places for about, pod in _strays(snapshot, place)}
    if not services:
        return
    known = served(snapshot, services.values())
    for about, service in services.items():
        case = Case(Question(service=service.name, namespace=service.namespace), known, in_table=True)
        if (
            (found := judge(case).root)
            and _is_its_own(found, service)
            and (_does_not_run(case) or _is_taken(known, about, found))
        ):
            others = outnumbered.get(about, ())
            yield about, replace(found, severity=Severity.WARN) if others else found, others


def _strays(snapshot: Snapshot, place: str) -> Iterator[tuple[Ref, Pod]]:
    """Yield the pods that no Service selects and that are not ready: each that nothing made, and the first of a custom owner.

    Runs wait for room as long as others have it, so one that is placed nowhere has to be older than a node takes to come.
    """
    for owner, pods in snapshot.pods_by_workload(place).items():
        if owner and owner.kind in _WORKLOADS:
            continue
        sick = [each for each in pods if _is_stray(snapshot, each)]
        yield from ((owner or each.ref, each) for each in (sick[:1] if owner else sick))


def _is_stray(snapshot: Snapshot, pod: Pod) -> bool:
    if pod.is_terminal or pod.is_terminating or pod.is_ready or _gives_way(pod) or not pod.labels:
        return False
    born = pod.metadata.creation_timestamp
    is_queued = not pod.spec.node_name and born is not None and snapshot.age(born) < _ROOM
    return not is_queued and not snapshot.services_selecting(pod)


def _gives_way(pod: Pod) -> bool:
    """Return whether a pod holds room: of a priority below 0 it waits, so that a node is added before others need one."""
    return (pod.spec.priority or 0) < 0 and not pod.spec.node_name


def _may_be_sick(snapshot: Snapshot, workload: Workload) -> bool:
    """Return whether a workload has no Service, wants pods, and has one that is not ready or has restarted, or none.

    Placeholders that wait are as they should be. So counts one whose Services others serve, and that has no ready pod at all.
    """
    if not is_unserved(snapshot, workload) and not _served_by_others(snapshot, workload):
        return False
    pods = _pods(snapshot, workload)
    if pods and all(each.is_ready or _gives_way(each) for each in pods):
        return False
    if not pods:
        return not isinstance(workload, DaemonSet) and bool(workload.wanted_replicas)
    return not all(each.is_ready and not any(one.restart_count for one in each.container_statuses) for each in pods)


def _served_by_others(snapshot: Snapshot, workload: Workload) -> tuple[Service, ...]:
    """Return the Services of a workload that has no ready pod, where each has others': no row of a table is broken by that."""
    own = _pods(snapshot, workload)
    if not own or any(each.is_ready for each in own):
        return ()
    services = tuple(each for each in snapshot.services_in(workload.namespace) if workload.makes(each.selector))
    return services if all(any(pod.is_ready for pod in snapshot.pods_behind(each)) for each in services) else ()


def _pods(snapshot: Snapshot, workload: Workload) -> Sequence[Pod]:
    made = snapshot.pods_by_workload(workload.namespace).get(workload.ref, ())
    return tuple(each for each in made if not each.is_terminal and not each.is_terminating)


def _is_its_own(found: Finding, service: Service) -> bool:
    """Return whether a finding is of what makes or holds the pods; what all share (DNS, a node) is told by others."""
    is_told = found.severity in (Severity.FAIL, Severity.WARN) and found.layer is Layer.APPLICATION
    return is_told and found.about != service.ref and service.name not in found.message


def _is_taken(snapshot: Snapshot, about: Ref, found: Finding) -> bool:
    """Return whether evictions end a workload's pods again and again, so that the one that runs has always just begun."""
    if Effect.NO_POD_SELECTED not in checks_by_code()[found.code].causes:
        return False
    made = snapshot.pods_by_workload(about.namespace).get(about, ())
    return sum(each.is_terminal and each.status.reason == _EVICTED for each in made) >= _AGAIN


def _does_not_run(case: Case) -> bool:
    """Return whether there is no pod, or one whose trouble is another one than that it is not ready."""
    troubles = [trouble_of(case, each) for each in case.backends.pods]
    return not troubles or any(each and each.trouble is not Trouble.UNREADY for each in troubles)
