"""A Service as nearly all are: one ClusterIP, a selector, and behind each port exactly its pods, steady, ready, of one maker.

Of such a one most checks have nothing to say, which `judge` uses in tables (docs/decisions.md, "A plain Service is judged by
what may still be wrong"). What is merely unusual is not plain, and judged as ever. A loop and no more objects than there
are: a digest asks it of every Service.
"""

from collections.abc import Iterable, Mapping

from bot.model.call.hops.node import shared_ends, without_network
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service, ServicePort, SliceEndpoint
from bot.model.memo import memo

_TYPES = ("ClusterIP", "NodePort")


@memo
def is_plain(case: Case) -> bool:
    """Return whether the question says no more than a Service's name, all was read, and that Service is plain."""
    service, asked, snapshot = case.service, case.question, case.snapshot
    said = asked.source or asked.symptom or asked.port is not None or asked.entry or asked.address or asked.resolver
    is_longer = asked.name not in ("", asked.service) or case.called is not None
    if service is None or said or is_longer or case.observations or snapshot.gaps or not is_usual(service):
        return False
    pods = case.backends.selected
    if not pods or case.ports != service.ports or not _are_alike(pods) or not are_steady(pods):
        return False
    if snapshot.lost_nodes or without_network(snapshot) or shared_ends(snapshot):
        return False
    if (shared := snapshot.shared_addresses) and any(each.status.pod_ip in shared for each in pods):
        return False
    named = {each.metadata.name: each for each in pods}
    slices = [each for each in snapshot.slices_of(service) if each.address_type == service.families[0]]
    return all(_is_served(slices, each, named) for each in case.ports)


def is_usual(service: Service) -> bool:
    spec = service.spec
    return (
        spec.type in _TYPES
        and bool(spec.selector)
        and bool(spec.ports)
        and not spec.publish_not_ready_addresses
        and spec.internal_traffic_policy != "Local"
        and len(service.cluster_ips) == 1
        and len(service.families) == 1
        and not service.not_proxied_by
    )


def _are_alike(pods: tuple[Pod, ...]) -> bool:
    """One maker and the same containers; in a large snapshot these are one object for all replicas."""
    first = pods[0]
    owners, containers = first.metadata.owner_references, first.spec.containers
    for each in pods:
        its = each.metadata.owner_references
        if its is not owners and its != owners:
            return False
        own = each.spec.containers
        if own is not containers and own != containers:
            return False
    return True


def are_steady(pods: tuple[Pod, ...]) -> bool:
    """All are ready, and no container waits or ever ended; init containers are of pods that are looked at closely."""
    for pod in pods:
        status = pod.status
        if status.phase != "Running" or status.init_container_statuses or pod.metadata.deletion_timestamp:
            return False
        if not status.pod_ip or not pod.is_ready:
            return False
        for each in status.container_statuses or ():
            if each.state.waiting or each.state.terminated or each.last_state.terminated:
                return False
    return True


def _is_served(slices: Iterable[EndpointSlice], port: ServicePort, pods: Mapping[str, Pod]) -> bool:
    """Return whether a port's endpoints are these pods at the port that they declare, and no others.

    Read from the slices as they are; what they mean where they are unusual, `bot.model.kube.endpoints` says.
    """
    number, served = 0, set[str]()
    for one in slices:
        for numbered in one.ports or ():
            if (numbered.name or "") != port.name or (numbered.protocol or "TCP") != port.protocol:
                continue
            number = number or numbered.port or 0
            if numbered.port != number:
                return False
            for each in one.endpoints or ():
                pod = _named(each, pods)
                if pod is None:
                    return False
                served.add(pod.metadata.name)
    return len(served) == len(pods) and _declares(next(iter(pods.values())), port, number)


def _named(word: SliceEndpoint, pods: Mapping[str, Pod]) -> Pod | None:
    """Return the pod that an endpoint names, if it is ready and has that pod's address."""
    target, conditions = word.target_ref, word.conditions
    if target is None or target.kind != "Pod" or conditions.ready is False or conditions.terminating:
        return None
    pod = pods.get(target.name)
    if pod is None or target.namespace not in ("", pod.metadata.namespace):
        return None
    return pod if word.addresses and word.addresses[0] == pod.status.pod_ip else None


def _declares(pod: Pod, port: ServicePort, number: int) -> bool:
    """A container has this port, and it is the Service's."""
    if port.resolve(pod) != number:
        return False
    for container in pod.spec.containers or ():
        for each in container.ports or ():
            if each.container_port == number and each.protocol == port.protocol:
                return True
    return False
