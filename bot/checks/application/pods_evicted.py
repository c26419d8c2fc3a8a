"""Pods were evicted, preempted or refused by their node

## Meaning
Something other than the application ended the pods: the kubelet, since its node ran out of memory or disk or since a pod used
more storage than its limit; the scheduler, to make room for a pod of higher priority; a drain; a taint; or a node that will not
run what was given to it.

## Impact
The connections of such a pod break, and it takes no traffic until a successor is ready. A pod that no workload made does not
come back at all.

## How it is detected
By pods of the Service that are Failed with the kubelet's reason (`Evicted`, `OutOfcpu`, `NodeAffinity`, …), that are
terminating with the condition DisruptionTarget, or, where the pod is gone, by the Event about it (`Preempted`), within the
last hour. Their own sentence is quoted, and nodes that are under pressure now are named.

## When it stays silent
After an hour: evicted pods lie around for days. Where the successors have a trouble of their own, or all wanted pods are
ready again, it is told as context only; it is a warning where it will happen again: from three times an hour on, and at once
where a pod went over its own limit of storage, which its successor has, too. Pods of a revision that is no more do not
count. Pods that ended by themselves have no such reason. A node that is lost is RTE-008.

## Fix
It stands in the sentence: a storage limit is raised or the program writes less; under memory pressure the pods with usage
above their requests go first, so give them the memory that they use as a request. Against preemption helps a PriorityClass,
against drains a second replica and a PodDisruptionBudget. There is no patch to print, since none of the numbers is known.

## Known limits
A preempted pod is deleted within seconds, and only its Event (kept for an hour) tells of it; who preempted it is named by uid
alone. Spot nodes that are reclaimed without a drain look like lost nodes.
"""

from collections.abc import Iterator, Sequence

from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import Group
from bot.checks.facts.pod_state import PATIENCE, Trouble, Troubled, trouble_of
from bot.checks.facts.refusals import refused
from bot.checks.facts.taken_pods import Taken, nodes_under_pressure, taken_of, taking_namespaces
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import DaemonSet
from bot.model.kubectl import kubectl
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Severity
from bot.model.text import count, listing, one_line

# Once is an accident; so many times within the hour come again.
_OFTEN = 3
# The pod's own limits, which its successor has as well: kubelet's words, pkg/kubelet/eviction/eviction_manager.go.
_OWN_LIMITS = (
    "Usage of EmptyDir volume",
    "ephemeral local storage usage exceeds",
    "exceeded its local ephemeral storage limit",
)
_SAID = 200


def _may_be_taken(case: Case) -> bool:
    """Return whether pods were taken from the Service's namespace, or a node is short of something: cheap for a digest."""
    if case.service is None:
        return False
    return case.service.namespace in taking_namespaces(case.snapshot) or (
        not case.in_table and bool(nodes_under_pressure(case.snapshot))
    )


@check(
    "APP-022",
    "pods-evicted",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "nodes", "endpointslices"),
    causes=(Effect.POD_UNSCHEDULED, Effect.NO_POD_SELECTED, Effect.NO_USABLE_ENDPOINT),
    when=_may_be_taken,
)
def pods_evicted(case: Case) -> Iterator[Detection]:
    taken = taken_of(case)
    for about, pods in taken.items():
        yield _found(case, about, pods)
    if not taken and not case.in_table:
        yield from _pressed(case)


def _found(case: Case, about: Ref, taken: Sequence[Taken]) -> Detection:
    own = tuple(each for each in case.backends.selected if (each.workload or each.ref) == about)
    live = [each for each in own if not each.is_terminal and not each.is_terminating]
    newest, nodes = taken[0], sorted({each.node for each in taken if each.node})
    said = f": {newest.said.rstrip('. ')}" if newest.said else ""
    return Detection(
        about=about,
        message=f"{_whose(about, taken)} {newest.how}{_where(nodes)}{_last(taken)}{said}; "
        f"{_now(case, about, live)}{_held_back(case, live)}{_pressure_words(case, nodes)}.",
        severity=_severity(case, Group(about, own), live, taken),
        evidence=tuple(Evidence(each.about, each.field, each.said or each.how) for each in taken[:3]),
        check=(_failed(about), *(describe(Ref("Node", each)) for each in nodes[:1])),
        pods=frozenset({each.name for each in own} | {each.about.name for each in taken}),
        key=(newest.how,),
        since=taken[-1].at,
    )


def _whose(about: Ref, taken: Sequence[Taken]) -> str:
    number = len({each.about for each in taken})
    if about.kind == "Pod":
        return f"{about} was"
    return f"{count(number, 'pod')} of {about} {'was' if number == 1 else 'were'}"


def _where(nodes: list[str]) -> str:
    return f" ({listing(nodes, 3)})" if nodes else ""


def _last(taken: Sequence[Taken]) -> str:
    return f"{', the last' if len(taken) > 1 else ''} at {taken[0].at:%H:%M} UTC"


