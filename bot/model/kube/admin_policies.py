"""Policies of whole clusters (policy.networking.k8s.io), as the API holds them; `bot.model.policy` says what they mean.

AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1) are no longer shipped, and still installed; ClusterNetworkPolicy
(v1alpha2, v1beta1: equal schemas) took their place. One set of words serves all three: a field that a kind does not have is
absent. https://network-policy-api.sigs.k8s.io/api-overview/
"""

from msgspec import field

from bot.model.kube.objects import ApiObject, KubeObject
from bot.model.kube.selectors import LabelSelector


class Namespaces(LabelSelector, frozen=True):
    """Namespaces by their labels. Until 0.1.1 the selector of a peer stood in `namespaceSelector`, or two lists of keys stood
    in its place, whose values were to be those of the governed pod's own namespace, or others (NamespacedPeer, v1alpha1).
    """

    namespace_selector: LabelSelector | None = None
    same_labels: tuple[str, ...] | None = None
    not_same_labels: tuple[str, ...] | None = None

    @property
    def selector(self) -> LabelSelector | None:
        """Return the selector, wherever it stands; None where a list of keys stands in its place."""
        if self.is_relative:
            return None
        return self.namespace_selector or LabelSelector(self.match_labels, self.match_expressions)

    @property
    def is_relative(self) -> bool:
        """Return whether it depends on the governed pod's own namespace."""
        return self.same_labels is not None or self.not_same_labels is not None


class NamespacedPods(ApiObject, frozen=True):
    """Pods by their own labels and those of their namespaces; an empty selector selects all. Until 0.1.1: `namespaces`."""

    namespace_selector: LabelSelector = field(default_factory=LabelSelector)
    pod_selector: LabelSelector = field(default_factory=LabelSelector)
    namespaces: Namespaces | None = None

    @property
    def spaces(self) -> LabelSelector | None:
        """Return the selector of namespaces, wherever it stands; None where a list of keys stands in its place."""
        return self.namespaces.selector if self.namespaces is not None else self.namespace_selector


class AdminSubject(ApiObject, frozen=True):
    """Whom the policy governs: exactly one field is set. Pods on the host network are never among them."""

    namespaces: LabelSelector | None = None
    pods: NamespacedPods | None = None


class AdminPeer(ApiObject, frozen=True):
    """One list item of `from` or `to`: exactly one field is set; none means a field of a newer version.

    Nodes, networks and domain names are peers of `to` only.
    """

    namespaces: Namespaces | None = None
    pods: NamespacedPods | None = None
    nodes: LabelSelector | None = None
    networks: tuple[str, ...] | None = None
    domain_names: tuple[str, ...] | None = None


class AdminPortNumber(ApiObject, frozen=True):
    """v1alpha1 `portNumber`; `protocol` defaults to TCP."""

    protocol: str | None = None
    port: int = 0


class AdminPortRange(ApiObject, frozen=True):
    """`portRange` of v1alpha1, where `protocol` defaults to TCP, and `range` of v1alpha2, where it stands around it."""

    protocol: str | None = None
    start: int = 0
    end: int = 0


class AdminPort(ApiObject, frozen=True):
    """One list item of `ports` (v1alpha1): exactly one field is set."""

    port_number: AdminPortNumber | None = None
    named_port: str | None = None
    port_range: AdminPortRange | None = None


class DestinationPort(ApiObject, frozen=True):
    """A number or a range; an absent one means every port of its protocol."""

    number: int | None = None
    range: AdminPortRange | None = None


class OfProtocol(ApiObject, frozen=True):
    """What a rule asks of one protocol."""

    destination_port: DestinationPort | None = None


class AdminProtocol(ApiObject, frozen=True):
    """One list item of `protocols` (v1alpha2): exactly one field is set. A named port may be of any protocol."""

    tcp: OfProtocol | None = None
    udp: OfProtocol | None = None
    sctp: OfProtocol | None = None
    destination_named_port: str | None = None


class AdminRule(ApiObject, frozen=True):
    """One rule of either direction; `action` is Accept (v1alpha1: Allow), Deny or Pass."""

    name: str = ""
    action: str = ""
    from_: tuple[AdminPeer, ...] | None = field(name="from", default=None)
    to: tuple[AdminPeer, ...] | None = None
    ports: tuple[AdminPort, ...] | None = None
    protocols: tuple[AdminProtocol, ...] | None = None


class AdminSpec(ApiObject, frozen=True):
    """`tier` is Admin or Baseline, of a ClusterNetworkPolicy only; `priority` 0 to 1000, the lowest is asked first."""

    tier: str = ""
    priority: int = 0
    subject: AdminSubject = field(default_factory=AdminSubject)
    ingress: tuple[AdminRule, ...] | None = None
    egress: tuple[AdminRule, ...] | None = None


class AdminPolicy(KubeObject, frozen=True):
    """What the three kinds share."""

    spec: AdminSpec = field(default_factory=AdminSpec)

    @property
    def tier(self) -> str:
        """Return the tier it is asked in."""
        return self.spec.tier


class AdminNetworkPolicy(AdminPolicy, frozen=True):
    """policy.networking.k8s.io/v1alpha1 (KEP-2091)."""

    @property
    def tier(self) -> str:
        """Return the tier it is asked in."""
        return "Admin"


class BaselineAdminNetworkPolicy(AdminPolicy, frozen=True):
    """policy.networking.k8s.io/v1alpha1 (KEP-2091): one of a cluster, named `default`."""

    @property
    def tier(self) -> str:
        """Return the tier it is asked in."""
        return "Baseline"


class ClusterNetworkPolicy(AdminPolicy, frozen=True):
    """policy.networking.k8s.io/v1alpha2 and v1beta1."""
