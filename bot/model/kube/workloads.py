"""What stands around pods: nodes, namespaces, workloads, Kubernetes Events, configuration, Ingresses."""

from datetime import datetime
from typing import Any

from msgspec import field

from bot.model.kube.annotations import Annotation
from bot.model.kube.objects import ApiObject, Condition, KubeObject, Meta, Time
from bot.model.kube.pods import PodSpec
from bot.model.kube.selectors import LabelSelector, ServiceSelector
from bot.model.kube.services import LoadBalancerStatus, TargetRef

_LOST_TAINTS = ("node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready", "node.kubernetes.io/out-of-service")
ZONE_LABEL = "topology.kubernetes.io/zone"
# https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/ and what came before them.
NAME_LABELS = ("app", "app.kubernetes.io/name", "k8s-app", "name", "run")
POD_NAME_LABEL, POD_INDEX_LABEL = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"


class NodeAddress(ApiObject, frozen=True):
    type: str = ""
    address: str = ""


class Taint(ApiObject, frozen=True):
    key: str = ""
    effect: str = ""
    value: str | None = None


class NodeSpec(ApiObject, frozen=True):
    unschedulable: bool = False
    taints: tuple[Taint, ...] | None = None
    pod_cidr: str = field(name="podCIDR", default="")


class NodeInfo(ApiObject, frozen=True):
    operating_system: str = ""


class NodeStatus(ApiObject, frozen=True):
    conditions: tuple[Condition, ...] | None = None
    addresses: tuple[NodeAddress, ...] | None = None
    node_info: NodeInfo = field(default_factory=NodeInfo)


class Node(KubeObject, frozen=True):
    spec: NodeSpec = field(default_factory=NodeSpec)
    status: NodeStatus = field(default_factory=NodeStatus)

    @property
    def readiness(self) -> Condition:
        """The Ready condition; a node without one is Unknown."""
        found = (each for each in self.status.conditions or () if each.type == "Ready")
        return next(found, Condition(type="Ready", status="Unknown", reason="NoCondition"))

    @property
    def is_ready(self) -> bool:
        return self.readiness.status == "True"

    @property
    def is_windows(self) -> bool:
        """Return whether it runs Windows, by its kubelet's word (`status.nodeInfo.operatingSystem`)."""
        return self.status.node_info.operating_system == "windows"

    @property
    def is_lost(self) -> bool:
        """NotReady or unreachable.

        Of the taints only NoExecute drives pods away; a NoSchedule one may be left over on a node that is Ready again.
        https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
        """
        evicting = (taint.key for taint in self.spec.taints or () if taint.effect == "NoExecute")
        return not self.is_ready or any(key in _LOST_TAINTS for key in evicting)

    @property
    def takes_any_pod(self) -> bool:
        """Return whether a pod may be placed here that tolerates nothing (Scheduling, Preemption and Eviction: taints)."""
        keeps_out = any(taint.effect in ("NoSchedule", "NoExecute") for taint in self.spec.taints or ())
        return not (self.is_lost or self.spec.unschedulable or keeps_out)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return every address of the node, internal and external; host names are none."""
        return tuple(each.address for each in self.status.addresses or () if each.type in ("InternalIP", "ExternalIP"))

    @property
    def internal_ips(self) -> tuple[str, ...]:
        return tuple(each.address for each in self.status.addresses or () if each.type == "InternalIP")


class Namespace(KubeObject, frozen=True):
    """Its labels are what a policy's namespaceSelector sees."""


class Ordinals(ApiObject, frozen=True):
    """Where the numbers of a StatefulSet's pods begin (apps/v1, stable since 1.31)."""

    start: int = 0


class PodTemplate(ApiObject, frozen=True):
    metadata: Meta = field(default_factory=Meta)
    spec: PodSpec = field(default_factory=PodSpec)


class RollingUpdate(ApiObject, frozen=True):
    max_unavailable: int | str | None = None


class Strategy(ApiObject, frozen=True):
    """How a workload replaces its pods: RollingUpdate by default, Recreate ends all of them first, OnDelete none."""

    type: str = "RollingUpdate"
    rolling_update: RollingUpdate | None = None


