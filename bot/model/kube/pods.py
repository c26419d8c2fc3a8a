"""Pods, their containers and what the kubelet says of them."""

from datetime import datetime

from msgspec import field

from bot.model.kube.objects import ApiObject, Condition, KubeObject, Time
from bot.model.refs import Ref, family_of


class HttpGetAction(ApiObject, frozen=True):
    port: int | str = 0
    path: str = "/"
    scheme: str = "HTTP"
    host: str = ""


class TcpSocketAction(ApiObject, frozen=True):
    port: int | str = 0


class GrpcAction(ApiObject, frozen=True):
    port: int = 0
    service: str | None = None  # the name that is asked for; none: the server as a whole


class ExecAction(ApiObject, frozen=True):
    command: tuple[str, ...] | None = None


class ContainerProbe(ApiObject, frozen=True):
    """A readiness, liveness or startup probe of a container (not one of our probes)."""

    http_get: HttpGetAction | None = None
    tcp_socket: TcpSocketAction | None = None
    grpc: GrpcAction | None = None
    exec: ExecAction | None = None
    initial_delay_seconds: int = 0
    timeout_seconds: int = 1
    period_seconds: int = 10
    success_threshold: int = 1
    failure_threshold: int = 3

    @property
    def port(self) -> int | str | None:
        """The port it calls on the pod's IP; None for `exec`, which runs inside."""
        actions = (self.http_get, self.tcp_socket, self.grpc)
        return next((each.port for each in actions if each is not None), None)


class ContainerPort(ApiObject, frozen=True):
    """Informational: its absence proves nothing about what the container listens on (failure-modes RTE-010).

    `host_port` is not: calls of that port of the pod's node come to it. On the host network the API server sets it, too.
    """

    container_port: int = 0
    name: str = ""
    protocol: str = "TCP"
    host_port: int = 0


# Variables whose names are kept without their values: they say that calls may go through a proxy.
PROXY_VARIABLES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"})


class ConfigMapKey(ApiObject, frozen=True):
    name: str = ""
    key: str = ""


class EnvVarSource(ApiObject, frozen=True):
    """Where a variable's value comes from; of Secrets there is no word."""

    config_map_key_ref: ConfigMapKey | None = None


class EnvVar(ApiObject, frozen=True):
    """`value` is kept only where it names the host that was asked about; the reader drops every other."""

    name: str = ""
    value: str | None = None
    value_from: EnvVarSource | None = None


class ConfigMapRef(ApiObject, frozen=True):
    name: str = ""


class EnvFrom(ApiObject, frozen=True):
    """All keys of a ConfigMap as variables, each with the prefix before it."""

    prefix: str = ""
    config_map_ref: ConfigMapRef | None = None


class Resources(ApiObject, frozen=True):
    """Quantities by resource name, as written: `64Mi`, `500m`."""

    limits: dict[str, str | int | float] | None = None
    requests: dict[str, str | int | float] | None = None

    def __hash__(self) -> int:
        # A dict has no hash of its own, and thousands of replicas share equal containers by theirs.
        return hash(tuple(frozenset((each or {}).items()) for each in (self.limits, self.requests)))


class LifecycleHandler(ApiObject, frozen=True):
    """A hook; what it does is not read, since a command may hold anything."""


class Lifecycle(ApiObject, frozen=True):
    """What the kubelet does beside starting and stopping a container; a preStop hook runs before its process is told to end."""

    pre_stop: LifecycleHandler | None = None


class VolumeMount(ApiObject, frozen=True):
    name: str = ""
    mount_path: str = ""
    sub_path: str = ""


class Container(ApiObject, frozen=True):
    name: str = ""
    image: str = ""
    ports: tuple[ContainerPort, ...] | None = None
    env: tuple[EnvVar, ...] | None = None
    env_from: tuple[EnvFrom, ...] | None = None
    command: tuple[str, ...] | None = None  # of both, the words that name hosts which are called
    args: tuple[str, ...] | None = None  # of both, the hosts that concern the asked one
    resources: Resources | None = None
    readiness_probe: ContainerProbe | None = None
    liveness_probe: ContainerProbe | None = None
    startup_probe: ContainerProbe | None = None
    lifecycle: Lifecycle | None = None
    restart_policy: str | None = None
    volume_mounts: tuple[VolumeMount, ...] | None = None  # of a DNS server: where it has its configuration from


class Waiting(ApiObject, frozen=True):
    reason: str | None = None
    message: str | None = None


class Running(ApiObject, frozen=True):
    started_at: Time | None = None


