"""Workloads of kinds that are not read: where there may be any, what Services would select is not certain.

A Rollout, a DeploymentConfig, a CloneSet or a Knative Revision that is scaled to zero has no pod, and a selector that finds
none may be right.
"""

from collections import defaultdict
from collections.abc import Mapping

from bot.model.case import Case
from bot.model.kube.annotations import Annotation
from bot.model.kube.services import Service
from bot.model.kube.workloads import ReplicationController
from bot.model.memo import memo
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
    if service.namespace not in _with_unread_owners(case.snapshot):  # as most, and a digest asks it of thousands
        return ""
    controllers = (each for each in case.snapshot.all(ReplicationController) if each.namespace == service.namespace)
    for each in (*case.snapshot.replica_sets_in(service.namespace), *controllers):
        if each.makes(service.selector) or service.selector.matches(each.labels):
            for owner in each.metadata.owner_references or ():
                if owner.kind not in _READ:
                    return f"{owner.kind} {owner.name}"
    return ""


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
