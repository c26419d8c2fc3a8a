"""A pod that is an endpoint calls its own Service

## Meaning
The caller is itself one of the pods behind the Service. kube-proxy sends some of its calls back to it: the packet leaves the
pod and has to come in again by the same way (hairpin). Not every network lets it: a bridge needs hairpin mode, and the source
address has to be masqueraded.

## Impact
If hairpin does not work there, about one call in so many endpoints times out, and every one where it is the only endpoint.

## How it is detected
The calling pod is among the endpoints that take its calls, and a time-out or failures now and then were complained of. That
is a hypothesis to look into, never a verdict: nothing that is measured from elsewhere can show it.

## When it stays silent
For other callers. Without such a complaint. For headless Services.

## Fix
From the pod itself compare its own address with its name: if the ClusterIP times out and 127.0.0.1 answers, set
`hairpinMode: true` in the network plugin's configuration, or let the pod call localhost.

## Known limits
A policy cannot cut a pod off from itself, so it is no policy.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import behind
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Severity
from bot.model.text import count

_COMPLAINTS = (Symptom.TIMEOUT, Symptom.INTERMITTENT)


def calls_itself(case: Case) -> bool:
    """Return whether the caller is a pod behind the Service, and complains of time-outs."""
    service, pod = case.service, case.caller.pod
    if service is None or pod is None or not service.cluster_ips or case.question.symptom not in _COMPLAINTS:
        return False
    return any(each is not None and each.ref == pod.ref for _, each in behind(case))


@check(
    "RTE-029",
    "hairpin-blocked",
    hop=Hop.PROXY,
    needs=("services", "endpointslices", "source"),
    uses=("pods",),
    fits=_COMPLAINTS,
    when=calls_itself,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def hairpin_blocked(case: Case) -> Iterator[Detection]:
    service, pod = case.service, case.caller.pod
    if service is None or pod is None:
        return
    whole = len({each.address for each, _ in behind(case)})
    yield Detection(
        about=pod.ref,
        message=f"Pod {pod.namespace}/{pod.name} is itself one of {count(whole, 'endpoint')} of Service {service.name}: one "
        f"call in {whole} comes back to it, which hairpin mode on node {pod.spec.node_name} has to allow.",
        severity=Severity.INFO,
        confidence=Confidence.POSSIBLE,
        evidence=(Evidence(pod.ref, "status.podIP", pod.ip, "is among the endpoints"),),
        check=(
            at_endpoints(service.ref),
            kubectl("get", "pod", pod.name, "-o", "wide", namespace=pod.namespace),
        ),
        affected=Affected(1, whole),
    )
