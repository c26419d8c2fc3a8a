"""The cluster's DNS, as far as the API shows it: which Service, which pods, which zone, which configuration."""

from msgspec import Struct

from bot.model.dns.corefile_places import CorefilePlace, corefile_places
from bot.model.kube.endpoints import Endpoint, endpoints_of, usable
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.kube.workloads import ConfigMap
from bot.model.memo import derived, memo
from bot.model.snapshot import Snapshot

DNS_LABEL = "k8s-app"
DNS_LABEL_VALUES = ("kube-dns", "coredns", "dns-default")
DNS_PORT = 53
# NodeLocal DNSCache's own way to CoreDNS, which no pod asks (its manifest in kubernetes/cluster/addons/dns).
UPSTREAM = "kube-dns-upstream"
# Where NodeLocal DNSCache has its Corefile (kubespray writes it otherwise), which is none of the cluster's DNS.
NODE_LOCAL_CONFIGS = ("node-local-dns", "nodelocaldns")
# ConfigMaps of kubeadm, k3s, EKS and AKS, and of OpenShift; RKE2's is called like its Service.
_NAMES = ("coredns", "dns-default")


class ClusterDns(Struct, frozen=True, dict=True):
    """`service` is None where DNS is managed outside (GKE Cloud DNS, EKS Auto Mode): that is unknown, never "down"."""

    zone: str
    service: Service | None = None
    endpoints: tuple[Endpoint, ...] = ()
    pods: tuple[Pod, ...] = ()
    places: tuple[CorefilePlace, ...] = ()  # several where its pods mount different ones

    @derived
    def usable(self) -> tuple[Endpoint, ...]:
        return usable(self.endpoints)

    @property
    def place(self) -> CorefilePlace | None:
        """Return its Corefile; None where none was read."""
        return self.places[0] if self.places else None

    @property
    def config(self) -> ConfigMap | None:
        """Return the ConfigMap that holds its Corefile; None where none was read."""
        return self.places[0].config if self.places else None

    @property
    def address(self) -> str:
        """The nameserver that ClusterFirst pods are given; empty where there is no Service."""
        return self.service.cluster_ips[0] if self.service and self.service.cluster_ips else ""

    @property
    def port(self) -> ServicePort | None:
        """The UDP port of the DNS Service; named `dns` by convention, recognized by protocol and number."""
        ports = self.service.ports if self.service else ()
        udp = [each for each in ports if each.protocol == "UDP"]
        return next((each for each in udp if each.port == DNS_PORT), udp[0] if udp else None)

    @property
    def port_number(self) -> int:
        """Return the port at which names are asked: 53 but in a sandbox."""
        return self.port.port if self.port else DNS_PORT


@memo
def cluster_dns(snapshot: Snapshot) -> ClusterDns:
    """Return the cluster's DNS, found once: a digest asks for it with every Service.

    The DNS Service is found by its well-known label; kube-system first, then any namespace (failure-modes C.4).
    """
    candidates = sorted(
        (each for each in snapshot.services if _is_dns(each)),
        key=lambda each: (each.name == UPSTREAM, each.namespace != "kube-system", each.namespace, each.name),
    )
    if not candidates:
        return ClusterDns(zone=snapshot.zone)
    service = candidates[0]
    found = ClusterDns(zone=snapshot.zone, service=service)
    endpoints = endpoints_of(snapshot.slices_of(service), found.port) if found.port else ()
    pods = snapshot.pods_behind(service)
    here = [each for each in snapshot.config_maps if each.namespace == service.namespace]
    others = (each.name for each in here if each.name not in NODE_LOCAL_CONFIGS)
    names = (service.name, *_NAMES, *sorted(others))
    places = corefile_places(_serving(pods, found.usable), here, service.namespace, names)
    return ClusterDns(snapshot.zone, service, endpoints, pods, places)


def _serving(pods: tuple[Pod, ...], usable: tuple[Endpoint, ...]) -> tuple[Pod, ...]:
    """Return the DNS pods that take traffic; all where none does."""
    addresses = {each.address for each in usable}
    return tuple(each for each in pods if addresses & set(each.ips)) or pods


def _is_dns(service: Service) -> bool:
    """A DNS Service: the well-known label or name, and a port 53 or one named dns."""
    known = service.labels.get(DNS_LABEL) in DNS_LABEL_VALUES or service.name in ("kube-dns", "coredns", "dns-default")
    return (
        known
        and bool(service.cluster_ips)
        and any(port.port == DNS_PORT or port.name.startswith("dns") for port in service.ports)
    )
