"""EndpointSlices that were meant for the Service do not fit it

## Meaning
A Service without a selector gets its endpoints from EndpointSlices that somebody writes, or that are mirrored from an
Endpoints object of its name. They count only if the label `kubernetes.io/service-name` has the Service's name, and only for
those of its ports that have the same name and protocol there. These hold addresses, and nothing of them fits.

## Impact
The port that is called has no endpoint: connections are refused, or time out, although the addresses are entered.

## How it is detected
The port has no endpoint. Slices of the Service hold addresses under another port name or protocol, without a port, or with
address type FQDN, which nobody reads. Or a slice in the namespace belongs to no Service, and its name, its owner or its
misspelt label says that it was meant for this one.

## When it stays silent
If the port has endpoints. For slices of the EndpointSlice controller, which follow the Service's own ports (RTE-011). For
slices of other Services and of other subsystems. If a port has one protocol only and nothing was entered for it.

## Fix
The printed patch gives the slice (or the Endpoints object behind it) the Service's port name and protocol, or the label.

## Known limits
Where a live question is asked, only slices that carry the Service's label are read: one without it is seen in dumps and
tables. An absent protocol means TCP, in Endpoints and in slices.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import is_api_server
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.services import SERVICE_NAME_LABEL, EndpointSlice, Service, ServicePort, SlicePort
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.question.suggest import is_slip
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix
from bot.model.text import count, listing


class Misfit(Struct, frozen=True):
    """A slice with addresses that does not serve a port, why, and the changes that would make it: field and value."""

    known: EndpointSlice
    why: str
    index: int = 0  # of the port in the slice
    change: tuple[tuple[str, Any], ...] = ()


def has_empty_port(case: Case) -> bool:
    """Return whether some port asked about has no endpoint at all, ready or not: cheap, and rare."""
    service = case.service
    if service is None or service.is_external_name or is_api_server(service):
        return False
    return any(not case.backends.endpoints(each) for each in case.ports)


@check(
    "RTE-015",
    "endpointslice-not-linked",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices"),
    causes=(Effect.NO_USABLE_ENDPOINT,),
    fits=(Symptom.REFUSED, Symptom.TIMEOUT),
    when=has_empty_port,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN,),
)
def endpointslice_not_linked(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        if case.backends.endpoints(port):
            continue
        found = _unfit(case, service, port) or _unlinked(case, service)
        if found:
            yield _found(case, service, port, found)
            return


def _unfit(case: Case, service: Service, port: ServicePort) -> list[Misfit]:
    """Slices of the Service, by its label, that hold addresses for no such port."""
    slices = [each for each in case.snapshot.slices_of(service) if each.endpoints]
    if service.selector.pairs:
        slices = [each for each in slices if not each.is_controlled]
    served = {(each.name or "", each.protocol or "TCP") for one in slices for each in one.ports or ()}
    others = {(each.name, each.protocol) for each in service.ports if each is not port} & served
    if others:
        return []  # what was entered is for another port of the Service
    return [found for each in slices if (found := _misfit(service, port, each))]


def _misfit(service: Service, port: ServicePort, known: EndpointSlice) -> Misfit | None:
    if known.address_type == "FQDN":
        return Misfit(known, "its addresses are host names (addressType FQDN), which nobody reads")
    if service.cluster_ips and known.address_type not in service.families:
        return None  # RTE-025
    if not known.ports:
        return Misfit(known, "it has no port", change=_whole(port))
    index, nearest = max(enumerate(known.ports), key=lambda each: _nearness(each[1], port))
    name, protocol = nearest.name or "", nearest.protocol or "TCP"
    if not nearest.port:
        number = port.target if isinstance(port.target, int) else None
        return Misfit(known, "its port has no number", index, (("port", number),) if number else ())
    wrong = []
    if protocol != port.protocol:
        wrong.append(("protocol", port.protocol))
    if name != port.name:
        wrong.append(("name", port.name))
    has = f"{_named(name)} {nearest.port}/{protocol}"
    return Misfit(known, f"its port is {has}, and the Service's is {_named(port.name)} {port}", index, tuple(wrong))


def _named(name: str) -> str:
    return name or "nameless"


def _nearness(found: SlicePort, port: ServicePort) -> tuple[bool, bool, bool]:
    return ((found.name or "") == port.name, found.port == port.target, (found.protocol or "TCP") == port.protocol)


def _whole(port: ServicePort) -> tuple[tuple[str, Any], ...]:
    number = port.target if isinstance(port.target, int) else None
    return (("name", port.name), ("port", number), ("protocol", port.protocol)) if number else ()


def _unlinked(case: Case, service: Service) -> list[Misfit]:
    """Slices of no Service that say in another way that they are for this one."""
    if service.selector.pairs:
        return []
    return [
        Misfit(each, _label(each), change=((SERVICE_NAME_LABEL, service.name),))
        for each in case.snapshot.slices_in(service.namespace)
        if each.endpoints and _is_meant(case, service, each)
    ]


def _label(known: EndpointSlice) -> str:
    has = known.service_name
    if has:
        return f"its label {SERVICE_NAME_LABEL} is {has}, and there is no Service {has}"
    return f"it lacks the label {SERVICE_NAME_LABEL}"


def _is_meant(case: Case, service: Service, known: EndpointSlice) -> bool:
    labelled = known.service_name
    if labelled:
        is_other = case.snapshot.service(service.namespace, labelled) is not None
        return not is_other and is_slip(labelled, service.name)
    owners = {(each.kind, each.name) for each in known.metadata.owner_references or ()}
    is_named = known.name == service.name or known.name.startswith(f"{service.name}-")
    longer = (each.name for each in case.snapshot.services_in(service.namespace) if known.name.startswith(each.name))
    return ("Service", service.name) in owners or (is_named and max(longer, key=len, default="") == service.name)


def _found(case: Case, service: Service, port: ServicePort, found: list[Misfit]) -> Detection:
    addresses = sum(len(each.known.endpoints or ()) for each in found)
    linked = found[0].known.service_name == service.name
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} has no endpoint for port {port}: "
        f"{count(len(found), 'EndpointSlice')} with {count(addresses, 'address', 'addresses')} "
        f"({listing([each.known.name for each in found], 2)}) {'does' if len(found) == 1 else 'do'} not fit, "
        f"since {found[0].why}.",
        confidence=Confidence.CERTAIN if linked else Confidence.LIKELY,
        evidence=tuple(_evidence(each) for each in found[:4]),
        check=(get_field(service.ref, "ports"), _slices(service)),
        fix=tuple(fix for each in found[:3] if (fix := _fix(case, service, each))),
        key=(str(port), *(each.known.name for each in found)),
    )


def _evidence(misfit: Misfit) -> Evidence:
    known = misfit.known
    if SERVICE_NAME_LABEL not in dict(misfit.change):
        ports = [f"{_named(each.name or '')} {each.port}/{each.protocol or 'TCP'}" for each in known.ports or ()]
        return Evidence(known.ref, "ports", ports, misfit.why)
    return Evidence(known.ref, f"metadata.labels.{SERVICE_NAME_LABEL}", known.service_name or None, misfit.why)


def _slices(service: Service) -> str:
    columns = (
        r"custom-columns=NAME:.metadata.name,SERVICE:.metadata.labels.kubernetes\.io/service-name,TYPE:.addressType,"
        "PORTS:.ports[*].name,PROTOCOLS:.ports[*].protocol"
    )
    return kubectl("get", "endpointslices", "-o", columns, namespace=service.namespace)


def _fix(case: Case, service: Service, misfit: Misfit) -> Fix | None:
    known, change = misfit.known, misfit.change
    copies = {each.ports for each in case.snapshot.slices_of(service) if each.is_mirrored and each.endpoints}
    if not change or (known.is_mirrored and len(copies) > 1):  # of which subset it is a copy nobody says
        return None
    risk = f"the addresses in it begin to take the Service's traffic{managed_by(known)}"
    if SERVICE_NAME_LABEL in dict(change):
        return Fix(about=known.ref, merge={"metadata": {"labels": dict(change)}}, risk=risk)
    if known.is_mirrored:
        about, place = Ref("Endpoints", service.name, service.namespace), f"/subsets/0/ports/{misfit.index}"
    else:
        about, place = known.ref, f"/ports/{misfit.index}"
    if not known.ports:
        return Fix(about=about, operations=({"op": "add", "path": "/ports", "value": [dict(change)]},), risk=risk)
    operations = tuple({"op": "add", "path": f"{place}/{field}", "value": value} for field, value in change)
    return Fix(about=about, operations=operations, risk=risk)
