"""The workload behind the Service is scaled to zero

## Meaning
The Service's selector is right: it matches the pods that a workload would make. But the workload is told to run zero of
them (`spec.replicas: 0`), so there is nobody to answer.

## Impact
Every request fails: refused at once with most networks, a time-out with some, NXDOMAIN for a headless Service.

## How it is detected
A Deployment, StatefulSet or ReplicaSet whose pod template carries the labels that the Service selects has
`spec.replicas` 0, and no pod is left that could serve; or an owner of another kind makes such pods, and all of its
revisions are at 0. Who set the number, and when, is read from the record that every
write leaves in the object (managedFields). Where that is not there: a workload of generation 1 has been so since it was made,
an autoscaler notes since when it may not scale (`ScalingDisabled`), and an Event tells of the last pods.

## When it stays silent
If another workload's pods match the selector, or another matching workload wants pods: then this one is not missed, as
with blue/green releases. For a workload whose number is above zero and whose pods are missing for another reason, e.g. a
quota.

## Fix
Scale it up again. The printed number is what a downscaler noted as the former one, else 1. First see who scaled it down:
an autoscaler, a downscaler or a GitOps tool does it again.

## Known limits
The former number of replicas is not kept by Kubernetes. Of owners that k8snet does not read (Argo Rollouts,
DeploymentConfigs) only the revisions are seen, so of these it is likely; of others (Knative, CloneSets) nothing. A paused
Deployment explains a change that does not arrive, never an outage, and is not told here.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe, get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.unread_owners import Asleep, asleep
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.autoscaling import HorizontalPodAutoscaler
from bot.model.kube.services import Service
from bot.model.kube.workloads import DaemonSet, Workload
from bot.model.kubectl import kubectl
from bot.model.refs import Ref
from bot.model.result.changes import Writer, writer_of
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import listing

_MOST_DIGITS = 4
# Reasons of the controllers of Deployments, and of StatefulSets and ReplicaSets, for what they did last.
_SCALED = ("ScalingReplicaSet", "SuccessfulDelete")
# https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/#implicit-maintenance-mode-deactivation
_DISABLED = "ScalingDisabled"
_AGAIN = "whoever scaled it down may do so again"


def _is_without_pod(case: Case) -> bool:
    """Where a pod was read nothing is at zero, whatever the workloads say."""
    return all(pod.is_terminating for pod in case.backends.pods)


@check(
    "APP-017",
    "scaled-to-zero",
    hop=Hop.BACKEND,
    needs=("services", "pods", "workloads"),
    uses=("endpointslices", "autoscalers", "events"),
    causes=(Effect.NO_POD_SELECTED, Effect.POD_NOT_READY),
    when=_is_without_pod,
    silent_when_plain=True,
    may_be_meant=True,
    only=(Occasion.NOT_PLAIN,),
)
def scaled_to_zero(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or service.is_external_name:
        return
    matching = case.snapshot.workloads_behind(service)
    if matching and all(_is_at_zero(each) for each in matching):
        yield _found(case, service, max(matching, key=_last_written))
    elif not matching and (known := asleep(case, service)):
        yield _of_unread(case, service, known)


def _is_at_zero(workload: Workload) -> bool:
    return not isinstance(workload, DaemonSet) and workload.spec.replicas == 0


def _of_unread(case: Case, service: Service, known: Asleep) -> Detection:
    """Of a workload that is not read its revisions tell: none of them is to have a pod."""
    names = listing([str(each) for each in known.revisions], 3)
    verb = "is" if len(known.revisions) == 1 else "are"
    return Detection(
        about=known.owner,
        message=f"{known.owner} runs no pods ({names} {verb} at 0 replicas); it makes the pods that Service "
        f"{service.namespace}/{service.name} selects ({service.selector}).",
        severity=Severity.WARN if _is_served(case) else Severity.FAIL,
        confidence=Confidence.LIKELY,
        evidence=tuple(Evidence(each, "spec.replicas", 0, f"a revision of {known.owner}") for each in known.revisions),
        check=(describe(known.revisions[0]), describe(known.owner)),
        fix=(Fix(about=known.owner, command=_scale(known.owner), risk=f"one replica only; {_AGAIN}"),),
    )


def _scale(owner: Ref) -> str:
    return kubectl("scale", f"{owner.kind.lower()}/{owner.name}", "--replicas=1", namespace=owner.namespace)


def _is_served(case: Case) -> bool:
    return bool(case.ports) and all(case.backends.usable_anywhere(port) for port in case.ports)


def _last_written(workload: Workload) -> tuple[float, str]:
    """Of several at zero the one that was scaled last is the one that is missed."""
    by = writer_of(workload, "spec", "replicas")
    return (by.time.timestamp() if by and by.time else 0.0, workload.name)


def _found(case: Case, service: Service, workload: Workload) -> Detection:
    by = writer_of(workload, "spec", "replicas")
    return Detection(
        about=workload.ref,
        message=f"{workload.ref} is scaled to 0 replicas{f' (by {by})' if by else ''}; it makes the pods that Service "
        f"{service.namespace}/{service.name} selects ({service.selector}).",
        severity=Severity.WARN if _is_served(case) else Severity.FAIL,
        evidence=tuple(_evidence(workload, service, by)),
        check=(get_field(workload.ref, "replicas"), describe(workload.ref)),
        fix=(_fix(workload),),
        since=_since(case, workload),
        written=Written(workload.ref, ("spec", "replicas")),
    )


def _since(case: Case, workload: Workload) -> datetime | None:
    """Return since when nobody wants a pod of it, where the object itself does not say who wrote its number."""
    if workload.metadata.generation == 1:  # each change of its spec counts that up
        return workload.metadata.creation_timestamp
    for each in case.snapshot.all(HorizontalPodAutoscaler):
        paused = each.condition("ScalingActive") if each.scaled == workload.ref else None
        if paused and paused.reason == _DISABLED:
            return paused.last_transition_time
    events = (each for reason in _SCALED for each in case.snapshot.events_about(workload.ref, reason))
    return max((each.last_seen for each in events if each.last_seen), default=None)


def _evidence(workload: Workload, service: Service, by: Writer | None) -> Iterator[Evidence]:
    yield Evidence(workload.ref, "spec.replicas", 0, f"set by {by}" if by else "")
    labels = {key: each for key, each in sorted(workload.template_labels.items()) if key in service.selector.pairs}
    text = ",".join(f"{key}={value}" for key, value in labels.items())
    yield Evidence(workload.ref, "spec.template.metadata.labels", text, "what the Service selects")
    if noted := _former(workload):
        yield Evidence(
            workload.ref,
            f"metadata.annotations[{Annotation.REPLICAS_BEFORE}]",
            noted,
            "replicas before it was scaled down",
        )


def _fix(workload: Workload) -> Fix:
    noted = _former(workload)
    risk = "" if noted else "the former number is unknown, so this is one replica only; "
    return Fix(about=workload.ref, replicas=noted or 1, risk=f"{risk}{_AGAIN}{managed_by(workload)}")


def _former(workload: Workload) -> int:
    """The replicas that a downscaler noted, or 0."""
    text = workload.annotation(Annotation.REPLICAS_BEFORE)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else 0
