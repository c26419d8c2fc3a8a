"""A Gateway does not serve a route

## Meaning
A route (HTTPRoute, GRPCRoute, TLSRoute) names the Gateways that are to send calls on by it (`parentRefs`). A Gateway's
controller says of each route whether it takes it (`Accepted`), and of the Gateway and its listeners whether they are set up
(`Programmed`). Here the controller refuses the route, or the Gateway, or the listeners that the route is for, are not set up,
or the Gateway is not there any more.

## Impact
Calls from outside for the hosts of the route are refused, or answered with 404. Where another Gateway or listener serves the
route, only those that come in there fail. Calls of the Service by its own name are fine.

## How it is detected
By what controllers write into the route's and the Gateway's status. The reasons are theirs:

- `NotAllowedByListeners`: the listener admits routes of its own namespace only, unless `allowedRoutes` says more;
- `NoMatchingListenerHostname`: no listener has a host of the route;
- `NoMatchingParent`: the Gateway has no listener of that `sectionName` or `port`;
- `AddressNotAssigned`, `ListenersNotValid`, `Invalid`: the Gateway is not set up;
- `InvalidCertificateRef`, `RefNotPermitted`, a conflict: one listener is not.

Where a Gateway was deleted, what its controller said of the route may stay for ever: that it is not there counts for more.

A triage asks it of each route that it reads.

## When it stays silent
What a controller has said of an older generation is history, and what it has not said yet says nothing. A listener that
names a kind of route which its controller does not know serves the others. A route that no controller has said anything of
is a warning where controllers look after other routes of this cluster, and context where none does: charts bring routes for
Gateways that are not there.

## Fix
Let the listener admit the route (`allowedRoutes`), or correct the route's hosts and references; a Gateway's own trouble is its
controller's to tell.

## Known limits
A Gateway of another namespace that was not read is judged by what it says of the route alone. TCPRoutes and UDPRoutes are not
read.
"""

from collections.abc import Iterable, Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.ingress._ingresses import words_of
from bot.checks.ingress._routes import comes_by_route, route_of
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.gateway import Gateway, Listener, ObservedCondition, ParentRef, Route, RouteParentStatus
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.question.suggest import suggest
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import listing, one_line
from bot.model.views.routes import routes_of

# A kind of route that the controller does not know: the listener serves the others.
# https://gateway-api.sigs.k8s.io/reference/spec/#listenerconditionreason
_HARMLESS = ("InvalidRouteKinds",)
_MUST_BE = {"Accepted": "True", "Programmed": "True", "ResolvedRefs": "True", "Conflicted": "False"}


@check(
    "ING-006",
    "gateway-not-programmed",
    hop=Hop.GATEWAY,
    fits=(Symptom.REFUSED,),
    when=comes_by_route,
    silent_when_plain=True,
    only=(Occasion.ROUTE,),
)
def gateway_not_programmed(case: Case) -> Iterator[Detection]:
    route = route_of(case)
    if route is None:
        return
    parents = tuple(each for each in route.status.parents or () if each.parent_ref.kind == "Gateway")
    if not parents:
        yield from _unclaimed(case, route)
        return
    refused = tuple(each for each in parents if _refusal(route, each))
    severity = Severity.FAIL if len(refused) == len(parents) else Severity.WARN
    yield from (_refused(route, each, severity) for each in refused[:1])
    if not refused:
        gone = tuple(_ref(route, each.parent_ref) for each in parents if _is_gone(case, route, each))
        yield from _gone(case, route, gone, len(parents)) if gone else _not_set_up(case, route, parents)


def _refusal(route: Route, parent: RouteParentStatus) -> ObservedCondition | None:
    said = parent.condition("Accepted")
    return said if said and said.status == "False" and _is_of_today(said, route.metadata.generation) else None


def _is_of_today(said: ObservedCondition, generation: int | None) -> bool:
    return not said.observed_generation or not generation or said.observed_generation >= generation


def _refused(route: Route, parent: RouteParentStatus, severity: Severity) -> Detection:
    gateway, said = _ref(route, parent.parent_ref), _refusal(route, parent)
    assert said is not None  # as `refused` has it
    return Detection(
        about=route.ref,
        message=f"{gateway} does not take {route.ref}: {_words(said)}.",
        severity=severity,
        evidence=(
            Evidence(route.ref, "status.parents[].conditions[Accepted]", said.reason, one_line(said.message or "")),
        ),
        check=(describe(route.ref), describe(gateway)),
        key=(gateway.namespace, gateway.name, said.reason or ""),
        since=said.last_transition_time,
    )


def _is_gone(case: Case, route: Route, parent: RouteParentStatus) -> bool:
    """Return whether a Gateway that the route still names, and whose controller took it once, is not there."""
    gateway = _ref(route, parent.parent_ref)
    is_meant = gateway in route.gateways and case.snapshot.was_listed(Gateway, gateway.namespace)
    return is_meant and case.snapshot.object(gateway) is None


