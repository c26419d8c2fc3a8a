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
a claim its own state, its StorageClass and its Events are told, too.

## When it stays silent
Once a container has begun, whatever older Events say. For a cache that the kubelet has not filled yet ("failed to sync"),
which passes by itself. A claim that waits for its first consumer is bound when the pod is placed. If other pods serve, this
is told as context only.

## Fix
Create the ConfigMap, Secret, key or claim that is named; mend the StorageClass of a claim; for Multi-Attach let the old pod
go first. Where a Deployment's own rollout holds the volume by the old pod, the printed patch sets its strategy to Recreate;
else use a volume that many nodes may write. What a missing object should hold cannot be guessed.

## Known limits
k8snet reads neither Secrets nor PersistentVolumes: what it says about them are the words of kubelet and controllers. That a
StorageClass does not exist is said where their list was read, or by the controller.
"""

from collections.abc import Iterator
from datetime import datetime

from bot.checks.application._claims import Unbound, is_held_by_claim, unbound
from bot.checks.application._start_errors import Missing, missing_in
from bot.checks.application._volume_errors import MULTI_ATTACH, VolumeError, read_volume_error
from bot.checks.engine.check import check
from bot.checks.facts import pod_groups
from bot.checks.facts.commands import describe
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import Trouble
from bot.checks.facts.rollouts import way_back
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.workloads import Deployment
from bot.model.kubectl import kubectl
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix
from bot.model.text import one_line

_KINDS = {"ConfigMap": "cm", "Secret": "secrets"}
_SILENT = "the Event has no message"


@check(
    "APP-007",
    "volume-not-mounted",
    hop=Hop.BACKEND,
    needs=("services", "pods"),
    uses=("workloads", "events", "endpointslices", "volumes"),
    causes=(Effect.PROCESS_NOT_RUNNING,),
    silent_when_plain=True,
    only=(Occasion.UNSTEADY,),
)
def volume_not_mounted(case: Case) -> Iterator[Detection]:
    for group in pod_groups.groups(case, Trouble.VOLUME, by_reason=True):
        yield _found(case, group, "cannot be started", ())
    for group in pod_groups.groups(case, Trouble.UNSCHEDULED, by_reason=True):
        if is_held_by_claim(case, group):
            verb = "is" if len(group.members) == 1 else "are"
            yield _found(case, group, f"{verb} placed on no node", unbound(case, group.pods))


def _found(case: Case, group: TroubledGroup, verb: str, claims: tuple[Unbound, ...]) -> Detection:
    said = group.first.said or _SILENT
    error = read_volume_error(said) or VolumeError(one_line(said, limit=200))
    missing = missing_in(said)
    volume = f"volume {error.volume}: " if error.volume else ""
    words = _claim_words(claims[0]) if claims else one_line(error.words, limit=200)
    return Detection(
        about=group.about,
        message=f"{group.whose} {verb}: {volume}{words}.",
        severity=pod_groups.severity(case, group),
        evidence=(
            *(
                Evidence(each.pod.ref, f"events[{each.reason}]", one_line(each.said or _SILENT, limit=300))
                for each in group.members[:3]
                if each.said or not claims
            ),
            *(evidence for each in claims[:2] for evidence in each.evidence),
        ),
        check=(describe(group.first.pod.ref), *_listed(group, missing, claims)),
        fix=_one_at_a_time(case, group, said) or way_back(case, group.about, group.pods),
        affected=pod_groups.affected(case, group),
        pods=group.names,
        key=(error.volume, error.words),
        since=group.since or _since(group),
    )


def _one_at_a_time(case: Case, group: TroubledGroup, said: str) -> tuple[Fix, ...]:
    """End the old pod before the new one begins, where a rollout holds a volume of one node by both."""
    workload = case.snapshot.workload(group.about)
    if not isinstance(workload, Deployment) or not said.startswith(MULTI_ATTACH):
        return ()
    named = said.replace(",", " ").split()
    holds = any(
        each.name in named and each.workload == group.about for each in case.snapshot.pods_in(workload.namespace)
    )
    strategy = workload.spec.strategy
    if not holds or (strategy and strategy.type == "Recreate"):
        return ()
    change = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
    risk = "from then on each rollout ends the old pods first, so that nobody answers until the new ones do"
    return (Fix(about=group.about, merge=change, risk=f"{risk}{managed_by(workload)}"),)


def _claim_words(found: Unbound) -> str:
    begin = f"PersistentVolumeClaim {found.claim.name} is not bound"
    return f"{begin}: {found.why}" if found.why else begin


def _since(group: TroubledGroup) -> datetime | None:
    conditions = (each.pod.condition("PodScheduled") for each in group.members)
    return min((each.last_transition_time for each in conditions if each and each.last_transition_time), default=None)


def _listed(group: TroubledGroup, missing: Missing | None, claims: tuple[Unbound, ...]) -> tuple[str, ...]:
    """Show which objects there are; a list ends with 0 even where the one that is looked for is missing.

    What a provisioner said stands in the Events of the claim.
    """
    kind = _KINDS[missing.kind] if missing else "pvc"
    unbound = (describe(claims[0].claim), kubectl("get", "storageclass")) if claims else ()
    return (kubectl("get", kind, namespace=group.about.namespace), *unbound)
