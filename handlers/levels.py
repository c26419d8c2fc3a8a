"""Which form of a message a channel takes: tried from the richest down, learnt from refusals, remembered in the store."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from slack_sdk.errors import SlackApiError

from bot.errors import StoreUnreachableError
from bot.jobs.client import JobClient
from handlers.messages.levels import Level, forms
from handlers.messages.message import Message
from handlers.slack_errors import code_of

log = structlog.get_logger()
Reply = TypeVar("Reply")

# The blocks themselves were refused, so the next message's will be, too; the other refusals are of one message's size.
UNKNOWN_BLOCKS = frozenset(("invalid_blocks", "invalid_blocks_format"))
LAYOUT = UNKNOWN_BLOCKS | {"msg_blocks_too_long", "msg_too_long"}
_FRESH = 60.0  # seconds for which this process goes by what it knows
_MOST = 1000


class Levels:
    """One per Slack process. `team`: the workspace, whose channels may differ, since a channel may be of several."""

    def __init__(self, jobs: JobClient, team: str) -> None:
        self._jobs, self._team = jobs, team
        self._known: dict[str, tuple[Level, float]] = {}

    async def of(self, channel: str) -> Level:
        """Return the level to begin with; the richest where nothing is known, or the store is away."""
        level, until = self._known.get(channel, (Level.RICH, 0.0))
        if until > time.monotonic():
            return level
        try:
            level = Level(await self._jobs.remembered_level(self._team, channel) or Level.RICH)
        except (StoreUnreachableError, ValueError) as error:
            log.info("which form a channel takes is not known", channel=channel, reason=str(error))
        self._keep(channel, level)
        return level

    async def send(
        self, channel: str, message: Message, send: Callable[[Message], Awaitable[Reply]]
    ) -> tuple[Reply, Level]:
        """Send the richest form that the channel takes, plainer ones after refusals; return the reply and that level.

        `send` sends one form. Raises what it raises, but for refusals of a layout that leave a plainer form to try.
        """
        refused = ""
        for level, form in forms(message, await self.of(channel)):
            try:
                reply = await send(form)
            except SlackApiError as error:
                refused = code_of(error)
                if refused not in LAYOUT or level is Level.TEXT:
                    raise
                log.warning("Slack refused the layout", level=level, response=str(error.response)[:500])
                continue
            if refused:
                await self.learn(channel, level, refused)
            return reply, level
        raise AssertionError(channel)  # the last form is text: sent, or its refusal raised

    async def learn(self, channel: str, level: Level, refused: str) -> None:
        """Remember that a channel took only this level after Slack refused a richer one with that code.

        The classic form is remembered for a day. Text is remembered for an hour, and only from the second refusal within an
        hour on: one message that we made wrongly shall not take the layout from all others.
        """
        if refused not in UNKNOWN_BLOCKS or not channel:
            return
        try:
            if level is Level.TEXT and not await self._jobs.seen(f"level:{self._team}:{channel}"):
                return
            await self._jobs.remember_level(self._team, channel, level, is_short=level is Level.TEXT)
        except StoreUnreachableError as error:
            log.info("which form a channel takes is not remembered", channel=channel, reason=str(error))
        log.warning("a channel takes a plainer form", channel=channel, level=level, refused=refused)
        self._keep(channel, level)

    async def is_first(self, what: str) -> bool:
        """Return whether something is done for the first time within an hour; not where the store cannot say."""
        try:
            return not await self._jobs.seen(f"file:{what}")
        except StoreUnreachableError:
            return False

    def _keep(self, channel: str, level: Level) -> None:
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[channel] = (level, time.monotonic() + _FRESH)
