"""Makes objects small as their page arrives, since a large cluster has tens of thousands: redacted, equal parts kept once.

What no check reads of many is dropped: most conditions of pods that are ready, environments, what an owned ReplicaSet is made
of, but for a triage. What thousands say alike (labels, containers, names of fields) is one object in all of them.
"""

from typing import Any, TypeVar

from msgspec import Raw
from msgspec.structs import replace

from bot.cluster.decode_lean import LeanWorkloadSpec, plain
from bot.cluster.errors import decoded
from bot.cluster.redaction import (
    kept_conditions,
    kept_fields,
    kept_volume,
    note_variables,
    redacted_object,
    redacted_of_dns,
)
from bot.model.dns.mounted import dns_containers, mounted_configs, sources_of
from bot.model.kube.annotations import kept_annotations
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import Condition, ManagedFields, Meta
from bot.model.kube.pods import Container, ContainerState, ContainerStatus, Pod, PodSpec, PodStatus, Volume
from bot.model.kube.services import EndpointSlice, Service, SliceEndpoint
from bot.model.kube.workloads import (
    ConfigMap,
    Namespace,
    Node,
    PodTemplate,
    ReplicaSet,
    ReplicationController,
    Workload,
    WorkloadSpec,
    WorkloadStatus,
)

Same = TypeVar("Same")
Containers = tuple[Container, ...]
# What is kept of a ready pod's conditions: everywhere the first; the other says that it is to be taken away.
OF_READY = ("Ready", "DisruptionTarget")
_NEVER = ContainerState()


class Firsts(dict[Same, Same]):
    """Equal values as one object: `firsts[value]` gives the first of its equals. A look-up without a call, a million times."""

    def __missing__(self, value: Same) -> Same:
        self[value] = value
        return value


