"""What one rule of a policy is, whatever its kind: whom it means, on which ports, and what it does with them. Pure.

A NetworkPolicy's rules and those of the admin tiers are one struct, so selectors and ports have one meaning; where their
texts differ (pods on the host network, no peers at all) the rule's `tier` says so.
"""

from enum import IntEnum, StrEnum

from msgspec import Struct

from bot.model.kube.networkpolicies import IPBlock, Peer, PolicyPort
from bot.model.kube.selectors import LabelSelector
from bot.model.memo import derived
from bot.model.policy.relative import RelativePeer
from bot.model.policy.rule_words import nodes_text, peer_text, port_text
from bot.model.refs import Ref
from bot.model.text import listing


class Direction(StrEnum):
    """The values of `policyTypes`."""

    INGRESS = "Ingress"
    EGRESS = "Egress"


class Match(IntEnum):
    """In order: of alternatives the greatest counts, of what must all hold the least."""

    NO = 0
    MAYBE = 1
    YES = 2


class Tier(StrEnum):
    """Where a rule is asked, in this order (ClusterNetworkPolicySpec.tier); NetworkPolicies stand between the others."""

    ADMIN = "Admin"
    POLICY = "NetworkPolicy"
    BASELINE = "Baseline"


class Action(StrEnum):
    """What a rule does with what it matches; v1alpha1 writes Allow for Accept. A NetworkPolicy's rules can only accept."""

    ACCEPT = "Accept"
    DENY = "Deny"
    PASS = "Pass"  # noqa: S105 (no password)


class Rule(Struct, frozen=True, dict=True):
    """One item of a policy's `ingress` or `egress`, `index` counted from 0. No ports: every port.

    `peers` are in the words of NetworkPolicies whatever the kind; `places` says where each stands in the object. `nodes` and
    `domains` are peers of admin tiers alone. `is_odd`: has a peer of which no field is known here, so it fails closed.
    `has_odd_port`: has an entry of `protocols` or `ports` of which no field is known. An `action` of None is not known here.
    `relatives` are peers that depend on the governed pod's own namespace (v1alpha1 until 0.1.1).
    """

    policy: Ref
    direction: Direction
    index: int
    peers: tuple[Peer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()
    tier: Tier = Tier.POLICY
    action: Action | None = Action.ACCEPT
    name: str = ""
    nodes: tuple[LabelSelector, ...] = ()
    domains: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    is_odd: bool = False
    has_odd_port: bool = False
    relatives: tuple[RelativePeer, ...] = ()

    @derived
    def blocks(self) -> tuple[IPBlock, ...]:
        return tuple(each.ip_block for each in self.peers if each.ip_block is not None)

    @property
    def goes_by_address(self) -> bool:
        """Return whether some peer is held against more than what selectors see of it: its address, or both ends."""
        return bool(self.blocks or self.nodes or self.domains or self.relatives)

    @property
    def field(self) -> str:
        """Where it stands in the policy, e.g. `spec.ingress[0]`."""
        return f"spec.{self.direction.lower()}[{self.index}]"

    @property
    def peers_field(self) -> str:
        return f"{self.field}.{'from' if self.direction is Direction.INGRESS else 'to'}"

    def place(self, peer: int) -> str:
        """Return where one of `peers` stands, e.g. `spec.ingress[0].from[1]`, `spec.egress[0].to[0].networks[2]`."""
        return self.places[peer] if self.places else f"{self.peers_field}[{peer}]"

    @property
    def is_for_everyone(self) -> bool:
        """Return whether it has no peers and needs none: everybody, the outside included (NetworkPolicy), or a closed rule.

        A rule of an admin tier with a peer that is not known is "Deny all" (ClusterNetworkPolicyEgressPeer, v1alpha2).
        """
        return self.is_odd or (self.tier is Tier.POLICY and not self.peers)

    @property
    def admits_everyone(self) -> bool:
        """Every pod of the cluster is admitted, whatever it is."""
        return self.is_for_everyone or any(_is_everyone(each) for each in self.peers)

    def __str__(self) -> str:
        """E.g. `app=web of namespace pay on 8080/TCP`."""
        return self._text

    @derived
    def _text(self) -> str:
        who = [peer_text(each, self.policy.namespace) for each in self.peers]
        who += [nodes_text(each) for each in self.nodes]
        who += [str(each) for each in self.relatives]
        who += [f"what {each} resolves to" for each in self.domains]
        what = listing([port_text(each) for each in self.ports], 3) if self.ports else "every port"
        return f"{'everyone' if self.is_for_everyone else listing(who, 3) or 'nobody'} on {what}"

    @derived
    def keys(self) -> tuple[str, ...]:
        """The label keys that it asks for on pods."""
        selectors = [each.pod_selector for each in self.peers if each.pod_selector]
        return tuple(dict.fromkeys(key for selector in selectors for key in selector.keys))


def _is_everyone(peer: Peer) -> bool:
    if peer.ip_block is not None:
        return peer.ip_block.cidr in ("0.0.0.0/0", "::/0") and not peer.ip_block.except_
    spaces, pods = peer.namespace_selector, peer.pod_selector
    return spaces is not None and spaces.is_empty and (pods is None or pods.is_empty)
