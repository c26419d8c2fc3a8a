"""Whether a rule means a party and a port. Rule: three values.

A rule matches a party (YES), does not (NO), or it cannot be told (MAYBE): hostNetwork pods, whose treatment the API leaves
open; a party whose IP or namespace labels are not known; what a domain name resolves to.
https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from bot.model.kube.networkpolicies import IPBlock, Peer, PolicyPort
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import NAME_LABEL, Address, Party, used_addresses
from bot.model.policy.relative import RelativePeer
from bot.model.policy.rules import Match, Rule, Tier


def match_peers(rule: Rule, party: Party, other: Party) -> Match:
    """Judge the peers of a rule, which are ORed; `other` is the end that the policy selects."""
    return max(match_selectors(rule, party), match_addresses(rule, party, other))


def match_selectors(rule: Rule, party: Party) -> Match:
    """Judge the peers of a rule that select pods: that depends only on what selectors see of the party."""
    if rule.is_for_everyone:
        return Match.YES
    hosts = rule.tier is Tier.POLICY
    return _best(match_selector(each, rule.policy.namespace, party, hosts=hosts) for each in rule.peers)


def match_addresses(rule: Rule, party: Party, other: Party, lacking: Match = Match.MAYBE) -> Match:
    """Judge the peers of a rule that ask for more than selectors see: ipBlocks, networks, nodes, domains, both namespaces.

    `lacking`: whether a label that the governed pod's namespace does not have is "a different value" (notSameLabels).
    """
    blocks = match_blocks(rule.blocks, party, other)
    if not (rule.nodes or rule.domains or rule.relatives):  # as with every NetworkPolicy
        return blocks
    found = [blocks]
    found += [_match_nodes(each, party) for each in rule.nodes]
    found += [_match_domain(each, party) for each in rule.domains]
    found += [_match_relative(each, party, other, lacking) for each in rule.relatives]
    return max(found)


def match_blocks(blocks: tuple[IPBlock, ...], party: Party, other: Party) -> Match:
    """Judge ipBlocks by the party's address in a connection with `other` (IPBlock, networking/v1)."""
    if not blocks or not party.in_cidrs:
        return Match.NO
    addresses = used_addresses(party, other)
    if not addresses:
        return Match.MAYBE
    return match_any(blocks, addresses)


def _match_nodes(selector: LabelSelector, party: Party) -> Match:
    """Judge by the labels of the Node that has the address (ClusterNetworkPolicyEgressPeer.nodes, v1alpha2)."""
    if party.node_labels is None:
        return Match.MAYBE if party.may_be_node or party.unread else Match.NO
    return Match.YES if selector.matches(party.node_labels) else Match.NO


def _match_domain(name: str, party: Party) -> Match:
    """Judge what a name resolves to, which nobody asks here: any address outside; of the cluster's own names a pod, too.

    Domain names are for Accept rules only (ClusterNetworkPolicyEgressPeer.domainNames, v1alpha2).
    """
    is_outside = not party.namespace and not party.host_network
    return Match.MAYBE if is_outside or ".svc." in f"{name}." or ".pod." in f"{name}." else Match.NO


def _match_relative(peer: RelativePeer, party: Party, subject: Party, lacking: Match) -> Match:
    """Judge by the labels of both namespaces (NamespacedPeer, v1alpha1 until 0.1.1), whose text leaves `lacking` open."""
    if party.unread:
        return Match.MAYBE
    if not party.namespace or party.host_network or not peer.keys:
        return Match.NO
    if not party.any_labels and not peer.pod_selector.matches(party.labels):
        return Match.NO
    if not set(peer.keys) <= {NAME_LABEL} and not (party.knows_namespace and subject.knows_namespace):
        return Match.MAYBE
    match = _match_values(peer, party.namespace_labels, subject.namespace_labels, lacking)
    return min(match, Match.MAYBE) if party.any_labels and not peer.pod_selector.is_empty else match


