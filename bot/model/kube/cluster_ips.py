"""Whether an address may be a ClusterIP, of which the API shows those that are given, and not the range."""

from collections.abc import Iterable
from ipaddress import ip_address, ip_network

_SHARED = 16  # bits of an IPv4 address that ClusterIPs of one cluster share


def is_near(address: str, known: Iterable[str]) -> bool:
    """Return whether an IPv4 address has its first half in common with one of these ClusterIPs."""
    near = (ip_network(f"{each}/{_SHARED}", strict=False) for each in known if ":" not in each)
    return ":" not in address and any(ip_address(address) in each for each in near)
