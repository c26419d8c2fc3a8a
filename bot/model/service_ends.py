"""Where a Service's traffic ends: the endpoints that take it, the pods behind them, and how policies see these ends."""

from msgspec.structs import replace

from bot.model.kube.endpoints import Endpoint, endpoints_of, local_to, usable
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.policy.parties import Party
from bot.model.snapshot import Snapshot


def usable_from(node: str, snapshot: Snapshot, service: Service, port: ServicePort) -> tuple[Endpoint, ...]:
    """Return the endpoints of a port that take traffic from a node: with a Local policy only those on it, if it is known."""
    found = endpoints_of(snapshot.slices_of(service), port)
    return local_to(found, node) if service.local_only and node else usable(found)


def pod_behind(snapshot: Snapshot, service: Service | None, endpoint: Endpoint) -> Pod | None:
    """Return the pod behind an endpoint: by its targetRef, else by its IP."""
    if service and endpoint.pod:
        return snapshot.pod(service.namespace, endpoint.pod)
    return snapshot.pod_by_ip(endpoint.address)


def end_party(snapshot: Snapshot, service: Service | None, endpoint: Endpoint, port: ServicePort | None) -> Party:
    """Return an endpoint as policies see it: its pod, reached by this address; else the address itself.

    With `port` it is reached through the Service's ClusterIP, which a policy's ipBlock may have in place of the pod.
    """
    pod = pod_behind(snapshot, service, endpoint)
    policies = snapshot.policy_index
    party = policies.pod(pod) if pod else policies.address(endpoint.address)
    virtual = service.cluster_ips if service and port else ()
    return replace(party, ips=(endpoint.address,), virtual_ips=virtual, virtual_port=port.port if port else 0)
