"""The routes of Gateways that were read, of whatever kind."""

from bot.model.kube.gateway import GATEWAY_ROUTES, Route
from bot.model.snapshot import Snapshot


def routes_of(snapshot: Snapshot) -> tuple[Route, ...]:
    """Return all routes, those of one kind after the other."""
    return tuple(each for kind in GATEWAY_ROUTES for each in snapshot.all(kind))
