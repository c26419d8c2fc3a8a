"""What a snapshot is once a workload whose template, strategy or number was changed has made its new pods.

Whether these get ready only they can show. What is asked here is what there would still be if they did: so each is taken for
ready, on the node of the pod before it or on one that is ready, with an address of that node's range.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from ipaddress import ip_network
from itertools import cycle
from typing import Any

import msgspec
from msgspec.structs import replace

from bot.model.kube.objects import Condition, Meta, Owner
from bot.model.kube.pods import ContainerState, ContainerStatus, Pod, PodIP, PodSpec, PodStatus, Running
from bot.model.kube.workloads import DaemonSet, Event, Node, StatefulSet, Workload, WorkloadStatus
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.usecases import endpoints_after

_CONDITIONS = ("PodScheduled", "Initialized", "ContainersReady", "Ready")
_CONTAINERS = ("containers", "initContainers")
_SINCE = timedelta(
    hours=1
)  # what has just become ready may not be in every cache yet, which is no part of the question
_MOST = 50  # more new pods than that would tell no more
_LAST_ADDRESSES = 200


def risen(workload: Workload) -> Workload:
    """Return a workload whose rollout has ended well."""
    number = workload.wanted_replicas
    ended = WorkloadStatus(
        replicas=number,
        ready_replicas=number,
        number_ready=workload.status.number_ready,
        updated_replicas=number,
        observed_generation=workload.status.observed_generation,
    )
    return replace(workload, status=ended)


def with_new_pods(snapshot: Snapshot, after: Workload, fields: Iterable[str] | None) -> Snapshot | None:
    """Return the snapshot, in which the workload stands as it is then, with the pods that it makes.

    `fields` are those of the pod's spec that its template changed, by which all pods are new; None: only those are that were
    not ready, or not there.

    None where a pod has no place: no node that is ready, or no address that is free.
    """
    own, places = _pods_of(snapshot, after.ref), _places(snapshot)
    made: list[Pod] = []
    for pod in own:
        spec = _respecified(pod.spec, after.spec.template.spec, fields or ())
        place = (pod.spec.node_name, pod.ip) if pod.spec.node_name and pod.ip else next(places, None)
        if place is None:
            return None
        is_kept = pod.is_ready and fields is None and not pod.is_terminating
        made.append(pod if is_kept else _ready(snapshot, pod, replace(spec, node_name=place[0]), place[1]))
    for name in _missing(after, [each.name for each in made]):
        place = next(places, None)
        if place is None:
            return None
        made.append(_ready(snapshot, *_new(after, name, place[0]), place[1]))
    return endpoints_after.of_pods(_holding(snapshot, after.ref, own, made), made)


def ready_again(snapshot: Snapshot, pods: Iterable[Pod]) -> Snapshot:
    """Return the snapshot in which these pods, which have a node and an address, run and are ready."""
    held = list(pods)
    made = [_ready(snapshot, each, each.spec, each.ip) for each in held]
    for workload in {each.workload or each.ref for each in held}:
        own = [at for at, each in enumerate(held) if (each.workload or each.ref) == workload]
        snapshot = _holding(snapshot, workload, [held[at] for at in own], [made[at] for at in own])
    return endpoints_after.of_pods(snapshot, made)


def _missing(workload: Workload, names: list[str]) -> tuple[str, ...]:
    """Return the names of the pods that a workload still has to make; a DaemonSet has one a node instead of a number."""
    if isinstance(workload, DaemonSet):
        return ()
    ordinals = workload.ordinals if isinstance(workload, StatefulSet) else range(1, workload.wanted_replicas + 1)
    free = [each for number in ordinals if (each := f"{workload.name}-{number}") not in names]
    return tuple(free[: max(min(workload.wanted_replicas, _MOST) - len(names), 0)])


def _pods_of(snapshot: Snapshot, workload: Ref) -> list[Pod]:
    return [each for each in snapshot.pods_in(workload.namespace) if each.workload == workload and not each.is_terminal]


def _respecified(spec: PodSpec, after: PodSpec, fields: Iterable[str]) -> PodSpec:
    """Return a pod's spec with these fields of the template. Containers that something else put there stay as they are."""
    own, new = msgspec.to_builtins(spec), msgspec.to_builtins(after)
    for each in fields:
        if each in _CONTAINERS:
            own[each] = _containers(own.get(each) or (), new.get(each) or ())
        else:
            own[each] = new.get(each)
    given = {key: value for key, value in own.items() if value is not None}
    return msgspec.convert(given, PodSpec, strict=False)


