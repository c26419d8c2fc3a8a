"""Where a target leads: from a Service, a pod or an IP to the ends that policies are held against, at the pods' own ports."""

from msgspec import Struct
from msgspec.structs import replace

from bot.errors import Slot, UnknownNameError, UsageError
from bot.model.call.alias import aliased
from bot.model.gaps import SCOPE, Gap
from bot.model.kube.services import Service, ServicePort
from bot.model.policy.index import policy_index
from bot.model.policy.parties import Party
from bot.model.question.question import Source
from bot.model.question.refusals import no_caller
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.model.text import count, listing
from bot.model.views.backends import Backends
from bot.model.views.caller import Caller

PROTOCOLS = ("TCP", "UDP", "SCTP")
_LAST_PORT = 65535
_MOST = 3  # ports that are offered

Target = Ref | str  # a Service, a Pod, or an IP


class ResolvedTarget(Struct, frozen=True):
    """Where a target leads: the parties to reach with their own ports, and the words for how it got there.

    Without ends the way ends early, and `ended` says why; `by_name` is a way that begins with a lookup.
    """

    ends: tuple[tuple[Party, int], ...]
    said: tuple[str, ...] = ()
    ended: str = ""
    by_name: bool = False


def unread_end(snapshot: Snapshot, source: Source | str, target: Target) -> tuple[Gap, ...]:
    """Return the gaps for which an end is not in the snapshot; none where both ends are, or rightly are not."""
    return (*_unread_source(snapshot, source), *_unread_target(snapshot, target))


def _unread_source(snapshot: Snapshot, source: Source | str) -> tuple[Gap, ...]:
    if isinstance(source, str) or Caller(snapshot, source).party is not None:
        return ()
    needs = ("pods", "source", "workloads") if source.pod else ("source", "workloads")
    found = (snapshot.gaps_for(need, source.namespace) for need in needs)
    return next(filter(None, found), ())


def _unread_target(snapshot: Snapshot, target: Target) -> tuple[Gap, ...]:
    """A Service or pod that was not found; an IP that may be the ClusterIP of a Service that was not read."""
    if isinstance(target, str):
        found = snapshot.service_by_ip(target) or snapshot.pod_by_ip(target)
        return () if found else (*snapshot.gaps_for("services"), *snapshot.gaps_for(SCOPE))
    if target.kind == "Pod":
        known = snapshot.pod(target.namespace, target.name)
        return () if known else snapshot.gaps_for("pods", target.namespace)
    service = snapshot.service(target.namespace, target.name)
    return () if service else snapshot.gaps_for("services", target.namespace)


def source_party(snapshot: Snapshot, source: Source | str) -> Party:
    """The party that a source is. Raises UnknownNameError for what the snapshot does not have, UsageError for no IP."""
    if isinstance(source, str):
        return _address(snapshot, source)
    caller = Caller(snapshot, source).party
    if caller is None:
        made = (*snapshot.pods_in(source.namespace), *snapshot.workloads_in(source.namespace))
        raise no_caller(source, (each.name for each in made))
    if not _namespace_exists(snapshot, source.namespace):
        raise UnknownNameError(f"There is no namespace {source.namespace}.")
    return caller


def _address(snapshot: Snapshot, address: str) -> Party:
    party = policy_index(snapshot).address(address)
    if not party.addresses:
        raise UsageError(f"{address} is no IP address.")
    return party


def _namespace_exists(snapshot: Snapshot, name: str) -> bool:
    known = bool(snapshot.namespaces) and snapshot.has("namespaces")
    return snapshot.namespace(name) is not None or bool(snapshot.pods_in(name)) or not known


def resolve_target(
    snapshot: Snapshot, source: Party, target: Target, port: int | str | None, protocol: str
) -> ResolvedTarget:
    """The way from a source to a target. Raises UnknownNameError and UsageError as `source_party` does."""
    number = _checked(port, protocol)
    if isinstance(target, str):
        return _to_address(snapshot, source, _address(snapshot, target), number, protocol)
    if target.kind == "Pod":
        pod = snapshot.pod(target.namespace, target.name)
        if pod is None:
            raise UnknownNameError(f"There is no pod {target.name} in namespace {target.namespace}.")
        party = policy_index(snapshot).pod(pod)
        return ResolvedTarget(((party, _pod_port(party, number, protocol)),), (f"{target} exists",))
    service = snapshot.service(target.namespace, target.name)
    if service is None:
        is_pod = snapshot.pod(target.namespace, target.name) is not None
        hint = f"A pod is called so: {target.namespace}/pod/{target.name} --port NUMBER" if is_pod else ""
        raise UnknownNameError(f"There is no Service {target.name} in namespace {target.namespace}.", hint=hint)
    return replace(_to_service(snapshot, source, service, number, protocol), by_name=True)


