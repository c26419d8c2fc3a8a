"""Ingress and Gateway: a call from a pod to a Service's name does not pass them; who sends calls on looks no name up."""

from bot.model.call.sight import Sight, off_path, sound, unknown
from bot.model.case import Case
from bot.model.kube.gateway import Gateway, ReferenceGrant, Route
from bot.model.text import listing

_INGRESS = off_path("the Service is called by its own name, not through an Ingress")
_GATEWAY = off_path("the Service is called by its own name, not through a Gateway")
# Controllers take endpoints from the API server: https://kubernetes.github.io/ingress-nginx/user-guide/miscellaneous/#why-endpoints-and-not-services
NO_LOOKUP = off_path("who sends calls on to a Service finds it in the API, not by its name")


def ingress(case: Case) -> Sight:
    """Return whether the call comes in through an Ingress."""
    return sound(f"{case.route} sends the call on") if case.route and case.route.kind == "Ingress" else _INGRESS


def gateway(case: Case) -> Sight:
    """Return whether the call comes in through a route of a Gateway, and it is known that one serves it."""
    if case.route is None or case.route.kind == "Ingress":
        return _GATEWAY
    why = _unserved(case)
    return unknown(why) if why else sound(f"{case.route} sends the call on")


def _unserved(case: Case) -> str:
    """Return in words why it is not known whether a Gateway serves the route; empty where it is."""
    snapshot = case.snapshot
    route = snapshot.object(case.route) if case.route else None
    if not isinstance(route, Route):
        return ""
    if missing := [each for each in route.gateways if snapshot.object(each) is None]:
        was_read = all(snapshot.was_listed(Gateway, each.namespace) for each in missing)
        why = "is not there, whatever the status of the route says" if was_read else "could not be read"
        return f"{listing([str(each) for each in missing], 3)} {why}"
    if route.gateways and not route.status.parents and not snapshot.was_listed(type(route)):
        return f"no controller has taken {route.ref}, and whether one takes those of other namespaces was not read"
    return _ungranted(case, route)


def _ungranted(case: Case, route: Route) -> str:
    """Return that nobody read whether the Service's namespace lets the route refer to it; empty where a controller says so."""
    place, said = case.question.namespace, route.conditions("ResolvedRefs")
    is_said = bool(said) and all(each.status == "True" for each in said)
    if place == route.namespace or is_said or case.snapshot.was_listed(ReferenceGrant, place):
        return ""
    return f"whether {place} lets {route.ref} refer to its Services was not read (ReferenceGrant)"