class Interner:
    """Call it with one object after another, lean ones or the model's own; what it gives is the model's.

    `host`: of environments and arguments the hosts are kept that may mean this Service.
    """

    def __init__(self, host: str = "") -> None:
        self._host = host
        self._same: Firsts[Any] = Firsts()
        self._labels: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
        self._fields: dict[bytes, dict[str, Any]] = {}
        self._containers: dict[Containers, Containers] = {}
        # ConfigMaps are read after the pods that take them: variables that their keys are, and those of DNS servers.
        self._variables: dict[tuple[str, str], dict[str, None]] = {}
        self._of_dns: set[tuple[str, str]] = set()
        self._last: Containers = ()
        self._last_kept: Containers = ()
        self._last_labels: dict[str, str] = {}

    def __call__(self, known: Any) -> Any:
        match known:
            case Pod():
                return self._pod(known)
            case EndpointSlice():
                return self._slice(known)
            case ReplicaSet() if known.metadata.owner_references and not self._host:
                return ReplicaSet(metadata=self._bare(known.metadata))
            case ReplicationController():
                return redacted_object(known)
            case Workload():
                return self._workload(known)
            case Node():
                status = replace(known.status, conditions=kept_conditions(known.status.conditions))
                return as_word(plain(type(known)), known, metadata=self._meta(known.metadata), status=status)
            case Service() | NetworkPolicy():
                return as_word(plain(type(known)), known, metadata=self._meta(known.metadata))
            case Namespace():
                return Namespace(metadata=self._meta(known.metadata))
            case ConfigMap() if (known.namespace, known.name) in self._of_dns:
                return redacted_of_dns(known)
        return redacted_object(known, self._host, self._variables)

    # --- metadata

    def _bare(self, meta: Meta) -> Meta:
        labels = meta.labels or {}
        if labels != self._last_labels:  # replicas follow one another in a list, and to compare is cheaper than to hash
            self._last_labels = self._labels.setdefault(tuple(labels.items()), labels)
        same = self._same
        return Meta(
            name=meta.name,
            namespace=same[meta.namespace],
            uid=meta.uid,
            labels=self._last_labels,
            annotations=kept_annotations(meta.annotations),
            creation_timestamp=meta.creation_timestamp,
            deletion_timestamp=meta.deletion_timestamp,
            owner_references=same[meta.owner_references],
        )

    def _meta(self, meta: Meta) -> Meta:
        written = tuple(filter(None, map(self._written, meta.managed_fields or ())))
        return replace(self._bare(meta), managed_fields=written or None, generation=meta.generation)

    def _written(self, entry: ManagedFields) -> ManagedFields | None:
        """Who wrote what. Names of fields come as bytes, the same in all objects of a shape, and are read once."""
        given: Any = entry.fields_v1
        if isinstance(given, Raw):
            names = bytes(given)
            kept = self._fields.get(names)
            if kept is None:
                kept = self._fields[names] = kept_fields(decoded(names, dict[str, Any]) if names else {})
        else:
            kept = kept_fields(given or {})
        same = self._same
        return ManagedFields(same[entry.manager], same[entry.operation], entry.time, kept) if kept else None

    # --- pods

    def _pod(self, pod: Pod) -> Pod:
        status, ready = pod.status, pod.is_ready
        if pod.spec.volumes and dns_containers(pod.spec):
            self._of_dns.update((pod.namespace, each) for each in mounted_configs(pod.spec))
        if not ready or any(each.restart_count for each in pod.container_statuses):
            status = redacted_object(Pod(status=status)).status  # only these have messages
        return Pod(metadata=self._bare(pod.metadata), spec=self._spec(pod.spec), status=self._status(status, ready))

    def _spec(self, spec: PodSpec) -> PodSpec:
        same = self._same
        return PodSpec(
            containers=self._shared(spec.containers or ()),
            init_containers=self._shared(spec.init_containers or ()),
            node_name=same[spec.node_name],
            host_network=spec.host_network,
            dns_policy=same[spec.dns_policy],
            dns_config=same[spec.dns_config],
            readiness_gates=same[spec.readiness_gates],
            scheduling_gates=same[spec.scheduling_gates],
            priority=spec.priority,
            hostname=spec.hostname,
            subdomain=same[spec.subdomain],
            host_aliases=same[spec.host_aliases],
            restart_policy=same[spec.restart_policy],
            volumes=self._volumes(spec) if spec.volumes else None,
        )

    def _volumes(self, spec: PodSpec) -> tuple[Volume, ...] | None:
        """Return claims, and which ConfigMaps volumes are made of, for a triage; of a table only those of DNS servers.

        Not those that every pod is given with its token, each by a name of its own.
        """
        if not (self._host or dns_containers(spec)):
            return None
        told = (each for each in spec.volumes or () if each.persistent_volume_claim or any(sources_of(each)))
        return self._same[tuple(filter(None, (kept_volume(each, whole=True) for each in told)))] or None

    def _shared(self, containers: Containers) -> Containers:
        """As labels are."""
        if not containers:
            return ()
        if containers != self._last:
            kept = self._containers.get(containers)
            if kept is None:
                bare = tuple(as_word(Container, each) for each in containers)
                if self._host:
                    note_variables(bare, self._variables)
                kept = redacted_object(Pod(spec=PodSpec(containers=bare)), self._host).spec.containers
                self._containers[containers] = kept
            self._last, self._last_kept = containers, kept
        return self._last_kept

    def _status(self, status: PodStatus, ready: bool) -> PodStatus:
        """Of a ready pod two conditions tell all; of an unready one every condition may be the cause."""
        same, conditions = self._same, status.conditions
        if ready:
            found = [each for each in conditions or () if each.type in OF_READY]
            conditions = tuple([Condition(same[each.type], same[each.status], *_rest(each)) for each in found])
        return replace(
            status,
            phase=same[status.phase],
            host_ip=same[status.host_ip],
            pod_ips=status.pod_ips if len(status.pod_ips or ()) > 1 else None,
            conditions=conditions,
            container_statuses=tuple(map(self._container_status, status.container_statuses or ())),
            init_container_statuses=tuple(map(self._container_status, status.init_container_statuses or ())),
        )

    def _container_status(self, status: ContainerStatus) -> ContainerStatus:
        same = self._same
        return replace(
            status,
            name=same[status.name],
            image=same[status.image],
            last_state=_NEVER if status.last_state == _NEVER else status.last_state,
        )

    # --- others

    def _slice(self, known: EndpointSlice) -> EndpointSlice:
        meta, same = self._bare(known.metadata), self._same
        return EndpointSlice(
            metadata=replace(meta, annotations=None) if known.endpoints and meta.annotations else meta,
            address_type=same[known.address_type],
            endpoints=tuple(map(self._endpoint, known.endpoints)) if known.endpoints else known.endpoints,
            ports=same[known.ports],
        )

    def _endpoint(self, word: SliceEndpoint) -> SliceEndpoint:
        same, target = self._same, word.target_ref
        return SliceEndpoint(
            addresses=word.addresses,
            conditions=same[word.conditions],
            hostname=word.hostname,
            node_name=same[word.node_name],
            zone=same[word.zone],
            hints=same[word.hints],
            target_ref=target and replace(target, kind=same[target.kind], namespace=same[target.namespace], uid=""),
        )

    def _workload(self, known: Workload) -> Workload:
        spec, status = self._read(known.spec, LeanWorkloadSpec), self._read(known.status, WorkloadStatus)
        template = PodTemplate(metadata=self._meta(spec.template.metadata), spec=self._spec(spec.template.spec))
        kept = as_word(WorkloadSpec, spec, template=template)
        status = replace(status, conditions=kept_conditions(status.conditions))
        word: type[Workload] = plain(type(known))
        return word(metadata=self._meta(known.metadata), spec=kept, status=status)

    def _read(self, given: Any, kind: type[Same]) -> Same:
        """Read what a lean ReplicaSet has left as bytes."""
        if not isinstance(given, Raw):
            return given  # type: ignore[no-any-return]  # then it has been read
        return decoded(given, kind) if bytes(given) else kind()


def as_word(word: type[Same], known: Any, **changed: Any) -> Same:
    """The same object as another, wider word of the same fields."""
    fields = {name: getattr(known, name) for name in word.__struct_fields__}  # type: ignore[attr-defined]  # a Struct
    return word(**{**fields, **changed})


def _rest(condition: Condition) -> tuple[Any, ...]:
    return condition.reason, condition.message, condition.last_transition_time