def _checked(port: int | str | None, protocol: str) -> int | str | None:
    if protocol not in PROTOCOLS:
        raise UsageError(f"{protocol} is no protocol of a Service: {listing(PROTOCOLS)} are.")
    number = int(port) if isinstance(port, str) and port.isdecimal() else port
    if isinstance(number, int) and not 0 < number <= _LAST_PORT:
        raise UsageError(f"{number} is no port number.")
    return number


def _to_address(
    snapshot: Snapshot, source: Party, party: Party, port: int | str | None, protocol: str
) -> ResolvedTarget:
    """A ClusterIP leads to its Service; any other address is the end itself."""
    service = snapshot.service_by_ip(str(party.addresses[0]))
    if service is not None:
        return _to_service(snapshot, source, service, port, protocol)
    return ResolvedTarget(((party, _pod_port(party, port, protocol)),))


def _pod_port(party: Party, port: int | str | None, protocol: str) -> int:
    if port is None:
        raise UsageError(f"Which port of {party.name}? A pod has no port of its own choice.")
    if isinstance(port, int):
        return port
    number = party.pod.named_port(port, protocol) if party.pod else None
    if number is None:
        raise UnknownNameError(f"{party.name} has no {protocol} port named {port}.")
    return number


def _to_service(
    snapshot: Snapshot, source: Party, service: Service, port: int | str | None, protocol: str
) -> ResolvedTarget:
    """A Service's usable endpoints, each at the port that the connection really goes to."""
    if service.is_external_name:
        known = aliased(snapshot, service)
        outside = f"{service.spec.external_name}, outside of what policies select"
        return ResolvedTarget(
            (), ended=f"{service.ref} is an alias of {f'{known}: ask about that' if known else outside}"
        )
    found = _service_port(service, port, protocol)
    backends = Backends(snapshot, service, (found,), source.node if source.pod else "")
    usable = backends.usable(found)
    if not usable:
        return ResolvedTarget((), (f"{service.ref} exists",), _without_end(snapshot, service, found))
    # A headless Service maps no ports: the number that was asked for is dialled at the pod (failure-modes B.11).
    fixed = port if service.is_headless and isinstance(port, int) else None
    ends = tuple((backends.party(each, found), fixed or each.port) for each in usable)
    numbers = listing([f"{number}/{protocol}" for number in sorted({number for _, number in ends})])
    behind = f"{count(len(ends), 'usable endpoint')} behind it"
    return ResolvedTarget(ends, (f"{service.ref} exists", f"its port {found} leads to pod port {numbers}", behind))


def _without_end(snapshot: Snapshot, service: Service, port: ServicePort) -> str:
    for gap in snapshot.gaps_for("endpointslices", service.namespace):
        return f"which endpoints {service.ref} has is not known: {gap.what} could not be read ({gap.why})"
    return f"{service.ref} has no usable endpoint for {port}"


def _service_port(service: Service, port: int | str | None, protocol: str) -> ServicePort:
    fitting = [each for each in service.ports if each.protocol == protocol]
    if port is None:
        if len(fitting) == 1:
            return fitting[0]
        known = tuple(map(str, fitting or service.ports))[:_MOST]
        said = f"{service.ref} has {count(len(fitting), f'{protocol} port')}: say which."
        raise UsageError(said, suggestions=known, slot=Slot.PORT)
    found = service.port(port, protocol)
    if found is None and service.is_headless and isinstance(port, int) and fitting:
        return fitting[0]
    if found is None:
        has = listing([str(each) for each in service.ports]) or "none"
        said = f"{service.ref} has no port {port}/{protocol}; it has {has}."
        raise UnknownNameError(said, suggestions=tuple(map(str, service.ports))[:_MOST], slot=Slot.PORT)
    return found
