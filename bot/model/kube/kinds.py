"""The one table of kinds: whatever k8snet can read is one row here. A new kind is its struct and its row.

Reading (paths, RBAC), dumps, snapshots, references, what-if and kubectl's words follow from it. Two kinds may have one
name in different API groups (Calico has a `NetworkPolicy`, too): a kind is told by its struct, or by name and group.
"""

from msgspec import Struct

from bot.model.kube import opaque
from bot.model.kube.admin_policies import AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy
from bot.model.kube.autoscaling import HorizontalPodAutoscaler
from bot.model.kube.gateway import Gateway, GRPCRoute, HTTPRoute, ReferenceGrant, TLSRoute
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.volumes import PersistentVolumeClaim, StorageClass
from bot.model.kube.workloads import (
    ConfigMap,
    DaemonSet,
    Deployment,
    Event,
    Ingress,
    IngressClass,
    Namespace,
    Node,
    ReplicaSet,
    ReplicationController,
    StatefulSet,
    Workload,
)

Verbs = tuple[str, ...]
READ: Verbs = ("get", "list")
# Objects in one answer: what kubectl asks for.
# https://kubernetes.io/docs/reference/using-api/api-concepts/#retrieving-large-results-sets-in-chunks
PAGE = 500


class Kind(Struct, frozen=True):
    """One kind of the API.

    `groups` are its API groups, the one asked first in front; `versions` those that have it in the shape of `struct`, the
    preferred first. `need` is the name under which what is missing of it is told; `field` its place in the Snapshot,
    empty for those that lie together in `others`. `optional`: its API may not be served, and then there are none.
    """

    struct: type[KubeObject]
    plural: str
    groups: tuple[str, ...] = ("",)
    versions: tuple[str, ...] = ("v1",)
    name: str = ""
    short: str = ""
    field: str = ""
    need: str = ""
    namespaced: bool = True
    optional: bool = False
    verbs: Verbs = READ
    page: int = PAGE

    @property
    def kind(self) -> str:
        """Return its name in the API, e.g. `Service`."""
        return self.name or self.struct.__name__

    @property
    def group(self) -> str:
        """Return the API group it is asked for in."""
        return self.groups[0]

    @property
    def gap(self) -> str:
        """Return the need that is open where it was not read."""
        return self.need or self.plural

    @property
    def key(self) -> str:
        """Return what tells it from all others, as kubectl writes it: `HTTPRoute.gateway.networking.k8s.io`."""
        return f"{self.kind}.{self.group}" if self.group else self.kind


def _policy(struct: type[KubeObject], plural: str, group: str, *versions: str, **more: object) -> Kind:
    return Kind(struct, plural, (group,), versions, optional=True, **more)  # type: ignore[arg-type]  # fields of Kind


_NETWORKING, _ADMIN, _GATEWAY = "networking.k8s.io", "policy.networking.k8s.io", "gateway.networking.k8s.io"
_CALICO = ("crd.projectcalico.org", "projectcalico.org")
_ANTREA, _ISTIO_ROUTES = "crd.antrea.io", "networking.istio.io"
_AWS_VPC, _AWS, _GKE = "vpcresources.k8s.aws", "networking.k8s.aws", "networking.gke.io"
_ISTIO, _LINKERD = "security.istio.io", "policy.linkerd.io"

