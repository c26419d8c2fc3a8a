"""Which ranges of pods an address lies in, and which nodes have an address within a range: each one look, however many nodes.

Made once of the nodes, and of the Services, that several calls have in common.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import chain

from bot.model.kube.workloads import Node
from bot.model.memo import for_same, memo
from bot.model.snapshot import Snapshot

_Key = tuple[int, int, int]  # IP version, length of the prefix, first address


class NodeRanges:
    """The nodes' ranges of pods, and their own addresses. What is no range, or no address, is left out."""

    def __init__(self, nodes: tuple[Node, ...]) -> None:
        """Keep each of these in its order."""
        self._places: dict[_Key, list[int]] = {}
        own = []
        for place, node in enumerate(nodes):
            if known := _network(node.spec.pod_cidr):
                self._places.setdefault(_key(known), []).append(place)
            own += [(*its, place, each) for each in node.addresses if (its := _number(each))]
        self._nodes = nodes
        self._own = sorted(own)
        self._lengths = sorted({each[:2] for each in self._places})

    def holding(self, address: str) -> Iterator[Node]:
        """Yield the nodes in whose range of pods an address lies, in their order."""
        if (known := _number(address)) is None:
            return
        version, number = known
        bits = 32 if version == 4 else 128  # noqa: PLR2004 (the two versions of IP)
        spares = [bits - length for its, length in self._lengths if its == version]
        places = (self._places.get((version, bits - each, number >> each << each), ()) for each in spares)
        yield from (self._nodes[each] for each in sorted(chain.from_iterable(places)))

    def within(self, block: str) -> tuple[Node, str] | None:
        """Return the first node that has an address in this block, with that address; None where none has."""
        known = _network(block)
        if known is None:
            return None
        first, last = int(known.network_address), int(known.broadcast_address)
        found = self._own[
            bisect_left(self._own, (known.version, first)) : bisect_right(self._own, (known.version, last + 1))
        ]
        place, address = min(((place, address) for *_, place, address in found), default=(-1, ""))
        return (self._nodes[place], address) if address else None


@for_same
def node_ranges(nodes: tuple[Node, ...]) -> NodeRanges:
    """Return what is known of the ranges and addresses of these nodes."""
    return NodeRanges(nodes)


@memo
def cluster_addresses(snapshot: Snapshot) -> dict[int, list[int]]:
    """Return the ClusterIPs that were read as numbers, in order, by the version of IP."""
    known = sorted({its for one in snapshot.services for each in one.cluster_ips if (its := _number(each))})
    return {version: [number for its, number in known if its == version] for version in (4, 6)}


def neighbours(address: str, snapshot: Snapshot) -> tuple[str, str] | None:
    """Return the ClusterIPs next below and next above an address; None where it is no address, or one side has none."""
    if (own := _number(address)) is None:
        return None
    version, number = own
    known = cluster_addresses(snapshot)[version]
    below, above = bisect_left(known, number), bisect_right(known, number)
    if not below or above == len(known):
        return None
    make = type(ip_address(address))
    return str(make(known[below - 1])), str(make(known[above]))


@lru_cache(4096)
def _number(address: str) -> tuple[int, int] | None:
    """Return the version and number of an address; None of what is none (a ClusterIP of None, a node's host name)."""
    try:
        known = ip_address(address)
    except ValueError:
        return None
    return known.version, int(known)


def _key(network: IPv4Network | IPv6Network) -> _Key:
    return network.version, network.prefixlen, int(network.network_address)


@lru_cache(4096)
def _network(block: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(block, strict=False)
    except ValueError:
        return None
