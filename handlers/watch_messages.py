"""The message of a watch: shown once, edited, and ended in sight of all before the watch is forgotten."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.errors import K8snetError, StoreUnreachableError
from bot.jobs.client import JobClient
from bot.jobs.watch import Watch
from handlers.access import Gate
from handlers.client import ShutError, SlackClient
from handlers.clock import utc_now
from handlers.messages import watch as words
from handlers.posting import Posting

log = structlog.get_logger()

_SHOWN_WITHIN = timedelta(hours=1)  # of its end a watch says that it is over


class WatchMessages:
    """One per Slack process. `placing`: watches whose message this process is about to post."""

    def __init__(
        self,
        jobs: JobClient,
        slack: SlackClient,
        gate: Gate,
        posting: Posting,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._jobs, self._slack, self._gate, self._clock = jobs, slack, gate, clock
        self._posting = posting
        self.placing: set[str] = set()

    async def show(self, watch: Watch) -> Watch:
        """Post how a watch stands, once, and let it look; gives the watch, which may have been ended meanwhile."""
        ts = await self._posting.watch(watch, words.standing_message(watch))
        now, thread = self._clock(), watch.thread_ts or ts
        shown = await self._jobs.watches.change(
            watch.id, lambda known: replace(known, message_ts=ts, thread_ts=thread), lambda _: now
        )
        return shown or replace(watch, message_ts=ts, thread_ts=thread, ended=True, until=now)

    async def edit(self, watch: Watch, revision: str = "") -> Watch:
        """Edit how a watch stands; where its message is gone it has another one."""
        told = words.standing_message(watch, revision=revision)
        ts = await self._slack.edit(watch.channel, watch.message_ts, told, thread=watch.thread_ts)
        return replace(watch, message_ts=ts)

    async def give_up(self, watch: Watch, why: str) -> None:
        """End a watch that may not go on; why is told to its creator, in a message of their own."""
        log.warning("a watch is given up", watch=watch.id, channel=watch.channel, reason=why)
        if over := await self._over(watch, given_up=why):
            await self.finish(over)

    async def _over(self, watch: Watch, **how: str) -> Watch | None:
        """Note that a watch is over, which stays due until its message says so; None where it had ended."""
        now = self._clock()
        return await self._jobs.watches.change(
            watch.id,
            lambda known: replace(
                known,
                ended=True,
                until=min(known.until, now),
                message_ts=known.message_ts or watch.message_ts,
                ended_by=how.get("ended_by", known.ended_by),
                given_up=how.get("given_up", known.given_up),
            ),
            lambda _: now,
        )

    async def end(self, watch: Watch, by: str) -> None:
        """End a watch for somebody; what Slack does not take just now is shown a little later."""
        try:
            if over := await self._over(watch, ended_by=by):
                await self.finish(over)
        except StoreUnreachableError:
            raise
        except (K8snetError, SlackApiError) as error:
            log.warning("a watch's end is shown later", watch=watch.id, reason=str(error))

    async def finish(self, watch: Watch) -> None:
        """Show the end of a watch, and forget it then. Raises what passes, for an hour: it comes up again in a minute."""
        try:
            await self._show_end(watch)
        except (K8snetError, SlackApiError) as error:
            if self._clock() - watch.until < _SHOWN_WITHIN:
                raise
            log.warning("a watch's end could not be shown", watch=watch.id, reason=str(error))
        if not await self._jobs.watches.remove(watch.id) or not watch.given_up:
            return
        try:
            await self._slack.post(watch.created_by, words.given_up(watch))
        except (K8snetError, SlackApiError) as silence:
            log.warning("a watch's creator could not be told", watch=watch.id, reason=str(silence))

    async def _show_end(self, watch: Watch) -> None:
        """Say in a watch's message that it is over; no fact of a cluster where that may not be told any more."""
        if not watch.message_ts:
            return
        is_secret = watch.given_up or await self._gate.is_closed(watch.channel)
        told = words.no_longer(watch) if is_secret else words.ended_message(watch, watch.until)
        try:
            await self._slack.edit(watch.channel, watch.message_ts, told, thread=watch.thread_ts)
        except ShutError as shut:
            log.warning("a watch's end could not be shown", watch=watch.id, reason=str(shut))
