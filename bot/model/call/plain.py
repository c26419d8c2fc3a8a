"""A Service as nearly all are: one ClusterIP, a selector, and behind each port exactly its pods, steady, ready, of one maker.

Of such a one most checks have nothing to say, which `judge` uses in tables (docs/decisions.md, "A plain Service is judged by
what may still be wrong"). What is merely unusual is not plain, and judged as ever. A loop and no more objects than there
are: a digest asks it of every Service.
"""

from bot.model.call.hops.node import without_network
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort

_TYPES = ("ClusterIP", "NodePort")


def is_plain(case: Case) -> bool:
    """Return whether the question says no more than a Service's name, all was read, and that Service is plain."""
    service, asked = case.service, case.question
    said = asked.source or asked.symptom or asked.port is not None or asked.entry or asked.address or asked.resolver
    is_longer = asked.name not in ("", asked.service)
    if service is None or said or is_longer or case.observations or case.snapshot.gaps or not _is_usual(service):
        return False
    pods = case.backends.selected
    if not pods or case.ports != service.ports or not _alike(pods):
        return False
    away = case.snapshot.lost_nodes or without_network(case.snapshot)
    shared = case.snapshot.shared_addresses
    if not all(_is_steady(each) and each.status.pod_ip not in shared for each in pods):
        return False
    return not away and all(_is_served(case, each, {pod.metadata.name: pod for pod in pods}) for each in case.ports)


def _is_usual(service: Service) -> bool:
    spec = service.spec
    return (
        spec.type in _TYPES
        and bool(spec.selector)
        and len(service.cluster_ips) == 1
        and len(service.families) == 1
        and not service.local_only
        and not spec.publish_not_ready_addresses
        and bool(spec.ports)
    )


def _alike(pods: tuple[Pod, ...]) -> bool:
    """One maker and the same containers; in a large snapshot these are one object for all replicas."""
    first = pods[0]
    owners, containers = first.metadata.owner_references, first.spec.containers
    return all(
        (each.metadata.owner_references is owners or each.metadata.owner_references == owners)
        and (each.spec.containers is containers or each.spec.containers == containers)
        for each in pods
    )


def _is_steady(pod: Pod) -> bool:
    """It is ready, and none of its containers waits or ever ended; init containers are of pods that are looked at closely."""
    status = pod.status
    if status.phase != "Running" or status.init_container_statuses or pod.metadata.deletion_timestamp:
        return False
    if not pod.is_ready or not status.pod_ip:
        return False
    for each in status.container_statuses or ():
        if each.state.waiting or each.state.terminated or each.last_state.terminated:
            return False
    return True


def _is_served(case: Case, port: ServicePort, pods: dict[str, Pod]) -> bool:
    """Its endpoints are these pods at the port that they declare, and no others."""
    endpoints = case.backends.endpoints(port)
    if len(endpoints) != len(pods):
        return False
    number: int | None = None
    for each in endpoints:
        pod = pods.get(each.pod)
        if pod is None or not each.ready or each.terminating or each.address != pod.status.pod_ip:
            return False
        if number is None and not _declares(pod, port, number := each.port):
            return False
        if each.port != number:
            return False
    return True


def _declares(pod: Pod, port: ServicePort, number: int) -> bool:
    """A container has this port, and it is the Service's."""
    if port.resolve(pod) != number:
        return False
    for container in pod.spec.containers or ():
        for each in container.ports or ():
            if each.container_port == number and each.protocol == port.protocol:
                return True
    return False
