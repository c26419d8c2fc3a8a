"""A volume keeps pods from starting

## Meaning
A pod begins only when all of its volumes are there: its claims bound, its disks attached to the node, its ConfigMaps and
Secrets present with the keys that are named. Until then its containers wait with ContainerCreating and no message, or the
pod is placed on no node.

## Impact
The affected pods never run, so they take no traffic. If they are all of the Service's pods, every request fails.

## How it is detected
By the newest Event of the last hour about the pod's volumes (FailedMount, FailedAttachVolume), as long as no container has
begun; or by the scheduler's sentence where it speaks of a PersistentVolumeClaim. What is missing is read from these words; of
a claim its own Events are told, too.

## When it stays silent
Once a container has begun, whatever older Events say. For a cache that the kubelet has not filled yet ("failed to sync"),
which passes by itself. A claim that waits for its first consumer is bound when the pod is placed. If other pods serve, this
is told as context only.

## Fix
Create the ConfigMap, Secret, key or claim that is named; mend the StorageClass of a claim; for Multi-Attach let the old pod
go first (strategy Recreate, or a volume that many nodes may write). What a missing object should hold cannot be guessed.

## Known limits
k8snet reads neither Secrets nor PersistentVolumeClaims: what it says about them are the words of kubelet and controllers.
"""

from collections.abc import Iterator

from bot.checks.application._start_errors import Missing, missing_in
from bot.checks.application._volume_errors import VolumeError, is_about_claim, read_volume_error
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.workloads import Event
from bot.model.kubectl import kubectl
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence
from bot.model.text import one_line

_CLAIM_EVENTS = ("ProvisioningFailed", "FailedBinding", "ExternalProvisioning", "VolumeFailedDelete")
_KINDS = {"ConfigMap": "cm", "Secret": "secrets"}


@check(
    "APP-007",
    "volume-not-mounted",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "endpointslices"),
    causes=(Effect.PROCESS_NOT_RUNNING,),
)
def volume_not_mounted(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.VOLUME, by_reason=True):
        yield _found(case, group, "cannot be started", ())
    for group in pod_groups.groups(case, Trouble.UNSCHEDULED, by_reason=True):
        if is_about_claim(group.first.said):
            verb = "is" if len(group.members) == 1 else "are"
            yield _found(case, group, f"{verb} placed on no node", _of_claims(case, group))


def _found(case: Case, group: TroubledGroup, verb: str, claims: tuple[Event, ...]) -> Detection:
    said = group.first.said
    error = read_volume_error(said) or VolumeError(one_line(said, limit=200))
    missing = missing_in(said)
    volume = f"volume {error.volume}: " if error.volume else ""
    told = f" ({claims[0].involved_object.name}: {one_line(claims[0].message, limit=160)})" if claims else ""
    return Detection(
        about=group.about,
        message=f"{group.whose} {verb}: {volume}{one_line(error.words, limit=200)}{told}.",
        severity=pod_groups.severity(case, group),
        evidence=(
            *(
                Evidence(each.pod.ref, f"events[{each.reason}]", one_line(each.said, limit=300))
                for each in group.members[:3]
            ),
            *(_claim_evidence(each) for each in claims[:2]),
        ),
        check=(describe(group.first.pod.ref), *_listed(group, missing)),
        fix=way_back(case, group.about, group.pods),
        affected=pod_groups.affected(case, group),
        pods=group.names,
        key=(error.volume, error.words),
        since=group.since,
    )


def _of_claims(case: Case, group: TroubledGroup) -> tuple[Event, ...]:
    """Return recent Events about claims whose name holds a pod's: those of a StatefulSet are called TEMPLATE-POD."""
    names = {each.pod.name for each in group.members}
    return tuple(
        each
        for each in case.snapshot.events
        if each.involved_object.kind == "PersistentVolumeClaim"
        and each.namespace == group.about.namespace
        and each.reason in _CLAIM_EVENTS
        and any(each.involved_object.name.endswith(f"-{name}") for name in names)
        and case.snapshot.is_recent(each.last_seen)
    )


def _claim_evidence(event: Event) -> Evidence:
    about = Ref(event.involved_object.kind, event.involved_object.name, event.namespace)
    return Evidence(about, f"events[{event.reason}]", one_line(event.message, limit=300))


def _listed(group: TroubledGroup, missing: Missing | None) -> tuple[str, ...]:
    """Show which objects there are; a list ends with 0 even where the one that is looked for is missing."""
    kind = _KINDS[missing.kind] if missing else "pvc"
    return (kubectl("get", kind, namespace=group.about.namespace),)
