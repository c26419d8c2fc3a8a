"""Ingress and Gateway: a call from a pod to a Service's name does not pass them."""

from bot.model.call.sight import Sight, off_path
from bot.model.case import Case

_INGRESS = off_path("the Service is called by its own name, not through an Ingress")
_GATEWAY = off_path("the Service is called by its own name, not through a Gateway")


def ingress(_: Case) -> Sight:
    """Return that the call does not come in through an Ingress."""
    return _INGRESS


def gateway(_: Case) -> Sight:
    """Return that the call does not come in through a Gateway."""
    return _GATEWAY
