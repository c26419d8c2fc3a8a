"""What one rule of a policy admits: peers and ports, judged and put into words. Rule: three values.

A rule admits a party (YES), does not (NO), or it cannot be told (MAYBE): hostNetwork pods, whose treatment the API leaves
open; a party whose IP or namespace labels are not known; a ClusterIP in an ipBlock, since it is the implementation's
choice whether policies see addresses before or after translation.
https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods
"""

from collections.abc import Iterable
from enum import IntEnum, StrEnum
from functools import cached_property, lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from msgspec import Struct

from bot.model.kube.networkpolicies import IPBlock, Peer, PolicyPort
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import NAME_LABEL, Address, Party, used_addresses
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


class Rule(Struct, frozen=True, dict=True):
    """One item of a policy's `ingress` or `egress`, `index` counted from 0. No peers: everybody. No ports: every port."""

    policy: Ref
    direction: Direction
    index: int
    peers: tuple[Peer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()

    @property
    def blocks(self) -> tuple[IPBlock, ...]:
        return tuple(each.ip_block for each in self.peers if each.ip_block is not None)

    @property
    def field(self) -> str:
        """Where it stands in the policy, e.g. `spec.ingress[0]`."""
        return f"spec.{self.direction.lower()}[{self.index}]"

    @property
    def peers_field(self) -> str:
        return f"{self.field}.{'from' if self.direction is Direction.INGRESS else 'to'}"

    @property
    def admits_everyone(self) -> bool:
        """Every pod of the cluster is admitted, whatever it is."""
        return not self.peers or any(_is_everyone(each) for each in self.peers)

    def __str__(self) -> str:
        """E.g. `app=web of namespace pay on 8080/TCP`."""
        return self._text

    @cached_property
    def _text(self) -> str:
        who = listing([peer_text(each, self.policy.namespace) for each in self.peers], 3) if self.peers else "everyone"
        what = listing([port_text(each) for each in self.ports], 3) if self.ports else "every port"
        return f"{who} on {what}"

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The label keys that it asks for on pods."""
        selectors = [each.pod_selector for each in self.peers if each.pod_selector]
        return tuple(dict.fromkeys(key for selector in selectors for key in selector.keys))


def _is_everyone(peer: Peer) -> bool:
    if peer.ip_block is not None:
        return peer.ip_block.cidr in ("0.0.0.0/0", "::/0") and not peer.ip_block.except_
    spaces, pods = peer.namespace_selector, peer.pod_selector
    return spaces is not None and spaces.is_empty and (pods is None or pods.is_empty)


def match_peers(rule: Rule, party: Party, other: Party) -> Match:
    """Judge the peers of a rule, which are ORed; `other` is the end that the policy isolates."""
    return either(match_selectors(rule, party), match_blocks(rule.blocks, party, other))


def match_selectors(rule: Rule, party: Party) -> Match:
    """Judge the peers of a rule without its ipBlocks: that depends only on what selectors see of the party."""
    if not rule.peers:
        return Match.YES
    home, best = rule.policy.namespace, Match.NO
    for peer in rule.peers:  # a loop, as in `_best`: decisions spend their time here
        match = match_selector(peer, home, party)
        if match is Match.YES:
            return match
        if match is Match.MAYBE:
            best = match
    return best


def match_blocks(blocks: tuple[IPBlock, ...], party: Party, other: Party) -> Match:
    """Judge ipBlocks by the party's address in a connection with `other` (IPBlock, networking/v1)."""
    if not blocks:
        return Match.NO
    addresses = used_addresses(party, other)
    if not addresses:
        return Match.MAYBE
    try:
        return Match.YES if any(holds(block, each) for block in blocks for each in addresses) else Match.NO
    except ValueError:
        return Match.MAYBE


def match_ports(rule: Rule, port: int | None, protocol: str, target: Party) -> Match:
    """Judge the ports of a rule, which are ORed, for a port of the destination pod; None means: not known."""
    return _best(match_port(each, port, protocol, target) for each in rule.ports) if rule.ports else Match.YES


def match_peer(peer: Peer, home: str, party: Party, other: Party) -> Match:
    """Judge one list item of `from` or `to`; `home` is the policy's namespace. An ipBlock stands alone in its item."""
    if peer.ip_block is not None:
        return match_blocks((peer.ip_block,), party, other)
    return match_selector(peer, home, party)


def match_selector(peer: Peer, home: str, party: Party) -> Match:
    """Judge the two selectors of one item, which are ANDed; a lone podSelector means the policy's namespace.

    An item without either, which the API refuses, admits nobody (NetworkPolicyPeer, networking/v1). An address that a
    pod may have which was not read may be anybody's.
    """
    if peer.ip_block is not None:
        return Match.NO
    spaces, pods = peer.namespace_selector, peer.pod_selector
    if party.unread and (pods is not None or spaces is not None):
        return Match.MAYBE
    if not party.namespace or (pods is None and spaces is None) or (spaces is None and party.namespace != home):
        return Match.NO
    if pods is not None and not pods.matches(party.labels):
        return Match.NO
    known = spaces is None or party.matches_namespace(spaces)
    if known is False:
        return Match.NO
    return Match.YES if known and not party.host_network else Match.MAYBE


def either(one: Match, other: Match) -> Match:
    """Join alternatives: the better one counts."""
    return max(one, other)


def match_port(entry: PolicyPort, port: int | None, protocol: str, target: Party) -> Match:
    """Judge one list item of `ports` for a pod port of the destination; a `port` of None means: not known.

    Names resolve on the destination pod, in both directions, with equal protocol (NetworkPolicyPort, networking/v1).
    """
    if (entry.protocol or "TCP") != protocol:
        return Match.NO
    if entry.port is None:
        return Match.YES
    if port is None:
        return Match.MAYBE
    if isinstance(entry.port, str):
        return _match_named(entry.port, port, protocol, target)
    last = entry.port if entry.end_port is None else entry.end_port
    return Match.YES if entry.port <= port <= last else Match.NO


def _best(matches: Iterable[Match]) -> Match:
    best = Match.NO
    for match in matches:
        if match is Match.YES:
            return match
        if match is Match.MAYBE:
            best = match
    return best


def _match_named(name: str, port: int, protocol: str, target: Party) -> Match:
    if target.pod is None:
        return Match.MAYBE if target.namespace else Match.NO
    return Match.YES if target.pod.named_port(name, protocol) == port else Match.NO


def holds(block: IPBlock, address: Address) -> bool:
    """Return whether a block has an address: in its CIDR and in none of its exceptions. ValueError for what is no CIDR."""
    return address in _network(block.cidr) and not any(address in _network(each) for each in block.except_ or ())


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network:
    """Host bits may be set: the API accepts them with a warning. Raises ValueError for what is no CIDR."""
    return ip_network(cidr, strict=False)


def peer_text(peer: Peer, home: str) -> str:
    """Return in words whom a peer means, e.g. `app=web of namespace pay`."""
    if peer.ip_block is not None:
        without = f" except {listing(peer.ip_block.except_, 3)}" if peer.ip_block.except_ else ""
        return f"{peer.ip_block.cidr}{without}"
    if peer.pod_selector is None and peer.namespace_selector is None:
        return "nobody (an empty peer)"
    where = f"namespace {home}" if peer.namespace_selector is None else namespaces_text(peer.namespace_selector)
    every = peer.pod_selector is None or peer.pod_selector.is_empty
    return f"{'every pod' if every else peer.pod_selector} of {where}"


def namespaces_text(selector: LabelSelector) -> str:
    pairs = selector.match_labels or {}
    if selector.is_empty:
        return "every namespace"
    if set(pairs) == {NAME_LABEL} and not selector.match_expressions:
        return f"namespace {pairs[NAME_LABEL]}"
    return f"namespaces with {selector}"


def port_text(entry: PolicyPort) -> str:
    """E.g. `8080/TCP`, `8000-8100/TCP`, `every TCP port`."""
    protocol = entry.protocol or "TCP"
    if entry.port is None:
        return f"every {protocol} port"
    last = f"-{entry.end_port}" if entry.end_port is not None else ""
    return f"{entry.port}{last}/{protocol}"
