"""Posts what a run has to say once, though it is tried again by other processes and after answers that were lost.

Before a post it is noted in the store that it begins, and the post carries a mark. Who finds the note looks for the mark
before posting, and edits what stands there: its answer was lost, or its process died. Without a scope to look, a second
answer is better than none.
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
from bot.jobs.messages import Run, State
from bot.jobs.watch import Watch
from handlers.client import SlackClient
from handlers.messages.message import Message

_CLOCKS = 60.0  # seconds by which Slack's clock and ours may differ
_MOST_BEGUN = 1000
_LINE, _WAIT, _ANSWER = "line", "wait", "answer"  # the parts of what a run has to say
_WATCH = "watch"  # what a watch has to say
WAITED_FOR = (State.QUEUED, State.RUNNING, State.JOINED)


class InFlightError(K8snetError):
    """Another process is posting this, or was killed while it did; it is tried again."""


class OvertakenError(K8snetError):
    """The answer came while it was to be said that it takes its time."""


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
            now = await self._jobs.run_of(run.id) or run
            # Who delivers it may know that it stands, which the store does not.
            may_stand = now.delivery.may_stand or run.delivery.may_stand
            yield replace(now, delivery=replace(now.delivery, may_stand=may_stand))

    def thread_turn(self, run: Run) -> asyncio.Lock:
        """Return what keeps two answers in one thread apart: the second sees whether the first says the same."""
        return self._turns.setdefault(f"{run.channel}:{run.thread_ts}", asyncio.Lock())

    async def line(self, run: Run, message: Message) -> Run:
        """Show the line above a run's thread: posted, or edited where it stands. Return the run with its place."""
        if run.root_ts:
            await self._slack.edit(run.channel, run.root_ts, message, whose=run.asked_by)
            return run
        ts = await self._once(run, _LINE, message)
        return await self._remember(replace(run, root_ts=ts, thread_ts=ts))

    async def answer(self, run: Run, message: Message) -> Run:
        """Show the answer in the run's thread: posted, so that it notifies, or edited where it stands."""
        if run.message_ts:
            ts = await self._slack.edit(run.channel, run.message_ts, message, thread=run.thread_ts, whose=run.asked_by)
        else:
            ts = await self._once(run, _ANSWER, message, thread=run.thread_ts)
        return run if ts == run.message_ts else await self._remember(replace(run, message_ts=ts))

    async def takes_long(self, run: Run, message: Message) -> None:
        """Show where the answer will stand that it takes its time: posted, or edited where it stands.

        Raises OvertakenError where another process has the answer by now: it may have looked for this line already.
        """
        if ts := run.delivery.waiting or run.root_ts:
            await self._slack.edit(run.channel, ts, message, thread=run.thread_ts, whose=run.asked_by)
        elif run.thread_ts:
            ts = await self._once(run, _WAIT, message, thread=run.thread_ts, only_while_waiting=True)
            await self._remember(replace(run, delivery=replace(run.delivery, waiting=ts)))
        else:
            ts = await self._once(run, _LINE, message, only_while_waiting=True)
            await self._remember(replace(run, root_ts=ts, thread_ts=ts))

    async def watch(self, watch: Watch, message: Message) -> str:
        """Post how a watch stands, and return the message's `ts`."""
        asked = Run(
            watch.id, watch.question, asked_at=watch.created_at, asked_by=watch.created_by, channel=watch.channel
        )
        return await self._once(asked, _WATCH, message, thread=watch.thread_ts)

    async def withdraw(self, run: Run) -> None:
        """Take back the line in the thread that said that the answer takes its time."""
        if ts := run.delivery.waiting or await self._found(run, _WAIT):
            await self._slack.delete(run.channel, ts)

    async def withdraw_all(self, run: Run) -> None:
        """Take back whatever others saw of a question: its answer is for the asker alone. An old verdict stays."""
        await self.withdraw(run)
        if run.is_first and (ts := run.root_ts or ("" if run.thread_ts else await self._found(run, _LINE))):
            await self._slack.delete(run.channel, ts)

    async def _remember(self, run: Run) -> Run:
        await self._jobs.remember(run)
        return run

    async def _once(
        self, run: Run, part: str, message: Message, *, thread: str = "", only_while_waiting: bool = False
    ) -> str:
        """Post, or edit what stands there already, and return its `ts`."""
        mark = f"{run.id}.{part}"
        age = None if self._begun.get(mark) else await self._jobs.begun(mark)
        if only_while_waiting:
            await self._raise_if_answered(run)
        if ts := await self._standing(run, mark, age, thread=thread):
            return await self._slack.edit(run.channel, ts, message, thread=thread, whose=run.asked_by)
        self._begun[mark] = ""
        ts = self._begun[mark] = await self._slack.post_once(
            run.channel, message, mark, thread=thread, whose=run.asked_by
        )
        while len(self._begun) > _MOST_BEGUN:
            self._begun.popitem(last=False)
        return ts

    async def _raise_if_answered(self, run: Run) -> None:
        """Raise OvertakenError for a run that has its answer. Asked after the note, so that who answers sees the note."""
        current = await self._jobs.run_of(run.id)
        if current and current.state not in WAITED_FOR:
            raise OvertakenError

    async def _found(self, run: Run, part: str) -> str:
        """Return the `ts` of what was posted for a run and not remembered; empty where nothing was."""
        mark = f"{run.id}.{part}"
        age = None if self._begun.get(mark) else await self._jobs.has_begun(mark)
        return await self._standing(run, mark, age, thread=run.thread_ts if part == _WAIT else "")

    async def _standing(self, run: Run, mark: str, age: float | None, *, thread: str) -> str:
        """Look for a post that was begun `age` seconds ago, if it was. Raises InFlightError while it may still come."""
        if ts := self._begun.get(mark):
            return ts  # posted, and the store did not hear of it
        if age is None and not run.delivery.may_stand and mark not in self._begun:
            return ""
        since = (run.asked_at or datetime.now(UTC)).timestamp() - _CLOCKS
        if ts := await self._slack.find(run.channel, mark, since, thread=thread):
            return ts
        if age is not None and age < self._jobs.timing.in_flight and mark not in self._begun:
            raise InFlightError
        return ""
