"""Who is asked for names that are not the cluster's, by the Corefile, and what DNS pods said of them in their logs. Pure.

The sentences are those of plugin/errors and plugin/forward of CoreDNS 1.13.2 and 1.15.0.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.model.dns.cluster_dns import DNS_PORT
from bot.model.dns.configured import Answered, answered
from bot.model.dns.corefile.complaints import unwrapped
from bot.model.dns.corefile.reply import Source
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import covers, fqdn
from bot.model.logs import LogTail
from bot.model.pattern import pattern
from bot.model.refs import is_ip
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

# The name that every server outside of the cluster's zone has to know, and that is nobody's: the root itself.
ROOT = "."
_FAILED = pattern(
    r"plugin/errors: 2 (?P<name>\S+) (?P<type>[A-Z]+): (?P<why>.*(?:i/o timeout|connection refused|no route to host|"
    r"network is unreachable|no healthy upstreams|no upstream host).*)"
)
_SERVER = pattern(r"->(?P<server>\S+):53: ")
_LONGEST = 200  # characters of a line that is quoted


class Complaint(Struct, frozen=True):
    """A line in which a DNS pod says that an upstream server did not answer; `server` is its address where it is said."""

    pod: str
    name: str
    line: str
    server: str = ""


def is_outside(name: str, snapshot: Snapshot) -> bool:
    """Return whether a full name lies outside of the cluster's zone."""
    return not covers(fqdn(snapshot.zone), fqdn(name.lower()))


def handed_to(snapshot: Snapshot, name: str, servers: tuple[str, ...]) -> Answered | None:
    """Return who answers a name for an asker of these nameservers, if others are handed it or nobody is; else None."""
    found = answered(snapshot, name, servers=servers)
    return found if found and found.reply.source in (Source.UPSTREAM, Source.NOBODY) else None


def servers_of(forward: Directive) -> tuple[tuple[str, int], ...]:
    """Return addresses and ports that a `forward` names in plain DNS; a file, or a server by its name, is none."""
    words = (each.text.removeprefix("dns://") for each in forward.args[1:])
    places = ((each, "") if is_ip(each) else each.rpartition(":")[::2] for each in words)
    return tuple(
        (host.strip("[]"), int(port) if port.isdecimal() else DNS_PORT)
        for host, port in places
        if is_ip(host.strip("[]"))
    )


def complaints(logs: tuple[LogTail, ...], pods: frozenset[str], namespace: str) -> Iterator[Complaint]:
    """Yield what the DNS pods said of upstream servers, the last line first."""
    for tail in logs:
        if tail.namespace == namespace and tail.pod in pods:
            for line in map(unwrapped, reversed(tail.lines)):
                if found := _FAILED.search(line):
                    server = _SERVER.search(found["why"])
                    told = one_line(line.strip(), limit=_LONGEST)
                    yield Complaint(tail.pod, fqdn(found["name"].lower()), told, server["server"] if server else "")
