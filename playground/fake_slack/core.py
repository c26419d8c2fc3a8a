"""The middle of the fake: the workspace, the time, what was noticed, and the one door every message goes through.

Nothing here talks HTTP. Whoever changes the workspace calls `changed`, which is what `until` waits for.
"""

import asyncio
import copy
from collections.abc import Callable, Collection, Coroutine, Mapping
from typing import Any, TypeVar

import msgspec

from handlers.blockkit.block_schema import Surface
from handlers.blockkit.limits import ATTACHMENTS, TEXT_TRUNCATED
from handlers.blockkit.lint import lint
from handlers.blockkit.problem import Problem
from playground.fake_slack import mentions
from playground.fake_slack.clock import Clock
from playground.fake_slack.refusals import RefusalError, blocks_refused
from playground.fake_slack.state import Channel, Json, Message, Workspace

T = TypeVar("T")
TRIGGER_SECONDS = 3.0
FILE_READY_SECONDS = 2.0


class LintError(msgspec.Struct, frozen=True):
    """A problem and the call that brought it."""

    method: str
    problem: Problem
    text: str


class Trigger(msgspec.Struct):
    """A trigger_id: three seconds, one use. `view`: the modal it was clicked in."""

    user: str
    at: float
    view: str = ""
    used: bool = False


