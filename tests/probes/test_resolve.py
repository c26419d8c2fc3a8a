"""DNS probes against a real name server on loopback."""

import socket

import dns.flags
import dns.message
import dns.rcode
import pytest

from bot.model.probe import DnsQuery, Outcome, Purpose
from bot.probes.resolve import resolve
from tests.probes.listeners import HERE, answering, closed_port, dns_server, silent_udp

NAME = "user-service.shop.svc.cluster.local."


def query(port: int, transport: str = "udp", kind: str = "A") -> DnsQuery:
    return DnsQuery(NAME, HERE, port, kind, transport)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_answer(transport: str) -> None:
    """Addresses come sorted, with the AA flag, the rcode and the TTL, over UDP and TCP."""
    async with dns_server(answering("10.0.0.2", "10.0.0.1")) as port:
        seen = await resolve(query(port, transport))

    assert (seen.outcome, seen.answers) == (Outcome.ANSWERED, ("10.0.0.1", "10.0.0.2"))
    assert seen.detail == {"rcode": "NOERROR", "aa": True, "truncated": False, "ttl": 30}
    assert 0 < seen.ms < 1000


async def test_nxdomain() -> None:
    """A denial keeps what its SOA says: serial and remaining time."""
    async with dns_server(answering(rcode=dns.rcode.NXDOMAIN)) as port:
        seen = await resolve(query(port))

    assert seen.outcome is Outcome.NXDOMAIN
    assert (seen.detail["aa"], seen.detail["soa_serial"], seen.detail["soa_ttl"]) == (True, 1700000000, 30)


@pytest.mark.parametrize(
    ("rcode", "outcome"),
    [
        (dns.rcode.NOERROR, Outcome.NO_DATA),
        (dns.rcode.SERVFAIL, Outcome.SERVFAIL),
        (dns.rcode.REFUSED, Outcome.DNS_REFUSED),
        (dns.rcode.FORMERR, Outcome.DNS_REFUSED),
    ],
)
async def test_rcode(rcode: dns.rcode.Rcode, outcome: Outcome) -> None:
    """Every rcode without addresses has its outcome, and its word in the detail."""
    async with dns_server(answering(rcode=rcode, aa=False)) as port:
        seen = await resolve(query(port))

    assert (seen.outcome, seen.detail["rcode"], seen.detail["aa"]) == (outcome, dns.rcode.to_text(rcode), False)


async def test_closed_udp_port_is_refused() -> None:
    """An ICMP port unreachable reaches a connected socket: refused at once, not silence."""
    with closed_port(socket.SOCK_DGRAM) as port:
        seen = await resolve(query(port))

    assert (seen.outcome, seen.detail) == (Outcome.REFUSED, {"errno": "ECONNREFUSED"})
    assert seen.ms < 500


async def test_silence_is_a_timeout() -> None:
    """Nothing comes back: TIMEOUT after the try's own limit, without an errno."""
    with silent_udp() as port:
        seen = await resolve(query(port), limit=0.1)

    assert (seen.outcome, seen.detail) == (Outcome.TIMEOUT, {})
    assert 90 < seen.ms < 1000


async def test_foreign_answer_is_not_taken() -> None:
    """An answer with another id is somebody else's: it is read over and the wait goes on."""

    def reply(asked: dns.message.Message, _: str) -> dns.message.Message:
        other = answering("10.6.6.6")(asked, "udp")
        other.id = (asked.id + 1) % 65536
        return other

    async with dns_server(reply) as port:
        seen = await resolve(query(port), limit=0.1)

    assert seen.outcome is Outcome.TIMEOUT


async def test_garbage_is_an_error() -> None:
    """A datagram that is no DNS message ends the try with words."""
    async with dns_server(lambda *_: b"hello") as port:
        seen = await resolve(query(port))

    assert seen.outcome is Outcome.ERROR
    assert seen.detail["error"]


def truncating(asked: dns.message.Message, transport: str) -> dns.message.Message:
    """One address and TC over UDP, three over TCP."""
    addresses = ("10.0.0.1",) if transport == "udp" else ("10.0.0.1", "10.0.0.2", "10.0.0.3")
    answer = answering(*addresses)(asked, transport)
    assert isinstance(answer, dns.message.Message)
    answer.flags |= dns.flags.TC if transport == "udp" else 0
    return answer


async def test_truncated_answer_is_completed_over_tcp() -> None:
    """TC=1 makes the same question go over TCP, and the detail tells it."""
    async with dns_server(truncating) as port:
        seen = await resolve(query(port))

    assert (seen.outcome, len(seen.answers), seen.detail["truncated"]) == (Outcome.ANSWERED, 3, True)


async def test_truncated_answer_without_tcp() -> None:
    """TC=1 with TCP closed: the failure is the outcome, the part that came is kept (DNS-021)."""
    async with dns_server(truncating, tcp_too=False) as port:
        seen = await resolve(query(port))

    assert (seen.outcome, seen.answers) == (Outcome.REFUSED, ("10.0.0.1",))
    assert (seen.detail["truncated"], seen.detail["errno"]) == (True, "ECONNREFUSED")


async def test_no_address_is_an_error() -> None:
    """A hand-made slice may hold anything: what is no IP is told, not raised."""
    seen = await resolve(DnsQuery(NAME, "10.0.0.999"))

    assert seen.outcome is Outcome.ERROR


async def test_fresh_name_is_new_each_time() -> None:
    """A name below the one given that no cache can have; the observation keeps what was ordered."""
    asked: list[str] = []

    def reply(message: dns.message.Message, transport: str) -> dns.message.Message | bytes | None:
        asked.append(str(message.question[0].name))
        return answering(rcode=dns.rcode.NXDOMAIN)(message, transport)

    async with dns_server(reply) as port:
        for domain in ("corp.example.", "corp.example.", "."):
            order = DnsQuery(domain, HERE, port, purpose=Purpose.FRESH)
            seen = await resolve(order)
            assert (seen.probe, seen.outcome) == (order, Outcome.NXDOMAIN)

    assert len(set(asked)) == 3
    assert [each.partition(".")[2] for each in asked] == ["corp.example.", "corp.example.", ""]
