"""A long answer at each size that programs ask for, against a real nameserver: UDP and TCP apart, and who is hurt."""

from math import ceil

import dns.message
import dns.rdatatype
import pytest

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import AtSize
from bot.model.dns.search.conclusion import Reason
from bot.model.dns.search.differences import differences
from bot.model.probe import Outcome
from bot.probes import walk
from tests.probes.listeners import HERE, Reply, answering, dns_server

NAME = "user-service.shop.svc.cluster.local."
CONF = ResolvConf((HERE,), ("shop.svc.cluster.local", "svc.cluster.local", "cluster.local"), 5, "")
MANY = tuple(f"10.244.3.{number}" for number in range(1, 81))  # 1,327 bytes; some 28 fit into 512, 73 into 1232
RECORD = 16  # bytes of an A record whose name is that of the question


def answered(query: dns.message.Message, *addresses: str) -> dns.message.Message:
    found = answering(*addresses)(query, "udp")
    assert isinstance(found, dns.message.Message)
    return found


def long(addresses: tuple[str, ...] = MANY, *, longest: int = 65535, over_tcp: bool = True) -> Reply:
    """Answer as CoreDNS does; datagrams longer than `longest` are lost on the way, and TCP is too if it is not let through."""

    def reply(query: dns.message.Message, transport: str) -> bytes | None:
        if query.question[0].rdtype != dns.rdatatype.A:
            return answered(query).to_wire()
        whole = answered(query, *addresses).to_wire(max_size=65535)
        if transport == "tcp":
            return whole if over_tcp else None
        kept = len(addresses) - max(0, ceil((len(whole) - max(query.payload, 512)) / RECORD))
        part = answered(query, *addresses[:kept])
        part.flags |= dns.flags.TC if kept < len(addresses) else 0
        wire = part.to_wire(max_size=65535)
        return wire if len(wire) <= longest else None

    return reply


async def asked(reply: Reply) -> tuple[tuple[AtSize, ...], dict[Reason | None, set[str]]]:
    """Return what each size gave, and who is hurt by what."""
    async with dns_server(reply) as port:
        steps = await walk(NAME, CONF, port=port)
    hurt: dict[Reason | None, set[str]] = {}
    for each in differences(NAME, CONF, steps):
        hurt.setdefault(each.reason, set()).update(one.name for one in each.resolvers)
    return steps[0].a.sizes, hurt


async def test_each_size_is_asked_by_itself() -> None:
    """At 512 and 1232 bytes the answer is cut, at 4096 and over TCP it is whole; HAProxy has none, Netty all."""
    sizes, hurt = await asked(long())

    assert [(each.limit, len(each.addresses), each.truncated) for each in sizes] == [
        (512, 28, True),
        (1232, 73, True),
        (4096, 80, False),
        (0, 80, False),
    ]
    assert set(hurt) == {Reason.CUT}
    assert "haproxy" in hurt[Reason.CUT]
    assert not hurt[Reason.CUT] & {"glibc", "go", "netty"}


async def test_fragments_that_are_lost_hurt_who_asks_for_them() -> None:
    """The answer to who takes 4096 bytes never arrives, and all that ask for less are told to come over TCP."""
    sizes, hurt = await asked(long(longest=1232))

    assert sizes[2].outcome is Outcome.TIMEOUT
    assert hurt[Reason.SIZE] == {"netty"}


@pytest.mark.parametrize(
    ("count", "hurt_by_tcp", "spared"),
    [(80, {"glibc", "musl", "go", "c-ares"}, {"netty"}), (40, {"glibc", "musl"}, {"go", "c-ares", "netty"})],
)
async def test_tcp_that_is_dropped_hurts_who_needs_it(count: int, hurt_by_tcp: set[str], spared: set[str]) -> None:
    """Forty addresses fit into 1232 bytes and not into 512: only those that ask without EDNS need TCP."""
    sizes, hurt = await asked(long(MANY[:count], over_tcp=False))

    assert sizes[3].outcome in (Outcome.TIMEOUT, Outcome.RESET)
    assert hurt_by_tcp <= hurt[Reason.TCP]
    assert not hurt[Reason.TCP] & spared


async def test_short_answer_is_not_tried_at_sizes() -> None:
    """One address fits everywhere."""
    sizes, hurt = await asked(answering("10.96.0.1"))

    assert (sizes, hurt) == ((), {})
