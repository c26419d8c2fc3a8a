"""Where probes may go: what a cluster's objects name must not make this host talk to itself or to its cloud's metadata."""

from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

Policy = Callable[[str], bool]


def is_callable(address: str) -> bool:
    """Return whether TCP and HTTP probes may go to an address: to none of loopback, link-local, multicast or unspecified.

    An IPv4 address inside IPv6 (`::ffff:127.0.0.1`) counts as itself. What is no address is left to the probe to refuse.
    """
    try:
        known = ip_address(address)
    except ValueError:
        return True
    inside = known.ipv4_mapped if isinstance(known, IPv6Address) else None
    meant = inside or known
    return not (meant.is_loopback or meant.is_link_local or meant.is_unspecified or meant.is_multicast)
