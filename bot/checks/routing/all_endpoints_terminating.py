"""All endpoints of the Service are terminating

## Meaning
Every pod behind the Service is being deleted, and none stands ready to take over. While they still serve, kube-proxy goes
on sending to them, since nobody else is there; when the last one ends, every connection fails.

## Impact
Nothing yet for callers by ClusterIP, for as long as the pods take to end (their grace period). Then an outage, until a new
pod is ready.

## How it is detected
The port has endpoints that take traffic, and all of them are `terminating`: no ready endpoint is left.

## When it stays silent
If one endpoint is ready. For headless Services, whose names have no address then (DNS-023). In a rollout, whose new pods
are ready before the old ones go. Where no endpoint takes traffic at all: that is told by itself (RTE-004).

## Fix
Find out what deletes them: a rollout with the strategy Recreate, a drain of the only node, an eviction, a namespace that is
deleted. Two replicas, a PodDisruptionBudget and `maxUnavailable: 0` keep one in place.

## Known limits
Whether a new pod will be ready in time is not known.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, at_pods
from bot.checks.facts.pod_words import why_each
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.services import Service, ServicePort
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Layer, Severity
from bot.model.text import count


def has_draining_only(case: Case) -> bool:
    """Return whether some port is served by nobody but pods that end."""
    if case.service is None or not case.service.cluster_ips:
        return False
    return any(_is_draining(case, each) for each in case.ports)


def _is_draining(case: Case, port: ServicePort) -> bool:
    usable = case.backends.usable_anywhere(port)
    return bool(usable) and usable[0].terminating and all(each.terminating for each in usable)


@check(
    "RTE-007",
    "all-endpoints-terminating",
    hop=Hop.ENDPOINTS,
    layer=Layer.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods",),
    shows=Effect.NO_USABLE_ENDPOINT,
    fits=(Symptom.INTERMITTENT,),
    when=has_draining_only,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def all_endpoints_terminating(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is not None:
        ports = [each for each in case.ports if _is_draining(case, each)]
        yield _found(case, service, ports)


def _found(case: Case, service: Service, ports: list[ServicePort]) -> Detection:
    ending = sorted({each for port in ports for each in case.backends.usable_anywhere(port)})
    pods = [pod for each in ending if (pod := case.backends.pod_of(each))]
    others = [each for each in case.backends.pods if not each.is_terminating]
    rest = f"; {count(len(others), 'other pod')}: {why_each(case, others)}" if others else "; there is no other pod"
    number = len({each.address for each in ending})
    all_of_them = "The only endpoint" if number == 1 else f"All {number} endpoints"
    return Detection(
        about=service.ref,
        message=f"{all_of_them} of Service {service.namespace}/{service.name} that still take"
        f"{'s' if number == 1 else ''} traffic {'is' if number == 1 else 'are'} terminating{rest}.",
        severity=Severity.WARN,
        confidence=Confidence.CERTAIN,
        evidence=tuple(
            Evidence(
                each.ref if (each := case.backends.pod_of(one)) else Ref("EndpointSlice", one.slice, service.namespace),
                "endpoints.conditions.terminating",
                value=True,
                note=one.address,
            )
            for one in ending[:4]
        ),
        check=(at_endpoints_whole(service.ref), at_pods(service.namespace, service.selector)),
        affected=Affected(number, number),
        pods=frozenset(each.name for each in pods),
        since=min(
            (each.metadata.deletion_timestamp for each in pods if each.metadata.deletion_timestamp), default=None
        ),
    )
