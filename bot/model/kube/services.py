"""Services and EndpointSlices as the API holds them; `bot.model.kube.endpoints` says which of them take traffic."""

from functools import lru_cache

from msgspec import field

from bot.model.kube.objects import ApiObject, KubeObject
from bot.model.kube.pods import Pod
from bot.model.kube.selectors import ServiceSelector
from bot.model.refs import family_of, plain_address

SERVICE_NAME_LABEL = "kubernetes.io/service-name"
MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
CONTROLLER = "endpointslice-controller.k8s.io"
# kube-proxy lists no Service that has one of these, whatever its value, and Cilium keeps to both
# (https://github.com/kubernetes/kubernetes/blob/v1.34.1/cmd/kube-proxy/app/server.go).
_NOT_PROXIED = ("service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless")
MIRRORING_CONTROLLER = "endpointslicemirroring-controller.k8s.io"


class ServicePort(ApiObject, frozen=True):
    """One port of a Service. Protocol is part of its key: TCP/53 and UDP/53 are two ports."""

    port: int
    name: str = ""
    protocol: str = "TCP"
    target_port: int | str | None = None
    node_port: int | None = None
    app_protocol: str | None = None

    @property
    def target(self) -> int | str:
        """`targetPort`, which defaults to `port` (ServicePort, core/v1)."""
        return self.port if self.target_port in (None, 0, "") else self.target_port

    def resolve(self, pod: Pod) -> int | None:
        """Return the pod's port number behind this port, or None where a named port is missing in the pod.

        Names are looked up in containers and native sidecars, with protocol equality, and not in ordinary init
        containers (endpointslice `FindPort`; failure-modes B.8).
        """
        target = self.target
        return target if isinstance(target, int) else pod.named_port(target, self.protocol)

    def __str__(self) -> str:
        return f"{self.port}/{self.protocol}"


class ClientIPConfig(ApiObject, frozen=True):
    timeout_seconds: int | None = None


class SessionAffinityConfig(ApiObject, frozen=True):
    client_ip: ClientIPConfig | None = field(name="clientIP", default=None)


class ServiceSpec(ApiObject, frozen=True):
    type: str = "ClusterIP"
    selector: dict[str, str] | None = None
    ports: tuple[ServicePort, ...] | None = None
    cluster_ip: str = field(name="clusterIP", default="")
    cluster_ips: tuple[str, ...] | None = field(name="clusterIPs", default=None)
    ip_families: tuple[str, ...] | None = None
    external_name: str = ""
    external_ips: tuple[str, ...] | None = field(name="externalIPs", default=None)
    publish_not_ready_addresses: bool = False
    internal_traffic_policy: str | None = None
    external_traffic_policy: str | None = None
    load_balancer_source_ranges: tuple[str, ...] | None = None
    session_affinity: str = "None"
    session_affinity_config: SessionAffinityConfig | None = None
    traffic_distribution: str | None = None


class LoadBalancerIngress(ApiObject, frozen=True):
    """An address of a load balancer; `ip_mode` Proxy: it is not short-cut inside the cluster (KEP-1860)."""

    ip: str = ""
    hostname: str = ""
    ip_mode: str | None = field(name="ipMode", default=None)

    @property
    def is_cut_short(self) -> bool:
        """Inside of the cluster kube-proxy sends calls of it to endpoints itself: an IP, unless its mode is Proxy."""
        return bool(self.ip) and self.ip_mode != "Proxy"


class LoadBalancerStatus(ApiObject, frozen=True):
    ingress: tuple[LoadBalancerIngress, ...] | None = None


class ServiceStatus(ApiObject, frozen=True):
    load_balancer: LoadBalancerStatus = field(default_factory=LoadBalancerStatus)


