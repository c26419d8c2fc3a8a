"""What checks of routes share: the one of a case."""

from bot.model.case import Case
from bot.model.kube.gateway import GATEWAY_ROUTES, Route

_KINDS = frozenset(each.__name__ for each in GATEWAY_ROUTES)


def comes_by_route(case: Case) -> bool:
    """Return whether the call comes in by a route of a Gateway."""
    return case.route is not None and case.route.kind in _KINDS


def route_of(case: Case) -> Route | None:
    """Return the route by which the call comes in; None where it comes in otherwise, or the route is being deleted."""
    known = case.snapshot.object(case.route) if case.route else None
    return known if isinstance(known, Route) and not known.metadata.deletion_timestamp else None
