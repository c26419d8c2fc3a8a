"""Calls from the caller's zone go to few of the Service's endpoints

## Meaning
With `trafficDistribution` (`PreferSameZone`, formerly `PreferClose`, or `PreferSameNode`) or topology hints every endpoint is
meant for the callers of a zone or node, and kube-proxy sends them there alone. How many endpoints a zone has depends on where
the pods happen to run, not on how much it calls.

## Impact
A zone with one endpoint gives it all of that zone's load, while endpoints elsewhere are idle: slow answers and errors from
callers of one zone only.

## How it is detected
Every ready endpoint has a hint, and those for the caller's node or zone are fewer than all. That is context. It is a warning
where slow or failing answers were complained of, and a single endpoint takes all of the calls while there are three or more.

## When it stays silent
If some ready endpoint has no hint, or none is for the caller's zone: then kube-proxy ignores the hints and uses all. Hints
never leave a caller without an endpoint. With `internalTrafficPolicy: Local` (RTE-021). Where the caller's node is unknown.

## Fix
Spread the pods over the zones (topologySpreadConstraints), or take `trafficDistribution` away.

## Known limits
How many callers a zone has, and how much its endpoint can bear, is not known.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import Service, ServicePort
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count

_LOAD = (Symptom.SLOW, Symptom.INTERMITTENT, Symptom.SERVER_ERROR, Symptom.TIMEOUT)
_SEVERAL = 3


def is_near_only(case: Case) -> bool:
    """Return whether hints keep calls from the caller's node to some of the endpoints."""
    service = case.service
    if service is None or not case.proxy_node or case.backends.only_local or not service.cluster_ips:
        return False
    return any(len(case.backends.usable(each)) < len(case.backends.usable_anywhere(each)) for each in case.ports)


@check(
    "RTE-023",
    "zone-overloaded",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices"),
    uses=("nodes",),
    fits=(Symptom.SLOW, Symptom.INTERMITTENT),
    when=is_near_only,
    silent_when_plain=True,
    only=(Occasion.SAID,),
)
def zone_overloaded(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None:
        return
    for port in case.ports:
        own, whole = case.backends.usable(port), case.backends.usable_anywhere(port)
        if len(own) < len(whole):
            yield _found(case, service, port, (own, whole))
            return


def _found(
    case: Case, service: Service, port: ServicePort, endpoints: tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]
) -> Detection:
    own, whole = endpoints
    strained = len(own) == 1 and len(whole) >= _SEVERAL and case.question.symptom in _LOAD
    preferred = service.spec.traffic_distribution
    cause = f"trafficDistribution: {preferred}" if preferred else "topology hints"
    return Detection(
        about=service.ref,
        message=f"Calls to Service {service.namespace}/{service.name} from node {case.proxy_node} go to {len(own)} of its "
        f"{count(len(whole), 'endpoint')} ({cause}){', which takes all of them' if len(own) == 1 else ''}.",
        severity=Severity.WARN if strained else Severity.INFO,
        confidence=Confidence.POSSIBLE if strained else Confidence.CERTAIN,
        evidence=tuple(
            Evidence(
                Ref("EndpointSlice", each.slice, service.namespace),
                "endpoints.hints",
                [*each.for_nodes, *each.for_zones],
                f"{each.address} in zone {each.zone or 'unknown'}",
            )
            for each in whole[:4]
        ),
        check=(get_field(service.ref, "trafficDistribution"), at_endpoints_whole(service.ref)),
        fix=(_fix(service),) if preferred and strained else (),
        affected=Affected(len(own), len(whole)),
        key=(str(port),),
    )


def _fix(service: Service) -> Fix:
    risk = f"traffic crosses zones again, which costs time and may cost money{managed_by(service)}"
    return Fix(about=service.ref, merge={"spec": {"trafficDistribution": None}}, risk=risk)
