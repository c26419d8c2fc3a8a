"""What every question shares: scopes and conditions of the rows that read the cluster's DNS and what runs on its nodes.

The DNS is looked for in kube-system first; OpenShift has it elsewhere (openshift-dns/dns-default, without the label).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from ipaddress import ip_address

from bot.cluster.reading.need import Known, Where
from bot.model.dns.cluster_dns import DNS_LABEL, DNS_LABEL_VALUES, UPSTREAM, ClusterDns, cluster_dns
from bot.model.dns.kubelet_config import KUBELET_CONFIG, kubelet_nameservers
from bot.model.dns.mounted import COREFILE, mounted_configs
from bot.model.dns.node_local import NODE_LOCAL
from bot.model.dns.zone import DEFAULT_ZONE, zone_of
from bot.model.kube.pods import Pod
from bot.model.kube.services import SERVICE_NAME_LABEL, EndpointSlice, Service
from bot.model.policy.enforcement import CILIUM_CONFIG, may_lack_engine, runs_cilium
from bot.model.refs import is_ip
from bot.model.snapshot import Snapshot

DNS_NAMESPACE = "kube-system"
_VALUES = f"({','.join(DNS_LABEL_VALUES)})"
_LABELLED = f"{DNS_LABEL} in {_VALUES}"
# kube-proxy, and the node-local DNS cache.
AGENTS = "k8s-app in (kube-proxy,node-local-dns)"
# On the caller's node, those that enforce policies as well: their manifests label them so.
AGENTS_OF_A_NODE = (
    "k8s-app in (kube-proxy,node-local-dns,cilium,calico-node,canal,kube-router,kindnet,aws-node,azure-npm,"
    "kube-network-policies)"
)
_MOST_CONFIGS = 4  # that DNS pods, and caches, mount
KUBELETS = "configuration of kubelets"
_USUAL_PLACES = (10, 3)
ELSEWHERE = ("DNS Service elsewhere", "DNS Service of OpenShift")
COREFILES = ("Corefile", "what DNS pods mount", "Corefile elsewhere")


def places(known: Known) -> tuple[Where, ...]:
    """Read whole namespaces."""
    return tuple(map(Where, known.places))


def of_cluster(_: Known) -> tuple[Where, ...]:
    """Read the list of the whole cluster."""
    return (Where(),)


def cilium_settings(known: Known) -> tuple[Where, ...]:
    """Get Cilium's settings where nodes name it."""
    return (Where(CILIUM_CONFIG.namespace, CILIUM_CONFIG.name),) if runs_cilium(known.found("nodes")) else ()


def every_daemon_set(known: Known) -> tuple[Where, ...]:
    """List the DaemonSets of the cluster where nodes name flannel alone: one of them may be an engine's."""
    return (Where(),) if may_lack_engine(known.found("nodes")) else ()


def some_agents(_: Known) -> tuple[Where, ...]:
    """Read the agents of whatever nodes."""
    return (Where(DNS_NAMESPACE, labels=AGENTS),)


def with_dns_label(_: Known) -> tuple[Where, ...]:
    """Read what carries the label of the DNS in kube-system."""
    return (Where(DNS_NAMESPACE, labels=_LABELLED),)


def slices_of_dns_names(_: Known) -> tuple[Where, ...]:
    """Read the slices of Services with the usual names, and of that by which node-local caches ask the DNS pods."""
    return (Where(DNS_NAMESPACE, labels=f"{SERVICE_NAME_LABEL} in ({','.join((*DNS_LABEL_VALUES, UPSTREAM))})"),)


def coredns(_: Known) -> tuple[Where, ...]:
    """Get the Corefile where it usually is."""
    return (Where(DNS_NAMESPACE, "coredns"),)


def dns_namespace(_: Known) -> tuple[Where, ...]:
    """Read all of kube-system."""
    return (Where(DNS_NAMESPACE),)


def is_elsewhere(known: Known) -> bool:
    """Return whether kube-system was read, and has no DNS."""
    return not known.found("DNS Service") and known.reading.has("dns")


def labelled_anywhere(_: Known) -> tuple[Where, ...]:
    """Look for the label in all namespaces."""
    return (Where(labels=_LABELLED),)


def is_not_labelled(known: Known) -> bool:
    """Return whether it was looked for by its label in all namespaces, and not found."""
    return known.was_asked("DNS Service elsewhere") and not known.found("DNS Service elsewhere")


def dns_default(_: Known) -> tuple[Where, ...]:
    """Look for OpenShift's name in all namespaces."""
    return (Where(fields="metadata.name=dns-default"),)


def dns_service(known: Known) -> Service | None:
    """Return the DNS Service that was found."""
    usual: tuple[Service, ...] = known.found("DNS Service")
    if usual:
        return min(usual, key=lambda each: (each.name == UPSTREAM, each.name))
    return next(iter(known.found(*ELSEWHERE)), None)