def _now(case: Case, about: Ref, live: Sequence[Pod]) -> str:
    """Return how many of the wanted pods are ready, as the end of a sentence."""
    if about.kind == "Pod":
        return "no workload makes a new one"
    ready = sum(each.is_ready for each in live)
    workload = case.snapshot.workload(about)
    if workload is None or isinstance(workload, DaemonSet):
        return f"{ready} of {count(len(live), 'pod')} {'is' if ready == 1 else 'are'} ready now"
    verb = "is" if workload.wanted_replicas == 1 else "are"
    return f"{ready} of {count(workload.wanted_replicas, 'wanted pod')} {verb} ready now"


def _held_back(case: Case, live: Sequence[Pod]) -> str:
    """Return what the scheduler says of successors that it finds no node for, as the end of a sentence."""
    troubles = (trouble_of(case, each) for each in live)
    said = next((each.said for each in troubles if each and each.trouble is Trouble.UNSCHEDULED and each.said), "")
    return f', the scheduler says "{one_line(said, limit=_SAID).rstrip(". ")}"' if said else ""


def _severity(case: Case, group: Group, live: Sequence[Pod], taken: Sequence[Taken]) -> Severity:
    """Return what it does to calls now: nothing where the pods that should have come after are kept away by something else."""
    again = _comes_again(case, live, taken)
    if _is_explained(case, group.about, live, again=again):
        return Severity.INFO
    is_felt = again or not any(each.is_ready for each in live)
    return pod_groups.severity(case, group, partly=Severity.WARN if is_felt else Severity.INFO)


def _comes_again(case: Case, live: Sequence[Pod], taken: Sequence[Taken]) -> bool:
    """Return whether the pods that there are will be taken as well: by a limit of their own, or as often as those before."""
    now = {each.revision for each in live}
    still = [each for each in taken if not (made_by := _revisions(case, each.about)) or made_by & now]
    return len(still) >= _OFTEN or any(words in each.said for each in still for words in _OWN_LIMITS)


def _revisions(case: Case, taken: Ref) -> set[str]:
    """Return the revision of a pod; of one that is gone those of the pods that its maker named with it, if any are left.

    A ReplicaSet makes pods of one revision, and their names begin with its own; a StatefulSet's may be of two.
    """
    pod = case.snapshot.pod(taken.namespace, taken.name)
    if pod is not None:
        return {pod.revision}
    maker = taken.name.rpartition("-")[0]
    return {each.revision for each in case.backends.selected if each.name.rpartition("-")[0] == maker}


def _is_explained(case: Case, about: Ref, live: Sequence[Pod], *, again: bool) -> bool:
    """Return whether successors are not wanted, are refused by the API server, or have a trouble of their own."""
    troubles = (trouble_of(case, each) for each in live)
    if any(each is not None and not _follows(case, each, again=again) for each in troubles):
        return True
    workload = case.snapshot.workload(about)
    if workload is None or isinstance(workload, DaemonSet):
        return False
    wanted = workload.wanted_replicas
    return wanted == 0 or (len(live) < wanted and refused(case, workload) is not None)


def _follows(case: Case, found: Troubled, *, again: bool) -> bool:
    """Return whether a successor waits for a place; or has just begun, as each has that is taken again and again."""
    born = found.pod.metadata.creation_timestamp
    has_begun = born is not None and not case.snapshot.is_older(born, PATIENCE)
    return found.trouble is Trouble.UNSCHEDULED or (again and has_begun and found.trouble is Trouble.UNREADY)


def _pressure_words(case: Case, nodes: Sequence[str]) -> str:
    pressed = nodes_under_pressure(case.snapshot)
    words = [f"{name} has {listing([each.type for each in pressed[name]])}" for name in nodes if name in pressed]
    return f"; {listing(words, 2)} now" if words else ""


def _failed(about: Ref) -> str:
    if about.kind == "Pod":
        return describe(about)
    return kubectl("get", "pods", "--field-selector=status.phase=Failed", "-o", "wide", namespace=about.namespace)


def _pressed(case: Case) -> Iterator[Detection]:
    """Yield a finding for each node that runs short under pods that still serve: context, since nothing has happened yet."""
    pressed = nodes_under_pressure(case.snapshot)
    for name in sorted(pressed.keys() & {each.spec.node_name for each in case.backends.pods}):
        pods = [each for each in case.backends.pods if each.spec.node_name == name]
        about, said = Ref("Node", name), pressed[name]
        yield Detection(
            about=about,
            message=f"Node {name} has {listing([each.type for each in said])}: its kubelet may evict pods, and "
            f"{count(len(pods), 'pod')} of the Service {'is' if len(pods) == 1 else 'are'} there.",
            severity=Severity.INFO,
            evidence=tuple(Evidence(about, f"status.conditions[{each.type}]", each.message or "True") for each in said),
            check=(describe(about),),
            pods=frozenset(each.name for each in pods),
            key=("pressure",),
            since=min((each.last_transition_time for each in said if each.last_transition_time), default=None),
        )
