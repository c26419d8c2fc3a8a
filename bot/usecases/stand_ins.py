"""Services that stand in for those that a workload has not: so it is judged as one whose pods a Service selects."""

from collections.abc import Iterable
from itertools import chain

from msgspec.structs import replace

from bot.model.kube.endpoints import expected_slices
from bot.model.kube.objects import Meta
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServiceSpec
from bot.model.kube.workloads import Workload
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot


def stand_in(workload: Workload) -> Service:
    """Return a headless Service of its pods, under a name that no object can have."""
    spec = ServiceSpec(selector=workload.template_labels, cluster_ip="None")
    return Service(metadata=Meta(name=f"{workload.kind}/{workload.name}", namespace=workload.namespace), spec=spec)


def pods_stand_in(about: Ref, pod: Pod) -> Service:
    """Return the same for a pod, and those with all of its labels, that no workload makes."""
    spec = ServiceSpec(selector=pod.labels, cluster_ip="None")
    return Service(metadata=Meta(name=f"{about.kind}/{about.name}", namespace=pod.namespace), spec=spec)


def is_unserved(snapshot: Snapshot, workload: Workload) -> bool:
    """Return whether no Service selects the pods that a workload makes."""
    labels = workload.template_labels
    return bool(labels) and not any(each.selector.matches(labels) for each in snapshot.services_in(workload.namespace))


def served(snapshot: Snapshot, services: Iterable[Service]) -> Snapshot:
    """Return the snapshot with these Services, and the slices that their pods make."""
    known = tuple(services)
    slices = chain.from_iterable(
        expected_slices(each, snapshot.pods_selected(each.namespace, each.selector)) for each in known
    )
    return replace(snapshot, services=(*snapshot.services, *known), slices=(*snapshot.slices, *slices))
