"""A Snapshot's network made real on loopback: pods that answer, virtual IPs that forward, a name server.

Rule: nothing outside 127.0.0.0/8, no port below 1024. Linux gives every process all of 127.0.0.0/8; elsewhere the
addresses have to be configured first. Policies are not enforced here: that verdict comes from configuration.
"""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from ipaddress import ip_address
from itertools import cycle
from types import TracebackType
from typing import Self, cast

import dns.exception

from bot.model.dns.cluster_dns import cluster_dns
from bot.model.kube.endpoints import Endpoint, endpoints_of, usable
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from playground.behaviour import Behaviour, Program
from playground.nameserver import NameServer

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Place = tuple[str, int]
# What a UDP answer may hold on a link of 1500 bytes; CoreDNS keeps to what the asker offers by EDNS.
_UDP_LIMIT = 1452
_LOWEST_PORT = 1024


class SampleNetwork:
    """Listens while its `async with` block runs. `behaviours` names the pods that are not well.

    A virtual IP is a forwarder and no packet filter: a connection to a backend that refuses is reset, not refused.
    """

    def __init__(self, snapshot: Snapshot, behaviours: Mapping[Ref, Behaviour] | None = None) -> None:
        self.snapshot = snapshot
        self.behaviours = behaviours or {}
        self._servers: list[asyncio.Server] = []
        self._datagrams: list[_Datagrams] = []
        self._held: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()

    async def show(self, snapshot: Snapshot, behaviours: Mapping[Ref, Behaviour] | None = None) -> None:
        """Become the network of another Snapshot, e.g. of the same cluster with a fix applied."""
        await self._close()
        self.snapshot, self.behaviours = snapshot, self.behaviours if behaviours is None else behaviours
        await self._open()

    # --- what listens where

    async def _open(self) -> None:
        names = dict.fromkeys(self._name_servers())
        for place in names:
            await self._name_server(place)
        talks: dict[Place, Talk] = {}
        for place, talk in (*self._programs(), *self._strangers(), *self._virtual()):
            talks.setdefault(place, talk)
        for place, talk in talks.items():
            if place not in names:
                await self._listen(place, talk)

    def _programs(self) -> Iterator[tuple[Place, Talk]]:
        """Each live pod's program on the TCP ports that its containers list."""
        for pod in self.snapshot.pods:
            behaviour = self.behaviours.get(pod.ref, Behaviour.WELL)
            if not pod.ip or pod.is_terminal or behaviour is Behaviour.REFUSE:
                continue
            for container in pod.serving_containers:
                for port in container.ports or ():
                    if port.protocol == "TCP":
                        program = Program(pod, port.container_port, port.name, behaviour)
                        yield (pod.ip, port.container_port), program.talk

    def _strangers(self) -> Iterator[tuple[Place, Talk]]:
        """Endpoints that are no pods, such as the API server: they accept."""
        for service in self.snapshot.services:
            for port in service.ports:
                for each in endpoints_of(self.snapshot.slices_of(service), port):
                    if port.protocol == "TCP" and not each.pod and not self.snapshot.pod_by_ip(each.address):
                        yield (each.address, each.port), _accept

    def _virtual(self) -> Iterator[tuple[Place, Talk]]:
        """Virtual IPs with something behind them; nothing listens on the others, which is a refusal."""
        for service in self.snapshot.services:
            for port in service.ports:
                found = usable(endpoints_of(self.snapshot.slices_of(service), port))
                if port.protocol == "TCP" and found:
                    talk = _forward(found)
                    yield from (((address, port.port), talk) for address in service.cluster_ips)

    def _name_servers(self) -> Iterator[Place]:
        """The DNS Service, while it has a usable endpoint, and its DNS pods."""
        dns_found = cluster_dns(self.snapshot)
        if dns_found.port and dns_found.usable:
            yield dns_found.address, dns_found.port.port
        for each in dns_found.endpoints:
            ref = Ref("Pod", each.pod, dns_found.service.namespace if dns_found.service else "")
            if self.behaviours.get(ref) is not Behaviour.REFUSE:
                yield each.address, each.port

    # --- sockets

    async def _listen(self, place: Place, talk: Talk) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._held.add(task)
            try:
                with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                    await talk(reader, writer)
            finally:
                writer.close()
                with suppress(OSError, asyncio.CancelledError):
                    await writer.wait_closed()
                self._held.discard(task)

        self._servers.append(await asyncio.start_server(accept, *_allowed(place)))

    async def _name_server(self, place: Place) -> None:
        server = NameServer(self.snapshot)
        loop = asyncio.get_running_loop()
        _, datagrams = await loop.create_datagram_endpoint(lambda: _Datagrams(server), local_addr=_allowed(place))
        self._datagrams.append(datagrams)
        await self._listen(place, _messages(server))

    async def _close(self) -> None:
        for each in self._datagrams:
            await each.close()
        for server in self._servers:
            server.close()
        for task in tuple(self._held):
            task.cancel()
        if self._held:
            await asyncio.wait(tuple(self._held))
        for server in self._servers:
            await server.wait_closed()
        self._datagrams, self._servers = [], []


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._is_closed = asyncio.Event()

    async def close(self) -> None:
        """Close and wait until the port is free again."""
        self._transport.close()
        await self._is_closed.wait()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._is_closed.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # asyncio's own class is none by name

    def datagram_received(self, data: bytes, addr: Place) -> None:
        with suppress(dns.exception.DNSException):  # what is no query gets no answer
            self._transport.sendto(self._server.answer(data, limit=_UDP_LIMIT), addr)


def _messages(server: NameServer) -> Talk:
    """DNS over TCP: messages with their length before them, until the asker leaves."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            with suppress(dns.exception.DNSException):
                answer = server.answer(await reader.readexactly(length))
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()

    return talk


async def _accept(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


def _forward(endpoints: tuple[Endpoint, ...]) -> Talk:
    """Send each connection to the next endpoint in turn."""
    turn = cycle(endpoints)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        backend = next(turn)
        try:
            inward, outward = await asyncio.open_connection(backend.address, backend.port)
        except OSError:
            plug: socket.socket = writer.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pipe(reader, outward))
                group.create_task(_pipe(inward, writer))
        finally:
            outward.close()
            with suppress(OSError):
                await outward.wait_closed()

    return talk


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


def _allowed(place: Place) -> Place:
    """Refuse to listen where others could come in, or where it needs rights."""
    address, port = place
    if not ip_address(address).is_loopback or port < _LOWEST_PORT:
        raise ValueError(f"{address}:{port} is not for a playground: only 127.0.0.0/8 and ports from 1024 on")
    return place
