"""Objects that decide a connection and whose meaning k8snet does not evaluate yet; only whom they select is read.

Cilium: https://docs.cilium.io/en/stable/security/policy/ · Calico: https://docs.tigera.io/calico/latest/reference/resources ·
Antrea: https://antrea.io/docs/main/docs/antrea-network-policy/ ·
AWS: https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html and …/cni-network-policy.html ·
GKE: https://cloud.google.com/kubernetes-engine/docs/how-to/fqdn-network-policies ·
Istio: https://istio.io/latest/docs/reference/config/security and …/config/networking ·
Linkerd: https://linkerd.io/2/reference/authorization-policy
"""

from typing import Any

from msgspec import field

from bot.model.kube.objects import KubeObject

# The fields of a rule set that say whom it selects; the others may hold what clients must send, e.g. values of headers.
SELECTING = frozenset(
    {
        *("selector", "namespaceSelector", "podSelector", "endpointSelector", "nodeSelector", "serviceAccountSelector"),
        *("appliedTo", "subject", "targetRef", "targetRefs", "host", "hosts", "gateways", "port", "priority", "tier"),
        *("order", "types", "mtls", "portLevelMtls", "node", "profiles"),
    }
)
# Of an Istio Sidecar all that says which hosts it knows: names and ports, and nothing that a client sends.
_OF_SIDECAR = frozenset({"workloadSelector", "egress", "ingress"})


class OpaqueObject(KubeObject, frozen=True):
    """An object of which `spec` (Cilium: or `specs`) is kept as plain data, as it selects; its row has kind and group."""

    spec: dict[str, Any] = field(default_factory=dict)
    specs: tuple[dict[str, Any], ...] | None = None

    @property
    def selecting(self) -> frozenset[str]:
        """Return the fields of a rule set that are read; all others are dropped."""
        return SELECTING

    @property
    def rules(self) -> tuple[dict[str, Any], ...]:
        """Return every rule set of the object."""
        return self.specs or (self.spec,)


class CiliumNetworkPolicy(OpaqueObject, frozen=True):
    """cilium.io/v2, of one namespace."""


class CiliumClusterwideNetworkPolicy(OpaqueObject, frozen=True):
    """cilium.io/v2, of the cluster."""


class CalicoNetworkPolicy(OpaqueObject, frozen=True):
    """projectcalico.org/v3 and crd.projectcalico.org/v1, of one namespace; its kind is NetworkPolicy."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "NetworkPolicy"

    @property
    def group(self) -> str:
        """Return its API group: Kubernetes, Istio and Linkerd have kinds of one name."""
        return "crd.projectcalico.org"


class GlobalNetworkPolicy(OpaqueObject, frozen=True):
    """projectcalico.org/v3 and crd.projectcalico.org/v1, of the cluster."""


class HostEndpoint(OpaqueObject, frozen=True):
    """projectcalico.org/v3 and crd.projectcalico.org/v1: an interface of a node, which policies guard from then on."""


class EgressFirewall(OpaqueObject, frozen=True):
    """k8s.ovn.org: where pods of a namespace may go outside of the pod network, nodes and the API server included."""


class AntreaNetworkPolicy(OpaqueObject, frozen=True):
    """crd.antrea.io, of one namespace; its kind is NetworkPolicy."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "NetworkPolicy"

    @property
    def group(self) -> str:
        """Return its API group: Kubernetes and Calico have kinds of one name."""
        return "crd.antrea.io"


class AntreaClusterNetworkPolicy(OpaqueObject, frozen=True):
    """crd.antrea.io, of the cluster; its kind is ClusterNetworkPolicy."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "ClusterNetworkPolicy"

    @property
    def group(self) -> str:
        """Return its API group: that of the admin tiers has a kind of one name."""
        return "crd.antrea.io"


class PeerAuthentication(OpaqueObject, frozen=True):
    """security.istio.io: which mTLS a workload takes."""


class IstioAuthorizationPolicy(OpaqueObject, frozen=True):
    """security.istio.io; its kind is AuthorizationPolicy."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "AuthorizationPolicy"

    @property
    def group(self) -> str:
        """Return its API group: Kubernetes, Istio and Linkerd have kinds of one name."""
        return "security.istio.io"


class VirtualService(OpaqueObject, frozen=True):
    """networking.istio.io: where a caller's proxy sends calls to a host."""


class DestinationRule(OpaqueObject, frozen=True):
    """networking.istio.io: how a caller's proxy calls a host, e.g. by which TLS."""


class ServiceEntry(OpaqueObject, frozen=True):
    """networking.istio.io: a host that proxies of the mesh know, at addresses of its own."""


class Sidecar(OpaqueObject, frozen=True):
    """networking.istio.io: which hosts the proxies of a namespace, or of some of its pods, know at all."""

    @property
    def selecting(self) -> frozenset[str]:
        """Return the fields of a rule set that are read; all others are dropped."""
        return _OF_SIDECAR


class SecurityGroupPolicy(OpaqueObject, frozen=True):
    """vpcresources.k8s.aws: pods with security groups of their own, whose rules AWS alone knows."""


class AwsApplicationNetworkPolicy(OpaqueObject, frozen=True):
    """networking.k8s.aws: a NetworkPolicy that also names domains; its kind is ApplicationNetworkPolicy."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "ApplicationNetworkPolicy"


class AwsClusterNetworkPolicy(OpaqueObject, frozen=True):
    """networking.k8s.aws, of the cluster; its kind is ClusterNetworkPolicy."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "ClusterNetworkPolicy"

    @property
    def group(self) -> str:
        """Return its API group: the admin tiers and Antrea have kinds of one name."""
        return "networking.k8s.aws"


class FQDNNetworkPolicy(OpaqueObject, frozen=True):
    """networking.gke.io: pods that may call named hosts only, beside what NetworkPolicies let them."""


class LinkerdServer(OpaqueObject, frozen=True):
    """policy.linkerd.io: a port of pods that takes authorized clients only; its kind is Server."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "Server"


class LinkerdAuthorizationPolicy(OpaqueObject, frozen=True):
    """policy.linkerd.io; its kind is AuthorizationPolicy."""

    @property
    def kind(self) -> str:
        """Return the kind that the API gives it."""
        return "AuthorizationPolicy"

    @property
    def group(self) -> str:
        """Return its API group: Kubernetes, Istio and Linkerd have kinds of one name."""
        return "policy.linkerd.io"
