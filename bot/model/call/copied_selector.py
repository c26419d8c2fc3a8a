"""A Service that selects the pods of another Service, while the workload that it is called after has no Service at all.

As after a manifest was copied, and its selector left as it was. Told by names, since nothing else in the objects says whose
pods are meant; a cluster may be built so on purpose (a maintenance page, a program that is taken apart).
"""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kube.workloads import NAME_LABELS, Workload
from bot.model.memo import memo, memo_by
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

_KINDS = ("Deployment", "StatefulSet")
Pairs = frozenset[tuple[str, str]]


class Copied(Struct, frozen=True):
    """Whose pods a Service selects, the Services to which they belong, and the workload that nobody selects in their place."""

    maker: Ref
    pods: tuple[Pod, ...]
    twins: tuple[Ref, ...]
    own: Workload
    own_pods: tuple[Pod, ...]


@memo
def twins_of(case: Case) -> tuple[Ref, ...]:
    """Return the other Services of its selector, called after what made these pods, where this one is not; else none."""
    service = case.service
    if service is None or (maker := stranger(service, case.backends.pods)) is None:
        return ()
    alike = services_by_selector(case.snapshot, service.namespace).get(frozenset(service.selector.pairs.items()), ())
    return tuple(each.ref for each in alike if each.name != service.name and is_variant(each.name, maker.name))


@memo
def copied_selector(case: Case) -> Copied | None:
    """Return whose selector a Service has; None where its pods may be its own, or not all was read that could tell."""
    service, pods, twins = case.service, case.backends.pods, twins_of(case)
    if service is None or not twins or not case.snapshot.was_listed(Service, service.namespace):
        return None
    maker, own = stranger(service, pods), _namesake(case.snapshot, service)
    if own is None or maker is None or own.ref == maker:
        return None
    own_pods = tuple(
        each for each in case.snapshot.pods_by_workload(service.namespace).get(own.ref, ()) if each.is_ready
    )
    is_left_out = own_pods and not any(case.snapshot.services_selecting(each) for each in own_pods)
    if not is_left_out or not any(declares(own_pods, each) for each in case.ports):
        return None
    return Copied(maker, pods, twins, own, own_pods)


def stranger(service: Service, pods: Sequence[Pod]) -> Ref | None:
    """Return what made all of these pods, if that is not called as the Service, nor are they by a label; else None.

    A name that begins with the other is a variant of it (`web`, `web-canary`), which shares a Service on purpose.
    """
    maker = pods[0].workload if pods else None
    if maker is None or any(is_variant(maker.name, each) for each in names_meant(service)):  # as of most: asked of each
        return None
    said = {each.labels.get(key) for each in pods for key in NAME_LABELS}
    is_own = bool(said.intersection(names_meant(service)))
    return None if is_own or any(each.workload != maker for each in pods) else maker


@memo_by
def services_by_selector(snapshot: Snapshot, namespace: str) -> Mapping[Pairs, tuple[Service, ...]]:
    """Return the Services of a namespace that select anything, by what they select."""
    found: dict[Pairs, tuple[Service, ...]] = {}
    for each in snapshot.services_in(namespace):
        if pairs := frozenset(each.selector.pairs.items()):
            found[pairs] = (*found.get(pairs, ()), each)
    return found


def declares(pods: Iterable[Pod], port: ServicePort) -> bool:
    """Return whether these pods declare the container port that a Service's port leads to in them."""
    return any(
        each.container_port == port.resolve(pod) and each.protocol == port.protocol
        for pod in pods
        for container in pod.serving_containers
        for each in container.ports or ()
    )


def names_meant(service: Service) -> tuple[str, ...]:
    """Return the names of workloads after which a Service may be called: its own, and that without `-svc` or `-service`."""
    return tuple(dict.fromkeys((service.name, service.name.removesuffix("-svc").removesuffix("-service"))))


def _namesake(snapshot: Snapshot, service: Service) -> Workload | None:
    known = (snapshot.workload(Ref(kind, name, service.namespace)) for name in names_meant(service) for kind in _KINDS)
    return next(filter(None, known), None)


def is_variant(name: str, of: str) -> bool:
    """Return whether one name begins with the other, as those of workloads that share a Service on purpose do."""
    return name.startswith(of) or of.startswith(name)
