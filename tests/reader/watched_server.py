"""An API server that lists, and whose watches say what a test says: one kind, on loopback."""

import asyncio
from typing import Any

import msgspec
from aiohttp import web

from tests.reader.objects import Json


class WatchedServer:
    """`objects` are what a list gives, at `version`; a watch gives what is put into `lines`, None ends it, an int cuts it.

    `refuses` is the status of all answers instead; `ends_in_time`: a watch ends when its seconds are over. `asked` are the
    queries so far, those of watches in `watches`.
    """

    def __init__(self, *objects: Json) -> None:
        self.objects, self.version = list(objects), 10
        self.lines: asyncio.Queue[Json | int | None] = asyncio.Queue()
        self.refuses, self.ends_in_time = 0, False
        self.asked: list[dict[str, str]] = []

    @property
    def watches(self) -> list[dict[str, str]]:
        return [each for each in self.asked if "watch" in each]

    @property
    def lists(self) -> int:
        return len(self.asked) - len(self.watches)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(dict(request.query))
        if self.refuses:
            return web.json_response({"kind": "Status", "message": f"refused {self.refuses}"}, status=self.refuses)
        if "watch" in request.query:
            return await self._watch(request)
        metadata = {"resourceVersion": str(self.version)}
        return web.json_response({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": self.objects})

    async def _watch(self, request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        if self.ends_in_time:
            await asyncio.sleep(float(request.query["timeoutSeconds"]))
            return response
        while isinstance(line := await self.lines.get(), dict):
            if request.transport is None or request.transport.is_closing():
                self.lines.put_nowait(line)  # for the watch that is open now
                return response
            await response.write(msgspec.json.encode(line) + b"\n")
            if line["type"] == "ERROR":
                return response
        if line is not None and request.transport:
            request.transport.abort()
        return response

    # --- what a watch says

    def say(self, kind: str, known: Json) -> None:
        """Say that an object is new, changed or gone."""
        self.version += 1
        self.repeat(kind, known)

    def repeat(self, kind: str, known: Json) -> None:
        """Say again what was said last."""
        known["metadata"]["resourceVersion"] = str(self.version)
        self.lines.put_nowait({"type": kind, "object": known})

    def bookmark(self) -> None:
        """Say that nothing else has changed."""
        self.version += 1
        self.lines.put_nowait(
            {"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": str(self.version)}, "spec": {}}}
        )

    def error(self, code: int) -> None:
        """Say that the watch cannot go on."""
        known: dict[str, Any] = {"kind": "Status", "code": code, "message": f"error {code}"}
        self.lines.put_nowait({"type": "ERROR", "object": known})

    def end(self) -> None:
        """End a watch as a server does when its time is over."""
        self.lines.put_nowait(None)

    def cut(self) -> None:
        """Cut the connection of a watch."""
        self.lines.put_nowait(1)
