"""A pod is not placed on any node

## Meaning
Before a pod can run, the scheduler has to find a node that has room for it and fits its wishes. There is none, or the
pod is held back by a scheduling gate, so the pod stays Pending.

## Impact
The pod does not exist for traffic. If all pods of the Service are Pending, every request fails; if others serve, only
capacity is missing.

## How it is detected
The pod's condition PodScheduled is False. Its message says how many nodes were turned down for which reason: too little
cpu or memory, taints, affinity, topology spread, volumes, full or cordoned nodes. SchedulingGated is told apart. A pod
that no scheduler has looked at for more than a minute is found, too.

## When it stays silent
While the scheduler is working on a new pod. If other pods serve, this is told as context only. If a cluster autoscaler
is adding a node for the pod, the message says so.

## Fix
Lower the pod's requests, tolerate the taint, bind the volume, or add nodes; which of them is right is not for a tool to
guess, so nothing is printed. A gate is removed by the controller that set it.

## Known limits
The scheduler sums up nodes by its first reason for each; a node with two faults shows one. Quotas refuse pods before
they exist and are not seen here (RTE-004 tells them).
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.application._claims import is_held_by_claim
from bot.checks.application._scheduling import read_refusal
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import NOT_SCHEDULED, Trouble, Troubled
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence
from bot.model.text import count, listing, one_line

_DEFAULT = "default-scheduler"
_GATED = "SchedulingGated"


# https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/controller/volume/events/event.go
_PROVISIONED = "ExternalProvisioning"


@check(
    "APP-005",
    "pod-not-scheduled",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("events", "endpointslices", "volumes"),
    shows=Effect.POD_UNSCHEDULED,
    causes=(Effect.PROCESS_NOT_RUNNING,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def pod_not_scheduled(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.UNSCHEDULED, by_reason=True):
        if is_held_by_claim(case, group):
            continue  # a volume that is not there (APP-007)
        yield Detection(
            about=group.about,
            message=f"{group.whose} {_verb(group)}: {_why(case, group.first)}{_scaling(case, group)}.",
            severity=pod_groups.severity(case, group),
            evidence=tuple(_evidence(group)),
            check=(describe(group.first.pod.ref), kubectl("get", "nodes")),
            affected=pod_groups.affected(case, group),
            pods=group.names,
            key=(group.first.reason,),
            since=_since(group),
            common=_common(group.first),
        )


def _common(first: Troubled) -> str:
    """Return what keeps others from a node, too, in words: a scheduler that is down, nodes that take nobody."""
    if first.reason == NOT_SCHEDULED and not first.pod.claims:
        return _unseen(first.pod.spec.scheduler_name)
    refusal = read_refusal(first.said)
    return refusal.common if refusal else ""


def _verb(group: TroubledGroup) -> str:
    be = "is" if len(group.members) == 1 else "are"
    return f"{be} held back from scheduling" if group.first.reason == _GATED else f"{be} placed on no node"


def _unseen(scheduler: str) -> str:
    own = scheduler in ("", _DEFAULT)
    whose = (
        "kube-scheduler is down" if own else f"its schedulerName is {scheduler}, and no scheduler of that name answers"
    )
    return f"no scheduler has looked at it: {whose}"


def _why(case: Case, each: Troubled) -> str:
    if each.reason == _GATED:
        names = [one_line(gate.name, limit=120) for gate in each.pod.spec.scheduling_gates or ()]
        return (
            f"scheduling gate {listing(names)} has not been removed"
            if names
            else "a scheduling gate has not been removed"
        )
    if each.reason == NOT_SCHEDULED and (claims := each.pod.claims):
        waits = listing([f"claim {one}" for one in claims])
        return f"the scheduler has not decided, as while it waits for the volume of {waits}{_awaited(case, each)}"
    if each.reason == NOT_SCHEDULED:
        return _unseen(one_line(each.pod.spec.scheduler_name, limit=120))
    refusal = read_refusal(each.said)
    if refusal is None:
        return one_line(each.said, limit=200) or each.reason
    reasons = listing([str(reason) for reason in refusal.reasons])
    asks = _asks(each) if any(reason.words.startswith("lack ") for reason in refusal.reasons) else ""
    return f"of {count(refusal.nodes, 'node')}, {reasons}{asks}" if refusal.nodes else reasons


def _awaited(case: Case, each: Troubled) -> str:
    """Return which provisioner is to make the volume, in the words of the volume controller."""
    for claim in each.pod.claims:
        for event in case.snapshot.events_about(Ref("PersistentVolumeClaim", claim, each.pod.namespace), _PROVISIONED):
            if case.snapshot.is_recent(event.last_seen):
                return f'; the controller says "{one_line(event.text.partition(". ")[0], limit=200)}"'
    return ""


def _asks(each: Troubled) -> str:
    """What its containers request, as written; quantities of several containers are shown side by side."""
    found = [
        f"{name} {' + '.join(values)}"
        for name in ("cpu", "memory", "ephemeral-storage")
        if (values := [
            str(container.resources.requests[name])
            for container in each.pod.spec.containers or ()
            if container.resources and name in (container.resources.requests or {})
            and container.resources.requests
        ])
    ]  # fmt: skip
    return f" (it asks for {listing(found)})" if found else ""


def _scaling(case: Case, group: TroubledGroup) -> str:
    """The cluster autoscaler writes TriggeredScaleUp on the pod that it adds a node for, else NotTriggerScaleUp and why."""
    for each in group.members:
        for event in case.snapshot.events_about(each.pod.ref, "TriggeredScaleUp"):
            if case.snapshot.is_recent(event.last_seen) and event.last_seen:
                return f"; the cluster autoscaler has been adding a node since {event.last_seen:%H:%M} UTC"
        for event in case.snapshot.events_about(each.pod.ref, "NotTriggerScaleUp"):
            if case.snapshot.is_recent(event.last_seen):
                return f'; the cluster autoscaler adds none, and says "{one_line(event.text, limit=200)}"'
    return ""


def _evidence(group: TroubledGroup) -> Iterator[Evidence]:
    for each in group.members[:3]:
        field = "status.conditions[PodScheduled]"
        yield Evidence(each.pod.ref, field, each.reason, one_line(each.said, limit=300))


def _since(group: TroubledGroup) -> datetime | None:
    conditions = (each.pod.condition("PodScheduled") for each in group.members)
    return min((each.last_transition_time for each in conditions if each and each.last_transition_time), default=None)
