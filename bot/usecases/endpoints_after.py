"""What the EndpointSlice controller writes after Services or pods have changed. Pure."""

from collections.abc import Iterable

from msgspec.structs import replace

from bot.model.kube.endpoints import expected_slices
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.snapshot import Snapshot


def of_service(snapshot: Snapshot, service: Service) -> Snapshot:
    """Return the snapshot with a Service's slices written anew; those of others stay (failure-modes RTE-017)."""
    if not service.selector.pairs:
        return snapshot
    own = (service.namespace, service.name)
    kept = tuple(
        each for each in snapshot.slices if (each.namespace, each.service_name) != own or not each.is_controlled
    )
    return replace(snapshot, slices=(*kept, *expected_slices(service, snapshot.pods_in(service.namespace))))


def of_pods(snapshot: Snapshot, pods: Iterable[Pod]) -> Snapshot:
    """Return the snapshot with the slices of all Services that list one of these pods, or select it, written anew."""
    known = tuple(pods)
    for service in {each.ref: each for pod in known for each in snapshot.services_in(pod.namespace)}.values():
        mine = [each for each in known if each.namespace == service.namespace]
        listed = any(_lists(each, pod) for each in snapshot.slices_of(service) for pod in mine)
        if listed or any(service.selector.matches(pod.labels) for pod in mine):
            snapshot = of_service(snapshot, service)
    return snapshot


def _lists(known: EndpointSlice, pod: Pod) -> bool:
    return any(each.target_ref is not None and each.target_ref.name == pod.name for each in known.endpoints or ())