KINDS: tuple[Kind, ...] = (
    Kind(Service, "services", short="svc", field="services"),
    Kind(EndpointSlice, "endpointslices", ("discovery.k8s.io",), field="slices"),
    Kind(Pod, "pods", short="pod", field="pods"),
    # A question reads all nodes, and has few requests to spend; a thousand are some 10 MB.
    Kind(Node, "nodes", short="node", field="nodes", namespaced=False, page=1000),
    Kind(Namespace, "namespaces", short="ns", field="namespaces", namespaced=False),
    Kind(Deployment, "deployments", ("apps",), short="deploy", field="deployments", need="workloads"),
    Kind(StatefulSet, "statefulsets", ("apps",), short="sts", field="stateful_sets", need="workloads"),
    Kind(DaemonSet, "daemonsets", ("apps",), short="ds", field="daemon_sets", need="workloads"),
    Kind(ReplicaSet, "replicasets", ("apps",), short="rs", field="replica_sets", need="workloads"),
    Kind(ReplicationController, "replicationcontrollers", short="rc", need="workloads"),
    Kind(
        HorizontalPodAutoscaler,
        "horizontalpodautoscalers",
        ("autoscaling",),
        ("v2",),
        short="hpa",
        need="autoscalers",
    ),
    Kind(NetworkPolicy, "networkpolicies", (_NETWORKING,), short="netpol", field="policies"),
    Kind(Ingress, "ingresses", (_NETWORKING,), short="ing", field="ingresses"),
    Kind(IngressClass, "ingressclasses", (_NETWORKING,), need="ingresses", namespaced=False),
    Kind(Event, "events", field="events"),
    Kind(ConfigMap, "configmaps", short="cm", field="config_maps", need="corefile", verbs=("get",)),
    Kind(PersistentVolumeClaim, "persistentvolumeclaims", short="pvc", need="volumes"),
    Kind(StorageClass, "storageclasses", ("storage.k8s.io",), short="sc", need="volumes", namespaced=False),
    Kind(HTTPRoute, "httproutes", (_GATEWAY,), ("v1", "v1beta1"), optional=True),
    Kind(GRPCRoute, "grpcroutes", (_GATEWAY,), ("v1", "v1alpha2"), optional=True),
    Kind(TLSRoute, "tlsroutes", (_GATEWAY,), ("v1", "v1alpha3", "v1alpha2"), optional=True),
    Kind(Gateway, "gateways", (_GATEWAY,), ("v1", "v1beta1"), short="gtw", optional=True),
    Kind(ReferenceGrant, "referencegrants", (_GATEWAY,), ("v1", "v1beta1"), optional=True),
    _policy(ClusterNetworkPolicy, "clusternetworkpolicies", _ADMIN, "v1beta1", "v1alpha2", namespaced=False),
    _policy(AdminNetworkPolicy, "adminnetworkpolicies", _ADMIN, "v1alpha1", namespaced=False),
    _policy(BaselineAdminNetworkPolicy, "baselineadminnetworkpolicies", _ADMIN, "v1alpha1", namespaced=False),
    _policy(opaque.CiliumNetworkPolicy, "ciliumnetworkpolicies", "cilium.io", "v2"),
    _policy(
        opaque.CiliumClusterwideNetworkPolicy, "ciliumclusterwidenetworkpolicies", "cilium.io", "v2", namespaced=False
    ),
    Kind(
        opaque.CalicoNetworkPolicy,
        "networkpolicies",
        _CALICO,
        ("v1", "v3"),
        name="NetworkPolicy",
        need="calico networkpolicies",
        optional=True,
    ),
    Kind(opaque.GlobalNetworkPolicy, "globalnetworkpolicies", _CALICO, ("v1", "v3"), namespaced=False, optional=True),
    Kind(opaque.HostEndpoint, "hostendpoints", _CALICO, ("v1", "v3"), namespaced=False, optional=True),
    _policy(opaque.EgressFirewall, "egressfirewalls", "k8s.ovn.org", "v1"),
    _policy(
        opaque.AntreaNetworkPolicy,
        "networkpolicies",
        _ANTREA,
        "v1beta1",
        "v1alpha1",
        name="NetworkPolicy",
        need="antrea networkpolicies",
    ),
    _policy(
        opaque.AntreaClusterNetworkPolicy,
        "clusternetworkpolicies",
        _ANTREA,
        "v1beta1",
        "v1alpha1",
        name="ClusterNetworkPolicy",
        need="antrea clusternetworkpolicies",
        namespaced=False,
    ),
    _policy(opaque.SecurityGroupPolicy, "securitygrouppolicies", _AWS_VPC, "v1beta1"),
    _policy(
        opaque.AwsApplicationNetworkPolicy,
        "applicationnetworkpolicies",
        _AWS,
        "v1alpha1",
        name="ApplicationNetworkPolicy",
    ),
    _policy(
        opaque.AwsClusterNetworkPolicy,
        "clusternetworkpolicies",
        _AWS,
        "v1alpha1",
        name="ClusterNetworkPolicy",
        need="aws clusternetworkpolicies",
        namespaced=False,
    ),
    _policy(opaque.FQDNNetworkPolicy, "fqdnnetworkpolicies", _GKE, "v1alpha3", "v1alpha1"),
    _policy(opaque.PeerAuthentication, "peerauthentications", _ISTIO, "v1", "v1beta1"),
    _policy(
        opaque.IstioAuthorizationPolicy,
        "authorizationpolicies",
        _ISTIO,
        "v1",
        "v1beta1",
        name="AuthorizationPolicy",
        need="istio authorizationpolicies",
    ),
    _policy(opaque.VirtualService, "virtualservices", _ISTIO_ROUTES, "v1", "v1beta1", "v1alpha3"),
    _policy(opaque.DestinationRule, "destinationrules", _ISTIO_ROUTES, "v1", "v1beta1", "v1alpha3"),
    _policy(opaque.ServiceEntry, "serviceentries", _ISTIO_ROUTES, "v1", "v1beta1", "v1alpha3"),
    _policy(opaque.Sidecar, "sidecars", _ISTIO_ROUTES, "v1", "v1beta1", "v1alpha3"),
    _policy(
        opaque.LinkerdServer,
        "servers",
        _LINKERD,
        "v1beta3",
        "v1beta2",
        "v1beta1",
        name="Server",
        need="linkerd servers",
    ),
    _policy(
        opaque.LinkerdAuthorizationPolicy,
        "authorizationpolicies",
        _LINKERD,
        "v1alpha1",
        name="AuthorizationPolicy",
        need="linkerd authorizationpolicies",
    ),
)

BY_STRUCT = {each.struct: each for each in KINDS}
_BY_NAME = {(each.kind, group): each for each in reversed(KINDS) for group in each.groups}
_FIRST = {each.kind: each for each in reversed(KINDS)}
BY_KEY = {each.key: each for each in KINDS}
SHORT = {each.kind: each.short for each in reversed(KINDS) if each.short}
WORKLOADS = tuple(each for each in KINDS if issubclass(each.struct, Workload))


def kind_of(name: str, group: str | None = None) -> Kind | None:
    """Return the row of a kind by its name and API group; with None for the group the first of that name."""
    return _FIRST.get(name) if group is None else _BY_NAME.get((name, group))


def row(struct: type[KubeObject]) -> Kind:
    """Return the row of a struct. Raises KeyError for a class that is no kind."""
    return BY_STRUCT[struct]


# Kinds that make pods and that people name as callers; the last two are not read.
WORKLOAD_WORDS = {
    **{word: each.kind for each in WORKLOADS for word in (each.kind.lower(), each.plural, each.short)},
    **dict.fromkeys(("job", "jobs"), "Job"),
    **dict.fromkeys(("cronjob", "cronjobs", "cj"), "CronJob"),
}


def workload_kind(word: str) -> str:
    """Return the kind that a word names as kubectl does (`deploy`, `deployments`); another word stays as it is."""
    return WORKLOAD_WORDS.get(word.lower(), word)
