"""The Service's ClusterIP, or an endpoint's address, is written in a way that DNS takes for a name

## Meaning
Until Kubernetes 1.36 the API server stored addresses as they were written: with zeros in front (`010.096.000.077`), or as
IPv4 inside IPv6. kube-proxy reads such an address as it is meant. CoreDNS takes it for a name and answers with an alias
(CNAME) to it, and no address. Programs that read it themselves take parts with a leading zero for octal numbers.

## Impact
The Service's name has no address, or leads to another host: 010.010.000.077 is 8.8.0.63 to the C library. Its right
ClusterIP, without the zeros, works. Of a headless Service the endpoints that are written so are missing.

## How it is detected
The stored `spec.clusterIP`, or for a headless Service the address of a ready endpoint in its EndpointSlices, is an address only
without its leading zeros, or is one mapped into IPv6.

## When it stays silent
For addresses in the usual form. For endpoints of a Service with a ClusterIP: DNS does not tell these. If a lookup gave the
right address.

## Fix
Delete the Service and make it again with the address in its usual form, or without one. To change it in place is refused
(`may not change once set`). The address of an endpoint is corrected where it is written: in the Endpoints or the EndpointSlice.

## Known limits
The same in a NetworkPolicy does no harm, and is not looked at here.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.lookups import resolved_to
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kubectl import kubectl, resource
from bot.model.question.question import Symptom
from bot.model.refs import Ref, plain_address
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count


def _published(case: Case) -> tuple[tuple[EndpointSlice, str], ...]:
    """Return the addresses of ready endpoints that DNS tells: a headless Service's, each with its slice."""
    service = case.service
    if service is None or not service.is_headless:
        return ()
    return tuple(
        (each, address)
        for each in case.snapshot.slices_of(service)
        for one in each.endpoints or ()
        for address in one.addresses or ()
        if one.conditions.ready is not False
    )


def _odd_endpoints(case: Case) -> tuple[tuple[EndpointSlice, str], ...]:
    """Return those that DNS takes for names."""
    return tuple(each for each in _published(case) if plain_address(each[1]) != each[1])


def _is_odd(case: Case) -> bool:
    service = case.service
    return service is not None and (service.cluster_ips != service.written_ips or bool(_odd_endpoints(case)))


@check(
    "DNS-036",
    "odd-cluster-ip",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("endpointslices",),
    fits=(Symptom.NXDOMAIN,),
    when=_is_odd,
)
def odd_cluster_ip(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or set(resolved_to(case)) & set(service.cluster_ips):
        return
    pairs = zip(service.written_ips, service.cluster_ips, strict=True)
    for written, plain in [each for each in pairs if each[0] != each[1]][:1]:
        yield _found(service, written, plain)
    for found, written in _odd_endpoints(case)[:1]:
        yield _of_endpoints(case, service, found, written)


def _found(service: Service, written: str, plain: str) -> Detection:
    return Detection(
        about=service.ref,
        message=f"The ClusterIP of {service.namespace}/{service.name} is stored as {written}: CoreDNS takes that for a name "
        f"and gives no address; it is meant as {plain}.",
        confidence=Confidence.CERTAIN,
        evidence=(Evidence(service.ref, "spec.clusterIP", written, f"kube-proxy reads it as {plain}"),),
        check=(get_field(service.ref, "clusterIP"),),
        fix=(
            Fix(
                about=service.ref,
                command=kubectl("delete", "svc", service.name, namespace=service.namespace),
                risk=f"the Service is gone until it is made again: save it first (-o yaml), write {plain} or nothing as "
                "clusterIP, and apply it; its clients lose their connections",
            ),
        ),
        key=(written,),
    )


def _of_endpoints(case: Case, service: Service, found: EndpointSlice, written: str) -> Detection:
    odd = {address for _, address in _odd_endpoints(case)}
    right = {address for _, address in _published(case)} - odd
    plain, place = plain_address(written), _place_of(service, found)
    return Detection(
        about=place,
        message=f"{count(len(odd), 'endpoint')} of {service.namespace}/{service.name} "
        f"{'is' if len(odd) == 1 else 'are'} stored like {written}: CoreDNS takes that for a name and gives no address; it is "
        f"meant as {plain}.",
        severity=Severity.WARN if right else Severity.FAIL,
        confidence=Confidence.CERTAIN,
        evidence=(Evidence(found.ref, "endpoints.addresses", written, f"kube-proxy reads it as {plain}"),),
        check=(at_endpoints_whole(service.ref),),
        fix=(
            Fix(
                about=place,
                command=kubectl("edit", resource(place), place.name, namespace=place.namespace),
                risk=f"write {plain}; whoever keeps this object may write it again",
            ),
        ),
        key=tuple(sorted(odd)),
    )


def _place_of(service: Service, found: EndpointSlice) -> Ref:
    """Return the object in which somebody wrote the address: a mirrored slice is a copy."""
    return Ref("Endpoints", service.name, service.namespace) if found.is_mirrored else found.ref