def _match_values(peer: RelativePeer, its: dict[str, str], own: dict[str, str], lacking: Match) -> Match:
    if not all(key in its for key in peer.keys):
        return Match.NO
    if peer.is_same:
        return Match.YES if all(own.get(key) == its[key] for key in peer.keys) else Match.NO
    if any(key in own and own[key] != its[key] for key in peer.keys):
        return Match.YES
    return Match.NO if all(key in own for key in peer.keys) else lacking


def match_ports(rule: Rule, port: int | None, protocol: str, target: Party) -> Match:
    """Judge the ports of a rule, which are ORed, for a port of the destination pod; None means: not known."""
    if rule.is_odd or not (rule.ports or rule.has_odd_port):
        return Match.YES
    found = _best(match_port(each, port, protocol, target) for each in rule.ports)
    return max(found, Match.MAYBE) if rule.has_odd_port else found


def match_peer(peer: Peer, rule: Rule, party: Party, other: Party) -> Match:
    """Judge one of a rule's `peers`. An ipBlock stands alone in its item."""
    if peer.ip_block is not None:
        return match_blocks((peer.ip_block,), party, other)
    return match_selector(peer, rule.policy.namespace, party, hosts=rule.tier is Tier.POLICY)


def match_selector(peer: Peer, home: str, party: Party, *, hosts: bool = True) -> Match:
    """Judge the two selectors of one item, which are ANDed; a lone podSelector means the policy's namespace `home`.

    An item without either, which the API refuses, admits nobody (NetworkPolicyPeer, networking/v1). An address that a
    pod may have which was not read may be anybody's. `hosts`: whether pods on the host network may be meant at all.
    """
    spaces, pods = peer.namespace_selector, peer.pod_selector
    if peer.ip_block is not None or (pods is None and spaces is None):
        return Match.NO
    if party.host_network:
        return _match_on_host(peer, home, party) if hosts else Match.NO
    return Match.MAYBE if party.unread else _selects(peer, home, party)


def _match_on_host(peer: Peer, home: str, party: Party) -> Match:
    """Judge who shares a node's address, of which the API leaves two readings: told apart as a pod, or taken for the node.

    Selectors match by the first only; what they do not match there, they match by no reading.
    https://kubernetes.io/docs/concepts/services-networking/network-policies/#networkpolicy-and-hostnetwork-pods
    """
    if party.host_is_node:
        return Match.NO
    who = (party,) if party.namespace else party.tenants
    if who is None:
        return Match.MAYBE
    return Match.MAYBE if any(_selects(peer, home, each) is not Match.NO for each in who) else Match.NO


def _selects(peer: Peer, home: str, party: Party) -> Match:
    """Judge a pod by its labels and those of its namespace."""
    spaces, pods = peer.namespace_selector, peer.pod_selector
    if not party.namespace or (spaces is None and party.namespace != home):
        return Match.NO
    if pods is not None and not party.any_labels and not pods.matches(party.labels):
        return Match.NO
    known = spaces is None or party.matches_namespace(spaces)
    if known is False:
        return Match.NO
    return Match.MAYBE if known is None or (party.any_labels and pods is not None) else Match.YES


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
    return Match.YES if target.named_port(name, protocol) == port else Match.NO


def match_any(blocks: Iterable[IPBlock], addresses: Collection[Address]) -> Match:
    """Return whether any of the blocks has any of the addresses; what is no CIDR may mean each of them."""
    try:
        return Match.YES if any(_holds(block, each) for block in blocks for each in addresses) else Match.NO
    except ValueError:
        return Match.MAYBE


def _holds(block: IPBlock, address: Address) -> bool:
    """Return whether a block has an address: in its CIDR and in none of its exceptions. ValueError for what is no CIDR."""
    return address in _network(block.cidr) and not any(address in _network(each) for each in block.except_ or ())


@lru_cache(maxsize=4096)
def _network(cidr: str) -> IPv4Network | IPv6Network:
    """Host bits may be set: the API took them until 1.36, and keeps those it has. Raises ValueError for what is no CIDR."""
    return ip_network(cidr, strict=False)
