"""A route of the Gateway API refers to what does not exist, or to what it may not use

## Meaning
A rule of a route (HTTPRoute, GRPCRoute, TLSRoute) sends calls to a Service and one of its ports. The Service is not there,
has no such port, or lies in another namespace which grants no reference to it (ReferenceGrant).

## Impact
Calls that the rule sends there are answered with 500: all of them, or the share that the backend's weight gives it. Other
rules, and calls of the Service by its own name, are fine.

## How it is detected
By the Services and ReferenceGrants that were read. What controllers say of the route (`ResolvedRefs`) is the last word: where
one says that it does not resolve, its reason and since when are told.

## When it stays silent
If every controller that looks after the route says that its references resolve. For backends of weight 0, and of other kinds
than Service. A route which no controller looks after is a warning: nobody sends calls by it.

## Fix
Correct the reference, or let the Service's namespace grant it.

## Known limits
A controller may not have seen the newest change of the route yet.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_services, describe
from bot.checks.ingress._ingresses import words_of
from bot.checks.ingress._routes import comes_by_route, route_of
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.gateway import ReferenceGrant, Route
from bot.model.question.question import Symptom
from bot.model.question.suggest import suggest
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import listing, one_line, plain


@check(
    "ING-007",
    "route-reference-unresolved",
    hop=Hop.GATEWAY,
    needs=("services",),
    fits=(Symptom.SERVER_ERROR,),
    when=comes_by_route,
    silent_when_plain=True,
    only=(Occasion.ROUTE,),
)
def route_reference_unresolved(case: Case) -> Iterator[Detection]:
    route = route_of(case)
    if route is None or not (why := _why(case, route)):
        return
    said = route.conditions("ResolvedRefs")
    refused = next((each for each in said if each.status == "False"), None)
    if said and not refused:
        return
    served = bool(route.status.parents)
    evidence = (
        Evidence(route.ref, "spec.rules[].backendRefs[].name", case.question.service),
        *(
            (Evidence(route.ref, "status…ResolvedRefs", refused.reason, one_line(refused.message or "")),)
            if refused
            else ()
        ),
    )
    yield Detection(
        about=route.ref,
        message=f"{route.ref} sends calls to Service {plain(case.question.service)}, {why}",
        severity=Severity.FAIL if served else Severity.WARN,
        confidence=Confidence.CERTAIN if refused else Confidence.LIKELY,
        evidence=evidence,
        check=(describe(route.ref), at_services(case.question.namespace)),
        key=(case.question.namespace, case.question.service, str(case.question.port)),
        since=refused.last_transition_time if refused else None,
    )


def _why(case: Case, route: Route) -> str:
    """Return what is wrong with the reference, in words; empty where nothing is, as far as it is known."""
    name, place, port = case.question.service, case.question.namespace, case.question.port
    if case.service is None:
        near = suggest(name, (each.name for each in case.snapshot.services_in(place)))
        return f"and {place} has none of that name{words_of(near)}"
    if place != route.namespace and not _is_granted(case, route):
        asker = f"{route.ref.kind} of {route.namespace}"
        return f"of namespace {place}, which grants no {asker} a reference to it (ReferenceGrant)."
    if port is not None and case.service.port(port, "TCP") is None and not case.service.is_external_name:
        has = listing([str(each) for each in case.service.ports])
        return f"port {port}, which that Service does not have; it has {has or 'no port at all'}."
    return ""


def _is_granted(case: Case, route: Route) -> bool:
    """Return whether the Service's namespace lets such routes refer to it, or may do so by what was not read."""
    place = case.question.namespace
    if not case.snapshot.was_listed(ReferenceGrant, place):
        return True
    grants = (each.spec for each in case.snapshot.all(ReferenceGrant) if each.namespace == place)
    return any(
        any(one.kind == route.ref.kind and one.namespace == route.namespace for one in each.from_ or ())
        and any(one.kind == "Service" and one.name in (None, "", case.question.service) for one in each.to or ())
        for each in grants
    )
