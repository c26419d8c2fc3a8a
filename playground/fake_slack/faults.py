"""What can go wrong between a bot and Slack, planted at a chosen call."""

import asyncio
import socket
import struct
from typing import Literal

import msgspec
from aiohttp import web

Kind = Literal["500", "429", "text", "slow", "broken-json", "reset", "reset-after", "error"]


class Fault(msgspec.Struct):
    """A fault for the next `times` calls of `method` after `skip` good ones; `response_url` and `upload` are methods, too.

    `slow` waits before the call takes effect, `429` asks for `seconds` of patience; `text` is an error page that says
    200, as a proxy's may. `reset` cuts the connection before the call takes effect, `reset-after` when it has, so that
    the caller cannot know.
    """

    method: str
    kind: Kind
    times: int = 1
    skip: int = 0
    seconds: float = 0.0
    error: str = "fatal_error"


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._planted: list[Fault] = []

    def plant(self, fault: Fault) -> None:
        self._planted.append(fault)

    @property
    def left(self) -> int:
        """How many calls are still to meet a fault."""
        return sum(each.times for each in self._planted)

    def clear(self) -> None:
        self._planted.clear()

    def due(self, method: str) -> Fault | None:
        """Return the fault that this call meets."""
        for fault in self._planted:
            if fault.method != method or fault.times <= 0:
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            return fault
        return None


async def suffer(fault: Fault, request: web.Request) -> web.Response | None:
    """Do what the fault says before the call; None means that the call goes on."""
    if fault.kind == "500":
        return web.Response(status=500, text="internal error")
    if fault.kind == "429":
        return web.Response(status=429, text="rate_limited", headers={"Retry-After": str(max(1, round(fault.seconds)))})
    if fault.kind == "text":
        return web.Response(text="<html>Service Unavailable</html>", content_type="text/plain")
    if fault.kind == "broken-json":
        return web.Response(text='{"ok": tru', content_type="application/json")
    if fault.kind == "error":
        return web.json_response({"ok": False, "error": fault.error})
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        if request.transport is None or request.transport.is_closing():
            raise ConnectionResetError  # who has gone meanwhile is not heard
    if fault.kind == "reset":
        reset(request)
    return None


def reset(request: web.Request) -> None:
    """Cut the TCP connection with RST, as a dying proxy does."""
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
