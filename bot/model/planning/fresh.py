"""Which domains are asked for a name that nobody asked before: is a SERVFAIL true now, or kept? Pure.

CoreDNS (1.15) keeps the SERVFAIL that it makes up itself, where no upstream answers, for 5 seconds by name and type:
https://github.com/coredns/coredns/blob/v1.15.0/plugin/cache/setup.go.
That a made-up name does not exist is as good an answer as any.
"""

from collections.abc import Iterator

from bot.model.case import Case
from bot.model.dns.upstream import is_outside
from bot.model.probe import DnsQuery, Observation, Outcome, Purpose

TRIES = 3
_CAME_BACK = (Outcome.ANSWERED, Outcome.NO_DATA, Outcome.NXDOMAIN)


def fresh_names(case: Case) -> Iterator[DnsQuery]:
    """Yield a fresh name beside each outside one that gave SERVFAIL, asked of the same server."""
    for purpose in (Purpose.TARGET, Purpose.STEP):
        for each in case.measured.queries(purpose):
            if each.outcome is Outcome.SERVFAIL and is_outside(each.query.name, case.snapshot):
                yield beside(each.query)


def answered_beside(case: Case, name: str) -> Observation | None:
    """Return what a fresh name beside this one gave, if the servers of its domain answered; else None."""
    seen = (each for each in case.measured.queries(Purpose.FRESH) if each.query.name == domain_of(name))
    return next((each for each in seen if each.outcome in _CAME_BACK), None)


def beside(query: DnsQuery) -> DnsQuery:
    """Return the lookup of a fresh name in the same domain, of the same server."""
    return DnsQuery(domain_of(query.name), query.server, query.port, query.type, purpose=Purpose.FRESH, tries=TRIES)


def domain_of(name: str) -> str:
    """Return the domain in which a full name lies, with its final dot."""
    return name.partition(".")[2] or "."