class Core:
    """One workspace with its clock and its memory of what went wrong."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self.workspace = workspace
        self.clock = clock
        self.lint_errors: list[LintError] = []
        self.lint_warnings: list[LintError] = []
        self.triggers: dict[str, Trigger] = {}
        self.askers: set[str] = set()
        self.edit_window: float | None = None
        self.file_share_seconds = 0.2
        self.version = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def site(self) -> str:
        """The team's web address, as permalinks show it."""
        return f"https://{self.workspace.name.lower()}.slack.com"

    def changed(self) -> None:
        """Wake everybody who waits for something to become true, under a new version number."""
        self.version += 1
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, predicate: Callable[[], T], timeout: float, failure: Callable[[], str]) -> T:  # noqa: ASYNC109 -- the failure text is the point
        """Wait until `predicate` gives something true, looking again after every change; a TimeoutError tells all."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while not (value := predicate()):
            change: asyncio.Future[None] = loop.create_future()
            self._waiting.add(change)
            try:
                await asyncio.wait_for(change, max(0.0, deadline - loop.time()))
            except TimeoutError:
                raise TimeoutError(f"not true after {timeout} s; seen:\n{failure()}") from None
            finally:
                self._waiting.discard(change)
        return value

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something beside; it ends with the fake."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something after `seconds` of the fake's time."""

        async def wait() -> None:
            await self.clock.sleep(seconds)
            act()
            self.changed()

        self.spawn(wait())

    async def close(self) -> None:
        """End what runs beside; raise what failed there."""
        for task in tuple(self._tasks):
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception):
                raise error

    def trigger(self, user: str, view: str = "") -> str:
        """Hand out a trigger_id."""
        name = f"{self.workspace.next_id('')}.{self.workspace.team}.{len(self.triggers):x}"
        self.triggers[name] = Trigger(user=user, at=self.clock.now(), view=view)
        return name

    def exchange(self, name: str) -> Trigger:
        """Take a trigger_id in: known, younger than 3 s, not used before."""
        trigger = self.triggers.get(name)
        if trigger is None:
            raise RefusalError("invalid_trigger_id")
        if trigger.used:
            raise RefusalError("exchanged_trigger_id")
        if self.clock.now() - trigger.at > TRIGGER_SECONDS:
            raise RefusalError("expired_trigger_id")
        trigger.used = True
        return trigger

    def judge(
        self, content: Mapping[str, Any], method: str, *, surface: Surface = "message", before: Collection[str] = ()
    ) -> None:
        """Lint what arrived, remember what is wrong, refuse what Slack would refuse it for."""
        problems = lint(
            content,
            surface=surface,
            changed_block_ids=before,
            mentions={*self.askers, *self.workspace.channels},
            links=(f"{self.site}/archives/",),
            method=method,
        )
        for problem in problems:
            kept = self.lint_errors if problem.severity == "error" else self.lint_warnings
            kept.append(LintError(method, problem, str(content.get("text", ""))[:80]))
        blocks_refused(problems, prefix="" if surface == "message" else "/view")

    def admit(self, content: Json, method: str, *, before: Collection[str] = ()) -> Json:
        """Judge a message and give what of it is kept, with ids for blocks that came without."""
        text = content.get("text") or ""
        if not isinstance(text, str) or len(text) > TEXT_TRUNCATED:
            raise RefusalError("msg_too_long")
        if len(content.get("attachments") or ()) > ATTACHMENTS:
            raise RefusalError("too_many_attachments")
        if not (text or content.get("blocks") or content.get("attachments")):
            raise RefusalError("no_text")
        self.judge(content, method, before=before)
        self._blocks_known(content)
        self._files_ready(content)
        blocks = copy.deepcopy(list(content.get("blocks") or ()))
        for block in blocks:
            block.setdefault("block_id", self.workspace.next_id("b"))
        return {"text": text, "blocks": blocks, "attachments": list(content.get("attachments") or ())}

    def post(self, channel: Channel, content: Json, method: str, *, thread_ts: str = "", user: str = "") -> Message:
        """Put a new message into a channel or thread."""
        kept = self.admit(content, method)
        message = Message(
            channel=channel.id,
            ts=self.workspace.next_ts(self.clock.now()),
            user=user or self.workspace.bot.id,
            thread_ts=thread_ts,
            metadata=content.get("metadata"),
            **kept,
        )
        self._notify(message, channel, content, method)
        self.workspace.messages[channel.id, message.ts] = message
        self.workspace.statuses.pop((channel.id, thread_ts), None)
        self.changed()
        return message

    def rewrite(self, message: Message, content: Json, method: str) -> None:
        """Replace what a message says. Blocks that do not come again are gone, metadata stays."""
        kept = self.admit(content, method, before=message.block_ids())
        message.versions.append((message.text, message.blocks))
        message.text, message.blocks, message.attachments = kept["text"], kept["blocks"], kept["attachments"]
        message.metadata = content.get("metadata", message.metadata)
        message.edited = self.workspace.next_ts(self.clock.now())
        self._notify(message, self.workspace.channels[message.channel], content, method)
        self.changed()

    def ephemeral(
        self, channel: Channel, user: str, content: Json, method: str, *, thread_ts: str = "", author: str = ""
    ) -> Message:
        """Show a message to one person. In a thread without replies nobody sees it (chat.postEphemeral, usage info)."""
        kept = self.admit(content, method)
        message = Message(
            channel=channel.id,
            ts=self.workspace.next_ts(self.clock.now()),
            user=author or self.workspace.bot.id,
            thread_ts=thread_ts,
            seen_by=user,
            shown=not thread_ts or bool(self.workspace.in_thread(channel.id, thread_ts)),
            **kept,
        )
        self.workspace.ephemerals.append(message)
        self.changed()
        return message

    def slackbot(self, channel: Channel, user: str, text: str) -> None:
        """Let Slack itself tell one person something."""
        ts = self.workspace.next_ts(self.clock.now())
        note = Message(channel=channel.id, ts=ts, user=self.workspace.slackbot.id, text=text, seen_by=user)
        self.workspace.ephemerals.append(note)
        self.changed()

    def _notify(self, message: Message, channel: Channel, content: Json, method: str) -> None:
        """Note whom it pages, who follows the thread and what would be unfurled."""
        # chat.update parses names unless told not to, the others only when told to.
        parse = content.get("parse", "client" if method == "chat.update" else "none")
        names = parse in {"full", "client"} or content.get("link_names") is True
        message.notified |= mentions.notified(self.workspace, channel, content, links_names=names) - {message.user}
        message.fetched += mentions.fetched(content)
        if message.is_reply:
            root = self.workspace.messages.get((channel.id, message.thread_ts))
            thread = [*self.workspace.in_thread(channel.id, message.thread_ts), *([root] if root else [])]
            message.followers = {one.user for one in thread} - {message.user, self.workspace.bot.id}

    def _blocks_known(self, content: Mapping[str, Any]) -> None:
        """Blocks come to one workspace after the other, and Slack refuses a message for one that it does not have."""
        for place, block in enumerate(content.get("blocks") or ()):
            if block.get("type") in self.workspace.unknown_blocks:
                error = f"unsupported type: {block['type']} [json-pointer:/blocks/{place}/type]"
                raise RefusalError(
                    "invalid_blocks", errors=[error], response_metadata={"messages": [f"[ERROR] {error}"]}
                )

    def _files_ready(self, content: Mapping[str, Any]) -> None:
        """An image of an uploaded file is refused until the file is processed (python-slack-sdk#1658)."""
        for block in content.get("blocks") or ():
            wanted = block.get("slack_file") if block.get("type") == "image" else None
            if wanted:
                file = self.workspace.files.get(str(wanted.get("id", "")))
                if file is None or not file.complete or file.ready_at > self.clock.now():
                    error = "invalid slack file [json-pointer:/blocks/0/slack_file]"
                    raise RefusalError(
                        "invalid_blocks", errors=[error], response_metadata={"messages": [f"[ERROR] {error}"]}
                    )
