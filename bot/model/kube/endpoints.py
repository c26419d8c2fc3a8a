"""Which addresses take a Service's traffic: slices merged, de-duplicated and judged as kube-proxy does."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.model.kube.objects import Meta
from bot.model.kube.pods import Pod
from bot.model.kube.services import (
    CONTROLLER,
    MANAGED_BY_LABEL,
    SERVICE_NAME_LABEL,
    EndpointConditions,
    EndpointSlice,
    ForTopology,
    Service,
    ServicePort,
    SliceEndpoint,
    SlicePort,
    TargetRef,
)
from bot.model.refs import family_of


class Endpoint(Struct, frozen=True, order=True):
    """One address and port behind one Service port. `pod` is the name of the target pod, if it is one of the
    Service's own namespace: a slice that was written by hand may name one elsewhere, and that one is found by its address.
    """

    address: str
    port: int
    ready: bool = True
    serving: bool = True
    terminating: bool = False
    node: str = ""
    pod: str = ""
    zone: str = ""
    slice: str = ""
    for_zones: tuple[str, ...] = ()  # the callers whom it is meant for; empty: nobody said so
    for_nodes: tuple[str, ...] = ()

    @property
    def is_draining(self) -> bool:
        """Serving and terminating: the fallback of kube-proxy when no endpoint is ready (KEP-1669)."""
        return self.serving and self.terminating

    def node_of(self, pod: Pod | None) -> str:
        """Return the name of the node that it is on: its own word, else that of the pod behind it; empty: not known."""
        return self.node or (pod.spec.node_name if pod else "")


def endpoints_of(slices: Iterable[EndpointSlice], port: ServicePort) -> tuple[Endpoint, ...]:
    """Merge the slices of one Service for one of its ports, ready or not.

    Slices are matched by port name (absent equals empty) and protocol; a nil or zero port and the address type FQDN
    have no consumer; only `addresses[0]` is used (failure-modes B.5, B.6 and RTE-015).
    """
    found: dict[tuple[str, int], Endpoint] = {}
    for each in slices:
        if each.address_type == "FQDN":
            continue
        for number in _numbers(each.ports or (), port):
            listed_in = each.metadata
            for word in each.endpoints or ():
                if word.addresses:
                    endpoint = _endpoint(word, word.addresses[0], number, listed_in)
                    key = (endpoint.address, number)
                    known = found.get(key)
                    if known is None or endpoint.ready > known.ready:
                        found[key] = endpoint
    return tuple(sorted(found.values()))


def called(slices: Iterable[EndpointSlice], host: str) -> tuple[EndpointSlice, ...]:
    """Return the slices with nothing but the ready endpoint that has a name of its own, HOST.SERVICE; none where none has it.

    Its `hostname`, else its address with dashes (DNS specification 1.1.0, 2.4.1).
    """
    found = []
    for each in slices:
        own = tuple(one for one in each.endpoints or () if one.conditions.ready is not False and _is_called(one, host))
        found += [replace(each, endpoints=own)] if own else []
    return tuple(found)


def _is_called(endpoint: SliceEndpoint, host: str) -> bool:
    if endpoint.hostname:
        return endpoint.hostname.lower() == host
    return any(each.replace(".", "-").replace(":", "-") == host for each in endpoint.addresses or ())


def usable(endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """Keep those that kube-proxy sends to: all ready ones; if there are none, all serving and terminating ones.

    https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/proxy/topology.go
    """
    known = tuple(endpoints)
    return tuple(each for each in known if each.ready) or tuple(each for each in known if each.is_draining)


def near(endpoints: tuple[Endpoint, ...], node: str, zone: str) -> tuple[Endpoint, ...]:
    """Keep the endpoints that are meant for callers on a node, else those for its zone; else all.

    Hints count only where every ready endpoint has one and one of them is for this node, or its zone (KEP-2433, KEP-3015).
    https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/proxy/topology.go, `topologyModeFromHints`
    """
    if not endpoints or not endpoints[0].ready:  # draining ones are used as they are
        return endpoints
    if all(each.for_nodes for each in endpoints) and (
        own := tuple(each for each in endpoints if node in each.for_nodes)
    ):
        return own
    if zone and all(each.for_zones for each in endpoints):
        return tuple(each for each in endpoints if zone in each.for_zones) or endpoints
    return endpoints


def local_to(endpoints: Iterable[Endpoint], node: str) -> tuple[Endpoint, ...]:
    """Keep those on one node; each scope falls back to draining endpoints by itself (failure-modes B.4)."""
    return usable(each for each in endpoints if each.node == node)


def expected_slices(service: Service, pods: Iterable[Pod]) -> tuple[EndpointSlice, ...]:
    """Compute what the EndpointSlice controller would write for a Service with a selector (failure-modes B.1 to B.5).

    One slice a resolved port set and family of the Service: pods that lack a named port live in slices without it, and a
    pod without an address of a family in none of that family. A Service that selects no pod keeps its placeholder slice
    with no ports.
    """
    groups: dict[tuple[tuple[SlicePort, ...], str], list[SliceEndpoint]] = {}
    for pod in pods:
        if service.selector.matches(pod.labels) and pod.ip and not pod.is_terminal:
            for family, address in _addresses(service, pod):
                groups.setdefault((_resolved(service, pod), family), []).append(_word(service, pod, address))
    metadata = {SERVICE_NAME_LABEL: service.name, MANAGED_BY_LABEL: CONTROLLER}
    meta = service.metadata.__class__(name=f"{service.name}-expected", namespace=service.namespace, labels=metadata)
    if not groups:
        return (EndpointSlice(metadata=meta, ports=(), endpoints=()),)
    return tuple(
        EndpointSlice(metadata=meta, address_type=family, ports=ports, endpoints=tuple(words))
        for (ports, family), words in groups.items()
    )


def _addresses(service: Service, pod: Pod) -> Iterator[tuple[str, str]]:
    """Yield the pod's address in each family of the Service; where these are not known, its first one."""
    for family in service.families or (f"IPv{family_of(pod.ip)}",):
        if address := pod.ip_of(family):
            yield family, address