class WorkloadSpec(ApiObject, frozen=True):
    replicas: int | None = None
    selector: LabelSelector | None = None
    template: PodTemplate = field(default_factory=PodTemplate)
    paused: bool = False
    strategy: Strategy | None = None
    update_strategy: Strategy | None = None  # of a StatefulSet or a DaemonSet
    pod_management_policy: str = "OrderedReady"  # of a StatefulSet
    service_name: str = ""
    ordinals: Ordinals | None = None


class WorkloadStatus(ApiObject, frozen=True):
    replicas: int = 0
    ready_replicas: int = 0
    number_ready: int = 0  # of a DaemonSet
    desired_number_scheduled: int = 0  # of a DaemonSet: the nodes that its pods belong on
    updated_replicas: int = 0
    unavailable_replicas: int = 0
    observed_generation: int = 0
    conditions: tuple[Condition, ...] | None = None


class Workload(KubeObject, frozen=True):
    """A Deployment, StatefulSet, DaemonSet or ReplicaSet, told apart by its class."""

    spec: WorkloadSpec = field(default_factory=WorkloadSpec)
    status: WorkloadStatus = field(default_factory=WorkloadStatus)

    @property
    def pod_selector(self) -> LabelSelector | None:
        """Return the selector of its pods."""
        return self.spec.selector

    @property
    def template_labels(self) -> dict[str, str]:
        return self.spec.template.metadata.labels or {}

    def makes(self, selector: ServiceSelector) -> bool:
        """Return whether a Service with this selector would take in pods that it makes."""
        return selector.matches(self.template_labels)

    @property
    def wanted_replicas(self) -> int:
        """`spec.replicas` defaults to 1 (apps/v1)."""
        return 1 if self.spec.replicas is None else self.spec.replicas


class Deployment(Workload, frozen=True):
    pass


class StatefulSet(Workload, frozen=True):
    def makes(self, selector: ServiceSelector) -> bool:
        """Its pods carry their own name and number, too (apps/v1, StatefulSetPodNameLabel and PodIndexLabel)."""
        own = {key: value for key, value in selector.pairs.items() if key in (POD_NAME_LABEL, POD_INDEX_LABEL)}
        if POD_NAME_LABEL in own and self.number_of(own[POD_NAME_LABEL]) is None:
            return False
        return selector.matches({**self.template_labels, **own} if own else self.template_labels)

    def number_of(self, pod: str) -> int | None:
        """Return the number that a pod of this name has or would have; None for a name that it never gives."""
        begin, _, number = pod.rpartition("-")
        return int(number) if begin == self.name and number.isascii() and number.isdigit() else None

    @property
    def ordinals(self) -> range:
        """Return the numbers of its pods: `NAME-0` and on, unless `spec.ordinals` says where they begin."""
        first = self.spec.ordinals.start if self.spec.ordinals else 0
        return range(first, first + self.wanted_replicas)


class ReplicaSet(Workload, frozen=True):
    pass


class ReplicationControllerSpec(WorkloadSpec, frozen=True):
    """Its selector is a plain map of labels (core/v1), where those of apps/v1 are LabelSelectors."""

    labels: dict[str, str] | None = field(name="selector", default=None)
    selector: LabelSelector | None = field(name="-selector", default=None)


class ReplicationController(Workload, frozen=True):
    """What came before ReplicaSets; OpenShift's DeploymentConfigs still make them."""

    spec: ReplicationControllerSpec = field(default_factory=ReplicationControllerSpec)

    @property
    def pod_selector(self) -> LabelSelector | None:
        """Return its map of labels as a selector; without one the template's labels count (core/v1)."""
        return LabelSelector(match_labels=self.spec.labels or self.template_labels or None)


class DaemonSet(Workload, frozen=True):
    """Has no replica count: it wants one pod a matching node."""


_COMBINED = "(combined from similar events): "  # client-go, tools/record/events_cache.go


class EventSource(ApiObject, frozen=True):
    component: str = ""
    host: str = ""