def slices_of_its_name(known: Known) -> tuple[Where, ...]:
    """Read the slices that the usual names missed: a DNS Service may have another one."""
    service = dns_service(known)
    if service is None or known.was_refused("DNS slices"):
        return ()
    if any(_is_slice_of(service, each) for each in known.found("DNS slices")):
        return ()
    return (Where(service.namespace, labels=f"{SERVICE_NAME_LABEL}={service.name}"),)


def _is_slice_of(service: Service, known: EndpointSlice) -> bool:
    return (known.namespace, known.service_name) == (service.namespace, service.name)


def pods_that_it_selects(known: Known) -> tuple[Where, ...]:
    """Read the pods that the usual labels missed: a DNS Service may select by others."""
    service = dns_service(known)
    if service is None or not service.selector.pairs or known.was_refused("DNS pods"):
        return ()
    pods = (each for each in known.found("DNS pods") if each.namespace == service.namespace)
    if any(service.selector.matches(each.labels) for each in pods):
        return ()
    return (Where(service.namespace, labels=str(service.selector)),)


def configs_of_dns(known: Known) -> tuple[Where, ...]:
    """Get what the DNS pods mount beside what was read: another Corefile, what it imports, the stub domains of kube-dns."""
    service = dns_service(known)
    pods: tuple[Pod, ...] = known.found("DNS pods", "DNS pods of another label")
    own = (each for each in pods if service and each.namespace == service.namespace)
    return _mounted((each for each in own if service and service.selector.matches(each.labels)), known)


def configs_of_caches(known: Known) -> tuple[Where, ...]:
    """Get what the node-local caches mount, by one of them: their Corefile, and stub domains."""
    pods: tuple[Pod, ...] = known.found("some node agents")
    return _mounted((each for each in pods if each.labels.get(DNS_LABEL) == NODE_LOCAL), known)


def _mounted(pods: Iterable[Pod], known: Known) -> tuple[Where, ...]:
    read = {(each.namespace, each.name) for each in known.found("Corefile")}
    places = dict.fromkeys((pod.namespace, name) for pod in pods for name in mounted_configs(pod.spec))
    return tuple(Where(space, name) for space, name in places if (space, name) not in read)[:_MOST_CONFIGS]


def config_of_its_name(known: Known) -> tuple[Where, ...]:
    """Get the Corefile that is called like its Service, where the pods do not say: of a DNS elsewhere, and of RKE2's."""
    elsewhere = known.found(*ELSEWHERE)[:1]
    if any(COREFILE in (each.data or {}) for each in known.found("what DNS pods mount")):
        return ()
    own = dns_service(known)
    if not elsewhere and own and own.name.endswith("coredns") and not known.found("Corefile"):
        return (Where(own.namespace, own.name),)
    return tuple(Where(each.namespace, each.name) for each in elsewhere)


def may_kubelets_differ(known: Known) -> bool:
    """Return whether the DNS Service's address is none that installers give it, so kubelets may write another one, or its
    zone is not the default, so that they may write that.

    kubeadm, k3s, kOps, GKE, AKS and EKS take the tenth of the range (kubeadm: GetDNSIP), kubespray the third.
    """
    service = dns_service(known)
    addresses = service.cluster_ips if service else ()
    is_odd = any(is_ip(each) and int(ip_address(each)) % 256 not in _USUAL_PLACES for each in addresses[:1])
    return is_odd or zone_of(known.found(*COREFILES)) != DEFAULT_ZONE


def kubelet_config(_: Known) -> tuple[Where, ...]:
    """Get the configuration of the kubelets where kubeadm keeps it."""
    return (Where(KUBELET_CONFIG.namespace, KUBELET_CONFIG.name),)


def services_of_kubelets(known: Known) -> tuple[Where, ...]:
    """Look for whose address it is that kubelets write into pods."""
    written = (kubelet_nameservers(each) for each in known.found(KUBELETS))
    own = service.cluster_ips if (service := dns_service(known)) else ()
    foreign = (each for addresses in written for each in addresses if each not in own)
    return tuple(Where(fields=f"spec.clusterIP={each}") for each in foreign)[:1]


def its_namespace(known: Known) -> tuple[Where, ...]:
    """Read the namespace of a DNS outside of kube-system."""
    return tuple(Where(each.namespace) for each in known.found(*ELSEWHERE)[:1])


def dns_as_read(known: Known) -> ClusterDns:
    """Return the cluster's DNS by what was read of it alone, before a snapshot is made of all."""
    return cluster_dns(
        Snapshot(
            taken_at=datetime.now(UTC),
            services=known.found("DNS Service", *ELSEWHERE),
            slices=known.found("DNS slices", "DNS slices of another name"),
            pods=known.found("DNS pods", "DNS pods of another label"),
        )
    )


def dns_that_is_down(known: Known) -> tuple[Where, ...]:
    """Read what should have made the pods of a DNS that has none to answer (DNS-001)."""
    service = known.dns.service
    is_down = service and service.selector.pairs and not known.dns.usable
    return (Where(service.namespace),) if service and is_down else ()
