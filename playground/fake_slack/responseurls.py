"""response_url: a slack without a token, for half an hour and five times.

https://docs.slack.dev/interactivity/handling-user-interaction#message_responses. It speaks in channels the bot is not
in, and gives no ts back.
"""

import json

import msgspec
from aiohttp import web

from playground.fake_slack import chat
from playground.fake_slack.core import Core
from playground.fake_slack.faults import Faults, reset, suffer
from playground.fake_slack.refusals import RefusalError
from playground.fake_slack.state import Channel, Json, Message

USES = 5
SECONDS = 30 * 60.0


class ResponseUrl(msgspec.Struct, eq=False):
    """Where one response_url leads: whose act it answers, and on which message."""

    channel: str
    user: str
    at: float
    message: Message | None = None
    uses: int = 0


class ResponseUrls:
    """All response_urls handed out."""

    def __init__(self, core: Core, faults: Faults) -> None:
        self.core = core
        self.faults = faults
        self.origin = ""
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, channel: str, user: str, message: Message | None = None) -> str:
        token = self.core.workspace.next_id("R")
        self._issued[token] = ResponseUrl(channel=channel, user=user, at=self.core.clock.now(), message=message)
        return f"{self.origin}/respond/{token}"

    async def handle(self, request: web.Request) -> web.Response:
        """Take one answer in, unless a fault eats it."""
        fault = self.faults.due("response_url")
        if fault is not None and (eaten := await suffer(fault, request)) is not None:
            return eaten
        if fault is not None and fault.kind == "reset":
            return web.Response()
        answer = await self._answer(request)
        if fault is not None and fault.kind == "reset-after":
            reset(request)
        return answer

    async def _answer(self, request: web.Request) -> web.Response:
        url = self._issued.get(request.match_info["token"])
        if url is None:
            return _refused(RefusalError("invalid_url"))
        if self.core.clock.now() - url.at > SECONDS:
            return _refused(RefusalError("expired_url"))
        if url.uses >= USES:
            return _refused(RefusalError("used_url"))
        url.uses += 1
        try:
            content = json.loads(await request.text())
            self.speak(url, content)
        except json.JSONDecodeError:
            return _refused(RefusalError("invalid_payload"))
        except RefusalError as refusal:
            return _refused(refusal)
        return web.Response(text="ok")

    def speak(self, url: ResponseUrl, content: Json) -> None:
        """Delete, replace or add, as the content says. Without a source message there is nothing to replace."""
        channel = self.core.workspace.channels[url.channel]
        if content.get("delete_original") and url.message:
            self._delete(url.message)
        elif content.get("replace_original") and url.message:
            self.core.rewrite(url.message, content, "response_url")
        else:
            say(self.core, channel, url.user, content, "response_url")

    def _delete(self, message: Message) -> None:
        if message.ephemeral:
            message.shown = False
            message.deleted = True
            self.core.changed()
        else:
            chat.remove(self.core, message)


def say(core: Core, channel: Channel, user: str, content: Json, method: str) -> Message:
    """Answer an act: for everybody only when the content says `in_channel`."""
    thread_ts = str(content.get("thread_ts") or "")
    if content.get("response_type") == "in_channel":
        return core.post(channel, content, method, thread_ts=thread_ts)
    return core.ephemeral(channel, user, content, method, thread_ts=thread_ts)


def _refused(refusal: RefusalError) -> web.Response:
    return web.json_response(refusal.answer, status=404)
