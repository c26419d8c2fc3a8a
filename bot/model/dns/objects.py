"""What CoreDNS's `kubernetes` plugin gives for a name, by the objects alone (failure-modes C.2). Pure.

https://github.com/coredns/coredns/blob/v1.15.0/plugin/kubernetes/kubernetes.go and
https://github.com/kubernetes/dns/blob/master/docs/specification.md.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from bot.model.dns.corefile.reply import Query, Scope
from bot.model.dns.corefile.zones import longest
from bot.model.kube.selector_text import selector_in
from bot.model.kube.selectors import LabelSelector
from bot.model.kube.services import EndpointSlice, Service, SliceEndpoint
from bot.model.probe import Outcome
from bot.model.refs import plain_address
from bot.model.snapshot import Snapshot

NOTHING, UNKNOWN = Outcome.NXDOMAIN, Outcome.NOT_RUN
Found = tuple[str, ...] | Outcome
_ALIASES = 8  # hops of a chain of ExternalNames inside the cluster; CoreDNS follows seven
_LONGEST_LABEL = 63


def found_in(snapshot: Snapshot, query: Query, scope: Scope) -> Found:
    """Return the addresses of a name (none: it has none of this type), NXDOMAIN, or NOT_RUN where that is not known."""
    found = _of_name(snapshot, query.name, scope, _ALIASES)
    if isinstance(found, Outcome):
        return found
    if query.type not in ("A", "AAAA"):
        return ()
    known = (
        each for each in found if _is_address(each) and plain_address(each) == each
    )  # IPv4 inside IPv6 is a name to DNS
    return tuple(each for each in known if (":" in each) == (query.type == "AAAA"))


def _of_name(snapshot: Snapshot, name: str, scope: Scope, aliases: int) -> Found:
    zone = longest(scope.zones, name)
    if zone in scope.multicluster:
        return UNKNOWN  # ServiceImports are not read
    labels = name.removesuffix(zone).rstrip(".").split(".")
    if zone.endswith(".arpa.") and labels != [""]:
        return NOTHING
    match labels:
        case [""] | ["svc"] | ["pod"]:
            return ()
        case [*_, namespace, "svc" | "pod"] if (seen := _exposed(snapshot, namespace, scope)) is not True:
            return UNKNOWN if seen is None else NOTHING
        case [_, "svc"]:
            return ()
        case [_, "pod"]:
            return () if scope.pods != "disabled" else NOTHING
        case [*left, service, namespace, "svc"]:
            known = snapshot.service(namespace, service)
            return _of_service(snapshot, known, tuple(left), scope, aliases) if known else NOTHING
        case [dashed, namespace, "pod"]:
            return _of_pod(snapshot, dashed, namespace, scope)
        case [_, _, dashed, namespace, "pod"] | [_, dashed, namespace, "pod"]:
            return _of_pod(snapshot, dashed, namespace, scope)
    return NOTHING


def _exposed(snapshot: Snapshot, namespace: str, scope: Scope) -> bool | None:
    """Return whether the plugin knows a namespace; None where that was not read."""
    if scope.namespaces and namespace not in scope.namespaces:
        return False
    known = snapshot.namespace(namespace)
    if scope.namespace_labels:
        selector = selector_in(scope.namespace_labels)
        return selector.matches(known.labels) if known and selector else None
    return bool(known or snapshot.services_in(namespace) or snapshot.pods_in(namespace))


def _of_service(snapshot: Snapshot, service: Service, left: tuple[str, ...], scope: Scope, aliases: int) -> Found:
    selector = selector_in(scope.labels) if scope.labels else LabelSelector()
    if selector is None:
        return UNKNOWN
    if not selector.matches(service.labels):
        return NOTHING
    if service.is_external_name:
        return _of_alias(snapshot, service, scope, aliases) if not left else NOTHING
    endpoint = left[0] if len(left) == 1 else ""
    needs_slices = service.is_headless or endpoint or scope.ignores_empty
    if needs_slices and not scope.no_endpoints and not snapshot.has("endpointslices", service.namespace):
        return UNKNOWN
    known = () if scope.no_endpoints else snapshot.slices_of(service)
    slices = [each for each in known if selector.matches(each.labels)]  # they carry the labels of their Service
    if scope.ignores_empty and not service.is_headless and not any(_ready(each) for each in slices):
        return NOTHING
    if len(left) > 2:  # noqa: PLR2004 (_port._protocol)
        return NOTHING
    port, protocol = (each.removeprefix("_") for each in left) if len(left) == 2 else ("", "")  # noqa: PLR2004 (as above)
    if service.is_headless or endpoint:
        found = [each for one in slices if _has_port(one, port, protocol) for each in _named(one, endpoint, scope)]
        return tuple(sorted(set(found))) or NOTHING
    any_port = not (port or protocol)  # a Service without ports counts as one with a port of no name, as slices do
    fits = any_port or any(_is(port, each.name) and _is(protocol, each.protocol) for each in service.ports)
    return tuple(service.written_ips) if fits else NOTHING


def _of_alias(snapshot: Snapshot, service: Service, scope: Scope, aliases: int) -> Found:
    """Return what the target has: nothing of it is passed on but its addresses, and a target without any is no NXDOMAIN."""
    target = f"{service.spec.external_name.lower().rstrip('.')}."
    if _is_address(target.rstrip(".")):
        return NOTHING
    if not longest(scope.zones, target) or longest(scope.zones, target).endswith(".arpa."):
        return UNKNOWN
    found = _of_name(snapshot, target, scope, aliases - 1) if aliases else ()
    return () if found is NOTHING else found


def _of_pod(snapshot: Snapshot, dashed: str, namespace: str, scope: Scope) -> Found:
    is_v4 = dashed.count("-") == 3 and "--" not in dashed  # noqa: PLR2004 (four numbers)
    address = dashed.replace("-", "." if is_v4 else ":")
    if scope.pods == "disabled":
        return NOTHING
    if scope.pods == "insecure":
        return (address,) if _is_address(address) else NOTHING
    if not snapshot.knows_pods(namespace):
        return UNKNOWN
    return (address,) if any(address in each.ips for each in snapshot.pods_in(namespace)) else NOTHING


def _has_port(found: EndpointSlice, port: str, protocol: str) -> bool:
    """A slice without ports counts as one with a port of no name."""
    if not found.ports:
        return not port and not protocol
    return any(_is(port, each.name or "") and _is(protocol, each.protocol or "TCP") for each in found.ports)


def _is(wanted: str, own: str) -> bool:
    return not wanted or wanted.lower() == own.lower()


def _named(found: EndpointSlice, endpoint: str, scope: Scope) -> Iterator[str]:
    """Yield the addresses of ready endpoints, of one host name where one is asked for."""
    for each in _ready(found):
        for address in each.addresses or ():
            if not endpoint or endpoint == _host(each, address, scope):
                yield address


def _host(found: SliceEndpoint, address: str, scope: Scope) -> str:
    """Return the label of an endpoint: its host name, its pod's where the plugin says so, else its address with dashes."""
    pod = found.target_ref.name if found.target_ref else ""
    if found.hostname or (scope.endpoint_pod_names and 0 < len(pod) <= _LONGEST_LABEL):
        return (found.hostname or pod).lower()
    dashed = address.replace(".", "-").replace(":", "-")
    return f"{dashed}0" if dashed.endswith("-") else dashed


def _ready(found: EndpointSlice) -> list[SliceEndpoint]:
    """CoreDNS publishes ready endpoints, nil counts as ready, and has no fallback to draining ones."""
    return [each for each in found.endpoints or () if each.addresses and each.conditions.ready is not False]


def _is_address(text: str) -> bool:
    """Return whether CoreDNS takes it for an address; one with leading zeros it takes for a name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
