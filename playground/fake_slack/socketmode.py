"""Socket Mode: WebSockets on which payloads go out in envelopes and acknowledgements come back.

https://docs.slack.dev/apis/events-api/using-socket-mode. Each payload goes to one connection, in turn, so that two
replicas both get some; ten connections at most.
"""

import asyncio
import itertools
import json

import msgspec
from aiohttp import WSMsgType, web

from playground.fake_slack.core import Core
from playground.fake_slack.faults import reset
from playground.fake_slack.refusals import RefusalError
from playground.fake_slack.state import Json

MOST_CONNECTIONS = 10


class UnreachableError(Exception):
    """No connection took the payload, or the one that had it went away."""


class Connection(msgspec.Struct, eq=False):
    """One WebSocket. `draining`: Slack has asked it to go and sends nothing more."""

    number: int
    socket: web.WebSocketResponse
    request: web.Request
    draining: bool = False


class Sockets:
    """The connections of one app."""

    def __init__(self, core: Core) -> None:
        self.core = core
        self.origin = ""
        self.link_disabled = False
        self.connections: list[Connection] = []
        self._numbers = itertools.count(1)
        self._tickets: set[str] = set()
        self._turn = 0
        self._awaited: dict[str, tuple[Connection, asyncio.Future[Json]]] = {}

    def open(self) -> Json:
        """apps.connections.open: a URL good for one connection."""
        if self.link_disabled:
            raise RefusalError("link_disabled")
        ticket = self.core.workspace.next_id("ticket-")
        self._tickets.add(ticket)
        return {"ok": True, "url": f"{self.origin.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id=A0K8SNET"}

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one WebSocket until either side ends it."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        connection = Connection(number=next(self._numbers), socket=socket, request=request)
        try:
            await self._hello(connection)
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._acknowledged(message.data)
        finally:
            self._lost(connection)
        return socket

    async def send(self, envelope: Json) -> tuple[int, asyncio.Future[Json]]:
        """Hand an envelope to the next connection; give its number and the acknowledgement to wait for."""
        ready = [one for one in self.connections if not one.draining and not one.socket.closed]
        if not ready:
            raise UnreachableError
        self._turn += 1
        connection = ready[self._turn % len(ready)]
        awaited: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._awaited[envelope["envelope_id"]] = (connection, awaited)
        try:
            await connection.socket.send_json(envelope)
        except ConnectionError:
            raise UnreachableError from None
        return connection.number, awaited

    async def disconnect(self, reason: str, connection: Connection | None = None) -> None:
        """Ask connections to go: `warning`, `refresh_requested` or `link_disabled`. Only `warning` goes on serving."""
        self.link_disabled = self.link_disabled or reason == "link_disabled"
        for one in [connection] if connection else list(self.connections):
            one.draining = reason != "warning"
            await one.socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "fake"}})

    def cut(self) -> None:
        """Cut every connection without a word, as a dying network does."""
        for one in list(self.connections):
            reset(one.request)

    async def close(self) -> None:
        for one in list(self.connections):
            await one.socket.close()

    async def _hello(self, connection: Connection) -> None:
        self.connections.append(connection)
        await connection.socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "connection_info": {"app_id": "A0K8SNET"},
                "debug_info": {"host": "fake", "approximate_connection_time": 18060},
            }
        )
        self.core.changed()

    def _acknowledged(self, text: str) -> None:
        answer = json.loads(text)
        _, awaited = self._awaited.pop(answer.get("envelope_id", ""), (None, None))
        if awaited is not None and not awaited.done():
            awaited.set_result(answer.get("payload") or {})
        self.core.changed()

    def _lost(self, connection: Connection) -> None:
        if connection in self.connections:
            self.connections.remove(connection)
        for owner, awaited in self._awaited.values():
            if owner is connection and not awaited.done():
                awaited.set_exception(UnreachableError())
        self.core.changed()
