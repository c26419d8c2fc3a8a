"""The Service has a family of IP addresses that its endpoints do not have

## Meaning
Each ClusterIP of a Service is IPv4 or IPv6 (`ipFamilies`), and is translated only to endpoints of that family: those of
the EndpointSlices of that `addressType`. The pods, or the addresses somebody entered by hand, have only the other one.

## Impact
A connection to the ClusterIP of that family is refused, though pods are ready. If the Service has only this family, that
is every connection. If it has both, callers that prefer this one fail or wait before they try the other. A headless Service
has no address at all then: its name is NXDOMAIN.

## How it is detected
By `ipFamilies`, the address types of the slices and the `podIPs` of the pods: a family of the Service has no usable
endpoint, while ready pods (or the addresses of a Service without a selector) have the other family only.

## When it stays silent
For headless Services that have an address of one of their families: their name gives what there is. Where no pod is ready:
that has other reasons. Where pods have both families. An IPv4 Service whose name has no AAAA record is in order.

## Fix
A Service with both families is cut to the one that its pods have. One whose only family is wrong has to be made again,
since its first family cannot be changed: its ClusterIP changes with it. Or let the pods have both families.

## Known limits
An application that listens on 0.0.0.0 only, on a pod with both families, looks the same to its callers and is not seen
here (APP-010).
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints, get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint, endpoints_of, usable
from bot.model.kube.services import Service, ServicePort
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count, listing


def lacks_family(case: Case) -> bool:
    """Return whether a ClusterIP, or a headless Service, has no EndpointSlice with addresses of its family: cheap, and rare."""
    service = case.service
    if service is None or not (service.cluster_ips or service.is_headless) or not case.ports:
        return False
    served = {each.address_type for each in case.snapshot.slices_of(service) if each.endpoints}
    lacking = [each for each in service.families if each not in served]
    return bool(lacking) and (not service.is_headless or len(lacking) == len(service.families))


@check(
    "RTE-025",
    "ip-family-mismatch",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods"),
    causes=(Effect.NO_USABLE_ENDPOINT,),
    fits=(Symptom.REFUSED,),
    when=lacks_family,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN,),
)
def ip_family_mismatch(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        lacking = tuple(each for each in service.families if not _of(case, service, port, each))
        has = _has(case, service, port) if lacking else ()
        if service.is_headless and len(lacking) < len(service.families):
            continue
        if lacking and has and not set(has) & set(lacking):
            yield _found(case, service, lacking, has)
            return


def _of(case: Case, service: Service, port: ServicePort, family: str) -> tuple[Endpoint, ...]:
    """Return the usable endpoints of one family."""
    slices = (each for each in case.snapshot.slices_of(service) if each.address_type == family)
    return usable(endpoints_of(slices, port))


def _has(case: Case, service: Service, port: ServicePort) -> tuple[str, ...]:
    """Return the families that ready pods, or the addresses of a Service without a selector, do have."""
    families = ("IPv4", "IPv6")
    if not service.selector.pairs:
        return tuple(each for each in families if _of(case, service, port, each))
    ready = [each for each in case.backends.pods if each.is_ready and not each.is_terminating]
    return tuple(each for each in families if any(pod.ip_of(each) for pod in ready))


def _found(case: Case, service: Service, lacking: tuple[str, ...], has: tuple[str, ...]) -> Detection:
    whole = len(lacking) == len(service.families)
    who = "its pods" if service.selector.pairs else "its addresses"
    only = "only" if whole else "as well"
    nothing = "its name has no address" if service.is_headless else "nothing takes a call"
    effect = nothing if whole else f"calls to its {lacking[0]} address are refused"
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} has {listing(lacking)} {only}, and {who} are {listing(has)}: "
        f"{effect}.",
        severity=Severity.FAIL if whole else Severity.WARN,
        confidence=Confidence.CERTAIN if whole else Confidence.LIKELY,
        evidence=(
            Evidence(
                service.ref, "spec.ipFamilies", list(service.families), listing(service.cluster_ips) or "headless"
            ),
            *_evidence(case, service),
        ),
        check=(get_field(service.ref, "ipFamilies"), at_endpoints(service.ref)),
        fix=_fixes(service, lacking, has),
        key=lacking,
    )


def _evidence(case: Case, service: Service) -> Iterator[Evidence]:
    for each in case.backends.pods[:3]:
        yield Evidence(each.ref, "status.podIPs", list(each.ips))
    for one in case.snapshot.slices_of(service)[:3]:
        known = count(len(one.endpoints or ()), "address", "addresses")
        yield Evidence(one.ref, "addressType", one.address_type, known)


def _fixes(service: Service, lacking: tuple[str, ...], has: tuple[str, ...]) -> tuple[Fix, ...]:
    """Drop the second family; a Service whose first or only one is wrong has to be made again."""
    if service.families[0] not in lacking:
        kept = {"ipFamilyPolicy": "SingleStack", "ipFamilies": [service.families[0]]}
        change = {"spec": {**kept, "clusterIPs": list(service.cluster_ips[:1])}}
        risk = f"its name has no {lacking[0]} address any more, which callers without {has[0]} need"
        return (Fix(about=service.ref, merge=change, risk=f"{risk}{managed_by(service)}"),)
    if service.metadata.owner_references:
        return ()
    families = {"ipFamilyPolicy": "SingleStack", "ipFamilies": list(has[:1])}
    anew = {"spec": families if service.is_headless else {"clusterIP": None, "clusterIPs": None, **families}}
    risk = "deletes the Service and makes it again"
    risk += "" if service.is_headless else ": its ClusterIP changes, and callers that hold the old one fail"
    return (Fix(about=service.ref, merge=anew, replaced=True, risk=f"{risk}{managed_by(service)}"),)
