"""Workloads of kinds that are not read: where there may be any, what Services would select is not certain.

A Rollout, a DeploymentConfig, a CloneSet or a Knative Revision that is scaled to zero has no pod, and a selector that finds
none may be right.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.objects import Owner
from bot.model.kube.services import Service
from bot.model.kube.workloads import ReplicationController, Workload
from bot.model.memo import memo
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

# Kinds whose templates are read, and owners that make no servers.
_READ = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Service")
_NO_SERVERS = ("Job", "CronJob", "Node")


def unread_owner(case: Case, service: Service) -> str:
    """Return what may make the Service's pods and is not read: its own owner, or that of a revision with its labels."""
    own = next((each for each in service.metadata.owner_references or () if each.kind not in _READ), None)
    if own is not None:
        return f"{own.kind} {own.name}"
    if rollout := service.annotation(Annotation.ARGO_ROLLOUT):
        return f"Rollout {rollout}"
    return next((f"{owner.kind} {owner.name}" for owner, _ in _revisions(case.snapshot, service)), "")


class Asleep(Struct, frozen=True):
    """What makes a Service's pods, is not read, and has no replica: its revisions say so."""

    owner: Ref
    revisions: tuple[Ref, ...]


def asleep(case: Case, service: Service) -> Asleep | None:
    """Return the owner of a Service's pods that is not read, where each of its revisions is at zero; else None."""
    for found, revision in _revisions(case.snapshot, service):
        own = [each for each in _controllers(case.snapshot, service.namespace) if found in _unread(each)]
        if revision.makes(service.selector) and all(each.spec.replicas == 0 for each in own):
            owner = Ref(found.kind, found.name, service.namespace)
            return Asleep(owner, tuple(sorted(each.ref for each in own)))
    return None


def _revisions(snapshot: Snapshot, service: Service) -> Iterator[tuple[Owner, Workload]]:
    """Yield what makes pods that a Service would select, by its labels or its template's, with its owner that is not read."""
    if service.namespace not in _with_unread_owners(snapshot):  # as most, and a digest asks it of thousands
        return
    for each in _controllers(snapshot, service.namespace):
        if each.makes(service.selector) or service.selector.matches(each.labels):
            yield from ((owner, each) for owner in _unread(each))


def _controllers(snapshot: Snapshot, namespace: str) -> Iterator[Workload]:
    yield from snapshot.replica_sets_in(namespace)
    yield from (each for each in snapshot.all(ReplicationController) if each.namespace == namespace)


def _unread(known: Workload) -> list[Owner]:
    return [each for each in known.metadata.owner_references or () if each.kind not in _READ]


def may_hide_workloads(case: Case, service: Service) -> bool:
    """Return whether the Service's namespace has workloads of a kind that is not read, by the owners of what was read."""
    return service.namespace in _unread_kinds(case.snapshot) or bool(unread_owner(case, service))


@memo
def _with_unread_owners(snapshot: Snapshot) -> frozenset[str]:
    """Return the namespaces in which something whose kind is not read owns a ReplicaSet or a ReplicationController."""
    return frozenset(
        each.namespace
        for each in (*snapshot.replica_sets, *snapshot.all(ReplicationController))
        if any(owner.kind not in _READ for owner in each.metadata.owner_references or ())
    )


@memo
def _unread_kinds(snapshot: Snapshot) -> Mapping[str, set[str]]:
    """Return kinds of owners that are not read, by namespace; one look for all Services of a digest."""
    found: dict[str, set[str]] = defaultdict(set)
    for each in (*snapshot.pods, *snapshot.replica_sets, *snapshot.all(ReplicationController)):
        for owner in each.metadata.owner_references or ():
            if owner.kind not in _READ and owner.kind not in _NO_SERVERS:
                found[each.namespace].add(owner.kind)
    return found
