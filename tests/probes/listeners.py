"""Real listeners on loopback, each with one behaviour, for the tests of bot/probes. The kernel gives the ports."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

HERE = "127.0.0.1"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Reply = Callable[[dns.message.Message, str], dns.message.Message | bytes | None]


@asynccontextmanager
async def tcp(talk: Talk, *, tls: object = None) -> AsyncIterator[int]:
    """Accept connections and let `talk` hold each; give the port."""
    holding: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        holding.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await talk(reader, writer)
        finally:
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            holding.discard(task)

    server = await asyncio.start_server(accept, HERE, 0, ssl=tls)  # type: ignore[arg-type]
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in tuple(holding):
            each.cancel()
        if holding:
            await asyncio.wait(holding)


def saying(answer: bytes, *, count: list[bytes] | None = None) -> Talk:
    """Read a request's head, send `answer`, hang up. `count` collects the heads."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if count is not None:
            count.append(head)
        writer.write(answer)
        await writer.drain()

    return talk


def greeting(words: bytes) -> Talk:
    """Speak first, as databases do, then wait for the other side to leave."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await reader.read()

    return talk


async def hanging(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Accept, read, never answer."""
    await reader.read()


async def resetting(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read a little, then send RST instead of FIN (SO_LINGER 0)."""
    await reader.read(1)
    plug = writer.get_extra_info("socket")
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def status(code: int, *, body: str = "", headers: str = "") -> bytes:
    """An HTTP answer in full."""
    return f"HTTP/1.1 {code} Word\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()


@contextmanager
def closed_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> Iterator[int]:
    """A port where nothing listens: held only long enough to know that nobody else has it."""
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind((HERE, 0))
        port = held.getsockname()[1]
    yield port


@contextmanager
def silent_udp() -> Iterator[int]:
    """A UDP socket that takes datagrams and never answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as held:
        held.bind((HERE, 0))
        yield held.getsockname()[1]


@contextmanager
def full_backlog() -> Iterator[int]:
    """A listener whose accept queue is full, so that further SYNs are dropped as by a firewall."""
    with socket.socket() as listener:
        listener.bind((HERE, 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(3)]
        for each in fillers:
            each.setblocking(False)
            each.connect_ex((HERE, port))
        try:
            yield port
        finally:
            for each in fillers:
                each.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for each in _wire(self.reply, data, "udp"):
            self.transport.sendto(each, addr)  # type: ignore[attr-defined]


@asynccontextmanager
async def dns_server(reply: Reply, *, tcp_too: bool = True) -> AsyncIterator[int]:
    """A name server on UDP and TCP of one port that answers by `reply(query, transport)`."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        for each in _wire(reply, await reader.readexactly(length), "tcp"):
            writer.write(struct.pack("!H", len(each)) + each)
        await writer.drain()

    async with AsyncExitStack() as held:
        # TCP first: of the two it is the one whose ports others have open in numbers.
        port = await held.enter_async_context(tcp(talk)) if tcp_too else 0
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Udp(reply), local_addr=(HERE, port))
        held.callback(transport.close)
        yield transport.get_extra_info("sockname")[1]


def _wire(reply: Reply, data: bytes, transport: str) -> list[bytes]:
    answer = reply(dns.message.from_wire(data), transport)
    if answer is None:
        return []
    return [answer if isinstance(answer, bytes) else answer.to_wire(max_size=65535)]


def answering(*addresses: str, rcode: int = dns.rcode.NOERROR, aa: bool = True, ttl: int = 30) -> Reply:
    """Answer every A query with these addresses."""

    def reply(query: dns.message.Message, _: str) -> dns.message.Message:
        answer = dns.message.make_response(query)
        answer.set_rcode(rcode)  # type: ignore[arg-type]
        answer.flags |= dns.flags.AA if aa else 0
        if addresses:
            answer.answer.append(dns.rrset.from_text(query.question[0].name, ttl, "IN", "A", *addresses))
        elif rcode in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            soa = "ns.dns.cluster.local. hostmaster.cluster.local. 1700000000 7200 1800 86400 30"
            answer.authority.append(dns.rrset.from_text("cluster.local.", ttl, "IN", "SOA", soa))
        return answer

    return reply


async def holding_the_loop() -> None:
    """Let nothing else run for longer than a try lasts, time and again, until cancelled."""
    while True:
        time.sleep(1.1)  # noqa: ASYNC251 -- that is the point
        await asyncio.sleep(0)
