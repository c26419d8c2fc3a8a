"""The autoscaler is at its maximum, or does not see how busy the pods are

## Meaning
A HorizontalPodAutoscaler adds pods while a metric is above its target. At maxReplicas it adds none, however busy the pods are;
and where it cannot read its metric it changes nothing at all.

## Impact
The pods that there are take all requests: these become slow, time out, or fail now and then, at the busiest time of the day.

## How it is detected
By the autoscaler's own conditions. At its limit: it runs as many pods as it may and says that it wants more (ScalingLimited
with TooManyReplicas). Blind: ScalingActive is False for more than five minutes, e.g. since metrics-server does not answer, or
since a container requests no cpu. It is a warning to somebody who sees slow or failing requests, and context otherwise.

## When it stays silent
At the maximum with the metric below its target. In the first minutes after pods begin, before there is a metric. Where it is
off since its workload has no replica (APP-017). For autoscalers of other workloads.

## Fix
At its limit the printed patch lets it make as many pods as the metric asks for; the nodes have to have room for them. Blind,
its condition says what is missing: metrics-server, or `resources.requests` of a container.

## Known limits
That pods are busy does not prove that requests fail: it is likely where they are said to be slow. The number of the patch is
known only where the metric is utilization of cpu or memory. An autoscaler that KEDA keeps is changed at its ScaledObject.
"""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.autoscaling import HorizontalPodAutoscaler
from bot.model.kube.objects import Condition
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count, one_line

_FITS = (Symptom.SLOW, Symptom.TIMEOUT, Symptom.INTERMITTENT, Symptom.SERVER_ERROR)
# New pods have no metric for a minute or two, and the controller looks every 15 s.
_PATIENCE = timedelta(minutes=5)
_TEXT = 400


def _may_be_short(case: Case) -> bool:
    """Return whether requests are said to be slow, or there is an autoscaler to tell of."""
    return case.service is not None and (
        case.question.symptom in _FITS or bool(case.snapshot.all(HorizontalPodAutoscaler))
    )


@check(
    "APP-016",
    "autoscaler-at-limit",
    hop=Hop.BACKEND,
    needs=("services", "pods", "autoscalers"),
    uses=("workloads",),
    fits=_FITS,
    when=_may_be_short,
)
def autoscaler_at_limit(case: Case) -> Iterator[Detection]:
    made_by = {pod.workload for pod in case.backends.pods}
    for each in case.snapshot.all(HorizontalPodAutoscaler):
        if each.scaled in made_by:
            if limited := _limited(each):
                yield _at_limit(case, each, limited)
            elif blind := _blind(case, each):
                yield _is_blind(case, each, blind)


def _limited(known: HorizontalPodAutoscaler) -> Condition | None:
    """Return the condition that it wants more pods than it may make; None where it has not made them all, or wants no more."""
    found = known.condition("ScalingLimited")
    if found is None or (found.status, found.reason) != ("True", "TooManyReplicas"):
        return None
    return found if known.status.current_replicas >= known.spec.max_replicas > 0 else None


def _blind(case: Case, known: HorizontalPodAutoscaler) -> Condition | None:
    """Return the condition that it does not know its metric, or cannot ask for more pods; None where it works or waits."""
    for kind in ("ScalingActive", "AbleToScale"):
        found = known.condition(kind)
        if found and found.status == "False" and (found.reason or "").startswith(("Failed", "Invalid", "Ambiguous")):
            since = found.last_transition_time
            return found if since is None or case.snapshot.is_older(since, _PATIENCE) else None
    return None


def _severity(case: Case) -> Severity:
    return Severity.WARN if case.question.symptom in _FITS else Severity.INFO


def _at_limit(case: Case, known: HorizontalPodAutoscaler, limited: Condition) -> Detection:
    since = f" since {limited.last_transition_time:%H:%M} UTC" if limited.last_transition_time else ""
    busy = "; ".join(str(each) for each in known.utilizations)
    return Detection(
        about=known.ref,
        message=f"{known.ref} runs all {count(known.spec.max_replicas, 'pod')} that it may for {known.scaled} and wants more"
        f"{since}{f' ({busy})' if busy else ''}.",
        severity=_severity(case),
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(known.ref, "spec.maxReplicas", known.spec.max_replicas),
            Evidence(known.ref, "status.conditions[ScalingLimited]", limited.reason or "", _said(limited)),
        ),
        check=(describe(known.ref), *(_usage(case) if known.utilizations else ())),
        fix=_higher(known),
        key=("limit",),
        since=limited.last_transition_time,
    )


def _is_blind(case: Case, known: HorizontalPodAutoscaler, blind: Condition) -> Detection:
    now = count(known.status.current_replicas, "pod")
    return Detection(
        about=known.ref,
        message=f"{known.ref} cannot tell how busy {known.scaled} is and leaves it at {now}: {_said(blind) or blind.reason}.",
        severity=_severity(case),
        confidence=Confidence.LIKELY,
        evidence=(Evidence(known.ref, f"status.conditions[{blind.type}]", blind.reason or "", _said(blind)),),
        check=(describe(known.ref),),
        key=("blind",),
        since=blind.last_transition_time,
    )


def _said(condition: Condition) -> str:
    return one_line(condition.message or "", limit=_TEXT).rstrip(".")


def _usage(case: Case) -> tuple[str, ...]:
    """Show what the pods use; it needs metrics-server, which answers where there is a utilization."""
    service = case.service
    if service is None:
        return ()
    return (kubectl("top", "pods", "-l", str(service.selector), "--containers", namespace=service.namespace),)


def _higher(known: HorizontalPodAutoscaler) -> tuple[Fix, ...]:
    """Let it make as many pods as its busiest metric asks for, at most twice as many as now; none where KEDA keeps it.

    https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
    """
    now = known.status.current_replicas
    wanted = max((ceil(now * each.used / each.target) for each in known.utilizations), default=0)
    if wanted <= known.spec.max_replicas or known.metadata.owner_references:
        return ()
    most = min(wanted, 2 * known.spec.max_replicas)
    risk = f"up to {most} pods run at the same time: the nodes and whatever they call need room for them"
    return (Fix(about=known.ref, merge={"spec": {"maxReplicas": most}}, risk=f"{risk}{managed_by(known)}"),)
