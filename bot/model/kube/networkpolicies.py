"""NetworkPolicies as the API holds them (networking.k8s.io/v1); `bot.model.policy.index` says what they mean."""

from ipaddress import ip_network

from msgspec import field

from bot.model.kube.objects import ApiObject, KubeObject
from bot.model.kube.selectors import LabelSelector


class IPBlock(ApiObject, frozen=True):
    """Networks. Host bits in them count for nothing: 10.0.0.5/8 is 10.0.0.0/8.

    The API stored such until 1.36, keeps what it has, and refuses new ones since (KEP-4858).
    """

    cidr: str = ""
    except_: tuple[str, ...] | None = field(name="except", default=None)

    @property
    def with_host_bits(self) -> tuple[str, ...]:
        """Return what of it is written with host bits."""
        return tuple(each for each in (self.cidr, *(self.except_ or ())) if read_as(each) != each)


def read_as(cidr: str) -> str:
    """Return the network that a text with host bits means; the text itself where it has none, or is no network."""
    try:
        ip_network(cidr)
    except ValueError:
        try:
            return str(ip_network(cidr, strict=False))
        except ValueError:
            return cidr
    return cidr


class Peer(ApiObject, frozen=True):
    """One list item of `from` or `to`: its two selectors are ANDed; a bare podSelector means the policy's namespace."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class PolicyPort(ApiObject, frozen=True):
    """`port` absent means every port; `endPort` counts with a number only; `protocol` defaults to TCP."""

    port: int | str | None = None
    end_port: int | None = None
    protocol: str | None = None


class IngressRuleOfPolicy(ApiObject, frozen=True):
    from_: tuple[Peer, ...] | None = field(name="from", default=None)
    ports: tuple[PolicyPort, ...] | None = None


class EgressRuleOfPolicy(ApiObject, frozen=True):
    to: tuple[Peer, ...] | None = None
    ports: tuple[PolicyPort, ...] | None = None


class NetworkPolicySpec(ApiObject, frozen=True):
    pod_selector: LabelSelector = field(default_factory=LabelSelector)
    policy_types: tuple[str, ...] | None = None
    ingress: tuple[IngressRuleOfPolicy, ...] | None = None
    egress: tuple[EgressRuleOfPolicy, ...] | None = None


class NetworkPolicy(KubeObject, frozen=True):
    spec: NetworkPolicySpec = field(default_factory=NetworkPolicySpec)

    @property
    def directions(self) -> frozenset[str]:
        """`policyTypes`, or where omitted: Ingress always, Egress if there are egress rules (failure-modes B.18)."""
        given = self.spec.policy_types
        if given:
            return frozenset(given)
        return frozenset({"Ingress", "Egress"} if self.spec.egress else {"Ingress"})
