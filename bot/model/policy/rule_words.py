"""Whom and what a rule means, in words. Pure."""

from bot.model.kube.networkpolicies import Peer, PolicyPort, read_as
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import NAME_LABEL
from bot.model.text import listing


def peer_text(peer: Peer, home: str) -> str:
    """Return in words whom a peer means, e.g. `app=web of namespace pay`."""
    if peer.ip_block is not None:
        holes = [_network_text(each) for each in peer.ip_block.except_ or ()]
        return f"{_network_text(peer.ip_block.cidr)}{f' except {listing(holes, 3)}' if holes else ''}"
    if peer.pod_selector is None and peer.namespace_selector is None:
        return "nobody (an empty peer)"
    where = f"namespace {home}" if peer.namespace_selector is None else namespaces_text(peer.namespace_selector)
    every = peer.pod_selector is None or peer.pod_selector.is_empty
    return f"{'every pod' if every else peer.pod_selector} of {where}"


def _network_text(cidr: str) -> str:
    """E.g. `10.0.0.5/8 (that is 10.0.0.0/8)`."""
    return cidr if read_as(cidr) == cidr else f"{cidr} (that is {read_as(cidr)})"


def namespaces_text(selector: LabelSelector) -> str:
    pairs = selector.match_labels or {}
    if selector.is_empty:
        return "every namespace"
    if set(pairs) == {NAME_LABEL} and not selector.match_expressions:
        return f"namespace {pairs[NAME_LABEL]}"
    return f"namespaces with {selector}"


def nodes_text(selector: LabelSelector) -> str:
    return "every node" if selector.is_empty else f"nodes with {selector}"


def port_text(entry: PolicyPort) -> str:
    """E.g. `8080/TCP`, `8000-8100/TCP`, `every TCP port`."""
    protocol = entry.protocol or "TCP"
    if entry.port is None:
        return f"every {protocol} port"
    last = f"-{entry.end_port}" if entry.end_port is not None else ""
    return f"{entry.port}{last}/{protocol}"
