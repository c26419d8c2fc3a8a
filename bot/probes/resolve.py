"""DNS: one name, one type, one server, on a connected socket of our own. No resolv.conf, no cache, no search list.

dnspython builds and reads the messages; its own sockets are not connected and read a closed port as silence.
"""

import asyncio
import secrets
import socket
import struct
from copy import copy
from functools import lru_cache
from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from bot.model.probe import DnsQuery, Observation, Outcome, Purpose
from bot.probes.sockets import connected, outcome_of, words_of

# Cluster DNS answers in single milliseconds, a forwarded name in tens; a resolver's 5 s would eat the whole run.
TRY_SECONDS = 1.5
_LARGEST = 65535
_FRESH = "k8snet-"  # how the label of a name begins that is made up, for whoever finds it in a log
_OUTCOMES = {
    dns.rcode.NXDOMAIN: Outcome.NXDOMAIN,
    dns.rcode.SERVFAIL: Outcome.SERVFAIL,
}


async def resolve(probe: DnsQuery, limit: float = TRY_SECONDS) -> Observation:
    """Make one try. A truncated UDP answer is asked again over TCP within the same limit, as resolvers do.

    Where sizes are tried, UDP and TCP are kept apart. A FRESH name has a new first label each time.

    `detail` holds: `aa` and `truncated` (bool), `rcode` (word), `ttl` (s, the smallest of the answer), `cname` (the
    chain), `soa_serial`, `soa_ttl` and `soa_minimum` (of a denial), `errno`. If the TCP query after a truncated answer
    fails, the outcome is that failure, `truncated` is true and `answers` keeps the part that came.
    """
    began = asyncio.get_running_loop().time()
    heard: list[Observation] = []
    try:
        async with asyncio.timeout(limit):
            ask = _over_tcp if probe.transport == "tcp" else _over_udp
            heard.append(_read(probe, await ask(probe)))
            if heard[-1].detail["truncated"] and ask is _over_udp and probe.purpose is not Purpose.SIZE:
                whole = _read(probe, await _over_tcp(probe))
                heard.append(_noting_truncation(whole))
            return _timed(heard[-1], began)
    except ValueError as error:
        return Observation(probe, Outcome.ERROR, detail={"error": str(error)})
    except dns.exception.DNSException as error:
        return _failed(probe, Outcome.ERROR, {"error": f"{type(error).__name__}: {error}"}, heard, began)
    except EOFError:
        return _failed(probe, Outcome.RESET, {"error": "closed without an answer"}, heard, began)
    except OSError as error:
        return _failed(probe, outcome_of(error), words_of(error), heard, began)


def _question(probe: DnsQuery) -> tuple[dns.message.Message, bytes]:
    """Return a query with an id of its own, and its bytes; all else is made once for a name, which each DNS pod is asked."""
    is_fresh = probe.purpose is Purpose.FRESH
    name = f"{_FRESH}{secrets.token_hex(8)}.{probe.name.lstrip('.')}" if is_fresh else probe.name
    known, wire = (_made.__wrapped__ if is_fresh else _made)(name, probe.type, probe.payload)
    query = copy(known)
    query.id = secrets.randbits(16)
    return query, struct.pack("!H", query.id) + wire[2:]


@lru_cache(maxsize=256)
def _made(name: str, kind: str, payload: int) -> tuple[dns.message.Message, bytes]:
    edns = {"use_edns": 0, "payload": payload} if payload else {"use_edns": False}
    found = dns.message.make_query(dns.name.from_text(name), dns.rdatatype.from_text(kind), **edns)
    return found, found.to_wire()


async def _over_udp(probe: DnsQuery) -> dns.message.Message:
    """Send one datagram and read until its answer comes: another id is a late answer to somebody else."""
    (query, wire), loop = _question(probe), asyncio.get_running_loop()
    async with connected(probe.server, probe.port, socket.SOCK_DGRAM) as opened:
        await loop.sock_sendall(opened, wire)
        while True:
            answer = dns.message.from_wire(await loop.sock_recv(opened, _LARGEST), ignore_trailing=True)
            if query.is_response(answer):
                return answer


async def _over_tcp(probe: DnsQuery) -> dns.message.Message:
    """Send one message with its length before it (RFC 1035, 4.2.2)."""
    (query, wire), loop = _question(probe), asyncio.get_running_loop()
    async with connected(probe.server, probe.port, socket.SOCK_STREAM) as opened:
        await loop.sock_sendall(opened, struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", await _exactly(opened, 2))
        answer = dns.message.from_wire(await _exactly(opened, length), ignore_trailing=True)
    if not query.is_response(answer):
        raise ValueError("the answer is to another question")
    return answer


async def _exactly(opened: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        part = await asyncio.get_running_loop().sock_recv(opened, count - len(got))
        if not part:
            raise EOFError
        got += part
    return got


def _read(probe: DnsQuery, answer: dns.message.Message) -> Observation:
    """Turn a message into an observation; the caller adds the time."""
    rcode = answer.rcode()
    addresses = _addresses(answer)
    detail: dict[str, Any] = {
        "rcode": dns.rcode.to_text(rcode),
        "aa": bool(answer.flags & dns.flags.AA),
        "truncated": bool(answer.flags & dns.flags.TC),
        **_times(answer),
    }
    chain = [str(each[0].target) for each in answer.answer if each.rdtype == dns.rdatatype.CNAME]
    if chain:
        detail["cname"] = chain
    if rcode != dns.rcode.NOERROR:
        return Observation(probe, _OUTCOMES.get(rcode, Outcome.DNS_REFUSED), answers=addresses, detail=detail)
    return Observation(probe, Outcome.ANSWERED if addresses else Outcome.NO_DATA, answers=addresses, detail=detail)


def _addresses(answer: dns.message.Message) -> tuple[str, ...]:
    """Return the addresses in a fixed order: servers shuffle them, and the same cluster must give the same answer."""
    kinds = (dns.rdatatype.A, dns.rdatatype.AAAA)
    return tuple(sorted(str(record) for each in answer.answer if each.rdtype in kinds for record in each))


def _times(answer: dns.message.Message) -> dict[str, int]:
    found = {"ttl": min(each.ttl for each in answer.answer)} if answer.answer else {}
    for each in answer.authority:
        if each.rdtype == dns.rdatatype.SOA:
            found |= {"soa_serial": each[0].serial, "soa_ttl": each.ttl, "soa_minimum": each[0].minimum}
    return found


def _noting_truncation(seen: Observation) -> Observation:
    return Observation(seen.probe, seen.outcome, answers=seen.answers, detail={**seen.detail, "truncated": True})


def _timed(seen: Observation, began: float) -> Observation:
    return Observation(seen.probe, seen.outcome, _ms(began), answers=seen.answers, detail=seen.detail)


def _failed(
    probe: DnsQuery, outcome: Outcome, words: dict[str, Any], heard: list[Observation], began: float
) -> Observation:
    """Tell a failure, together with what a truncated answer had said before it."""
    before = heard[-1] if heard else Observation(probe, outcome)
    return Observation(probe, outcome, _ms(began), answers=before.answers, detail={**before.detail, **words})


def _ms(began: float) -> float:
    return round((asyncio.get_running_loop().time() - began) * 1000, 2)