class Service(KubeObject, frozen=True):
    spec: ServiceSpec = field(default_factory=ServiceSpec)
    status: ServiceStatus = field(default_factory=ServiceStatus)

    @property
    def balancer_addresses(self) -> tuple[str, ...]:
        """Return IPs and host names of its load balancer."""
        given = self.status.load_balancer.ingress or ()
        return tuple(word for each in given for word in (each.ip, each.hostname) if word)

    @property
    def uncut_addresses(self) -> tuple[str, ...]:
        """Return its load balancer's addresses that kube-proxy leaves alone, so that calls from inside leave the cluster."""
        given = self.status.load_balancer.ingress or ()
        return tuple(word for each in given for word in (each.ip, each.hostname) if word and not each.is_cut_short)

    @property
    def selector(self) -> ServiceSelector:
        return ServiceSelector(self.spec.selector or {})

    @property
    def ports(self) -> tuple[ServicePort, ...]:
        return self.spec.ports or ()

    @property
    def is_external_name(self) -> bool:
        return self.spec.type == "ExternalName"

    @property
    def is_api_server(self) -> bool:
        """Return whether it is default/kubernetes, whose endpoints the API server writes itself."""
        return (self.namespace, self.name) == ("default", "kubernetes")

    @property
    def is_headless(self) -> bool:
        """No virtual IP: no proxy rules, no traffic policy, no port mapping (failure-modes B.11)."""
        return self.spec.cluster_ip == "None" and not self.is_external_name

    @property
    def cluster_ips(self) -> tuple[str, ...]:
        """The virtual IPs; empty for headless and ExternalName Services."""
        return _virtual_ips(self.spec.cluster_ips or (self.spec.cluster_ip,))

    @property
    def written_ips(self) -> tuple[str, ...]:
        """The virtual IPs as they are stored, perhaps with zeros in front, which DNS takes for names."""
        return _written(self.spec.cluster_ips or (self.spec.cluster_ip,))

    @property
    def not_proxied_by(self) -> str:
        """Return the label by which kube-proxy makes no rules for its virtual IPs; empty where it makes them."""
        return next((each for each in _NOT_PROXIED if each in self.labels), "") if self.cluster_ips else ""

    @property
    def families(self) -> tuple[str, ...]:
        """Its IP families, the first one first (`IPv4`, `IPv6`): as the API has them, else those of its ClusterIPs."""
        return self.spec.ip_families or tuple(f"IPv{family_of(each)}" for each in self.cluster_ips)

    @property
    def affinity_seconds(self) -> int:
        """For how long after its last call a client stays with its endpoint (`sessionAffinity: ClientIP`); 0 without it."""
        if self.spec.session_affinity != "ClientIP" or not self.cluster_ips:
            return 0
        config = self.spec.session_affinity_config
        given = config.client_ip.timeout_seconds if config and config.client_ip else None
        return 10800 if given is None else given

    @property
    def local_only(self) -> bool:
        """`internalTrafficPolicy: Local` is in force: only endpoints on the caller's node count, without fallback."""
        return self.spec.internal_traffic_policy == "Local" and bool(self.cluster_ips)

    @property
    def keeps_external_local(self) -> bool:
        """`externalTrafficPolicy: Local`: what enters by a node's port goes to endpoints on that node only."""
        return self.spec.external_traffic_policy == "Local"

    def offered(self, wanted: int | str, protocol: str = "TCP") -> ServicePort | None:
        """Find a port by number or name whose protocol nobody said: in this one, else in the one that it is offered in."""
        return self.port(wanted, protocol) or next(
            (each for each in self.ports if wanted in (each.port, each.name or None)), None
        )

    def port(self, wanted: int | str, protocol: str = "TCP") -> ServicePort | None:
        """Find a port by number or name."""
        for port in self.ports:
            if port.protocol == protocol and wanted in (port.port, port.name or None):
                return port
        return None


class EndpointConditions(ApiObject, frozen=True):
    ready: bool | None = None
    serving: bool | None = None
    terminating: bool | None = None


def _written(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(ip for ip in given if ip not in ("", "None"))


@lru_cache(maxsize=1024)  # a dozen checks ask for them of one Service after the other
def _virtual_ips(given: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(plain_address, _written(given)))


class TargetRef(ApiObject, frozen=True):
    """A reference to an object (core/v1 ObjectReference). `field_path` says which part of it is meant."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    uid: str = ""
    field_path: str = ""


class ForTopology(ApiObject, frozen=True):
    """The name of a zone or node whose callers an endpoint is for."""

    name: str = ""


class EndpointHints(ApiObject, frozen=True):
    """For whose callers the controller means an endpoint (EndpointHints, discovery/v1)."""

    for_zones: tuple[ForTopology, ...] | None = None
    for_nodes: tuple[ForTopology, ...] | None = None


class SliceEndpoint(ApiObject, frozen=True):
    """One endpoint as a slice holds it; `None` conditions mean ready, serving and not terminating (failure-modes B.3)."""

    addresses: tuple[str, ...] | None = None
    conditions: EndpointConditions = field(default_factory=EndpointConditions)
    hostname: str | None = None
    node_name: str | None = None
    zone: str | None = None
    target_ref: TargetRef | None = None
    hints: EndpointHints | None = None


class SlicePort(ApiObject, frozen=True):
    name: str | None = None
    protocol: str | None = None
    port: int | None = None


class EndpointSlice(KubeObject, frozen=True):
    address_type: str = "IPv4"
    endpoints: tuple[SliceEndpoint, ...] | None = None
    ports: tuple[SlicePort, ...] | None = None

    @property
    def service_name(self) -> str:
        """The only link between a slice and its Service (failure-modes B.12)."""
        return self.labels.get(SERVICE_NAME_LABEL, "")

    @property
    def managed_by(self) -> str:
        """Who keeps it, by the label that its controller gives it; empty where nobody says so (made by hand)."""
        return self.labels.get(MANAGED_BY_LABEL, "")

    @property
    def is_controlled(self) -> bool:
        """The EndpointSlice controller keeps it, for a Service with a selector."""
        return self.managed_by == CONTROLLER

    @property
    def is_mirrored(self) -> bool:
        """It is a copy of an Endpoints object, for a Service without a selector."""
        return self.managed_by == MIRRORING_CONTROLLER
