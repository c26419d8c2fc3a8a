"""Whole namespaces, or a whole cluster, → one Snapshot: for tables and digests.

Services, EndpointSlices and policies are kept whole. Pods come in pages and are folded at once: what no check reads is
dropped, and what a thousand replicas say alike (labels, containers, conditions) is kept once.
"""

from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec
from msgspec import field
from msgspec.structs import replace

from bot.cluster.reading import Reading, together
from bot.cluster.redaction import redacted_object
from bot.cluster.resources import NAMESPACES, NODES, PODS, POLICIES, SERVICES, SLICES, WORKLOADS
from bot.cluster.transport import Cluster
from bot.cluster.wide import read_dns
from bot.model.objects import Meta
from bot.model.pods import Container, ContainerState, ContainerStatus, Pod, PodSpec, PodStatus
from bot.model.snapshot import Snapshot

Same = TypeVar("Same")


class _Meta(Meta, frozen=True):
    """Leaves managedFields undecoded: of pods nobody reads them, and they are half of a pod's bytes."""

    managed_fields: msgspec.Raw = msgspec.Raw()  # type: ignore[assignment]  # a narrower reading of the same bytes


class _Pod(Pod, frozen=True):
    """A pod on its way to be folded."""

    metadata: _Meta = field(default_factory=_Meta)


_PODS = PODS._replace(word=_Pod)
_NEVER = ContainerState()


async def read_scope(cluster: Cluster, namespaces: tuple[str, ...] | None) -> Snapshot:
    """Read all that the checks need of some namespaces, or of all (None). What may not be read is a Gap.

    Kubernetes Events, logs and Corefile details of single pods are left out: they explain one Service, not a table. The
    number of requests grows with pods (500 each) and namespaces. Raises ClusterUnreachable.
    """
    reading = Reading(cluster, Fold())
    places = ("",) if namespaces is None else tuple(dict.fromkeys(namespaces))
    deeds = [reading.list("nodes", NODES), reading.list("namespaces", NAMESPACES), read_dns(reading)]
    for place in places:
        deeds.append(reading.list("services", SERVICES, place))
        deeds.append(reading.list("endpointslices", SLICES, place))
        deeds.append(reading.list("networkpolicies", POLICIES, place))
        deeds.append(reading.list("pods", _PODS, place))
        deeds.extend(reading.list("workloads", each, place) for each in WORKLOADS.values())
    with cluster.counting() as counter:
        await together(*deeds)
        return reading.snapshot(datetime.now(UTC), requests=counter.requests)


class Fold:
    """Makes objects small: redacted, and equal parts of pods shared. Call it with one object after another."""

    def __init__(self) -> None:
        self._same: dict[Any, Any] = {}
        self._labels: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._containers: dict[tuple[Container, ...], tuple[Container, ...]] = {}

    def __call__(self, known: Any) -> Any:
        return self._pod(known) if isinstance(known, Pod) else redacted_object(known)

    def _pod(self, pod: Pod) -> Pod:
        metadata = self._meta(pod.metadata)
        if not pod.is_ready or any(each.restart_count for each in pod.container_statuses):
            pod = redacted_object(Pod(Meta(), pod.spec, pod.status))  # only these have messages
        return Pod(metadata=metadata, spec=self._spec(pod.spec), status=self._status(pod))

    def _meta(self, meta: Meta) -> Meta:
        labels = meta.labels or {}
        return Meta(
            name=meta.name,
            namespace=self._one(meta.namespace),
            uid=meta.uid,
            labels=self._labels.setdefault(tuple(labels.items()), labels),
            creation_timestamp=meta.creation_timestamp,
            deletion_timestamp=meta.deletion_timestamp,
            owner_references=self._one(meta.owner_references),
        )

    def _spec(self, spec: PodSpec) -> PodSpec:
        return self._one(
            replace(
                spec,
                containers=self._without_env(spec.containers or ()),
                init_containers=self._without_env(spec.init_containers or ()),
                node_name=self._one(spec.node_name),
                hostname="" if not spec.subdomain else spec.hostname,
            )
        )

    def _without_env(self, containers: tuple[Container, ...]) -> tuple[Container, ...]:
        known = self._containers.get(containers)
        if known is None:
            bare = redacted_object(Pod(spec=PodSpec(containers=containers))).spec.containers or ()
            known = self._containers[containers] = bare
        return known

    def _status(self, pod: Pod) -> PodStatus:
        """Of a ready pod the Ready condition says all; of an unready one every condition may be the cause."""
        status = pod.status
        conditions = status.conditions
        if pod.is_ready:
            conditions = tuple(each for each in conditions or () if each.type == "Ready")
        return replace(
            status,
            phase=self._one(status.phase),
            host_ip=self._one(status.host_ip),
            pod_ips=status.pod_ips if len(status.pod_ips or ()) > 1 else None,
            conditions=conditions,
            container_statuses=tuple(map(self._container_status, status.container_statuses or ())),
            init_container_statuses=tuple(map(self._container_status, status.init_container_statuses or ())),
        )

    def _container_status(self, status: ContainerStatus) -> ContainerStatus:
        return replace(
            status,
            name=self._one(status.name),
            image=self._one(status.image),
            last_state=_NEVER if status.last_state == _NEVER else status.last_state,
        )

    def _one(self, value: Same) -> Same:
        """Give the first of equal values."""
        return self._same.setdefault(value, value)  # type: ignore[no-any-return]  # equal values have one type
