"""The page's server, on 127.0.0.1: files, a stream of screens, and the acts of whoever looks at it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.resources import files

import msgspec
from aiohttp import web

from playground.fake_slack import FakeSlack, NotPossibleError
from playground.page.acts import Act, act
from playground.page.guard import guard, sign
from playground.page.screen import Where, screen

TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
# A browser that fell asleep is noticed when a line cannot be written; ages and statuses move on with it.
_HEARTBEAT = 10.0
# Acts come in bursts of changes; one screen shows them all.
_TOGETHER = 0.05


class Site:
    """The page of one fake Slack."""

    def __init__(self, slack: FakeSlack) -> None:
        self._slack = slack

    def app(self) -> web.Application:
        """Return the application: `/`, its files, uploaded ones, `/screens` and `/act`."""
        app = web.Application(middlewares=[guard], client_max_size=2**17)
        app.router.add_get("/", _file)
        app.router.add_get("/screens", self._screens)
        app.router.add_post("/act", self._act)
        app.router.add_get("/files/{id}", self._upload)
        app.router.add_get("/{name}", _file)
        app.on_response_prepare.append(sign)
        return app

    async def _act(self, request: web.Request) -> web.Response:
        """Do one act; `error` is a sentence where Slack would not let a person do it."""
        try:
            done = msgspec.json.decode(await request.read(), type=Act)
        except msgspec.DecodeError as error:
            return web.json_response({"error": str(error)}, status=400)
        try:
            told = await act(self._slack, done)
        except (NotPossibleError, KeyError) as error:
            return web.json_response({"error": str(error.args[0])})
        return web.json_response({"told": told})

    async def _upload(self, request: web.Request) -> web.Response:
        """Send a picture that was uploaded, and nothing else, since a browser would run some of what people upload."""
        found = self._slack.workspace.files.get(request.match_info["id"])
        if found is None or not found.is_picture:
            raise web.HTTPNotFound
        return web.Response(body=found.body, content_type=found.kind)

    async def _screens(self, request: web.Request) -> web.StreamResponse:
        """Send the screen, and again whenever it has changed: https://html.spec.whatwg.org/#server-sent-events."""
        where = msgspec.convert(dict(request.query), Where)
        try:
            screen(self._slack, where)
        except KeyError as error:
            return web.json_response({"error": str(error.args[0])}, status=404)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionError):  # the browser went elsewhere
            await self._send(response, where)
        return response

    async def _send(self, response: web.StreamResponse, where: Where) -> None:
        shown = b""
        while True:
            seen = self._slack.core.version
            data = msgspec.json.encode(screen(self._slack, where))
            await response.write(b": still here\n\n" if data == shown else b"data: " + data + b"\n\n")
            shown = data
            await self._change(seen)

    async def _change(self, seen: int) -> None:
        core = self._slack.core
        try:
            await core.until(lambda: core.version != seen, _HEARTBEAT, str)
        except TimeoutError:
            return
        await asyncio.sleep(_TOGETHER)


async def _file(request: web.Request) -> web.Response:
    name = request.match_info.get("name") or "index.html"
    folder = files("playground.fake_slack") if name == "messages.css" else files(__package__).joinpath("static")
    listed = next((each for each in folder.iterdir() if each.name == name and each.is_file()), None)
    kind = TYPES.get(f".{name.rpartition('.')[2]}")
    if listed is None or kind is None:
        raise web.HTTPNotFound
    return web.Response(body=listed.read_bytes(), content_type=kind, charset="utf-8")


@asynccontextmanager
async def page(slack: FakeSlack, port: int = 0) -> AsyncIterator[str]:
    """Serve the page while the block runs; yield its address. Raises OSError where the port is taken."""
    runner = web.AppRunner(Site(slack).app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
