"""NetworkPolicies as the API holds them (networking.k8s.io/v1); `bot.model.policy.index` says what they mean."""

from msgspec import field

from bot.model.kube.objects import ApiObject, KubeObject
from bot.model.kube.selectors import LabelSelector


class IPBlock(ApiObject, frozen=True):
    cidr: str = ""
    except_: tuple[str, ...] | None = field(name="except", default=None)


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
