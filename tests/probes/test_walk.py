"""The search list walked on real sockets, and the sample cluster's own name server asked."""

import socket

import dns.message
import dns.rcode

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.simulate import conclude
from bot.model.dns.search.table import GLIBC, GO, LIBCS, MUSL
from bot.model.probe import Outcome
from bot.probes import walk
from tests.probes.listeners import HERE, answering, closed_port, dns_server, silent_udp

SEARCHES = ("team-a.svc.cluster.local", "svc.cluster.local", "cluster.local")
CONF = ResolvConf((HERE,), SEARCHES, 5, "")


def zone(**rcodes: int) -> object:
    """A name server where `db.shop.svc.cluster.local` exists and single-label search steps have given rcodes."""

    def reply(query: dns.message.Message, transport: str) -> dns.message.Message | bytes | None:
        name, kind = str(query.question[0].name), query.question[0].rdtype
        if name.startswith("db.shop.svc.cluster"):
            return answering(*(("10.0.0.1",) if kind == 1 else ()))(query, transport)
        first = name.split(".")[2] if name.count(".") > 2 else "root"
        return answering(rcode=rcodes.get(first.replace("-", "_"), dns.rcode.NXDOMAIN))(query, transport)

    return reply


async def test_walk_ends_at_the_hit() -> None:
    """`db.shop` from team-a: one NXDOMAIN, then the hit; A and AAAA are asked in each step."""
    async with dns_server(zone()) as port:  # type: ignore[arg-type]
        found = await walk("db.shop", CONF, port=port)

    assert [(each.name, each.a.outcome, each.aaaa.outcome) for each in found] == [
        ("db.shop.team-a.svc.cluster.local.", Outcome.NXDOMAIN, Outcome.NXDOMAIN),
        ("db.shop.svc.cluster.local.", Outcome.ANSWERED, Outcome.NO_DATA),
    ]
    assert found[1].a.addresses == ("10.0.0.1",)
    assert all(each.a.ms > 0 for each in found)
    assert {each.name: conclude("db.shop", CONF, found, each).hit for each in LIBCS} == dict.fromkeys(
        ("glibc", "musl", "go"), "db.shop.svc.cluster.local."
    )


async def test_walk_asks_on_for_the_resolver_that_needs_it() -> None:
    """A step that ends in REFUSED sends glibc to the name as it is, so that is asked too, though Go has its hit."""
    async with dns_server(zone(team_a=dns.rcode.REFUSED)) as port:  # type: ignore[arg-type]
        found = await walk("db.shop", CONF, port=port)

    assert [each.name for each in found] == [
        "db.shop.team-a.svc.cluster.local.",
        "db.shop.",
        "db.shop.svc.cluster.local.",
    ]
    assert conclude("db.shop", CONF, found, GLIBC).error == "EAI_NONAME"
    assert conclude("db.shop", CONF, found, MUSL).error == "EAI_AGAIN"
    assert conclude("db.shop", CONF, found, GO).is_found


async def test_walk_keeps_its_deadline() -> None:
    """A silent server leaves steps out, and nothing is concluded from those."""
    with silent_udp() as port:
        found = await walk("db.shop", CONF, port=port, deadline=0.2)

    assert found == ()
    assert conclude("db.shop", CONF, found, GLIBC).missing


async def test_walk_turns_to_the_next_nameserver() -> None:
    """A nameserver whose port is closed is passed over for the next, which is named in the answer."""
    conf = ResolvConf(("127.0.0.2", HERE), SEARCHES, 5, "")
    async with dns_server(zone()) as port:  # type: ignore[arg-type]
        found = await walk("db.shop.svc.cluster.local.", conf, port=port)

    assert [(each.a.outcome, each.a.server) for each in found] == [(Outcome.ANSWERED, HERE)]


async def test_walk_with_a_closed_port() -> None:
    """A closed port is told as such, not as silence."""
    with closed_port(socket.SOCK_DGRAM) as port:
        found = await walk("db.", CONF, port=port)

    assert [(each.a.outcome, each.aaaa.outcome) for each in found] == [(Outcome.REFUSED, Outcome.REFUSED)]


async def test_walk_without_nameservers() -> None:
    """The node's own resolver is not known: nothing is asked in its place."""
    assert await walk("db", ResolvConf((), SEARCHES, 5, "")) == ()


async def test_a_servfail_that_is_kept_is_told_from_a_true_one() -> None:
    """The nameserver keeps one for a name, or fails for all of its domain: a name that nobody asked before says which."""
    kept = "db.shop.team-a.svc.cluster.local."

    def reply(query: dns.message.Message, transport: str) -> dns.message.Message | bytes | None:
        name = str(query.question[0].name)
        if name == kept or (name.endswith(".svc.cluster.local.") and not name.startswith(("db.shop.svc", "k8snet-"))):
            return answering(rcode=dns.rcode.SERVFAIL)(query, transport)
        return zone()(query, transport)  # type: ignore[operator,no-any-return]

    async with dns_server(reply) as port:
        found = await walk("db.shop", CONF, port=port)
    async with dns_server(zone(team_a=dns.rcode.SERVFAIL)) as port:  # type: ignore[arg-type]
        failing = await walk("db.shop", CONF, port=port)

    assert (found[0].name, found[0].a.outcome, found[0].a.beside) == (kept, Outcome.SERVFAIL, Outcome.NXDOMAIN)
    assert (failing[0].a.outcome, failing[0].a.beside) == (Outcome.SERVFAIL, Outcome.SERVFAIL)
    assert {each.beside for step in found[1:] for each in (step.a, step.aaaa)} == {Outcome.NOT_RUN}
