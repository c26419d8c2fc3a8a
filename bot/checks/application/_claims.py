"""Why a PersistentVolumeClaim has no volume: its StorageClass, and what the controllers say of it.

https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
"""

from collections.abc import Iterable

from msgspec import Struct

from bot.checks.application._volume_errors import is_about_claim
from bot.checks.facts.pod_groups import TroubledGroup
from bot.checks.facts.pod_state import NOT_SCHEDULED
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.volumes import NO_PROVISIONER, WAITS_FOR_POD, PersistentVolumeClaim, StorageClass
from bot.model.kube.workloads import Event
from bot.model.refs import Ref
from bot.model.result.finding import Evidence
from bot.model.text import listing, one_line

_EVENTS = ("ProvisioningFailed", "FailedBinding", "ExternalProvisioning", "VolumeFailedDelete")
_AWAITED = "ExternalProvisioning"
_NO_CLASS = "storageclass.storage.k8s.io"
# Events of a claim that wait for others and name no fault.
_NO_FAULT = ("waiting for first consumer", "waiting for a volume to be created")


class Unbound(Struct, frozen=True):
    """A claim without a volume, and why, in words (empty where nothing says so)."""

    claim: Ref
    why: str
    evidence: tuple[Evidence, ...]

    @property
    def is_refused(self) -> bool:
        """Whether more is known than that somebody is to make it."""
        return bool(self.why) and all(each.field != f"events[{_AWAITED}]" for each in self.evidence)


def unbound(case: Case, pods: Iterable[Pod]) -> tuple[Unbound, ...]:
    """Return the claims of these pods that have no volume, by name; those of a StatefulSet are called TEMPLATE-POD."""
    found: dict[Ref, Unbound] = {}
    for pod in pods:
        for ref in _claims_of(case, pod):
            known = case.snapshot.object(ref)
            claim = known if isinstance(known, PersistentVolumeClaim) else None
            events = _events_of(case, ref)
            if claim is None or not claim.is_bound:
                found[ref] = Unbound(ref, _why(case, claim, events), (*_state(claim), *map(_told, events[:1])))
    return tuple(found[ref] for ref in sorted(found))


def is_held_by_claim(case: Case, group: TroubledGroup) -> bool:
    """Return whether no node was chosen because of a claim: the scheduler says so, or a controller that cannot make the volume.

    With WaitForFirstConsumer the scheduler waits for it, and writes neither condition nor Event for ten minutes.
    """
    if is_about_claim(group.first.said):
        return True
    return group.first.reason == NOT_SCHEDULED and any(each.is_refused for each in unbound(case, group.pods))


def _claims_of(case: Case, pod: Pod) -> tuple[Ref, ...]:
    if names := pod.claims:
        return tuple(Ref("PersistentVolumeClaim", each, pod.namespace) for each in names)
    known = [each.ref for each in case.snapshot.all(PersistentVolumeClaim)]
    told = [
        Ref(each.involved_object.kind, each.involved_object.name, each.namespace)
        for each in case.snapshot.events
        if each.involved_object.kind == "PersistentVolumeClaim"
    ]
    named = dict.fromkeys((*known, *told))
    return tuple(each for each in named if each.namespace == pod.namespace and each.name.endswith(f"-{pod.name}"))


def _events_of(case: Case, claim: Ref) -> tuple[Event, ...]:
    return tuple(
        each
        for each in case.snapshot.events_about(claim)
        if each.reason in _EVENTS
        and case.snapshot.is_recent(each.last_seen)
        and not any(words in each.message for words in _NO_FAULT)
    )


def _why(case: Case, claim: PersistentVolumeClaim | None, events: tuple[Event, ...]) -> str:
    if claim is not None and claim.status.phase == "Lost":
        return "its PersistentVolume was deleted (phase Lost)"
    if claim is not None and (words := _of_class(case, claim, events)):
        return words
    return one_line(events[0].text, limit=160) if events else ""


def _of_class(case: Case, claim: PersistentVolumeClaim, events: tuple[Event, ...]) -> str:
    """What is wrong with its class; a class is missing only where the list of them was read, or its controller says so."""
    classes = {each.name: each for each in case.snapshot.all(StorageClass)}
    named = claim.spec.storage_class_name
    if named == "":
        return "it asks for no StorageClass, so only a PersistentVolume made by hand can be bound"
    listed = case.snapshot.was_listed(StorageClass) and (bool(classes) or case.snapshot.listed is not None)
    said_missing = any(_NO_CLASS in each.text and "not found" in each.text for each in events)
    if named is None:
        has_default = any(each.is_default for each in classes.values())
        return (
            "" if has_default or not listed else f"it names no StorageClass, and no one is the default{_there(classes)}"
        )
    if named not in classes:
        return f"its StorageClass {named} does not exist{_there(classes)}" if listed or said_missing else ""
    known = classes[named]
    if known.provisioner == NO_PROVISIONER and known.volume_binding_mode != WAITS_FOR_POD:
        return f"its StorageClass {named} makes no volumes, and no PersistentVolume made by hand fits"
    return ""


def _there(classes: dict[str, StorageClass]) -> str:
    """Name the classes that there are."""
    names = [f"{name} (default)" if classes[name].is_default else name for name in sorted(classes)]
    return f"; there {'is' if len(names) == 1 else 'are'} {listing(names)}" if names else ""


def _state(claim: PersistentVolumeClaim | None) -> tuple[Evidence, ...]:
    if claim is None:
        return ()
    named = claim.spec.storage_class_name
    note = "" if named is None else f"storageClassName {named or 'empty'}"
    return (Evidence(claim.ref, "status.phase", claim.status.phase, note),)


def _told(event: Event) -> Evidence:
    about = Ref(event.involved_object.kind, event.involved_object.name, event.namespace)
    return Evidence(about, f"events[{event.reason}]", one_line(event.text, limit=300))
