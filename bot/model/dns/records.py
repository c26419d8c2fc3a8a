"""What the cluster's DNS answers for a name, by its Corefile and the objects alone (failure-modes C.2). Pure.

What another server would say is unknown, and so is what depends on a part of the Corefile that was not read.
"""

from bot.model.dns.configured import reply_for
from bot.model.dns.corefile.reply import Query, Scope, Source
from bot.model.dns.corefile.zones import covers, fqdn
from bot.model.dns.loops import comes_back
from bot.model.dns.objects import found_in
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.dns.search.resolver import Resolver
from bot.model.dns.search.simulate import missing
from bot.model.dns.search.table import WALKED
from bot.model.probe import Outcome
from bot.model.snapshot import Snapshot


def walk_saved(
    name: str,
    conf: ResolvConf,
    snapshot: Snapshot,
    resolvers: tuple[Resolver, ...] = WALKED,
    client: str = "",
) -> tuple[SearchStep, ...]:
    """Return the steps of a search as `bot.probes.walk` does, each with the answer that the objects lead to.

    `client` is the asker's address, where it is known.
    """
    found: list[SearchStep] = []
    if not conf.nameservers:
        return ()
    while wanted := missing(name, conf, found, resolvers):
        found.append(step(wanted, snapshot, conf.nameservers, client))
    return tuple(found)


def step(name: str, snapshot: Snapshot, servers: tuple[str, ...] = (), client: str = "") -> SearchStep:
    """Answer one absolute name, for A and AAAA. `servers` are the nameservers of the asker, `client` is its address."""
    a, aaaa = (_answer(name, kind, snapshot, servers, client) for kind in ("A", "AAAA"))
    return SearchStep(name, a, aaaa)


def _answer(name: str, kind: str, snapshot: Snapshot, servers: tuple[str, ...], client: str) -> Answer:
    """Go by the Corefile where one was read, else by the cluster's zone alone."""
    reply = reply_for(snapshot, name, kind, client, servers)
    if reply is None or reply.source is Source.UNKNOWN:
        return _in_zone(name, kind, snapshot) if reply is None else Answer(Outcome.NOT_RUN)
    if reply.source is Source.UPSTREAM and comes_back(snapshot, name):
        return Answer(Outcome.SERVFAIL)
    if reply.outcome is Outcome.ANSWERED and not reply.addresses:
        return Answer(Outcome.NOT_RUN)  # which address is not known
    return Answer(reply.outcome, reply.addresses)


def _in_zone(name: str, kind: str, snapshot: Snapshot) -> Answer:
    zone = fqdn(snapshot.zone)
    if not covers(zone, fqdn(name)):
        return Answer(Outcome.NOT_RUN)
    found = found_in(snapshot, Query(fqdn(name), kind), Scope((zone,)))
    if isinstance(found, Outcome):
        return Answer(found)
    return Answer(Outcome.ANSWERED if found else Outcome.NO_DATA, found)
