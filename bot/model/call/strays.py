"""Endpoints that are no longer what they were listed for: whose they are, by their `targetRef` and by their address.

A Service with a selector has the slices of the EndpointSlice controller. Slices of anybody else beside them (made by hand,
mirrored from an Endpoints object while the Service had no selector) are looked after by nobody, and so are all slices of
the controller once the selector is gone (https://github.com/kubernetes/kubernetes/issues/118376).
"""

from enum import StrEnum

from msgspec import Struct

from bot.model.call.hops.endpoints import behind, is_api_server
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.memo import memo
from bot.model.probe import Outcome


class Whose(StrEnum):
    """What became of the address of an endpoint."""

    GONE = "gone"  # the pod that it names is not there any more, and nobody else is known to have the address
    TAKEN = "taken"  # the address is that of another pod now, which the Service does not mean
    NOBODY = "nobody"  # it names no pod, and no pod that was read has the address


class Stray(Struct, frozen=True):
    """A usable endpoint that belongs to no pod of the Service, the slice that lists it, and who has its address now."""

    endpoint: Endpoint
    whose: Whose
    listed_in: EndpointSlice
    holder: Pod | None = None


def looked_after(service: Service, known: EndpointSlice) -> bool:
    """Return whether a controller keeps a slice in step with the pods, so that it is at most some seconds behind."""
    return bool(service.selector.pairs) and known.is_controlled


def may_have_strays(case: Case) -> bool:
    """Return whether the Service has slices that no controller keeps: cheap, since a digest asks it of every Service."""
    service = case.service
    if service is None or service.is_external_name or is_api_server(service):
        return False
    return any(not looked_after(service, each) for each in case.snapshot.slices_of(service))


@memo
def strays(case: Case) -> tuple[Stray, ...]:
    """Return the usable endpoints of slices that nobody keeps and that are of no pod of the Service, as far as is known."""
    service = case.service
    if service is None or not may_have_strays(case):
        return ()
    slices = {each.name: each for each in case.snapshot.slices_of(service)}
    found = (
        _stray(case, service, endpoint, pod, slices[endpoint.slice])
        for endpoint, pod in behind(case)
        if not looked_after(service, slices[endpoint.slice])
    )
    return tuple(each for each in found if each is not None)


def _stray(case: Case, service: Service, endpoint: Endpoint, pod: Pod | None, known: EndpointSlice) -> Stray | None:
    if pod is not None and not pod.is_terminal and endpoint.address in (pod.ips or (endpoint.address,)):
        return None
    holder = case.snapshot.pod_by_ip(endpoint.address)
    if holder is not None:
        return None if service.selector.matches(holder.labels) else Stray(endpoint, Whose.TAKEN, known, holder)
    if not endpoint.pod:
        return Stray(endpoint, Whose.NOBODY, known)
    return None if _answers(case, endpoint) or not _knows(case, service) else Stray(endpoint, Whose.GONE, known)


def _knows(case: Case, service: Service) -> bool:
    """Every pod that may be meant was read: those that are selected, else all of the namespace."""
    if service.selector.pairs:
        return case.snapshot.has("pods", service.namespace)
    return case.snapshot.knows_pods(service.namespace)


def _answers(case: Case, endpoint: Endpoint) -> bool:
    seen = case.measured.tcp_to(endpoint) if case.observations else None
    return seen is not None and seen.outcome is Outcome.ANSWERED
