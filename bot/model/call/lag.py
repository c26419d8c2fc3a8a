"""Where EndpointSlices and pods tell different things for longer than the EndpointSlice controller takes to follow.

Only a Service with a selector has a controller that follows. A pod counts from the last change of its readiness, so that
what is read a second apart is no lag (docs/failure-modes.md, RTE-018).
"""

from collections.abc import Iterator
from datetime import timedelta

from msgspec import Struct

from bot.model.call.hops.endpoints import behind
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.memo import memo
from bot.model.result.changes import writer_of

# What the controller takes, with room (its batch period is a second at most).
SETTLED = timedelta(seconds=60)


class Lag(Struct, frozen=True):
    """Ready pods that no slice lists, ready endpoints whose pod is not ready, and beside unlisted pods those of pods gone.

    `elsewhere` are the endpoints at another port than their pod has for the Service's: those of a targetPort before. `unnamed`
    are the Service's ports that no slice has, though pods have them: those of a name before. `held_back` are ready pods that
    are listed as not ready. `former` are, beside unlisted pods, endpoints at an address that their pod no longer has.
    """

    unlisted: tuple[Pod, ...]
    unready: tuple[Endpoint, ...]
    gone: tuple[Endpoint, ...] = ()
    elsewhere: tuple[tuple[Endpoint, Pod, ServicePort], ...] = ()
    unnamed: tuple[ServicePort, ...] = ()
    held_back: tuple[Pod, ...] = ()
    former: tuple[Endpoint, ...] = ()


@memo
def lag(case: Case) -> Lag | None:
    """Return what the Service's slices and pods differ in; None where they agree, or nobody follows."""
    service = case.service
    if service is None or service.is_external_name or not service.selector.pairs:
        return None
    unready = () if service.spec.publish_not_ready_addresses else _unready(case)
    unlisted = _unlisted(case, service)
    other = tuple(_elsewhere(case, service))
    held_back = _held_back(case, service)
    gone, former = (_gone(case), _former(case)) if unlisted else ((), ())
    found = Lag(unlisted, unready, gone, other, _unnamed(case, service), held_back, former)
    return found if found.unlisted or found.unready or found.elsewhere or found.unnamed or held_back else None


def _elsewhere(case: Case, service: Service) -> Iterator[tuple[Endpoint, Pod, ServicePort]]:
    """Yield the endpoints of the controller's own slices whose port is not what it would write, unless that just changed."""
    for port in case.ports:
        for each, pod in case.backends.behind(port):
            if pod is None or port.resolve(pod) in (None, each.port):
                continue
            if each.slice in _followers(case, service):
                yield each, pod, port


def of_sidecars(case: Case) -> tuple[ServicePort, ...]:
    """Return the ports without any endpoint whose name native sidecars alone have: older controllers do not look there.

    The EndpointSlice controller does since Kubernetes 1.32: https://github.com/kubernetes/kubernetes/pull/127976.
    """
    service = case.service
    lacking = _lacking(case, service) if service is not None and service.selector.pairs else ()
    return tuple(port for port, pods in lacking if all(_in_sidecars(port, pod) for pod in pods))


def _in_sidecars(port: ServicePort, pod: Pod) -> bool:
    return isinstance(port.target, str) and pod.names_in_sidecars_alone(port.target, port.protocol)


def _unnamed(case: Case, service: Service) -> tuple[ServicePort, ...]:
    """Return the ports that the controller should have listed, since pods that it lists have them where it looks."""
    return tuple(port for port, pods in _lacking(case, service) if not all(_in_sidecars(port, pod) for pod in pods))


def _lacking(case: Case, service: Service) -> tuple[tuple[ServicePort, tuple[Pod, ...]], ...]:
    """Return the ports without any endpoint, each with the pods that have it and that the controller's own slices list."""
    lacking = [each for each in case.ports if not case.backends.endpoints(each)]
    if not lacking or not _followers(case, service):
        return ()
    own = (one for each in case.snapshot.slices_of(service) if each.is_controlled for one in each.endpoints or ())
    listed = {address for each in own for address in each.addresses or ()}
    pods = [each for each in case.backends.pods if listed & set(each.ips)]
    found = ((port, tuple(pod for pod in pods if port.resolve(pod))) for port in lacking)
    return tuple((port, having) for port, having in found if having)


def _followers(case: Case, service: Service) -> frozenset[str]:
    """Return the names of the slices that the controller keeps; none where the Service has just been changed."""
    writer = writer_of(service, "spec")
    is_settled = writer is None or writer.time is None or case.snapshot.is_older(writer.time, SETTLED)
    return frozenset(each.name for each in case.snapshot.slices_of(service) if each.is_controlled and is_settled)


def _unready(case: Case) -> tuple[Endpoint, ...]:
    return tuple(
        each
        for each, pod in behind(case)
        if pod is not None and each.ready and not pod.is_ready and not pod.is_terminal and _is_old(case, pod)
    )


def _gone(case: Case) -> tuple[Endpoint, ...]:
    """The ready endpoints that name a pod which does not exist; alone they are a deletion that is being followed."""
    if case.service is None or not case.snapshot.knows_pods(case.service.namespace):
        return ()
    return tuple(each for each, pod in behind(case) if pod is None and each.pod and each.ready)


def _former(case: Case) -> tuple[Endpoint, ...]:
    """The ready endpoints at an address that their pod had before its sandbox was made again."""
    return tuple(each for each, pod in behind(case) if pod is not None and pod.ips and each.address not in pod.ips)


def _unlisted(case: Case, service: Service) -> tuple[Pod, ...]:
    if len({pod.name for each, pod in behind(case) if pod and each.address in pod.ips}) == len(case.backends.pods):
        return ()  # as with most: each of its pods is an endpoint
    pods = [each for each in case.backends.pods if each.is_ready and not each.is_terminating and each.ip]
    listed: set[str] = set()
    for known in case.snapshot.slices_of(service):
        for each in known.endpoints or ():
            listed.update(each.addresses or ())
    missing = [each for each in pods if each.ip not in listed and listed.isdisjoint(each.ips)]
    return tuple(each for each in missing if _should_be(case, service, each)) if missing else ()


def _held_back(case: Case, service: Service) -> tuple[Pod, ...]:
    """Return the pods that have been ready for long, and that all endpoints of the controller's slices call not ready."""
    own = [one for each in case.snapshot.slices_of(service) if each.is_controlled for one in each.endpoints or ()]
    closed = {each.addresses[0] for each in own if each.addresses and each.conditions.ready is False}
    closed -= {each.addresses[0] for each in own if each.addresses and each.conditions.ready is not False}
    if not closed:
        return ()  # as with most
    pods = (each for each in case.backends.pods if closed & set(each.ips) and each.is_ready and not each.is_terminating)
    return tuple(each for each in pods if _is_old(case, each))


def _should_be(case: Case, service: Service, pod: Pod) -> bool:
    """It has an address of a family of the Service, a Node object (failure-modes B.6), and has been ready for long."""
    families = service.families or ("IPv4", "IPv6")
    nodes = case.snapshot.nodes
    is_known = not nodes or case.snapshot.node(pod.spec.node_name) is not None
    return is_known and any(pod.ip_of(each) for each in families) and _is_old(case, pod)


def _is_old(case: Case, pod: Pod) -> bool:
    return pod.ready_since is not None and case.snapshot.is_older(pod.ready_since, SETTLED)
