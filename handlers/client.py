"""Speaks to Slack's Web API: messages (also to one person), edits, views. What is refused steps down a ladder, never lost.

Editing is by (channel, ts), which are remembered with the run, so the same verdict delivered twice shows once.
"""

from collections.abc import Mapping
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import K8snetError
from handlers.messages.message import Message, as_text
from handlers.rate_limit import POST_BURST, POST_SECONDS, UPDATE_BURST, UPDATE_SECONDS, RateLimit

log = structlog.get_logger()

# The layout was refused: the same words go as text.
LAYOUT = {"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long"}
# The message is gone or closed: it is posted anew, and remembered anew.
GONE = {"message_not_found", "edit_window_closed", "cant_update_message"}
# We may not speak there: the asker is told another way, or nobody can be.
SHUT = {"not_in_channel", "channel_not_found", "is_archived", "no_permission", "restricted_action", "account_inactive"}


class ShutError(K8snetError):
    """I may not write in that channel."""


class SlackClient:
    """One per process. `ShutError` is raised where Slack does not let us speak; other refusals of Slack's pass through."""

    def __init__(self, client: AsyncWebClient, session: aiohttp.ClientSession) -> None:
        self._client, self._session = client, session
        self._posts = RateLimit(POST_SECONDS, POST_BURST)
        self._updates = RateLimit(UPDATE_SECONDS, UPDATE_BURST)

    async def post(self, channel: str, message: Message, *, thread: str = "") -> str:
        """Post, and give the message's `ts`."""
        await self._posts.turn(channel)
        extra = {"thread_ts": thread} if thread else {}
        reply = await self._ladder("chat.postMessage", message, {"channel": channel, **extra})
        return str(reply["ts"])

    async def edit(self, channel: str, ts: str, message: Message, *, thread: str = "") -> str:
        """Edit, and give the `ts`: another one if the message was gone and had to be posted anew."""
        await self._updates.turn("team")
        try:
            await self._ladder("chat.update", message, {"channel": channel, "ts": ts})
        except SlackApiError as error:
            if error.response["error"] not in GONE:
                raise
            log.warning("message was gone, posting anew", channel=channel, ts=ts, reason=error.response["error"])
            return await self.post(channel, message, thread=thread)
        return ts

    async def post_ephemeral(self, channel: str, user: str, message: Message, *, thread: str = "") -> None:
        """Tell one person, where they are."""
        extra = {"thread_ts": thread} if thread else {}
        await self._ladder("chat.postEphemeral", message, {"channel": channel, "user": user, **extra})

    async def respond(self, url: str, message: Message) -> None:
        """Answer through a payload's `response_url`: it works where the bot is not a member, five times in 30 minutes."""
        body = {**message, "response_type": "ephemeral", "replace_original": False}
        async with self._session.post(url, json=body) as reply:
            if reply.status >= 400:  # noqa: PLR2004 (an HTTP error)
                log.warning("response_url refused", status=reply.status, body=(await reply.text())[:200])

    async def status(self, channel: str, thread: str, text: str) -> None:
        """Show a line under a thread, where the workspace has that; it is never the only sign."""
        try:
            await self._client.assistant_threads_setStatus(channel_id=channel, thread_ts=thread, status=text)
        except SlackApiError as error:
            log.debug("no thread status", reason=error.response["error"])

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Open a modal; a trigger lives three seconds."""
        await self._client.views_open(trigger_id=trigger, view=dict(view))

    async def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        """Show somebody their App Home."""
        await self._client.views_publish(user_id=user, view=dict(view))

    async def _ladder(self, method: str, message: Message, where: dict[str, Any]) -> Mapping[str, Any]:
        try:
            return await self._call(method, message, where)
        except SlackApiError as error:
            if error.response["error"] not in LAYOUT or "blocks" not in message:
                raise
            log.warning("Slack refused the layout", method=method, response=str(error.response.data)[:500])
            return await self._call(method, as_text(message["text"], _words_of(message)), where)

    async def _call(self, method: str, message: Message, where: dict[str, Any]) -> Mapping[str, Any]:
        body = {key: value for key, value in message.items() if method != "chat.update" or not key.startswith("unfurl")}
        if method == "chat.update" and "blocks" not in body:
            body["blocks"] = []  # without it the old blocks would stay where Slack keeps them
        try:
            reply = await self._client.api_call(method, json={**body, **where})
        except SlackApiError as error:
            if error.response["error"] in SHUT:
                raise ShutError(f"{method}: {error.response['error']}") from error
            raise
        assert isinstance(reply.data, dict)
        return reply.data


def _words_of(message: Mapping[str, Any]) -> str:
    """Every text of a message's blocks, for the day that Slack refuses the blocks themselves."""

    def texts(value: Any) -> list[str]:
        if isinstance(value, Mapping):
            own = value.get("text")
            if isinstance(own, str):
                return [own]
            return [text for each in value.values() for text in texts(each)]
        return [text for each in value for text in texts(each)] if isinstance(value, list | tuple) else []

    return "\n".join("".join(texts(block)) for block in message.get("blocks", ()) if block.get("type") != "actions")
