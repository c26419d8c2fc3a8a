"""Pods wait for a readiness gate that nobody sets

## Meaning
A pod with readiness gates is ready only when its containers are *and* each of the conditions that its gates name is True.
Such a condition is set by a controller outside of the pod: that of a load balancer, say. The containers are ready here,
and a gate is not, so Kubernetes takes the pod out of every Service, for callers inside of the cluster as well.

## Impact
If all pods wait, the Service has no endpoint; else it has fewer. The application itself is sound.

## How it is detected
`ContainersReady` is True, `Ready` is not, and a condition of `spec.readinessGates` is missing or not True. A missing one
counts as False (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-readiness-gate).

## When it stays silent
For pods whose containers are not ready: that comes first. For pods that have other gates that are all True. Pods that end.
In the first two minutes after the containers became ready it is said that a load balancer takes so long to see a new target.

## Fix
Look at what the condition says and at the controller that sets it: the AWS Load Balancer Controller
(`target-health.elbv2.k8s.aws/…`), GKE's NEG controller (`cloud.google.com/load-balancer-neg-ready`). The health check of the
load balancer's target group usually asks a path or port that the pods do not answer. A gate that was injected goes away
with the label of the namespace (`elbv2.k8s.aws/pod-readiness-gate-inject`), for pods that are made afterwards.

## Known limits
What the load balancer sees is not in the API, but for what the controller writes into the condition.
"""

from collections.abc import Iterator
from datetime import timedelta

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import Group, affected, grouped, severity
from bot.checks.facts.pod_state import missing_gates
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kubectl import kubectl
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence
from bot.model.text import one_line

# What a load balancer takes to see a new target: its health check has to pass several times.
_PATIENCE = timedelta(minutes=2)
_SETTERS = {
    "target-health.elbv2.k8s.aws": "the AWS Load Balancer Controller",
    "target-health.alb.ingress.k8s.aws": "the AWS ALB Ingress Controller",
    "cloud.google.com": "GKE's NEG controller",
}


def has_gated_pod(case: Case) -> bool:
    """Return whether a pod of the Service has a readiness gate, and is not ready."""
    return any(each.spec.readiness_gates and not each.is_ready for each in case.backends.pods)


@check(
    "RTE-005",
    "readiness-gate-open",
    hop=Hop.ENDPOINTS,
    needs=("services", "pods"),
    uses=("endpointslices",),
    causes=(Effect.POD_NOT_READY,),
    when=has_gated_pod,
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def readiness_gate_open(case: Case) -> Iterator[Detection]:
    for group in grouped(each for each in case.backends.pods if _waits(each)):
        yield _found(case, group)


def _waits(pod: Pod) -> bool:
    inside = pod.condition("ContainersReady")
    is_running = inside is not None and inside.status == "True" and not pod.is_terminating
    return is_running and not pod.is_ready and bool(missing_gates(pod))


def _found(case: Case, group: Group) -> Detection:
    first = group.pods[0]
    gate = missing_gates(first)[0]
    return Detection(
        about=group.about,
        message=f"{group.whose} {'has' if len(group.pods) == 1 else 'have'} ready containers and "
        f"{'waits' if len(group.pods) == 1 else 'wait'} for the readiness gate {gate}{_setter(gate)}: {_said(first, gate)}"
        f"{'; a load balancer takes up to two minutes to see a new target' if _is_young(case, group) else ''}.",
        severity=severity(case, group),
        evidence=tuple(
            Evidence(
                each.ref,
                f"status.conditions[{missing_gates(each)[0]}]",
                _status(each),
                _said(each, missing_gates(each)[0]),
            )
            for each in group.pods[:4]
        ),
        check=(describe(first.ref), _conditions(first)),
        affected=affected(case, group),
        pods=group.names,
        key=(gate,),
        since=group.since,
    )


def _setter(gate: str) -> str:
    known = _SETTERS.get(gate.partition("/")[0])
    return f" ({known} sets it)" if known else ""


def _status(pod: Pod) -> str | None:
    known = pod.condition(missing_gates(pod)[0])
    return known.status if known else None


def _said(pod: Pod, gate: str) -> str:
    """Return what the controller wrote into the condition."""
    known = pod.condition(gate)
    if known is None:
        return "nobody has set it"
    words = [each for each in (known.reason or "", one_line(known.message or "", limit=200)) if each]
    return f"it is {known.status}, {': '.join(words)}" if words else f"it is {known.status}"


def _is_young(case: Case, group: Group) -> bool:
    """The containers of all of them became ready a moment ago."""
    moments = [inside.last_transition_time for each in group.pods if (inside := each.condition("ContainersReady"))]
    return bool(moments) and all(each is not None and case.snapshot.age(each) < _PATIENCE for each in moments)


def _conditions(pod: Pod) -> str:
    fields = r"jsonpath={range .status.conditions[*]}{.type}{': '}{.status}{' '}{.reason}{' '}{.message}{'\n'}{end}"
    return kubectl("get", "pod", pod.name, "-o", fields, namespace=pod.namespace)