class Terminated(ApiObject, frozen=True):
    exit_code: int = 0
    signal: int | None = None
    reason: str | None = None
    message: str | None = None
    started_at: Time | None = None
    finished_at: Time | None = None


class ContainerState(ApiObject, frozen=True):
    waiting: Waiting | None = None
    running: Running | None = None
    terminated: Terminated | None = None


class ContainerStatus(ApiObject, frozen=True):
    name: str = ""
    ready: bool = False
    started: bool | None = None
    restart_count: int = 0
    image: str = ""
    state: ContainerState = field(default_factory=ContainerState)
    last_state: ContainerState = field(default_factory=ContainerState)

    def restarted_since(self, moment: datetime) -> bool:
        """Return whether it has been restarted, and its last run known ended after a moment; it may be ready again."""
        ended = self.state.terminated or self.last_state.terminated
        return bool(self.restart_count and ended and ended.finished_at and ended.finished_at >= moment)


class DnsOption(ApiObject, frozen=True):
    name: str = ""
    value: str | None = None


class DnsConfig(ApiObject, frozen=True):
    nameservers: tuple[str, ...] | None = None
    searches: tuple[str, ...] | None = None
    options: tuple[DnsOption, ...] | None = None


class ReadinessGate(ApiObject, frozen=True):
    condition_type: str = ""


class SchedulingGate(ApiObject, frozen=True):
    """What has to be taken away before a scheduler looks at the pod; its condition does not name it."""

    name: str = ""


class HostAlias(ApiObject, frozen=True):
    """A line that the kubelet writes into the pod's /etc/hosts, which resolvers read before they ask DNS."""

    ip: str = ""
    hostnames: tuple[str, ...] | None = None


class KeyToPath(ApiObject, frozen=True):
    """A key of a ConfigMap, and the file that it becomes below the mount."""

    key: str = ""
    path: str = ""


class ConfigMapFiles(ApiObject, frozen=True):
    """The files of a ConfigMap: those of `items`, else one for each key."""

    name: str = ""
    items: tuple[KeyToPath, ...] | None = None


class Projection(ApiObject, frozen=True):
    config_map: ConfigMapFiles | None = None


class Projected(ApiObject, frozen=True):
    sources: tuple[Projection, ...] | None = None


class ClaimVolume(ApiObject, frozen=True):
    claim_name: str = ""


# What controllers put into every namespace and into its pods, and no program is configured with:
# https://kubernetes.io/docs/concepts/security/service-accounts/#kube-root-ca-crt
INJECTED_CONFIGS = ("kube-root-ca.crt", "openshift-service-ca.crt")


class Volume(ApiObject, frozen=True):
    """A volume, as far as it is made of ConfigMaps or claimed."""

    name: str = ""
    persistent_volume_claim: ClaimVolume | None = None
    config_map: ConfigMapFiles | None = None
    projected: Projected | None = None


class PodSpec(ApiObject, frozen=True):
    containers: tuple[Container, ...] | None = None
    init_containers: tuple[Container, ...] | None = None
    node_name: str = ""
    host_network: bool = False
    dns_policy: str = "ClusterFirst"
    dns_config: DnsConfig | None = None
    host_aliases: tuple[HostAlias, ...] | None = None
    volumes: tuple[Volume, ...] | None = None
    readiness_gates: tuple[ReadinessGate, ...] | None = None
    scheduling_gates: tuple[SchedulingGate, ...] | None = None
    scheduler_name: str = "default-scheduler"
    priority: int | None = None
    hostname: str = ""
    subdomain: str = ""
    restart_policy: str = "Always"

    @property
    def serving_containers(self) -> tuple[Container, ...]:
        """Return containers and native sidecars: those whose ports a Service or policy may name."""
        sidecars = tuple(each for each in self.init_containers or () if each.restart_policy == "Always")
        return (self.containers or ()) + sidecars


class PodIP(ApiObject, frozen=True):
    ip: str = ""


class PodStatus(ApiObject, frozen=True):
    phase: str = "Pending"
    reason: str | None = None
    message: str | None = None
    pod_ip: str = field(name="podIP", default="")
    pod_ips: tuple[PodIP, ...] | None = field(name="podIPs", default=None)
    host_ip: str = field(name="hostIP", default="")
    start_time: Time | None = None
    conditions: tuple[Condition, ...] | None = None
    container_statuses: tuple[ContainerStatus, ...] | None = None
    init_container_statuses: tuple[ContainerStatus, ...] | None = None


# What tells revisions apart: of a Deployment, and of StatefulSets and DaemonSets (apps/v1, ControllerRevisionHashLabelKey).
_REVISIONS = ("pod-template-hash", "controller-revision-hash")