def _numbers(ports: Iterable[SlicePort], port: ServicePort) -> list[int]:
    return [
        each.port
        for each in ports
        if each.port and (each.name or "") == port.name and (each.protocol or "TCP") == port.protocol
    ]


def _endpoint(word: SliceEndpoint, address: str, port: int, listed_in: Meta) -> Endpoint:
    conditions, target, hints = word.conditions, word.target_ref, word.hints
    is_own = target is not None and target.kind == "Pod" and target.namespace in ("", listed_in.namespace)
    return Endpoint(  # by place, since a digest makes one of every pod
        address,
        port,
        conditions.ready is not False,
        conditions.serving is not False,
        conditions.terminating is True,
        word.node_name or "",
        target.name if target and is_own else "",
        word.zone or "",
        listed_in.name,
        _names(hints.for_zones) if hints else (),
        _names(hints.for_nodes) if hints else (),
    )


def _names(given: tuple[ForTopology, ...] | None) -> tuple[str, ...]:
    return tuple(each.name for each in given or ())


def _resolved(service: Service, pod: Pod) -> tuple[SlicePort, ...]:
    numbers = ((port, port.resolve(pod)) for port in service.ports)
    return tuple(SlicePort(name=port.name, protocol=port.protocol, port=number) for port, number in numbers if number)


def _word(service: Service, pod: Pod, address: str) -> SliceEndpoint:
    ready = pod.is_ready and not pod.is_terminating
    conditions = EndpointConditions(
        ready=service.spec.publish_not_ready_addresses or ready,
        serving=pod.is_ready,
        terminating=pod.is_terminating,
    )
    target = TargetRef(kind="Pod", name=pod.name, namespace=pod.namespace, uid=pod.metadata.uid)
    own = pod.spec.hostname if pod.spec.subdomain == service.name else ""  # endpointslice `ShouldSetHostname`
    return SliceEndpoint(
        addresses=(address,),
        conditions=conditions,
        hostname=own or None,
        node_name=pod.spec.node_name or None,
        target_ref=target,
    )