def _gone(case: Case, route: Route, gone: tuple[Ref, ...], of: int) -> Iterator[Detection]:
    """Yield the first Gateway that is not there; a warning where another of so many is."""
    gateway = gone[0]
    near = suggest(
        gateway.name, (each.name for each in case.snapshot.all(Gateway) if each.namespace == gateway.namespace)
    )
    yield Detection(
        about=route.ref,
        message=f"{gateway}, which is to send calls on by {route.ref}, is not there, though the route's status still says "
        f"that it takes it{words_of(near)}",
        severity=Severity.FAIL if len(gone) == of else Severity.WARN,
        evidence=(Evidence(route.ref, "spec.parentRefs[].name", gateway.name, "no Gateway of that name is there"),),
        check=(describe(route.ref), kubectl("get", "gateways", namespace=gateway.namespace)),
        key=(gateway.namespace, gateway.name, "gone"),
    )


def _not_set_up(case: Case, route: Route, parents: tuple[RouteParentStatus, ...]) -> Iterator[Detection]:
    """Yield the first Gateway that is not set up, or whose listeners for this route are not; a warning where another one is."""
    troubles = [(each, _trouble(case, route, each.parent_ref)) for each in parents]
    sick = [(each, found) for each, found in troubles if found]
    if not sick:
        return
    parent, (said, listeners, is_whole) = sick[0]
    gateway = _ref(route, parent.parent_ref)
    what = f"listener {listing(listeners)} of {gateway}" if listeners else str(gateway)
    yield Detection(
        about=gateway,
        message=f"{what[0].upper()}{what[1:]} is not set up: {_words(said)}.",
        severity=Severity.FAIL if is_whole and len(sick) == len(troubles) else Severity.WARN,
        evidence=(Evidence(gateway, f"status…conditions[{said.type}]", said.reason, one_line(said.message or "")),),
        check=(describe(gateway), describe(route.ref)),
        key=(*listeners, said.reason or ""),
        since=said.last_transition_time,
    )


def _trouble(case: Case, route: Route, parent: ParentRef) -> tuple[ObservedCondition, tuple[str, ...], bool] | None:
    """Return what is wrong, of which listeners (none: of the Gateway), and whether no other listener serves the route."""
    gateway = case.snapshot.object(_ref(route, parent))
    if not isinstance(gateway, Gateway):
        return None
    generation = gateway.metadata.generation
    if said := _wrong(gateway.status.conditions or (), generation):
        return said, (), True
    meant = gateway.listeners_of(parent)
    sick = {name: said for name in _names(meant) if (said := _of_listener(gateway, name, generation))}
    return (next(iter(sick.values())), tuple(sick), len(sick) == len(meant)) if sick else None


def _names(listeners: Iterable[Listener]) -> Iterator[str]:
    return (each.name for each in listeners)


def _of_listener(gateway: Gateway, name: str, generation: int | None) -> ObservedCondition | None:
    known = (each for each in gateway.status.listeners or () if each.name == name)
    return next((said for each in known if (said := _wrong(each.conditions or (), generation))), None)


def _wrong(conditions: Iterable[ObservedCondition], generation: int | None) -> ObservedCondition | None:
    """Return the first condition that is not as it has to be; one that nobody has set yet says nothing."""
    known = (each for each in conditions if each.reason not in _HARMLESS and _is_of_today(each, generation))
    return next((each for each in known if each.status not in ("Unknown", _MUST_BE.get(each.type, each.status))), None)


def _unclaimed(case: Case, route: Route) -> Iterator[Detection]:
    """Yield that no controller has said anything of a route that is for a Gateway."""
    meant = [_ref(route, each) for each in route.spec.parent_refs or () if each.kind == "Gateway"]
    if not meant:
        return
    is_usual = any(each.status.parents for each in routes_of(case.snapshot))
    yield Detection(
        about=route.ref,
        message=f"No controller has taken {route.ref}, which is for {listing([str(each) for each in meant])}.",
        severity=Severity.WARN if is_usual else Severity.INFO,
        confidence=Confidence.LIKELY,
        evidence=(
            Evidence(route.ref, "status.parents", None, "each controller of a Gateway writes what it makes of a route"),
        ),
        check=(describe(route.ref), describe(meant[0])),
        key=("unclaimed",),
    )


def _words(said: ObservedCondition) -> str:
    """Return reason and message as the controller gives them."""
    return ", ".join(filter(None, (said.reason, one_line(said.message or "").rstrip("."))))


def _ref(route: Route, parent: ParentRef) -> Ref:
    return Ref("Gateway", parent.name, parent.namespace or route.namespace)
