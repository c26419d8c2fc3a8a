"""Zones as CoreDNS writes them: lower case, with a final dot; a network stands for its reverse zones.

https://github.com/coredns/coredns/blob/v1.13.2/plugin/normalize.go and core/dnsserver/register.go.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_network

from msgspec import Struct

from bot.model.dns.corefile.tokens import VARIABLE

_PORTS = {"dns": 53, "tls": 853, "quic": 853, "grpc": 443, "https": 443, "https3": 443}
_MOST_LABEL, _MOST_NAME = 63, 255


class Key(Struct, frozen=True):
    """What a server block serves: a zone, on a port, over a transport."""

    zone: str
    port: int
    transport: str = "dns"


def keys_of(word: str) -> tuple[Key, ...] | None:
    """Return what one key of a server block stands for; None where CoreDNS refuses it."""
    transport, address = _transport(word)
    host, port = _host_and_port(address)
    zones = _zones(host)
    if zones is None or address.endswith(":"):
        return None
    return tuple(Key(each, port or _PORTS.get(transport, 53), transport) for each in zones)


def zones_of(words: Iterable[str]) -> tuple[str, ...]:
    """Return the zones that a plugin's arguments stand for; what is none is left out, as CoreDNS does.

    An environment variable may be any zone, so it stands for all of them: what takes a name by it is not known.
    """
    return tuple(zone for word in words for zone in ((".",) if VARIABLE.search(word) else _zones_in(word)))


def _zones_in(word: str) -> tuple[str, ...]:
    return _zones(_host_and_port(_transport(word)[1])[0]) or ()


def fqdn(name: str) -> str:
    """Return a name in lower case with one final dot."""
    lower = name.lower()
    return lower if lower.endswith(".") else f"{lower}."


def is_name(name: str) -> bool:
    """Return whether a name with its final dot can be asked for: no empty label, no label or name that is too long."""
    labels = name.removesuffix(".").split(".")
    return name == "." or (len(name) < _MOST_NAME and all(0 < len(each) <= _MOST_LABEL for each in labels))


def covers(zone: str, name: str) -> bool:
    """Return whether a name lies in a zone, or is it; both with their final dots."""
    return zone in (".", name) or name.endswith(f".{zone}")


def longest(zones: Iterable[str], name: str) -> str:
    """Return the longest of the zones in which a name lies; empty if it lies in none."""
    return max((each for each in zones if covers(each, name)), key=len, default="")


def _transport(word: str) -> tuple[str, str]:
    scheme, found, rest = word.partition("://")
    return (scheme, rest) if found and scheme in _PORTS else ("dns", word)


def _host_and_port(address: str) -> tuple[str, int]:
    host, found, port = address.rpartition(":")
    return (host, int(port)) if found and port.isascii() and port.isdigit() else (address, 0)


def _zones(host: str) -> tuple[str, ...] | None:
    if "/" in host:
        try:
            return _reverse(ip_network(host, strict=False))
        except ValueError:
            pass
    labels = host.removesuffix(".").split(".")
    if len(host) > _MOST_NAME or any(len(each) > _MOST_LABEL for each in labels):
        return None
    return (fqdn(host),) if host in ("", ".") or all(labels) else None


def _reverse(network: IPv4Network | IPv6Network) -> tuple[str, ...]:
    """Return the zones of a network, one for each that begins at a dot of the reverse name."""
    digit = 8 if network.version == 4 else 4  # noqa: PLR2004 (IPv4)
    length = -(-network.prefixlen // digit) * digit
    found: list[str] = []
    for each in network.subnets(new_prefix=length):
        labels = each.network_address.reverse_pointer.split(".")
        found.append(".".join(labels[(network.max_prefixlen - length) // digit :]) + ".")
    return tuple(found)