class Event(KubeObject, frozen=True):
    """A Kubernetes Event (core/v1). `last_seen` hides the three places where its time may stand."""

    involved_object: TargetRef = field(default_factory=TargetRef)
    reason: str = ""
    message: str = ""
    type: str = "Normal"
    count: int | None = None
    first_timestamp: Time | None = None
    last_timestamp: Time | None = None
    event_time: Time | None = None
    series: dict[str, Any] | None = None
    source: EventSource = field(default_factory=EventSource)

    @property
    def last_seen(self) -> datetime | None:
        return self.last_timestamp or self.event_time or self.first_timestamp or self.metadata.creation_timestamp

    @property
    def first_seen(self) -> datetime | None:
        return self.first_timestamp or self.event_time or self.last_seen

    @property
    def text(self) -> str:
        """Return the message; of Events told together after the tenth that differed a little, the newest one's."""
        return self.message.removeprefix(_COMBINED)

    @property
    def container(self) -> str:
        """Return the container of the pod that it is about (`spec.containers{NAME}`); empty where it is about the pod."""
        return self.involved_object.field_path.partition("{")[2].rstrip("}")


class ConfigMap(KubeObject, frozen=True):
    data: dict[str, str] | None = None


class IngressServicePort(ApiObject, frozen=True):
    number: int | None = None
    name: str = ""


class IngressService(ApiObject, frozen=True):
    name: str = ""
    port: IngressServicePort = field(default_factory=IngressServicePort)


class IngressBackend(ApiObject, frozen=True):
    service: IngressService | None = None


class IngressPath(ApiObject, frozen=True):
    path: str = ""
    path_type: str = ""
    backend: IngressBackend = field(default_factory=IngressBackend)


class IngressHttp(ApiObject, frozen=True):
    paths: tuple[IngressPath, ...] | None = None


class IngressRule(ApiObject, frozen=True):
    host: str = ""
    http: IngressHttp | None = None


class IngressSpec(ApiObject, frozen=True):
    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    rules: tuple[IngressRule, ...] | None = None


class IngressStatus(ApiObject, frozen=True):
    """What the controller of an Ingress wrote; empty where none did."""

    load_balancer: LoadBalancerStatus = field(default_factory=LoadBalancerStatus)


class Ingress(KubeObject, frozen=True):
    spec: IngressSpec = field(default_factory=IngressSpec)
    status: IngressStatus = field(default_factory=IngressStatus)

    @property
    def class_name(self) -> str:
        """Return the class that is named, by field or annotation; empty where none is."""
        return self.spec.ingress_class_name or self.annotation(Annotation.INGRESS_CLASS)

    @property
    def paths(self) -> tuple[tuple[str, str, IngressPath], ...]:
        """Return each path with its place in the object, as a JSON pointer (RFC 6901), and the host of its rule."""
        return tuple(
            (f"/spec/rules/{at}/http/paths/{place}", rule.host, path)
            for at, rule in enumerate(self.spec.rules or ())
            for place, path in enumerate((rule.http.paths if rule.http else None) or ())
        )

    @property
    def backends(self) -> tuple[tuple[str, IngressBackend], ...]:
        """Return each backend with its place in the object, as `paths` do; the default one is the last."""
        found = [(f"{place}/backend", path.backend) for place, _, path in self.paths]
        default = self.spec.default_backend
        return (*found, *([("/spec/defaultBackend", default)] if default else []))

    @property
    def is_served(self) -> bool:
        """Return whether a controller wrote an address into it."""
        return bool(self.status.load_balancer.ingress)


class IngressClassSpec(ApiObject, frozen=True):
    """Which controller serves the Ingresses of a class, by the name that it gives itself."""

    controller: str = ""


class IngressClass(KubeObject, frozen=True):
    spec: IngressClassSpec = field(default_factory=IngressClassSpec)

    @property
    def is_default(self) -> bool:
        """Return whether Ingresses that name no class are made with this one."""
        return self.annotation(Annotation.DEFAULT_INGRESS_CLASS) == "true"
