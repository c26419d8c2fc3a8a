"""A headless Service without a ready endpoint does not resolve

## Meaning
A headless Service (`clusterIP: None`) has no address of its own: its DNS name stands for the addresses of its ready
pods. Without a ready pod the cluster's DNS answers NXDOMAIN, "no such name". The answer is correct. DNS is not
broken.

## Impact
Callers see "Name or service not known" for a Service that exists. As soon as one pod is ready the name resolves
again, after at most the time that the negative answer is cached.

## How it is detected
The Service is headless, and no endpoint in its EndpointSlices is ready. CoreDNS gives addresses of ready endpoints
only: those that serve while they terminate are left out, other than in kube-proxy
(https://github.com/kubernetes/dns/blob/master/docs/specification.md, 2.4).

## When it stays silent
If one endpoint is ready, or its conditions are absent, which means ready. For Services with a ClusterIP, whose names
resolve without any endpoint. If the name did resolve when it was asked, this is told as context only.

## Fix
Mend the pods, or the selector: the finding that this one is folded under says which. If its pods must find each
other by it before they are ready (a StatefulSet that it governs, or their variables name it), it needs
`publishNotReadyAddresses: true`.

## Known limits
Caches on the way (NodeLocal DNSCache, the application) may still hold older answers.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, describe
from bot.checks.facts.lookups import resolved_to
from bot.checks.facts.peers import publish_unready
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.gaps import UNSELECTED_SLICES
from bot.model.kube.services import Service
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Layer, Severity
from bot.model.text import count


@check(
    "DNS-023",
    "headless-without-ready-endpoint",
    hop=Hop.RECORD,
    layer=Layer.APPLICATION,
    needs=("services", "endpointslices"),
    uses=("pods", "workloads"),
    shows=Effect.NAME_WITHOUT_ADDRESS,
    fits=(Symptom.NXDOMAIN,),
    silent_when_plain=True,
    only=(Occasion.UNUSUAL,),
)
def headless_without_ready_endpoint(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not service.is_headless:
        return
    if not service.selector.pairs and not case.snapshot.has(UNSELECTED_SLICES):
        return
    endpoints = [
        endpoint
        for each in case.snapshot.slices_of(service)
        if each.address_type != "FQDN"
        for endpoint in each.endpoints or ()
        if endpoint.addresses
    ]
    if any(endpoint.conditions.ready is not False for endpoint in endpoints):
        return
    draining = sum(each.conditions.terminating is True and each.conditions.serving is not False for each in endpoints)
    yield Detection(
        about=service.ref,
        message=_message(service, len(endpoints), draining),
        severity=Severity.INFO if resolved_to(case) else Severity.FAIL,
        evidence=(
            Evidence(service.ref, "spec.clusterIP", "None", "headless: its name stands for its ready pods"),
            Evidence(service.ref, "EndpointSlices", f"{len(endpoints)} listed, 0 ready"),
        ),
        check=(at_endpoints_whole(service.ref), describe(service.ref)),
        fix=publish_unready(case, service),
    )


def _message(service: Service, endpoints: int, draining: int) -> str:
    state = (
        f"none of its {count(endpoints, 'endpoint')} is ready" if endpoints > 1 else "its only endpoint is not ready"
    )
    if not endpoints:
        state = "it has no endpoint"
    still = f" ({draining} still serve while they terminate, which DNS leaves out)" if draining else ""
    name = f"{service.name}.{service.namespace}"
    return f"{name} does not resolve: the Service is headless and {state}{still}, so NXDOMAIN is DNS's correct answer."
