"""Posts what a run has to say once, though it is tried again by other processes and after answers that were lost.

Before a post it is noted in the store that it begins, and the post carries a mark. Who finds the note looks for the mark
before posting: a post whose answer was lost stands there. Without a scope to look, a second answer is better than none.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from msgspec.structs import replace

from bot.errors import K8snetError
from bot.jobs.client import JobClient
from bot.jobs.messages import Run
from handlers.client import SlackClient
from handlers.messages.message import Message

_IN_FLIGHT = 8.0  # seconds for which another process may still be at a post that it began
_CLOCKS = 60.0  # seconds by which Slack's clock and ours may differ


_MOST_BEGUN = 1000


class InFlightError(K8snetError):
    """Another process is posting this, or was killed while it did; it is tried again."""


class Posting:
    """One per Slack process."""

    def __init__(self, jobs: JobClient, slack: SlackClient) -> None:
        self._jobs, self._slack = jobs, slack
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        # Posts that this process began, with their ts: they have ended when their turn comes again.
        self._begun: OrderedDict[str, str] = OrderedDict()

    @asynccontextmanager
    async def turn(self, run: Run) -> AsyncIterator[Run]:
        """Wait until nobody else in this process posts for a run, and yield the run as it is then."""
        lock = self._turns.setdefault(run.id, asyncio.Lock())
        async with lock:
            yield await self._jobs.run_of(run.id) or run

    async def line(self, run: Run, message: Message) -> Run:
        """Show the line above a run's thread: posted, or edited where it stands. Return the run with its place."""
        if run.root_ts:
            await self._slack.edit(run.channel, run.root_ts, message, whose=run.asked_by)
            return run
        ts = await self._once(run, "line", message)
        return await self._remember(replace(run, root_ts=ts, thread_ts=ts))

    async def answer(self, run: Run, message: Message) -> Run:
        """Show the answer in the run's thread: posted, so that it notifies, or edited where it stands."""
        if run.message_ts:
            ts = await self._slack.edit(run.channel, run.message_ts, message, thread=run.thread_ts, whose=run.asked_by)
        else:
            ts = await self._once(run, "answer", message, thread=run.thread_ts)
        return run if ts == run.message_ts else await self._remember(replace(run, message_ts=ts))

    async def wait(self, run: Run, message: Message) -> Run:
        """Show in the thread that the answer takes its time: posted, or edited where it stands."""
        if run.delivery.waiting:
            await self._slack.edit(run.channel, run.delivery.waiting, message, thread=run.thread_ts, whose=run.asked_by)
            return run
        ts = await self._once(run, "wait", message, thread=run.thread_ts)
        return await self._remember(replace(run, delivery=replace(run.delivery, waiting=ts)))

    async def withdraw(self, run: Run) -> None:
        """Take back the line that said that the answer takes its time."""
        if run.delivery.waiting:
            await self._slack.delete(run.channel, run.delivery.waiting)

    async def _remember(self, run: Run) -> Run:
        await self._jobs.remember(run)
        return run

    async def _once(self, run: Run, part: str, message: Message, *, thread: str = "") -> str:
        mark = f"{run.id}.{part}"
        if ts := self._begun.get(mark):
            return ts  # posted, and the store did not hear of it
        age = await self._jobs.begun(mark)
        if age is not None or run.delivery.may_stand:
            since = (run.asked_at or datetime.now(UTC)).timestamp() - _CLOCKS
            if ts := await self._slack.find(run.channel, mark, since, thread=thread):
                return ts
            if age is not None and age < _IN_FLIGHT and mark not in self._begun:
                raise InFlightError
        self._begun[mark] = ""
        ts = self._begun[mark] = await self._slack.post_once(
            run.channel, message, mark, thread=thread, whose=run.asked_by
        )
        while len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)
        return ts
