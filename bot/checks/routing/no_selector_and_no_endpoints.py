"""A Service without a selector, and nobody filled in its endpoints

## Meaning
A Service without a selector finds no pods by itself: somebody else has to write its EndpointSlices, by hand or with a
controller. Nobody has, or what was written calls every address not ready, so there is nothing to send a connection to.

## Impact
Every request fails: refused at once with most networks, a time-out with some, NXDOMAIN for a headless Service.

## How it is detected
`spec.selector` is empty, the Service is not an ExternalName, and no EndpointSlice that carries its name as
`kubernetes.io/service-name` holds an address. Or they hold addresses for the port that is called, and each of these has
`ready: false` there: no kubelet asks them, so that is the word of who writes the slices.

## When it stays silent
If any slice holds an address that takes traffic, written by hand, by a controller, or mirrored from Endpoints. Where slices
hold addresses for other ports only (RTE-015). For `default/kubernetes`,
whose endpoints the API server writes.

## Fix
If a workload of the Service's name exists, the selector was probably lost: the printed patch puts that workload's
labels back. Otherwise write an EndpointSlice with the right addresses. A StatefulSet's Service may be one that a leader
election fills in (Patroni): then nobody leads, and a selector would send writes to replicas. For addresses that are called not
ready nothing is printed: look at what writes the slices, and why.

## Known limits
Services that a controller owns (imported from another cluster, Knative, a Gateway) are that controller's to fill:
this is then told as likely only, with the owner's name.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints, at_endpoints_whole, describe
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.gaps import UNSELECTED_SLICES
from bot.model.kube.services import MANAGED_BY_LABEL, EndpointSlice, Service
from bot.model.kube.workloads import StatefulSet, Workload
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Written
from bot.model.text import listing


@check(
    "RTE-014",
    "no-selector-and-no-endpoints",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices"),
    uses=("workloads",),
    shows=Effect.NO_USABLE_ENDPOINT,
    silent_when_plain=True,
    only=(Occasion.UNUSUAL,),
)
def no_selector_and_no_endpoints(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or service.is_external_name or service.selector.pairs or _is_api_server(service):
        return
    if not case.snapshot.has(UNSELECTED_SLICES):
        return
    slices = case.snapshot.slices_of(service)
    if any(endpoint.addresses for each in slices for endpoint in each.endpoints or ()):
        yield from _unready(case, service)
        return
    owner = next(iter(service.metadata.owner_references or ()), None)
    workload = None if owner else _namesake(case, service)
    whose = f"; {owner.kind} {owner.name} owns it and should fill them in" if owner else ""
    hint = f"; {workload.ref} has the same name" if workload else ""
    yield Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} has no selector, and its EndpointSlices hold no address"
        f"{whose}{hint}.",
        confidence=Confidence.LIKELY if owner else Confidence.CERTAIN,
        evidence=(
            Evidence(service.ref, "spec.selector", None, "without it Kubernetes fills in no endpoints"),
            Evidence(service.ref, "EndpointSlices", [each.name for each in slices], "none holds an address"),
        ),
        check=(describe(service.ref), at_endpoints(service.ref)),
        fix=_fixes(service, workload),
        written=Written(service.ref, ("spec",), begins=False),
    )


def _unready(case: Case, service: Service) -> Iterator[Detection]:
    """All addresses of the ports that are called have `ready: false`, by whoever writes the slices."""
    listed = [each for port in case.ports for each in case.backends.endpoints(port)]
    if not listed or any(case.backends.usable_anywhere(port) for port in case.ports):
        return
    addresses = sorted({each.address for each in listed})
    names = sorted({each.slice for each in listed})
    its = "its only address" if len(addresses) == 1 else f"all its {len(addresses)} addresses"
    yield Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} has no selector, and {its} ({listing(addresses, 3)}) "
        f"{'has' if len(addresses) == 1 else 'have'} ready: false in its EndpointSlices, so nothing takes a call.",
        evidence=tuple(
            Evidence(each.ref, "endpoints.conditions.ready", False, _writer(each))
            for each in case.snapshot.slices_of(service)
            if each.name in names
        )[:3],
        check=(at_endpoints_whole(service.ref), describe(service.ref)),
        pods=frozenset(each.pod for each in listed if each.pod),
        key=("not ready", *addresses),
    )


def _writer(slice_: EndpointSlice) -> str:
    keeper = slice_.labels.get(MANAGED_BY_LABEL)
    return f"kept by {keeper}" if keeper else "no label says who keeps it"


def _is_api_server(service: Service) -> bool:
    """kube-apiserver writes the endpoints of this one itself, under its own rules."""
    return (service.namespace, service.name) == ("default", "kubernetes")


def _namesake(case: Case, service: Service) -> Workload | None:
    known = case.snapshot.workloads_in(service.namespace)
    return next((each for each in known if each.name == service.name), None)


def _fixes(service: Service, workload: Workload | None) -> tuple[Fix, ...]:
    """The workload's own selector, which its pods carry by the API's rule (DeploymentSpec.selector, apps/v1)."""
    labels = workload.pod_selector.match_labels if workload and workload.pod_selector else None
    if not workload or not labels:
        return ()
    all_members = (
        "; where a leader election fills in the endpoints (Patroni), to its replicas as well: mend that instead"
    )
    elected = all_members if isinstance(workload, StatefulSet) else ""
    risk = f"sends the Service's traffic to {workload.ref}{elected}{managed_by(service)}"
    return (Fix(about=service.ref, merge={"spec": {"selector": labels}}, risk=risk),)
