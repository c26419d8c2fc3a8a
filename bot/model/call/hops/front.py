"""Ingress and Gateway: a call from a pod to a Service's name does not pass them."""

from bot.model.call.sight import Sight, off_path
from bot.model.case import Case


def ingress(_: Case) -> Sight:
    """Return that the call does not come in through an Ingress."""
    return off_path("the Service is called by its own name, not through an Ingress")


def gateway(_: Case) -> Sight:
    """Return that the call does not come in through a Gateway."""
    return off_path("the Service is called by its own name, not through a Gateway")
