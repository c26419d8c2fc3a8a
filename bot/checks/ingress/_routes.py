"""What checks of HTTPRoutes share: the one of a case."""

from bot.model.case import Case
from bot.model.kube.gateway import HTTPRoute


def comes_by_route(case: Case) -> bool:
    """Return whether the call comes in by a route of a Gateway."""
    return case.route is not None and case.route.kind == "HTTPRoute"


def route_of(case: Case) -> HTTPRoute | None:
    """Return the route by which the call comes in; None where it comes in otherwise, or the route is being deleted."""
    known = case.snapshot.object(case.route) if case.route else None
    return known if isinstance(known, HTTPRoute) and not known.metadata.deletion_timestamp else None
