"""Ingress and Gateway: a call from a pod to a Service's name does not pass them; who sends calls on looks no name up."""

from bot.model.call.sight import Sight, off_path, sound
from bot.model.case import Case

_INGRESS = off_path("the Service is called by its own name, not through an Ingress")
_GATEWAY = off_path("the Service is called by its own name, not through a Gateway")
# Controllers take endpoints from the API server: https://kubernetes.github.io/ingress-nginx/user-guide/miscellaneous/#why-endpoints-and-not-services
NO_LOOKUP = off_path("who sends calls on to a Service finds it in the API, not by its name")


def ingress(case: Case) -> Sight:
    """Return whether the call comes in through an Ingress."""
    return sound(f"{case.route} sends the call on") if case.route and case.route.kind == "Ingress" else _INGRESS


def gateway(case: Case) -> Sight:
    """Return whether the call comes in through a route of a Gateway."""
    return sound(f"{case.route} sends the call on") if case.route and case.route.kind != "Ingress" else _GATEWAY