class Pod(KubeObject, frozen=True):
    spec: PodSpec = field(default_factory=PodSpec)
    status: PodStatus = field(default_factory=PodStatus)

    @property
    def ip(self) -> str:
        return self.status.pod_ip

    @property
    def is_static(self) -> bool:
        """Return whether its node's kubelet made it from a file: a control plane's component (static pod, owner Node)."""
        return any(each.kind == "Node" for each in self.metadata.owner_references or ())

    @property
    def ips(self) -> tuple[str, ...]:
        status = self.status
        listed = tuple(entry.ip for entry in status.pod_ips if entry.ip) if status.pod_ips else ()
        return listed or ((status.pod_ip,) if status.pod_ip else ())

    def takes_port(self, node: str, port: int, protocol: str) -> bool:
        """Return whether calls of a port of a node come to this pod, past every Service (`hostPort`)."""
        if not port or self.spec.node_name != node or self.is_terminal:
            return False
        declared = (each for container in self.serving_containers for each in container.ports or ())
        return any((each.host_port, each.protocol) == (port, protocol) for each in declared)

    def ip_of(self, family: str) -> str:
        """Return its first address of a family (`IPv4`, `IPv6`); empty where it has none, or nobody knows the family."""
        return next((each for each in self.ips if family == f"IPv{family_of(each)}"), "")

    @property
    def is_terminal(self) -> bool:
        """Succeeded or Failed: such a pod keeps labels and IP and is never an endpoint (failure-modes B.35)."""
        return self.status.phase in ("Succeeded", "Failed")

    @property
    def is_terminating(self) -> bool:
        return self.metadata.deletion_timestamp is not None

    def condition(self, kind: str) -> Condition | None:
        for each in self.status.conditions or ():  # a loop, since a digest asks this of every pod, a dozen times
            if each.type == kind:
                return each
        return None

    @property
    def is_ready(self) -> bool:
        """The pod's own Ready condition; a missing one counts as False."""
        for each in self.status.conditions or ():  # as `condition`, since this is asked most of all
            if each.type == "Ready":
                return each.status == "True"
        return False

    @property
    def ready_since(self) -> datetime | None:
        """When the Ready condition last changed, whatever it is now."""
        ready = self.condition("Ready")
        return ready.last_transition_time if ready else None

    @property
    def serving_containers(self) -> tuple[Container, ...]:
        """As `PodSpec.serving_containers`."""
        return self.spec.serving_containers

    @property
    def container_statuses(self) -> tuple[ContainerStatus, ...]:
        """Statuses of init containers first, as they run first."""
        return (self.status.init_container_statuses or ()) + (self.status.container_statuses or ())

    def named_port(self, name: str, protocol: str = "TCP") -> int | None:
        """Return the number of a named container port, protocol included, or None."""
        for container in self.serving_containers:
            for port in container.ports or ():
                if port.name == name and port.protocol == protocol:
                    return port.container_port
        return None

    def names_in_sidecars_alone(self, name: str, protocol: str = "TCP") -> bool:
        """Return whether native sidecars have a port of this name, and no other container of the pod has."""
        ports = (port for container in self.spec.containers or () for port in container.ports or ())
        has_own = any((port.name, port.protocol) == (name, protocol) for port in ports)
        return not has_own and self.named_port(name, protocol) is not None

    @property
    def revision(self) -> str:
        """Return the label of its workload's revision; empty where it has none."""
        return next((self.labels[key] for key in _REVISIONS if key in self.labels), "")

    @property
    def claims(self) -> tuple[str, ...]:
        """Return the names of the PersistentVolumeClaims that it mounts, where its volumes were read."""
        volumes = (each.persistent_volume_claim for each in self.spec.volumes or ())
        return tuple(each.claim_name for each in volumes if each)

    @property
    def workload(self) -> Ref | None:
        """The workload that made this pod. A ReplicaSet with a pod-template-hash stands for its Deployment,

        whose name is the ReplicaSet's without that hash (deployment controller, `pod-template-hash`). A static pod has none.
        """
        owner = next((each for each in self.metadata.owner_references or () if each.controller), None)
        if owner is None or owner.kind == "Node":
            return None
        template_hash = self.labels.get("pod-template-hash", "")
        if owner.kind == "ReplicaSet" and template_hash and owner.name.endswith(f"-{template_hash}"):
            return Ref("Deployment", owner.name.removesuffix(f"-{template_hash}"), self.namespace)
        return Ref(owner.kind, owner.name, self.namespace)
