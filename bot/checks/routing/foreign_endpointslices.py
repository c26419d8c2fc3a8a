"""EndpointSlices that no controller keeps list addresses of pods that are gone

## Meaning
Whose slices a Service has, its label says and nothing else. Beside those that the EndpointSlice controller keeps in step
with the pods there are others here: made by hand, mirrored from an Endpoints object while the Service had no selector, or
left over from the time before it lost its selector. Nobody takes an address out of these when its pod goes.

## Impact
kube-proxy sends to every address of every slice. The share of connections that meets one of these times out, or ends in
another pod that was given the address since. Where these are all, every connection does.

## How it is detected
A slice does not carry `endpointslice.kubernetes.io/managed-by: endpointslice-controller.k8s.io`, or the Service has no
selector, so that the controller does not touch its slices. An endpoint in it names a pod (`targetRef`) that does not
exist, or that has another address now. Every pod that may be meant was read.

## When it stays silent
For the controller's own slices of a Service with a selector: these are at most some seconds behind. Where the pod is
there and has the address. Where the address accepted a connection from here and no other pod is known to have it.
For addresses without a `targetRef`, which may well be a machine outside of the cluster.

## Fix
A Service that lost its selector gets the one of the workload of its name back; slices and Endpoints that were left over
are deleted. If both are printed, both are needed: the controller never deletes a slice that is not its own.

## Known limits
An operator that writes Endpoints itself (Patroni, an older leader election) may be about to correct them: without a
selector this is likely, not certain.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.call.strays import Stray, Whose, may_have_strays, strays
from bot.model.case import Case
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import Workload
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Affected, Confidence, Detection, Evidence, Fix, Severity, Written
from bot.model.text import count, listing


@check(
    "RTE-017",
    "foreign-endpointslices",
    hop=Hop.ENDPOINTS,
    needs=("services", "endpointslices", "pods"),
    uses=("workloads",),
    causes=(Effect.BACKEND_FAILS,),
    fits=(Symptom.INTERMITTENT, Symptom.TIMEOUT),
    when=may_have_strays,
    silent_when_plain=True,
    only=(Occasion.NOT_PLAIN, Occasion.BACKENDS),
)
def foreign_endpointslices(case: Case) -> Iterator[Detection]:
    service = case.service
    found = [each for each in strays(case) if each.whose is not Whose.NOBODY]
    if service is not None and found:
        yield _found(case, service, found)


def _found(case: Case, service: Service, found: list[Stray]) -> Detection:
    bad = sorted({each.endpoint.address for each in found})
    whole = {each.address for each in case.backends.all_usable}
    slices = sorted({each.listed_in.name: each.listed_in for each in found}.values(), key=lambda each: each.name)
    noun = "EndpointSlice" if len(slices) == 1 else "EndpointSlices"
    return Detection(
        about=service.ref,
        message=f"{len(bad)} of {count(len(whole), 'address', 'addresses')} of Service {service.namespace}/{service.name} "
        f"({listing(bad, 3)}) {_became(found)}; {noun} {listing([each.name for each in slices], 3)} still "
        f"{'lists' if len(slices) == 1 else 'list'} {'it' if len(bad) == 1 else 'them'}, and no controller keeps "
        f"{_kept(service, slices)}.",
        severity=Severity.FAIL if len(bad) == len(whole) else Severity.WARN,
        confidence=_confidence(service, slices),
        evidence=(*map(_listed, slices[:3]), *(_evidence(each) for each in found[:4])),
        check=(
            kubectl(
                "get",
                "endpointslices",
                "-l",
                f"kubernetes.io/service-name={service.name}",
                "-L",
                "endpointslice.kubernetes.io/managed-by",
                namespace=service.namespace,
            ),
            at_endpoints_whole(service.ref),
            *((get_field(service.ref, "selector"),) if service.selector.pairs else ()),  # which else shows nothing
        ),
        fix=(
            *_selector(case, service),
            *(_fix(service, each, found) for each in slices if _is_left(case, service, each)),
        ),
        affected=Affected(len(bad), len(whole)),
        pods=frozenset(each.endpoint.pod for each in found if each.endpoint.pod),
        key=tuple(each.name for each in slices),
        written=None if service.selector.pairs else Written(service.ref, ("spec",), begins=False),
    )


def _became(found: list[Stray]) -> str:
    """Return in words what the addresses are now: nobody's, or another pod's."""
    taken = [each for each in found if each.whose is Whose.TAKEN and each.holder is not None]
    if taken:
        holder = taken[0].holder
        assert holder is not None
        rest = " now, and the rest to no pod" if len(taken) < len(found) else " now"
        return f"belong{'s' if len(found) == 1 else ''} to {holder.namespace}/{holder.name}{rest}"
    return "belongs to a pod that is gone" if len(found) == 1 else "belong to pods that are gone"


def _kept(service: Service, slices: list[EndpointSlice]) -> str:
    if service.selector.pairs:
        return "it" if len(slices) == 1 else "them"
    return f"{'it' if len(slices) == 1 else 'them'}, since the Service has no selector"


def _confidence(service: Service, slices: list[EndpointSlice]) -> Confidence:
    """What nobody writes is proof; the Endpoints behind a mirrored slice, or one made by hand, may have a writer."""
    unkept = bool(service.selector.pairs) or any(each.is_controlled for each in slices)
    return Confidence.CERTAIN if unkept else Confidence.LIKELY


def _listed(known: EndpointSlice) -> Evidence:
    field = "metadata.labels.endpointslice.kubernetes.io/managed-by"
    born = known.metadata.creation_timestamp
    return Evidence(known.ref, field, known.managed_by or None, f"made {born:%Y-%m-%d %H:%M} UTC" if born else "")


def _evidence(stray: Stray) -> Evidence:
    endpoint, holder = stray.endpoint, stray.holder
    now = f"now the address of {holder.namespace}/{holder.name}" if holder else "there is no such pod"
    return Evidence(stray.listed_in.ref, "endpoints.targetRef.name", endpoint.pod, f"{endpoint.address}: {now}")


def _selector(case: Case, service: Service) -> tuple[Fix, ...]:
    """Return the change that gives a Service without a selector that of the workload of its name."""
    workload = None if service.selector.pairs else _namesake(case, service)
    labels = workload.pod_selector.match_labels if workload and workload.pod_selector else None
    if not workload or not labels:
        return ()
    risk = f"sends the Service's traffic to {workload.ref}{managed_by(service)}"
    return (Fix(about=service.ref, merge={"spec": {"selector": labels}}, risk=risk),)


def _namesake(case: Case, service: Service) -> Workload | None:
    known = case.snapshot.workloads_in(service.namespace)
    return next((each for each in known if each.name == service.name), None)


def _is_left(case: Case, service: Service, known: EndpointSlice) -> bool:
    """The controller mends its own slice once the Service has a selector; another one has to be deleted."""
    return not (known.is_controlled and _selector(case, service))


def _fix(service: Service, known: EndpointSlice, found: list[Stray]) -> Fix:
    listed = len(known.endpoints or ())
    dead = sum(each.listed_in.name == known.name for each in found)
    others = f"; its {listed - dead} other addresses go, too" if listed > dead else ""
    again = (
        "; it is a copy of the Endpoints object of that name, and comes back while the Service has no selector"
        if known.is_mirrored and not service.selector.pairs
        else ""
    )
    return Fix(about=known.ref, removed=True, risk=f"takes the addresses it lists out of the Service{others}{again}")
