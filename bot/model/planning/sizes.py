"""Which names are asked at each size of UDP answers that programs ask for, and over TCP by itself. Pure.

Rule: only what may be long is tried. A ClusterIP is one address, and fits everywhere.
"""

from collections.abc import Iterator

from bot.model.case import Case
from bot.model.dns.search.answers import AtSize
from bot.model.dns.search.step import is_cut
from bot.model.probe import EDNS_PAYLOAD, DnsQuery, Observation, Outcome, Purpose

# Without EDNS 512 bytes (RFC 1035, 4.2.1): the C libraries, HAProxy. 1232: Go, c-ares. 4096: Netty (docs/resolvers.md).
SIZES = (0, EDNS_PAYLOAD, 4096)
PLAIN = 512  # bytes
TRIES = 3


def limit_of(query: DnsQuery) -> int:
    """Return how many bytes an answer to a query may have over UDP; 0: it is asked over TCP, where there is no limit."""
    return 0 if query.transport == "tcp" else query.payload or PLAIN


def at_size(seen: Observation) -> AtSize:
    """Return what a query of one size gave, as the simulation of resolvers reads it."""
    return AtSize(limit_of(seen.query), seen.outcome, seen.answers, bool(seen.detail.get("truncated")))


def size_probes(case: Case) -> Iterator[DnsQuery]:
    """Yield the sizes for a name whose endpoints, as the objects have them, do not fit into a plain answer."""
    dns, service = case.dns, case.service
    if dns.port is None or service is None or not service.is_headless:
        return
    counts = {"A": 0, "AAAA": 0}
    for address in {each.address for each in case.backends.all_usable}:
        counts["AAAA" if ":" in address else "A"] += 1
    for kind, number in counts.items():
        if is_cut(case.fqdn, kind, number, PLAIN):
            yield from of_each_size(DnsQuery(case.fqdn, dns.address, dns.port.port, kind))


def more_sizes(case: Case) -> Iterator[DnsQuery]:
    """Yield the sizes for a name that turned out to be long: an alias's, or one that other servers answer."""
    tried = {(each.query.name, each.query.type) for each in case.measured.queries(Purpose.SIZE)}
    for each in case.measured.queries(Purpose.SERVICE):
        if is_long(each) and (each.query.name, each.query.type) not in tried:
            yield from of_each_size(each.query)


def is_long(seen: Observation) -> bool:
    """Return whether an answer was cut, or holds more addresses than a plain one has room for."""
    query = seen.query
    is_full = seen.outcome is Outcome.ANSWERED and is_cut(query.name, query.type, len(seen.answers), PLAIN)
    return query.transport == "udp" and (bool(seen.detail.get("truncated")) or is_full)


def of_each_size(asked: DnsQuery) -> Iterator[DnsQuery]:
    """Yield the lookup at each size, and over TCP."""
    where = (asked.name, asked.server, asked.port, asked.type)
    for each in SIZES:
        yield DnsQuery(*where, "udp", Purpose.SIZE, tries=TRIES, payload=each)
    yield DnsQuery(*where, "tcp", Purpose.SIZE, tries=TRIES)
