"""Who answers the Service's name: the cluster's objects, or a rule of the Corefile that stands before them.

`why` (the hop *record*) and the checks DNS-005 and DNS-031 share it, so they cannot disagree.
"""

from enum import StrEnum

from msgspec import Struct

from bot.model.call.hops.endpoints import published
from bot.model.case import Case
from bot.model.dns.configured import configured_dns, reply_for
from bot.model.dns.corefile.reply import Query, Reply, Scope, Source
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import fqdn
from bot.model.dns.objects import found_in
from bot.model.memo import memo
from bot.model.probe import Outcome
from bot.model.text import listing, one_line

_LONGEST = 100
_SAYS = {
    Outcome.NXDOMAIN: "NXDOMAIN",
    Outcome.SERVFAIL: "SERVFAIL",
    Outcome.NO_DATA: "no address",
    Outcome.DNS_REFUSED: "REFUSED",
    Outcome.TIMEOUT: "nothing at all",
}


class Cause(StrEnum):
    """Why the name does not have the Service's address."""

    OTHER = "other"  # something else than the cluster's objects answers (DNS-005)
    LEFT_OUT = "left out"  # the kubernetes plugin does not serve this Service (DNS-031)
    UNREAD = "unread"  # nobody can tell


class Detour(Struct, frozen=True):
    """What stands between the name and the Service, in words that follow "because"; `by` is the directive, if it is one."""

    cause: Cause
    words: str
    reply: Reply
    by: Directive | None = None


@memo
def detour(case: Case) -> Detour | None:
    """Return what keeps the Corefile from answering the Service's name with the Service; None where it does, or is not known.

    A name that the objects do not have either is no matter of the Corefile.
    """
    known = configured_dns(case.snapshot)
    if known is None or case.service is None or known.corefile.is_plain(fqdn(case.fqdn), known.port):
        return None  # as nearly always
    reply = _reply(case)
    if reply is None:
        return None
    if reply.source is Source.UNKNOWN:
        return Detour(Cause.UNREAD, reply.why, reply, reply.by)
    if reply.outcome is Outcome.NOT_RUN and reply.source is Source.CLUSTER:
        if case.service.is_external_name:
            return None  # its target lies elsewhere
        return Detour(Cause.UNREAD, "what its kubernetes plugin goes by was not read", reply, reply.by)
    own = set(case.service.cluster_ips) or set(published(case))
    if reply.addresses and set(reply.addresses) <= own:
        return None
    if _by_objects(case) is Outcome.NXDOMAIN:
        return None
    if reply.source is Source.CLUSTER and not reply.rewrites:
        return _left_out(case, reply)
    return Detour(Cause.OTHER, _words(reply), reply, reply.rewrites[0] if reply.rewrites else reply.by)


def at(by: Directive) -> str:
    """Return where a directive stands, and its first line."""
    place = f"line {by.line} of {by.file or 'the Corefile'}"
    return f"{place} ({one_line(by.words, limit=_LONGEST)})"


def _reply(case: Case) -> Reply | None:
    client = case.caller.pod.ip if case.caller.pod else ""
    return reply_for(case.snapshot, case.fqdn, _kind(case), client or "")


def _kind(case: Case) -> str:
    addresses = case.service.cluster_ips if case.service else ()
    return "AAAA" if addresses and all(":" in each for each in addresses) else "A"


def _by_objects(case: Case) -> tuple[str, ...] | Outcome:
    return found_in(case.snapshot, Query(fqdn(case.fqdn), _kind(case)), Scope((fqdn(case.snapshot.zone),)))


def _left_out(case: Case, reply: Reply) -> Detour | None:
    known = configured_dns(case.snapshot)
    if reply.outcome is not Outcome.NXDOMAIN or known is None or reply.by is None:
        return None
    limits = ("namespaces", "namespace_labels", "labels", "noendpoints", "ignore")
    lines = [line for line in reply.by.body if line and line[0].text in limits]
    told = [f"{' '.join(each.text for each in line)} (line {line[0].line})" for line in lines]
    words = f"its kubernetes plugin leaves it out: {one_line(listing(told), limit=_LONGEST)}"
    return Detour(Cause.LEFT_OUT, words, reply, reply.by) if told else None


def _words(reply: Reply) -> str:
    changed = f"{at(reply.rewrites[0])} makes it {reply.asked.rstrip('.')}, and " if reply.rewrites else ""
    return f"{changed}{_answer(reply)}"


def _answer(reply: Reply) -> str:
    says = listing(list(reply.addresses)) or _SAYS.get(reply.outcome, "another address")
    if reply.source is Source.NOBODY and reply.outcome is Outcome.DNS_REFUSED:
        return "no server block of the Corefile takes that name: CoreDNS says REFUSED"
    if reply.source is Source.NOBODY:
        return "no plugin of its server block answers that name: CoreDNS says SERVFAIL"
    if reply.source is Source.CLUSTER:
        return f"the cluster gives that name {says}"
    if reply.by is None:
        return f"something else answers {says}"
    if reply.source is Source.UPSTREAM:
        return f"{at(reply.by)} hands that name to other servers: no kubernetes plugin serves it"
    return f"{at(reply.by)} answers {says}"
