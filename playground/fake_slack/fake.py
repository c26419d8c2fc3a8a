"""FakeSlack: one workspace, its Web API, Socket Mode and people on a loopback port. Bolt cannot tell it from Slack.

async with FakeSlack() as slack:
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
    ...
    await slack.person("ana").slash("#incidents", "/k8snet why user-service")
    await slack.until(lambda: slack.thread("#incidents", root.ts))
    assert slack.lint_errors == []
"""

import socket
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from playground.fake_slack import chat, payloads, transcript
from playground.fake_slack.clock import Clock
from playground.fake_slack.core import Core, LintError
from playground.fake_slack.delivery import Delivery, Postman
from playground.fake_slack.faults import Fault, Faults, Kind, suffer
from playground.fake_slack.files import receive
from playground.fake_slack.page import page, view_page
from playground.fake_slack.ratelimits import RateLimits
from playground.fake_slack.responseurls import ResponseUrls
from playground.fake_slack.sample import acme
from playground.fake_slack.socketmode import Sockets
from playground.fake_slack.state import Channel, Message, View, Workspace
from playground.fake_slack.user_client import Person
from playground.fake_slack.webapi import Call, WebApi

T = TypeVar("T")


class FakeSlack:
    """A Slack of one's own. `request_url` switches from Socket Mode to signed HTTP requests to that address.

    `listener` is a bound socket to answer on instead, for an app in another network than ours.
    """

    def __init__(
        self,
        workspace: Workspace | None = None,
        *,
        clock: Clock | None = None,
        request_url: str = "",
        port: int = 0,
        listener: socket.socket | None = None,
    ) -> None:
        self.workspace = workspace or acme()
        self.clock = clock or Clock()
        self.core = Core(self.workspace, self.clock)
        self.limits = RateLimits(self.clock)
        self.faults = Faults()
        self.sockets = Sockets(self.core)
        self.urls = ResponseUrls(self.core, self.faults)
        self.api = WebApi(self.core, self.limits, self.faults, self.sockets.open)
        self.signing_secret = "0123456789abcdef0123456789abcdef"
        self.postman = Postman(self.core, self.sockets, request_url=request_url, signing_secret=self.signing_secret)
        self._people: dict[str, Person] = {}
        self._host, self._port, self._listener = "127.0.0.1", port, listener
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_route("*", "/api/{method}", self.api.handle)
        app.router.add_get("/link/", self.sockets.handle)
        app.router.add_post("/respond/{token}", self.urls.handle)
        app.router.add_post("/upload/v1/{file}", self._upload)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        if self._listener is None:
            await web.TCPSite(self._runner, self._host, self._port).start()
        else:
            await web.SockSite(self._runner, self._listener).start()
        self._host, self._port = self._runner.addresses[0][:2]
        self.sockets.origin = self.urls.origin = self.origin
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.sockets.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.core.close()

    @property
    def origin(self) -> str:
        return f"http://{self._host}:{self._port}"

    @property
    def base_url(self) -> str:
        """What AsyncWebClient takes instead of https://slack.com/api/."""
        return f"{self.origin}/api/"

    @property
    def bot_token(self) -> str:
        return self.api.bot_token

    @property
    def app_token(self) -> str:
        return self.api.app_token

    @property
    def environ(self) -> dict[str, str]:
        """What the Slack process needs in its environment to take this for Slack, by Socket Mode."""
        tokens = {"SLACK_BOT_TOKEN": self.bot_token, "SLACK_APP_TOKEN": self.app_token}
        return {**tokens, "K8SNET_SLACK_BASE_URL": self.base_url}

    @property
    def lint_errors(self) -> list[LintError]:
        """Everything illegal that passed here; a fixture asserts that it is empty."""
        return self.core.lint_errors

    @property
    def deliveries(self) -> list[Delivery]:
        return self.postman.deliveries

    @property
    def calls(self) -> list[Call]:
        """Every Web API call, oldest first."""
        return self.api.calls

    def called(self, method: str) -> list[Call]:
        """Return the calls of one method."""
        return [call for call in self.calls if call.method == method]

    def ack_seconds(self, kind: str = "") -> list[float]:
        """Return how long each acknowledged delivery (of a kind) took, in real seconds."""
        return [one.ack_seconds for one in self.deliveries if one.acknowledged and kind in {"", one.kind}]

    def person(self, name: str) -> Person:
        """Return the hands of a user, by name or id."""
        user = self.workspace.user(name)
        if user.id not in self._people:
            self._people[user.id] = Person(self.core, self.postman, self.urls, user)
        return self._people[user.id]

    user = person

    def channel(self, name: str | Channel) -> Channel:
        return self.workspace.channel(name)

    def messages(self, channel: str | Channel) -> list[Message]:
        """Return what stands at the top of a channel, oldest first."""
        return self.workspace.in_channel(self.channel(channel).id)

    def thread(self, channel: str | Channel, ts: str) -> list[Message]:
        """Return the replies under a root, oldest first, without the root."""
        return self.workspace.in_thread(self.channel(channel).id, ts)

    def status(self, channel: str | Channel, thread_ts: str) -> str:
        """Return the thread status that shows now."""
        text, ends = self.workspace.statuses.get((self.channel(channel).id, thread_ts), ("", 0.0))
        return text if ends > self.clock.now() else ""

    def notification(self, message: Message) -> str:
        """Return what a phone's lock screen shows: the text alone."""
        return transcript.notification(message, self.workspace)

    def spoken(self, message: Message) -> str:
        """Return what a screen reader reads: the text, then labels and alternative texts."""
        return transcript.spoken(message, self.workspace)

    def screen(self, view: View) -> str:
        """Return a modal or App Home as plain text, with the errors its last submission met."""
        return transcript.view(view, self.workspace)

    def transcript(self, channel: str | Channel, *, reader: str = "") -> str:
        """Return a channel as plain text; with `reader` including what only that person sees."""
        seen_by = self.workspace.user(reader).id if reader else ""
        return transcript.channel(self.workspace, self.channel(channel), seen_by)

    def transcript_html(self, channel: str | Channel, *, reader: str = "") -> str:
        """Return a channel as one HTML page that needs nothing else."""
        seen_by = self.workspace.user(reader).id if reader else ""
        return page(self.workspace, self.channel(channel), seen_by)

    def view_html(self, view: View) -> str:
        """Return a modal or App Home as one HTML page that needs nothing else."""
        return view_page(self.workspace, view)

    async def until(self, predicate: Callable[[], T], timeout: float = 60.0) -> T:  # noqa: ASYNC109 -- the failure text is the point
        """Wait until something is true of this Slack; TimeoutError shows all channels."""
        return await self.core.until(predicate, timeout, self._everything)

    async def connected(self, connections: int = 1) -> None:
        """Wait until the app has that many sockets: a process has to start first, on a machine that may be busy."""
        await self.until(lambda: len(self.sockets.connections) >= connections)

    def fault(self, method: str, kind: Kind, **fields: Any) -> None:
        """Plant a fault at a method of the Web API, `response_url` or `upload`; `faults.Fault` says what the fields mean."""
        self.faults.plant(Fault(method=method, kind=kind, **fields))

    def remove(self, message: Message) -> None:
        """Let an admin delete a message."""
        chat.remove(self.core, message)

    async def event(self, inner: dict[str, Any], channel: str = "") -> Delivery:
        """Deliver any other event, e.g. app_uninstalled."""
        place = self.channel(channel) if channel else None
        return await self.postman.event(payloads.event(self.core, inner, place))

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults.due("upload")
        if fault is not None and (eaten := await suffer(fault, request)) is not None:
            return eaten
        form = request.content_type == "multipart/form-data"
        body = await _form_file(request) if form else await request.read()
        taken = receive(self.core, request.match_info["file"], body)
        return web.Response(text=f"OK - {len(body)}") if taken else web.Response(status=400, text="wrong length")

    def _everything(self) -> str:
        shown = (self.transcript(one) for one in self.workspace.channels.values() if self.messages(one))
        errors = "\n".join(f"! {one.method} {one.problem.pointer}: {one.problem.message}" for one in self.lint_errors)
        return "\n".join(shown) + errors


async def _form_file(request: web.Request) -> bytes:
    form = await request.post()
    for field in form.values():
        if isinstance(field, web.FileField):
            return field.file.read()
    return b""
