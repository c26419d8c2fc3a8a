"""The Service sends traffic to pods that are not ready

## Meaning
`publishNotReadyAddresses: true` makes a Service hand out its pods whether they are ready or not. That is meant for
headless Services whose pods must find each other while they start. This one has a ClusterIP, so callers get the
unready pods, too.

## Impact
The share of requests that meets an unready pod fails or hangs: during every start, crash and rollout.

## How it is detected
The flag is set on a Service with a ClusterIP, and an endpoint is published as ready while its pod is not. The
`serving` condition keeps the pod's true state
(https://github.com/kubernetes/enhancements/tree/master/keps/sig-network/1672-tracking-terminating-endpoints).

## When it stays silent
For headless Services, where the flag belongs. While all pods are ready. If the unready pods were measured to accept
connections, this is context only.

## Fix
Give callers a Service without the flag, and peers a headless one with it. The printed patch takes the flag away; it
is printed only while some pod is ready, since otherwise it mends nothing.

## Known limits
Without a measurement it is not known whether an unready pod answers after all.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.checks.facts.pod_words import why
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import Service
from bot.model.probe import Outcome
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Layer, Severity, Written
from bot.model.text import count


@check(
    "RTE-019",
    "unready-addresses-published",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices"),
    uses=("pods",),
    shows=Effect.UNREADY_ADDRESS_PUBLISHED,
    fits=(Symptom.INTERMITTENT,),
    silent_when_plain=True,
    only=(Occasion.UNUSUAL,),
)
def unready_addresses_published(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not service.cluster_ips or not service.spec.publish_not_ready_addresses:
        return
    published = tuple(sorted({each for port in case.ports for each in case.backends.usable_anywhere(port)}))
    unready = tuple(each for each in published if _is_unready(case, each))
    if unready:
        yield _found(case, service, published, unready)


def _is_unready(case: Case, endpoint: Endpoint) -> bool:
    """`serving` tells the truth; where a slice lacks it, the pod itself does."""
    pod = case.backends.pod_of(endpoint)
    return not endpoint.serving or (pod is not None and not pod.is_ready)


def _found(case: Case, service: Service, published: tuple[Endpoint, ...], unready: tuple[Endpoint, ...]) -> Detection:
    addresses, bad = {each.address for each in published}, {each.address for each in unready}
    seen = [seen for each in unready if (seen := case.measured.tcp_to(each))]
    fine = len(seen) == len(unready) and all(each.outcome is Outcome.ANSWERED for each in seen)
    broken = any(each.outcome is not Outcome.ANSWERED for each in seen)
    nobody = len(bad) == len(addresses)
    severity = Severity.FAIL if nobody else Severity.WARN
    told = (", but accepts connections" if len(bad) == 1 else ", but accept connections") if fine else ""
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} publishes unready addresses: {len(bad)} of "
        f"{count(len(addresses), 'endpoint')} it sends to {'is' if len(bad) == 1 else 'are'} not ready{told}.",
        severity=Severity.INFO if fine else severity,
        confidence=Confidence.CERTAIN if broken else Confidence.LIKELY,
        evidence=(
            Evidence(service.ref, "spec.publishNotReadyAddresses", value=True),
            *(_endpoint(case, service, each) for each in unready[:4]),
        ),
        check=(get_field(service.ref, "publishNotReadyAddresses"), at_endpoints_whole(service.ref)),
        fix=() if nobody or fine else (_fix(service),),
        affected=Affected(len(bad), len(addresses)),
        pods=frozenset(each.pod for each in unready if each.pod),
        written=Written(service.ref, ("spec", "publishNotReadyAddresses"), begins=False),
        layer=Layer.APPLICATION if nobody else None,
    )


def _endpoint(case: Case, service: Service, endpoint: Endpoint) -> Evidence:
    pod = case.backends.pod_of(endpoint)
    about = pod.ref if pod else Ref("EndpointSlice", endpoint.slice, service.namespace)
    return Evidence(about, "conditions.serving", value=False, note=why(case, pod) if pod else endpoint.address)


def _fix(service: Service) -> Fix:
    risk = f"pods that find each other through this Service while they start no longer do{managed_by(service)}"
    return Fix(about=service.ref, merge={"spec": {"publishNotReadyAddresses": False}}, risk=risk)
