"""The snapshot: the part of the cluster that was read, at one moment, with its indexes and its gaps.

Three makers, one type: the live reader, the dump reader, and the replay of a written snapshot. A check asks the
snapshot and never the API; what could not be read is a Gap, and is never taken for "does not exist".
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Any, TypeVar

from msgspec import Struct, field

from bot.model.gaps import DISCOVERY, OTHER_PODS, Gap, Listed
from bot.model.kube.kinds import BY_STRUCT, kind_of
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import Pod
from bot.model.kube.quiet import is_quiet
from bot.model.kube.selectors import LabelSelector, ServiceSelector
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import (
    ConfigMap,
    DaemonSet,
    Deployment,
    Event,
    Ingress,
    Namespace,
    Node,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
    Workload,
)
from bot.model.logs import LogTail
from bot.model.memo import derived, for_same
from bot.model.pod_index import PodIndex, group
from bot.model.refs import Ref

# Kubernetes Events and restarts older than this are history, not evidence (failure-modes A.6).
RECENT = timedelta(hours=1)

T = TypeVar("T")
Kept = TypeVar("Kept", bound=KubeObject)
K = TypeVar("K", bound=Hashable)


class Snapshot(Struct, frozen=True, dict=True, omit_defaults=True):
    """All times are UTC; `taken_at` is the clock that ages are measured by, so a replay gives the same ages."""

    taken_at: datetime
    is_dated: bool = True  # False: `taken_at` is a lower bound, of a dump without heartbeats and Events
    cluster: str = ""
    zone: str = "cluster.local"
    services: tuple[Service, ...] = ()
    slices: tuple[EndpointSlice, ...] = ()
    pods: tuple[Pod, ...] = ()
    nodes: tuple[Node, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    stateful_sets: tuple[StatefulSet, ...] = ()
    daemon_sets: tuple[DaemonSet, ...] = ()
    replica_sets: tuple[ReplicaSet, ...] = ()
    policies: tuple[NetworkPolicy, ...] = ()
    ingresses: tuple[Ingress, ...] = ()
    events: tuple[Event, ...] = ()
    config_maps: tuple[ConfigMap, ...] = ()
    others: dict[str, tuple[KubeObject, ...]] = field(default_factory=dict)  # by the key of their kind (`Kind.key`)
    logs: tuple[LogTail, ...] = ()
    gaps: tuple[Gap, ...] = ()
    requests: int = 0
    # the lists that were read whole; None: all, but where a gap says otherwise
    listed: tuple[Listed, ...] | None = None
    # seconds since the API server was last heard of the oldest part that watches held; None: all was read when asked
    watch_age: float | None = None
    # patterns of the namespaces whose names its reader may be told; empty: all. What is judged does not depend on it
    visible: tuple[str, ...] = ()

    # --- what is missing

    def gaps_for(self, need: str, namespace: str = "") -> tuple[Gap, ...]:
        """Return the gaps of a need that touch `namespace`; with no namespace given, all of that need."""
        if not self.gaps:  # as it should be, and a digest asks a hundred times a Service
            return ()
        known = self._gaps_by_need.get(need, ())
        return tuple(each for each in known if not namespace or each.namespace in ("", namespace)) if known else ()

    @derived
    def _gaps_by_need(self) -> dict[str, tuple[Gap, ...]]:
        return {each.need: tuple(one for one in self.gaps if one.need == each.need) for each in self.gaps}

    def has(self, need: str, namespace: str = "") -> bool:
        return not self.gaps_for(need, namespace)

    @derived
    def _listed(self) -> frozenset[Listed]:
        return frozenset(self.listed or ())

    def was_listed(self, struct: type[KubeObject], namespace: str = "", service: str = "") -> bool:
        """Return whether the whole list of a kind was read, of one namespace or (none given) of the cluster.

        Then what is not here does not exist; with a `service`, nothing of that one. A kind whose API is not served counts
        as listed. Raises KeyError for what is no kind.
        """
        kind = BY_STRUCT[struct]
        if not self.has(kind.gap, namespace) or (kind.optional and not self.has(DISCOVERY)):
            return False
        if self.listed is None:
            return True
        if Listed(kind.key) in self._listed or (bool(namespace) and Listed(kind.key, namespace) in self._listed):
            return True
        return bool(service) and Listed(kind.key, namespace, service) in self._listed

    # --- time

    def age(self, moment: datetime) -> timedelta:
        """Return how long before the reading a moment was."""
        return self.taken_at - moment

    def is_older(self, moment: datetime, than: timedelta) -> bool:
        """Return whether a moment was longer ago than this. Its answer may stay the same for long, that of `age` does not."""
        return self.age(moment) > than

    def is_recent(self, moment: datetime | None) -> bool:
        """Return whether a moment is known and evidence, not history."""
        return moment is not None and not self.is_older(moment, RECENT)

    # --- look-ups

    @derived
    def _services(self) -> dict[tuple[str, str], Service]:
        return {(each.namespace, each.name): each for each in self.services}

    @derived
    def _services_named(self) -> dict[str, list[Service]]:
        return group(self.services, lambda each: each.name)

    @derived
    def _services_in(self) -> dict[str, list[Service]]:
        return group(self.services, lambda each: each.namespace)

    @derived
    def _slices_of(self) -> dict[tuple[str, str], list[EndpointSlice]]:
        return group(self.slices, lambda each: (each.namespace, each.service_name))

    @derived
    def _pod_index(self) -> PodIndex:
        return PodIndex(self.pods)

    @derived
    def _nodes(self) -> dict[str, Node]:
        return _named(self.nodes)

    @derived
    def _up(self) -> frozenset[str] | None:
        """Names of the nodes that are not lost; None where Nodes could not be read."""
        return _up(self.nodes) if self.nodes and self.has("nodes") else None

    @derived
    def _namespaces(self) -> dict[str, Namespace]:
        return {each.name: each for each in self.namespaces}

    @derived
    def _workloads_in(self) -> dict[str, list[Workload]]:
        return group(self.workloads, lambda each: each.namespace)

    @derived
    def _workloads(self) -> dict[Ref, Workload]:
        return {each.ref: each for each in reversed(self.workloads)}

    @derived
    def _policies(self) -> dict[Ref, NetworkPolicy]:
        return {each.ref: each for each in reversed(self.policies)}

    @derived
    def _replica_sets_in(self) -> dict[str, list[ReplicaSet]]:
        return group(self.replica_sets, lambda each: each.namespace)

    @derived
    def _revisions_of(self) -> dict[Ref, list[ReplicaSet]]:
        index: dict[Ref, list[ReplicaSet]] = defaultdict(list)
        for each in self.replica_sets:
            for owner in each.metadata.owner_references or ():
                index[Ref(owner.kind, owner.name, each.namespace)].append(each)
        return index

    @derived
    def _events_about(self) -> dict[tuple[str, str, str], list[Event]]:
        return group(self.events, lambda each: (each.involved_object.kind, each.namespace, each.involved_object.name))

    def service(self, namespace: str, name: str) -> Service | None:
        return self._services.get((namespace, name))

    def may_name(self, namespace: str) -> bool:
        """Return whether what lies in a namespace may be suggested to who asked."""
        return not self.visible or any(fnmatchcase(namespace, each) for each in self.visible)

    @derived
    def namespace_names(self) -> tuple[str, ...]:
        """Return the names of the namespaces that may be suggested."""
        return tuple(each.name for each in self.namespaces if self.may_name(each.name))

    def services_named(self, name: str) -> tuple[Service, ...]:
        """Return the Services of a name, in whatever namespace that may be suggested."""
        return tuple(each for each in self._services_named.get(name, ()) if self.may_name(each.namespace))

    def services_in(self, namespace: str) -> tuple[Service, ...]:
        return tuple(self._services_in.get(namespace, ()))

    def service_by_ip(self, address: str) -> Service | None:
        return next(iter(self.services_by_ip(address)), None)

    def services_by_ip(self, address: str) -> tuple[Service, ...]:
        """Return the Services that have a ClusterIP; one, unless something went wrong."""
        return tuple(self._services_by_ip.get(address, ()))

    @derived
    def _services_by_ip(self) -> dict[str, list[Service]]:
        index: dict[str, list[Service]] = defaultdict(list)
        for service in self.services:
            for address in service.cluster_ips:
                index[address].append(service)
        return index

    def slices_of(self, service: Service) -> tuple[EndpointSlice, ...]:
        return tuple(self._slices_of.get((service.namespace, service.name), ()))

    @derived
    def _slices_in(self) -> dict[str, list[EndpointSlice]]:
        return group(self.slices, lambda each: each.namespace)

    def slices_in(self, namespace: str) -> tuple[EndpointSlice, ...]:
        """Return the EndpointSlices of a namespace that were read, whatever Service they are of, if of any."""
        return tuple(self._slices_in.get(namespace, ()))

    def pod(self, namespace: str, name: str) -> Pod | None:
        return self._pod_index.of(namespace).by_name.get(name)

    def pods_in(self, namespace: str) -> tuple[Pod, ...]:
        return self._pod_index.of(namespace).pods

    def pods_by_workload(self, namespace: str) -> Mapping[Ref | None, Sequence[Pod]]:
        """Return the pods of a namespace by what made them; None: those that nothing did."""
        return self._pod_index.of(namespace).by_workload

    def knows_pods(self, namespace: str) -> bool:
        """Whoever carries some labels in this namespace is here: its pods were not read in part."""
        return self.has("pods", namespace) and self.has(OTHER_PODS, namespace)

    def pod_by_ip(self, address: str) -> Pod | None:
        """Return the live pod with this IP; hostNetwork pods share their node's and are not told apart here."""
        return self._pod_index.by_ip(address)

    @property
    def shared_addresses(self) -> frozenset[str]:
        """The addresses of more than one live pod that is not on the host network: there should be none."""
        return self._pod_index.shared_addresses

    def pods_selected(self, namespace: str, selector: ServiceSelector) -> tuple[Pod, ...]:
        """Return all pods of the namespace that carry every pair, terminal ones included; an empty selector gives none."""
        return self._pod_index.of(namespace).selected(selector)

    def pods_behind(self, service: Service) -> tuple[Pod, ...]:
        """Return the pods that a Service selects and that may be endpoints: terminal ones are left out."""
        return tuple(pod for pod in self.pods_selected(service.namespace, service.selector) if not pod.is_terminal)

    def services_selecting(self, pod: Pod) -> tuple[Service, ...]:
        """Return the Services that select a pod, ready or not."""
        return tuple(each for each in self.services_in(pod.namespace) if each.selector.matches(pod.labels))

    def workloads_behind(self, service: Service) -> tuple[Workload, ...]:
        """Return the workloads whose new pods a Service would select."""
        known = self.workloads_in(service.namespace)
        return tuple(each for each in known if each.makes(service.selector))

    def pods_matching(self, namespace: str, selector: LabelSelector) -> tuple[Pod, ...]:
        """Return all pods of the namespace that a selector of workloads or policies matches, those of a pair by its index."""
        pairs = ServiceSelector(selector.match_labels) if selector.match_labels else None
        known = self.pods_selected(namespace, pairs) if pairs else self.pods_in(namespace)
        return tuple(pod for pod in known if selector.matches(pod.labels)) if selector.match_expressions else known

    def node(self, name: str) -> Node | None:
        return self._nodes.get(name)

    def is_lost(self, node_name: str) -> bool:
        """The node is lost, or gone while others are known; where Nodes could not be read, as far as its pods tell."""
        if self._up is None:
            return node_name in self._quiet_nodes
        return bool(node_name) and node_name not in self._up

    @derived
    def lost_nodes(self) -> frozenset[str]:
        """Return the nodes, by name, that pods or endpoints are on and that are lost."""
        if self._up is None:
            return self._quiet_nodes
        placed = {each.spec.node_name for each in self.pods}
        placed.update(each.node_name or "" for one in self.slices for each in one.endpoints or ())
        return frozenset(each for each in placed - self._up if each)

    @derived
    def _quiet_nodes(self) -> frozenset[str]:
        """Return the nodes of which no pod is ready, and all say that their containers are: the kubelet says no more."""
        placed: dict[str, list[Pod]] = defaultdict(list)
        for each in self.pods:
            if each.spec.node_name and not each.is_terminal:
                placed[each.spec.node_name].append(each)
        return frozenset(name for name, pods in placed.items() if all(map(is_quiet, pods)))

    def namespace(self, name: str) -> Namespace | None:
        return self._namespaces.get(name)

    def namespace_labels(self, name: str) -> dict[str, str]:
        """Labels of a namespace; `kubernetes.io/metadata.name` is on every one since 1.21 (failure-modes B.24)."""
        known = self.namespace(name)
        return {"kubernetes.io/metadata.name": name, **(known.labels if known else {})}

    @derived
    def workloads(self) -> tuple[Workload, ...]:
        """Return Deployments, StatefulSets, DaemonSets, and ReplicaSets and ReplicationControllers that are nobody's revision.

        A DeploymentConfig is not read: of its revisions the one that wants pods stands for it.
        """
        bare = tuple(each for each in self.replica_sets if not each.metadata.owner_references)
        known = self.all(ReplicationController)
        controllers = tuple(each for each in known if not each.metadata.owner_references or each.wanted_replicas)
        return (*self.deployments, *self.stateful_sets, *self.daemon_sets, *bare, *controllers)

    def all(self, struct: type[Kept]) -> tuple[Kept, ...]:
        """Return all objects of a kind that were read, by namespace and name. Raises KeyError for what is no kind."""
        kind = BY_STRUCT[struct]
        found: Any = getattr(self, kind.field) if kind.field else self.others.get(kind.key, ())
        return found  # type: ignore[no-any-return]  # what lies under a kind's key is of its struct

    @derived
    def _by_ref(self) -> dict[type[KubeObject], dict[Ref, KubeObject]]:
        """Objects of the kinds that few ask for one by one, of those kinds that were asked for."""
        return {}

    def _of_kind(self, ref: Ref) -> KubeObject | None:
        kind = kind_of(ref.kind, ref.group or None)
        if kind is None:
            return None
        if kind.struct not in self._by_ref:
            self._by_ref[kind.struct] = {each.ref: each for each in reversed(self.all(kind.struct))}
        return self._by_ref[kind.struct].get(ref)

    def workloads_in(self, namespace: str) -> tuple[Workload, ...]:
        return tuple(self._workloads_in.get(namespace, ()))

    def object(self, ref: Ref) -> KubeObject | None:
        """Return what a reference names, of whatever kind; None where it was not read."""
        if ref.group:
            return self._of_kind(ref)
        match ref.kind:
            case "Service":
                return self.service(ref.namespace, ref.name)
            case "Pod":
                return self.pod(ref.namespace, ref.name)
            case "Node":
                return self.node(ref.name)
            case "Namespace":
                return self.namespace(ref.name)
            case "NetworkPolicy":
                return self._policies.get(ref)
        return self.workload(ref) or self._of_kind(ref)

    def workload(self, ref: Ref) -> Workload | None:
        return self._workloads.get(ref)

    def replica_sets_in(self, namespace: str) -> tuple[ReplicaSet, ...]:
        """Return the ReplicaSets of a namespace."""
        return tuple(self._replica_sets_in.get(namespace, ()))

    def revisions_of(self, ref: Ref) -> tuple[ReplicaSet, ...]:
        """Return the ReplicaSets that a workload owns."""
        return tuple(self._revisions_of.get(ref, ()))

    def events_about(self, ref: Ref, reason: str = "") -> tuple[Event, ...]:
        """Return Kubernetes Events about an object, newest first."""
        found = self._events_about.get((ref.kind, ref.namespace, ref.name), ())
        fitting = [each for each in found if not reason or each.reason == reason]
        return tuple(sorted(fitting, key=lambda each: each.last_seen or self.taken_at, reverse=True))

    def log_of(self, namespace: str, pod: str, container: str) -> tuple[str, ...]:
        for tail in self.logs:
            if (tail.namespace, tail.pod, tail.container) == (namespace, pod, container):
                return tail.lines
        return ()


@for_same
def _named(nodes: tuple[Node, ...]) -> dict[str, Node]:
    return {each.name: each for each in nodes}


@for_same
def _up(nodes: tuple[Node, ...]) -> frozenset[str]:
    return frozenset(each.name for each in nodes if not each.is_lost)