def _containers(own: Iterable[dict[str, Any]], after: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    named = {each["name"]: each for each in after}
    kept = [named.pop(each["name"], each) for each in own]
    return [*kept, *named.values()]


def _new(workload: Workload, name: str, node: str) -> tuple[Pod, PodSpec]:
    """Return a pod that is not there yet, and its spec. Of a StatefulSet it has a name in the Service that governs the set."""
    owner = Owner(kind=workload.ref.kind, name=workload.name, controller=True)
    labels = workload.template_labels
    meta = Meta(name=name, namespace=workload.namespace, labels=labels, owner_references=(owner,))
    spec = replace(workload.spec.template.spec, node_name=node)
    if isinstance(workload, StatefulSet):
        spec = replace(spec, hostname=name, subdomain=workload.spec.service_name)
    return Pod(metadata=meta), spec


def _ready(snapshot: Snapshot, pod: Pod, spec: PodSpec, address: str) -> Pod:
    since = snapshot.taken_at - _SINCE
    own = tuple(each for each in pod.status.conditions or () if each.type not in _CONDITIONS)
    conditions = tuple(Condition(type=each, status="True", last_transition_time=since) for each in _CONDITIONS)
    runs = ContainerState(running=Running(started_at=since))
    statuses = tuple(
        ContainerStatus(name=each.name, image=each.image, ready=True, started=True, state=runs)
        for each in spec.containers or ()
    )
    node = next((each for each in snapshot.nodes if each.name == spec.node_name), None)
    host = next(iter(node.internal_ips), "") if node else ""
    status = PodStatus(
        phase="Running",
        pod_ip=address,
        pod_ips=(PodIP(ip=address),),
        host_ip=host,
        start_time=since,
        conditions=(*own, *conditions),
        container_statuses=statuses,
    )
    born = pod.metadata.creation_timestamp or since
    metadata = replace(pod.metadata, deletion_timestamp=None, creation_timestamp=born)
    return replace(pod, metadata=metadata, spec=spec, status=status)


def _places(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Yield a node's name and an address of its range that is free, the nodes in turns."""
    nodes = [each for each in snapshot.nodes if not each.is_lost and not each.spec.unschedulable]
    free = [(each.name, _free(snapshot, each)) for each in nodes]
    for name, addresses in cycle(free) if free else ():
        address = next(addresses, None)
        if address is None:
            return
        yield name, address


def _free(snapshot: Snapshot, node: Node) -> Iterator[str]:
    """Yield the last addresses of a node's range: a network plugin gives them out last."""
    own = (pod.ip for pod in snapshot.pods if pod.spec.node_name == node.name and not pod.spec.host_network and pod.ip)
    known = node.spec.pod_cidr or next((f"{each}/24" for each in own if "." in each), "")
    if not known:
        return iter(())
    network, taken = ip_network(known, strict=False), {at for pod in snapshot.pods for at in pod.ips}
    last = max(min(network.num_addresses - 2, _LAST_ADDRESSES), 0)
    ordered = (str(network[-2 - each]) for each in range(last))
    return (each for each in ordered if each not in taken)


def _holding(snapshot: Snapshot, workload: Ref, old: list[Pod], new: list[Pod]) -> Snapshot:
    """Return the snapshot with the new pods; what was said of those before them is of the past."""
    fresh = {now.ref for was, now in zip(old, new, strict=False) if now.status is not was.status}
    revisions = {each.ref for each in snapshot.revisions_of(workload)}
    past = {(each.kind, each.namespace, each.name) for each in (*fresh, *revisions, workload)}
    names = {each.ref for each in old}
    return replace(
        snapshot,
        pods=(*(each for each in snapshot.pods if each.ref not in names), *new),
        events=tuple(each for each in snapshot.events if _about(each) not in past),
        logs=tuple(each for each in snapshot.logs if ("Pod", each.namespace, each.pod) not in past),
    )


def _about(event: Event) -> tuple[str, str, str]:
    return event.involved_object.kind, event.involved_object.namespace, event.involved_object.name
