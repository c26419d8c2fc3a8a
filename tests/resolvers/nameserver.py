"""The scripted nameservers: one a world, on port 53 of a loopback address, over UDP and TCP. Every question is written down."""

import asyncio
import struct
import time
from contextlib import suppress

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
from msgspec import Struct

from bot.model.probe import Outcome
from tests.resolvers.scene import Scene, World, addresses

_RCODES = {
    Outcome.NXDOMAIN: dns.rcode.NXDOMAIN,
    Outcome.SERVFAIL: dns.rcode.SERVFAIL,
    Outcome.DNS_REFUSED: dns.rcode.REFUSED,
}
_SOA = "ns.dns.cluster.local. hostmaster.cluster.local. 1 7200 1800 86400 5"


class Asked(Struct, frozen=True):
    """One question as it came. `at` is in seconds since the start."""

    at: float
    server: str
    transport: str
    name: str
    type: str
    edns: int


class Nameserver:
    """One world on one address. `largest` is the most bytes that it sends over UDP."""

    def __init__(self, world: World, address: str, log: list[Asked], largest: int = 4096) -> None:
        self.world, self.address, self.log, self.largest = world, address, log, largest
        self.began = time.monotonic()

    async def start(self) -> None:
        """Listen, unless the port is to be closed."""
        if Outcome.REFUSED in self.world.rest:
            return
        loop = asyncio.get_running_loop()
        await loop.create_datagram_endpoint(lambda: _Udp(self), local_addr=(self.address, 53))
        await asyncio.start_server(self._talk, self.address, 53)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                answer = self.answer(await reader.readexactly(length), "tcp")
                if answer:
                    writer.write(struct.pack("!H", len(answer)) + answer)
                    await writer.drain()

    def answer(self, wire: bytes, transport: str) -> bytes:
        """Return what is answered; nothing for what is dropped."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        kind, name = dns.rdatatype.to_text(question.rdtype), str(question.name)
        edns = query.payload if query.edns >= 0 else 0
        self.log.append(Asked(time.monotonic() - self.began, self.address, transport, name, kind, edns))
        outcome = dict(zip(("A", "AAAA"), self.world.pair(name), strict=True)).get(kind, Outcome.NO_DATA)
        if outcome is Outcome.TIMEOUT:
            return b""
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.AA | dns.flags.RA
        reply.set_rcode(_RCODES.get(outcome, dns.rcode.NOERROR))
        if outcome is Outcome.ANSWERED:
            texts = addresses(kind, self.world.count)
            reply.answer.append(dns.rrset.from_text_list(question.name, 30, "IN", kind, texts))
        elif outcome in (Outcome.NXDOMAIN, Outcome.NO_DATA):
            reply.authority.append(dns.rrset.from_text("cluster.local.", 30, "IN", "SOA", _SOA))
        whole = reply.to_wire(max_size=65535)
        limit = 65535 if transport == "tcp" else min(max(edns, 512), self.largest)
        return whole if len(whole) <= limit else _cut(reply, limit)


def _cut(reply: dns.message.Message, limit: int) -> bytes:
    """Return what fits, with TC, as CoreDNS does."""
    rrset = reply.answer[0]
    texts = [str(each) for each in rrset]
    each = 16 if rrset.rdtype == dns.rdatatype.A else 28  # bytes of a record with a pointer for its name
    over = len(reply.to_wire(max_size=65535)) - limit
    kept = texts[: len(texts) + -over // each]
    reply.answer[0] = dns.rrset.from_text_list(rrset.name, 30, "IN", dns.rdatatype.to_text(rrset.rdtype), kept)
    reply.flags |= dns.flags.TC
    return reply.to_wire(max_size=65535)


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, server: Nameserver) -> None:
        self.server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: object) -> None:
        answer = self.server.answer(data, "udp")
        if answer:
            self.transport.sendto(answer, addr)  # type: ignore[attr-defined]


async def serve(scene: Scene) -> list[Asked]:
    """Start the nameservers of a scene; return the log that they write."""
    log: list[Asked] = []
    for world, address in zip(scene.worlds, scene.servers, strict=True):
        await Nameserver(world, address, log).start()
    return log
