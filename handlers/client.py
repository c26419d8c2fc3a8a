"""Speaks to Slack's Web API: messages (also to one person), edits, views. What is refused steps down a ladder, never lost.

Editing is by (channel, ts), which are remembered with the run, so the same verdict delivered twice shows once.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import K8snetError, SlackUnreachableError
from bot.model.text import one_line
from handlers.levels import LAYOUT, Levels
from handlers.messages.levels import Level, leaves_out, words_of
from handlers.messages.message import Message
from handlers.rate_limit import POST_BURST, POST_SECONDS, UPDATE_BURST, UPDATE_SECONDS, Budget, RateLimit, Reserve
from handlers.slack_errors import code_of, passes, reason_of

log = structlog.get_logger()

# The message is gone or closed: it is posted anew, and remembered anew.
GONE = {"message_not_found", "edit_window_closed", "cant_update_message"}
# A form's three seconds are over, or it was opened after all and the answer got lost.
LATE = {"expired_trigger_id", "exchanged_trigger_id", "invalid_trigger_id"}
# We may not speak there: the asker is told another way, or nobody can be.
UNINVITED = {"not_in_channel", "channel_not_found"}  # the second is what Slack says of a private channel
SHUT = UNINVITED | {"is_archived", "no_permission"}
# Our token is not taken any more, which is no channel's fault: nothing is lost until there is a new one.
NO_TOKEN = {"account_inactive", "token_revoked", "token_expired", "invalid_auth", "not_authed"}
_RESTRICTED = "restricted_action"  # and what begins so: by a rule of the workspace's admins
_WHY_SHUT = {"is_archived": "That channel is archived."} | dict.fromkeys(
    UNINVITED, "I am not in that channel. Invite me."
)


class ShutError(K8snetError):
    """I may not write in that channel. `is_uninvited`: an invitation would mend that; `sentence` tells people why."""

    def __init__(self, method: str, code: str) -> None:
        super().__init__(f"{method}: {code}")
        self.is_uninvited = code in UNINVITED
        self.sentence = _WHY_SHUT.get(code, "This workspace does not let me write there.")


class SpentError(K8snetError):
    """That response_url was used five times, or is older than half an hour."""


# Seconds between tries of a response_url; Slack's own Retry-After counts where it is longer, up to the limit.
_AGAIN = (0.5, 1.0, 2.0)
_MOST_WAIT = 30.0
_RESPOND = aiohttp.ClientTimeout(total=10.0)
_UPLOAD = aiohttp.ClientTimeout(total=15.0)
_ANSWERS_ROOM = 8  # edits that are left to answers
_STATUS_SECONDS = 1.0  # a line under a thread is worth no more


class SlackClient:
    """One per process. Raises ShutError where Slack does not let us speak, SlackUnreachableError for what passes by itself
    (a rate, a 500, an answer that is cut or no JSON, no connection); other refusals of Slack's pass through.
    """

    def __init__(
        self, client: AsyncWebClient, session: aiohttp.ClientSession, levels: Levels, reserve: Reserve
    ) -> None:
        self._client, self._session, self._levels = client, session, levels
        # What is posted once is not repeated by the library, which cannot know whether it arrived.
        self._once = AsyncWebClient(token=client.token, base_url=client.base_url, session=session)
        self._once.retry_handlers = [AsyncRateLimitErrorRetryHandler(max_retry_count=2)]
        self._posts = RateLimit("posts", Budget(POST_SECONDS, POST_BURST), reserve)
        self._updates = RateLimit("updates", Budget(UPDATE_SECONDS, UPDATE_BURST), reserve)

    async def post(self, channel: str, message: Message, *, thread: str = "", whose: str = "") -> str:
        """Post, and return the message's `ts`. `whose`: who waits for it; askers take turns."""
        await self._posts.turn(channel, whose)
        extra = {"thread_ts": thread} if thread else {}
        reply = await self._ladder("chat.postMessage", message, {"channel": channel, **extra}, thread=thread)
        return str(reply["ts"])

    async def post_once(self, channel: str, message: Message, mark: str, *, thread: str = "", whose: str = "") -> str:
        """Post with a mark in the message's metadata, and return its `ts`.

        After SlackUnreachableError nobody knows whether it stands there: `find` may tell.
        """
        await self._posts.turn(channel, whose)
        where: dict[str, Any] = {
            "channel": channel,
            "metadata": _marked(mark),
            **({"thread_ts": thread} if thread else {}),
        }
        reply = await self._ladder("chat.postMessage", message, where, thread=thread, is_once=True)
        return str(reply["ts"])

    async def find(self, channel: str, mark: str, since: float, *, thread: str = "") -> str:
        """Return the `ts` of the message with a mark, posted after `since`; empty where it is not seen.

        Needs channels:history, groups:history or im:history; without them nothing is seen.
        """
        method, where = ("conversations.replies", {"ts": thread}) if thread else ("conversations.history", {})
        asked = {"channel": channel, "oldest": f"{since:.6f}", "limit": "200", "include_all_metadata": "true", **where}
        try:
            reply = await self._call(method, asked, verb="GET")
        except SlackApiError as error:
            log.warning("not looked for", channel=channel, reason=code_of(error))
            return ""
        found = (each for each in reply.get("messages") or () if each.get("metadata") == _marked(mark))
        return next((str(each["ts"]) for each in found), "")

    async def permalink(self, channel: str, ts: str) -> str:
        """Return the address of a message; empty where Slack gives none."""
        try:
            reply = await self._call("chat.getPermalink", {"channel": channel, "message_ts": ts}, verb="GET")
        except (SlackApiError, K8snetError) as error:
            log.info("no permalink", channel=channel, reason=reason_of(error))
            return ""
        return str(reply.get("permalink") or "")

    @property
    def has_room_for_edits(self) -> bool:
        """Whether an edit that nobody waits for would leave room for answers within Slack's rate."""
        return self._updates.is_free("team", _ANSWERS_ROOM)

    async def edit(self, channel: str, ts: str, message: Message, *, thread: str = "", whose: str = "") -> str:
        """Edit, and give the `ts`: another one if the message was gone and had to be posted anew."""
        await self._updates.turn("team", whose or channel)
        try:
            await self._ladder("chat.update", message, {"channel": channel, "ts": ts}, thread=thread)
        except SlackApiError as error:
            if code_of(error) not in GONE:
                raise
            log.warning("message was gone, posting anew", channel=channel, ts=ts, reason=code_of(error))
            return await self.post(channel, message, thread=thread, whose=whose)
        return ts

    async def delete(self, channel: str, ts: str) -> None:
        """Take a message of our own back; one that is gone, or may not be deleted, stays as it is."""
        try:
            await self._call("chat.delete", {"channel": channel, "ts": ts})
        except SlackApiError as error:
            log.info("not deleted", channel=channel, ts=ts, reason=code_of(error))

    async def root_of(self, channel: str, thread: str) -> Mapping[str, Any]:
        """Return the message that a thread hangs on; nothing where the workspace gave no scope to read it."""
        try:
            reply = await self.look_up("conversations.replies", {"channel": channel, "ts": thread, "limit": "1"})
        except (SlackApiError, ShutError) as error:
            log.info("thread not read", channel=channel, reason=reason_of(error))
            return {}
        found = reply.get("messages") or [{}]
        return found[0] if isinstance(found[0], Mapping) else {}

    async def post_ephemeral(self, channel: str, user: str, message: Message, *, thread: str = "") -> None:
        """Post to one person alone, where they are; to who is not in that channel, as a direct message.

        Tried again over what passes: some, like a refusal, is said only once.
        """
        where = {"channel": channel, "user": user} | ({"thread_ts": thread} if thread else {})
        try:
            for pause in _AGAIN:
                try:
                    await self._ladder("chat.postEphemeral", message, where)
                except SlackUnreachableError as error:
                    log.warning("chat.postEphemeral is tried again", reason=str(error))
                    await asyncio.sleep(pause)
                else:
                    return
            await self._ladder("chat.postEphemeral", message, where)
        except SlackApiError as error:
            if code_of(error) != "user_not_in_channel":
                raise
            await self.post(user, message)

    async def tell_alone(self, url: str, channel: str, user: str, message: Message, *, thread: str = "") -> None:
        """Post to one person by the payload's `response_url`; without one, or once it is spent, by chat.postEphemeral."""
        if url:
            try:
                await self.respond(url, message, channel=channel)
            except SpentError as spent:
                log.warning("response_url is spent, telling by chat.postEphemeral", channel=channel, reason=str(spent))
            else:
                return
        await self.post_ephemeral(channel, user, message, thread=thread)

    async def respond(self, url: str, message: Message, *, channel: str = "") -> None:
        """Answer through a payload's `response_url`: it works where the bot is not a member, five times in 30 minutes.

        Tried four times over what passes. Raises SlackUnreachableError where that did not help, SpentError for a URL that
        Slack takes no more. https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        await self._levels.send(channel, message, lambda form: self._respond(url, form))

    async def _respond(self, url: str, form: Message) -> None:
        body = {**form, "response_type": "ephemeral", "replace_original": False}
        for pause in (*_AGAIN, None):
            failed, after = await self._respond_once(url, body)
            if not failed:
                return
            if pause is None:
                raise SlackUnreachableError(f"Slack did not take an answer by response_url ({failed}).")
            log.warning("response_url is tried again", reason=failed)
            await asyncio.sleep(max(pause, after))

    async def _respond_once(self, url: str, body: Mapping[str, Any]) -> tuple[str, float]:
        """Return why it failed, or nothing, and for how many seconds Slack wants to be left alone."""
        if not is_slacks(url, self._client.base_url):
            log.error("a response_url that is not Slack's is not called", host=one_line(url, limit=80))
            raise SpentError("It is not an address of Slack's.")
        try:
            async with self._session.post(url, json=body, timeout=_RESPOND, allow_redirects=False) as reply:
                if reply.ok:
                    return "", 0.0
                if reply.status < 500 and reply.status != 429:  # noqa: PLR2004 - HTTP: the fault is this URL's
                    said = await reply.text()
                    if refused := next((code for code in LAYOUT if f'"{code}"' in said), ""):
                        raise SlackApiError("response_url", {"error": refused})  # type: ignore[no-untyped-call]  # as slack_sdk has it
                    raise SpentError(one_line(f"{reply.status} {said}", limit=120))
                return f"HTTP {reply.status}", _seconds(reply.headers.get("Retry-After", ""))
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return type(error).__name__, 0.0

    async def upload(self, channel: str, name: str, body: bytes, *, title: str, thread: str, alt: str = "") -> None:
        """Share a file in a thread; `alt` is read aloud instead of a picture. Slack parses neither title nor `alt`.

        Raises what Slack refuses (`missing_scope` without files:write), ShutError, and SlackUnreachableError; once only,
        since a file of which nobody knows whether it came would be shared twice.
        https://docs.slack.dev/messaging/working-with-files/#uploading_files
        """
        about = {"filename": name, "length": str(len(body))} | ({"alt_txt": alt} if alt else {})
        given = await self._call("files.getUploadURLExternal", about, verb="GET")
        with _calling("the upload of a file"):
            async with self._session.post(str(given["upload_url"]), data=body, timeout=_UPLOAD) as reply:
                if not reply.ok:
                    raise SlackUnreachableError(f"Slack did not take the file (HTTP {reply.status}).")
        shared = {"files": [{"id": given["file_id"], "title": title}], "channel_id": channel, "thread_ts": thread}
        await self._call("files.completeUploadExternal", shared)

    async def status(self, channel: str, thread: str, text: str) -> None:
        """Show a line under a thread, where the workspace has that; it is never the only sign, and never waited for long."""
        try:
            async with asyncio.timeout(_STATUS_SECONDS):
                where = {"channel_id": channel, "thread_ts": thread, "status": text}
                await self._call("assistant.threads.setStatus", where)
        except (SlackApiError, K8snetError, TimeoutError) as error:
            log.debug("no thread status", reason=reason_of(error))

    async def look_up(self, method: str, arguments: Mapping[str, str]) -> Mapping[str, Any]:
        """Call a method that only reads."""
        return await self._call(method, arguments, verb="GET")

    async def open_view(self, trigger: str, view: Mapping[str, Any]) -> None:
        """Open a modal; a trigger lives three seconds, after which the person has to click again."""
        try:
            await self._call("views.open", {"trigger_id": trigger, "view": view})
        except SlackApiError as error:
            if code_of(error) not in LATE:
                raise
            raise SlackUnreachableError("The form came too late.", hint="Please try again.") from error

    async def publish_home(self, user: str, view: Mapping[str, Any]) -> None:
        """Show somebody their App Home."""
        await self._call("views.publish", {"user_id": user, "view": view})

    async def _ladder(
        self, method: str, message: Message, where: dict[str, Any], *, thread: str = "", is_once: bool = False
    ) -> Mapping[str, Any]:
        """Send the form that the channel takes; of a text that is cut, share the whole as a file in the thread."""
        channel = str(where["channel"])
        client = self._once if is_once else self._client
        reply, level = await self._levels.send(
            channel, message, lambda form: self._call(method, _body(method, form) | where, client=client)
        )
        if level is Level.TEXT and leaves_out(message) and "user" not in where:
            await self._whole(channel, message, thread or str(reply.get("ts", "")))
        return reply

    async def _whole(self, channel: str, message: Message, thread: str) -> None:
        """Share the words of a message as a file, once: it is delivered again after a crash."""
        name = str(message["blocks"][0].get("block_id", "message"))
        if not await self._levels.is_first(f"{channel}:{name}"):
            return
        body = words_of(message).encode(errors="replace")
        try:
            await self.upload(
                channel, f"k8snet-{name.partition('.')[0]}.txt", body, title="The whole answer", thread=thread
            )
        except (SlackApiError, K8snetError) as error:
            log.warning("no file beside a text that is cut", channel=channel, reason=reason_of(error))

    async def _call(
        self, method: str, arguments: Mapping[str, Any], *, verb: str = "POST", client: AsyncWebClient | None = None
    ) -> Mapping[str, Any]:
        """Call a method of the Web API: every call of ours goes this way, so that none breaks off unforeseen."""
        sent = {"json": dict(arguments)} if verb == "POST" else {"params": dict(arguments)}
        with _calling(method):
            reply = await (client or self._client).api_call(method, http_verb=verb, **sent)
        if not isinstance(reply.data, dict):
            raise SlackUnreachableError(f"Slack's answer to {method} was no JSON.")
        return reply.data


def _body(method: str, message: Message) -> dict[str, Any]:
    """Return a message as a method takes it; without `blocks` an update would keep the old ones.

    An update brings new ids of its blocks, also one that is tried again, as Slack wants it.
    """
    if method != "chat.update":
        return dict(message)
    moment = f"{time.time_ns() // 1_000_000:x}"
    blocks = [{**each, "block_id": f"{each.get('block_id', '')}.{moment}"} for each in message.get("blocks", ())]
    return {key: value for key, value in message.items() if not key.startswith("unfurl")} | {"blocks": blocks}


def _marked(mark: str) -> dict[str, Any]:
    """Return a mark as metadata of a message, which every member may read: it holds no fact of a cluster."""
    return {"event_type": "k8snet_answer", "event_payload": {"mark": mark}}


@contextmanager
def _calling(method: str) -> Iterator[None]:
    """Raise ShutError or SlackUnreachableError for what slack_sdk raises, and leave other refusals as they are."""
    try:
        yield
    except SlackApiError as error:
        code = code_of(error)
        if code in SHUT or code.startswith(_RESTRICTED):
            raise ShutError(method, code) from error
        if passes(code) or code in NO_TOKEN:
            raise SlackUnreachableError(f"Slack says {code} to {method}.") from error
        raise
    except AttributeError as error:  # slack_sdk 3.47 asks a text/plain answer with status 200 for its "ok"
        raise SlackUnreachableError(f"Slack's answer to {method} was no JSON.") from error
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        raise SlackUnreachableError(f"Slack did not answer {method} ({type(error).__name__}).") from error


def _seconds(retry_after: str) -> float:
    """Read a Retry-After in seconds: nothing where there is none, at most half a minute."""
    return min(float(retry_after), _MOST_WAIT) if retry_after.isdigit() else 0.0


def is_slacks(url: str, base_url: str) -> bool:
    """Return whether a response_url leads to Slack: it is read back from the store, where others may have written it.

    That is https://hooks.slack.com, `hooks.` of the Web API's own host, or a stand-in's own address.
    """
    try:
        asked, api = urlsplit(url), urlsplit(base_url)
        own = (asked.scheme, asked.hostname, asked.port) == (api.scheme, api.hostname, api.port)
    except ValueError:
        return False
    hooks = {"hooks.slack.com", f"hooks.{api.hostname}"}
    return own or (asked.scheme == "https" and asked.port in (None, 443) and asked.hostname in hooks)
