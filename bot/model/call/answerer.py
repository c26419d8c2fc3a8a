"""Who answers the Service's name: the cluster's objects, or a rule of the Corefile that stands before them.

`why` (the hop *record*) and the checks DNS-005 and DNS-031 share it, so they cannot disagree.
"""

from enum import StrEnum

from msgspec import Struct

from bot.model.call.asked_name import asked_name
from bot.model.call.hops.endpoints import published
from bot.model.case import Case
from bot.model.dns.configured import Answered, Configured, answered, asks_cluster, is_plain, may_know_cluster, place_of
from bot.model.dns.corefile.reply import Query, Reply, Scope, Source
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import fqdn
from bot.model.dns.objects import found_in
from bot.model.memo import memo
from bot.model.probe import Outcome, Purpose
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
    configured: Configured
    by: Directive | None = None


@memo
def detour(case: Case) -> Detour | None:
    """Return what keeps the Corefile from answering the Service's name with the Service; None where it does, or is not known.

    A name that the objects do not have either is no matter of the Corefile, nor is one that leads there in another zone.
    """
    if case.service is None or is_plain(case.snapshot, case.fqdn) or other_name(case):
        return None  # as nearly always
    found = _answered(case)
    if found is None:
        return None
    reply, known = found.reply, found.by
    if reply.source is Source.UNKNOWN:
        return Detour(Cause.UNREAD, reply.why, reply, known, reply.by)
    if reply.outcome is Outcome.NOT_RUN and reply.source is Source.CLUSTER:
        if case.service.is_external_name:
            return None  # its target lies elsewhere
        return Detour(Cause.UNREAD, "what its kubernetes plugin goes by was not read", reply, known, reply.by)
    own = set(case.service.cluster_ips) or set(published(case))
    if reply.addresses and set(reply.addresses) <= own:
        return None
    by_objects = _by_objects(case)
    if by_objects is Outcome.NXDOMAIN:
        return None
    if reply.source is Source.UPSTREAM and reply.by and _may_be_answered(case, reply.by):
        words = f"{place_of(reply.by)} hands that name to a server whose answers are not known"
        return Detour(Cause.UNREAD, words, reply, known, reply.by)
    if reply.source is Source.CLUSTER and not reply.rewrites:
        return _left_out(reply, known) or (_in_another_zone(reply, known) if by_objects else None)
    words = f"{_words(reply, case.fqdn)}{_zones_beside(reply, known)}"
    return Detour(Cause.OTHER, words, reply, known, reply.rewrites[0] if reply.rewrites else reply.by)


def other_name(case: Case) -> str:
    """Return the full name by which every resolver is led to the Service, where it is not the one in the cluster's zone.

    As `user-service.shop.svc.` is with a `kubernetes` plugin that counts its zone from the root. Empty where there is none,
    or the Service's own name was measured.
    """
    asked = asked_name(case)
    if asked is None or case.service is None or case.measured.queries(Purpose.SERVICE):
        return ""
    own = set(case.service.cluster_ips) or set(published(case))
    hits = {each.hit.lower() for each in asked.found}
    is_led = len(asked.found) == len(asked.conclusions) and bool(asked.addresses) and set(asked.addresses) <= own
    return min(hits) if is_led and fqdn(case.fqdn) not in hits else ""


def _answered(case: Case) -> Answered | None:
    caller = case.caller
    return answered(case.snapshot, case.fqdn, _kind(case), caller.address, caller.resolv_conf.nameservers)


def _may_be_answered(case: Case, by: Directive) -> bool:
    """Return whether others than the cluster's DNS Service may know its names; what comes back to that one is lost."""
    return may_know_cluster(case.snapshot, by) and not asks_cluster(case.snapshot, by)


def _kind(case: Case) -> str:
    addresses = case.service.cluster_ips if case.service else ()
    return "AAAA" if addresses and all(":" in each for each in addresses) else "A"


def _by_objects(case: Case) -> tuple[str, ...] | Outcome:
    return found_in(case.snapshot, Query(fqdn(case.fqdn), _kind(case)), Scope((fqdn(case.snapshot.zone),)))


def _left_out(reply: Reply, known: Configured) -> Detour | None:
    if reply.outcome is not Outcome.NXDOMAIN or reply.by is None:
        return None
    limits = ("namespaces", "namespace_labels", "labels", "noendpoints", "ignore")
    lines = [line for line in reply.by.body if line and line[0].text in limits]
    told = [f"{' '.join(each.text for each in line)} (line {line[0].line})" for line in lines]
    words = f"its kubernetes plugin leaves it out: {one_line(listing(told), limit=_LONGEST)}"
    return Detour(Cause.LEFT_OUT, words, reply, known, reply.by) if told else None


def _in_another_zone(reply: Reply, known: Configured) -> Detour | None:
    """The kubernetes plugin begins to count its zone elsewhere, as one without arguments in the block `.` does."""
    if reply.addresses or reply.by is None:
        return None
    says = _SAYS.get(reply.outcome, "no address")
    words = f"the zones of {place_of(reply.by)} are not that of the cluster, and it gives that name {says}"
    return Detour(Cause.OTHER, words, reply, known, reply.by)


def _zones_beside(reply: Reply, known: Configured) -> str:
    """Return which zones a kubernetes plugin has that passes the name by, but those of addresses; empty where there is none."""
    zones = [each.rstrip(".") for each in known.zones_beside(reply.asked) if not each.endswith(".arpa.")]
    is_passed = reply.source in (Source.NOBODY, Source.UPSTREAM) and not known.serves(reply.asked)
    return f"; its kubernetes plugin has {listing(zones, 3)}" if zones and is_passed else ""


def _words(reply: Reply, name: str) -> str:
    if not reply.rewrites:
        return _answer(reply)
    made = reply.asked.rstrip(".") if reply.asked != fqdn(name) else "a question for another type"
    return f"{place_of(reply.rewrites[0])} makes it {made}, and {_answer(reply)}"


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
        return f"{place_of(reply.by)} hands that name to other servers: no kubernetes plugin serves it"
    return f"{place_of(reply.by)} answers {says}"
