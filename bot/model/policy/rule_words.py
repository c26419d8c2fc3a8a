"""Whom and what a rule means, in words. Pure."""

from bot.model.kube.networkpolicies import Peer, PolicyPort
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import NAME_LABEL
from bot.model.text import listing


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


def nodes_text(selector: LabelSelector) -> str:
    return "every node" if selector.is_empty else f"nodes with {selector}"


def port_text(entry: PolicyPort) -> str:
    """E.g. `8080/TCP`, `8000-8100/TCP`, `every TCP port`."""
    protocol = entry.protocol or "TCP"
    if entry.port is None:
        return f"every {protocol} port"
    last = f"-{entry.end_port}" if entry.end_port is not None else ""
    return f"{entry.port}{last}/{protocol}"
