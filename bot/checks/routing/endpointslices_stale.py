"""The Service's EndpointSlices do not follow its pods

## Meaning
The EndpointSlice controller, a part of kube-controller-manager, writes into slices which pods of a Service are there and
ready. kube-proxy and the cluster's DNS know of pods only through these. Here the two have told different things for longer
than the controller takes, which is a second or two.

## Impact
Ready pods get no traffic; or traffic goes on to pods that are not ready. If no ready pod is listed, every connection fails.

## How it is detected
A pod that the Service selects has been ready for more than a minute, has an address of a family of the Service and a Node
that exists, and no slice lists it, or only as not ready. Or a slice calls an endpoint ready whose pod has not been ready for
more than a minute. Or an endpoint of the controller's has another port than `targetPort` is in its pod, or none of the name
of the Service's port, as before a change of the Service.
If all endpoints are of pods that are not ready or do not exist, at an address that their pod no longer has, or at a port that
no pod declares, no connection succeeds. The event `FailedToUpdateEndpointSlices` of the Service says why.

## When it stays silent
For changes of the last minute. For pods on a Node that does not exist, which are left out on purpose, and pods without an
address of the Service's families (RTE-025). With `publishNotReadyAddresses`. For Services without a selector, whose slices
nobody follows up (RTE-017).

## Fix
Look at kube-controller-manager, its lease and its log: it is down, cannot reach the API server, or an admission webhook
denies its writes. Nothing that is changed at the Service mends it.

## Known limits
What was read in turns may differ by what happened between two answers: the minute is there for that. The lease may be
hidden where the control plane is managed.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, at_pods
from bot.checks.facts.listening import declares
from bot.model.call.hop import Hop
from bot.model.call.lag import Lag, lag
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Severity
from bot.model.text import count, listing, one_line

_FAILED = "FailedToUpdateEndpointSlices"


def differs(case: Case) -> bool:
    """Return whether slices and pods tell different things."""
    return lag(case) is not None


@check(
    "RTE-018",
    "endpointslices-stale",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods", "nodes"),
    uses=("events",),
    causes=(Effect.NO_USABLE_ENDPOINT, Effect.NO_LOCAL_ENDPOINT, Effect.BACKEND_FAILS),
    fits=(Symptom.REFUSED, Symptom.INTERMITTENT),
    when=differs,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def endpointslices_stale(case: Case) -> Iterator[Detection]:
    service, found = case.service, lag(case)
    if service is not None and found is not None:
        yield _found(case, service, found)


def _found(case: Case, service: Service, found: Lag) -> Detection:
    said = next(iter(case.snapshot.events_about(service.ref, _FAILED)), None)
    missing = (*found.unlisted, *found.held_back)
    whole = max(len(case.backends.pods), len(missing) + len(found.unready))
    dead = len(found.unready) + len(found.gone) + len(found.former)
    dead += sum(not declares(pod, each.port) for each, pod, _ in found.elsewhere)
    nothing = case.backends.has_no_endpoint or dead == len(case.backends.all_usable) > 0
    return Detection(
        about=service.ref,
        message=f"The EndpointSlices of Service {service.namespace}/{service.name} do not follow its pods: {_words(found)}.",
        severity=Severity.FAIL if nothing else Severity.WARN,
        confidence=Confidence.CERTAIN if said else Confidence.LIKELY,
        evidence=tuple(_evidence(case, service, found)),
        check=(
            at_endpoints_whole(service.ref),
            at_pods(service.namespace, service.selector),
            kubectl("get", "leases", namespace="kube-system"),
        ),
        affected=Affected(len(missing) + len(found.unready) + len(found.elsewhere), whole),
        pods=frozenset((*(each.name for each in missing), *(each.pod for each in found.unready if each.pod))),
    )


def _evidence(case: Case, service: Service, found: Lag) -> Iterator[Evidence]:
    for pod in found.unlisted[:3]:
        yield Evidence(pod.ref, "status.conditions[Ready]", "True", f"{pod.ip} is in no EndpointSlice")
    for pod in found.held_back[:3]:
        yield Evidence(pod.ref, "status.conditions[Ready]", "True", f"{pod.ip} is listed with ready: false")
    for each in found.unready[:3]:
        note = f"{each.address}: its pod {each.pod} is not ready"
        yield Evidence(_slice(service, each), "endpoints.conditions.ready", value=True, note=note)
    for each, pod, port in found.elsewhere[:2]:
        note = f"targetPort {port.target} is {port.resolve(pod)} in pod {pod.name}"
        yield Evidence(_slice(service, each), "ports.port", each.port, note)
    for port in found.unnamed[:2]:
        yield Evidence(
            service.ref, "spec.ports.name", port.name, f"no EndpointSlice has a {port.protocol} port of this name"
        )
    for said in case.snapshot.events_about(service.ref, _FAILED)[:1]:
        yield Evidence(service.ref, "events", _FAILED, one_line(said.message, limit=200))


def _slice(service: Service, endpoint: Endpoint) -> Ref:
    return Ref("EndpointSlice", endpoint.slice, service.namespace)


def _words(found: Lag) -> str:
    told = []
    if found.elsewhere:
        first, pod, port = found.elsewhere[0]
        number = count(len(found.elsewhere), "endpoint")
        verb = "has" if len(found.elsewhere) == 1 else "have"
        told.append(
            f"{number} {verb} port {first.port}, and targetPort {port.target} is {port.resolve(pod)} in the pods"
        )
    if found.unnamed:
        names = listing([f"{each} ({each.name or 'without a name'})" for each in found.unnamed], 3)
        told.append(f"none has port {names}, which pods have")
    if found.held_back:
        names = listing([each.name for each in found.held_back], 3)
        number = count(len(found.held_back), "ready pod")
        told.append(f"{number} ({names}) {'is' if len(found.held_back) == 1 else 'are'} listed as not ready")
    if found.unlisted:
        names = listing([each.name for each in found.unlisted], 3)
        number = count(len(found.unlisted), "ready pod")
        told.append(f"{number} ({names}) {'is' if len(found.unlisted) == 1 else 'are'} in none")
    if found.unready:
        number = count(len(found.unready), "endpoint")
        told.append(f"{number} of pods that are not ready {'is' if len(found.unready) == 1 else 'are'} called ready")
    if found.gone:
        names = listing(sorted({each.pod for each in found.gone if each.pod}), 3)
        number = count(len(found.gone), "endpoint")
        told.append(f"{number} {'is' if len(found.gone) == 1 else 'are'} of pods that are gone ({names})")
    if found.former:
        former = sorted({each.address for each in found.former})
        told.append(f"{listing(former, 3)} {'is' if len(former) == 1 else 'are'} of before, which no pod has now")
    return ", and ".join(told)
