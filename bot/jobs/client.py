"""What the Slack process asks of Redis: ask, deliver answers, look up, schedule. All that handlers need of this room.

Every method raises StoreUnreachableError within about a second while Redis is away, and works again when it is back.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Self

import structlog
from msgspec.structs import replace

from bot.config import Config
from bot.errors import Slot, StoreUnreachableError, UnknownNameError, UsageError
from bot.jobs import channels, dedup, keys
from bot.jobs.dedup import Claim
from bot.jobs.defaults import Defaults
from bot.jobs.delivery import Deliver, DeliveryLoop, Shared
from bot.jobs.held import held_by
from bot.jobs.history import History
from bot.jobs.keys import Timing
from bot.jobs.ledger import Ledger
from bot.jobs.messages import Answer, Asked, Due, QueueState, Run, Schedule, State, Step
from bot.jobs.mutes import Mutes
from bot.jobs.names import NameIndex
from bot.jobs.progress import Progress
from bot.jobs.queue import JobQueue
from bot.jobs.rates import Rates
from bot.jobs.runs import Runs
from bot.jobs.schedules import Schedules
from bot.jobs.store import QUICK, Store, answering
from bot.jobs.watches import Watches
from bot.model.held import HeldKinds
from bot.model.question.question import Question
from bot.model.result.digest import Digest
from bot.model.result.error import AnswerError
from bot.model.text import shown

log = structlog.get_logger()


class JobClient:
    """One per Slack process.

    Apart from it are kept `watches` (who watches, who looks next), `history` (what schedules remember), `defaults` (what a
    channel means where nothing is said), `names` (those of each cluster, for pickers) and `mutes` (what a channel does not
    want to hear of).
    """

    def __init__(self, config: Config, timing: Timing) -> None:
        self._config = config
        self._timing = timing
        self._store = Store(config.redis_url)
        self._process = os.urandom(8).hex()
        self._ledger = Ledger(self._store, timing, self._process)
        self._runs = Runs(self._store, self._ledger)
        self._schedules = Schedules(self._store)
        self._rates = Rates(self._store)
        self.watches = Watches(self._store)
        self._progress = Progress(self._store)
        self.history = History(self._store)
        self.defaults = Defaults(self._store)
        self.names = NameIndex(self._store)
        self.mutes = Mutes(self._store)
        self._queues: dict[str, JobQueue] = {}
        self._accepted: dict[str, Run] = {}  # asked here and not seen closed: a Redis that forgets is reminded
        self._unwritten: dict[str, Run] = {}  # the store was away when they changed
        # Runs and the attempts to accept them: the asker was told no, but Redis may have heard yes.
        self._refused: set[tuple[str, str]] = set()

    @classmethod
    async def open(cls, config: Config, timing: Timing | None = None) -> Self:
        """Return a client that has not connected: without Redis the first question says so."""
        return cls(config, timing or Timing())

    @property
    def timing(self) -> Timing:
        """How long the parts of the product wait for each other."""
        return self._timing

    async def close(self) -> None:
        """Close the connections. Cancel `answers` before."""
        await self._store.close()

    # --- questions and answers

    async def ask(self, run: Run) -> Asked:
        """Accept a question and bring it to its cluster's workers. Raises what `accept` raises."""
        return await self.bring(await self.accept(run))

    async def accept(self, run: Run) -> Asked:
        """Accept a question: from here on it is answered in its thread, whatever crashes, and soon if it is brought (`bring`).

        The same question asked within the cache time, or while it runs, gets that answer unless `run.fresh`. Asking the
        same run id again changes nothing. Raises UsageError for an asker or channel with too many open questions, and
        StoreUnreachableError within 1 s; then nothing will be answered.
        """
        run, attempt = self._on_its_cluster(run), os.urandom(8).hex()
        try:
            async with answering(QUICK * 0.9):
                asked = await self._open(run, attempt=attempt)
        except StoreUnreachableError:
            self._refused.add((run.id, attempt))
            raise
        was_refused = any(each == run.id for each, _ in self._refused)
        if asked.state in ("queued", "joined") or (asked.state == "again" and was_refused):
            self._accepted[run.id] = run  # again: another process may have accepted it, and will deliver it
        if run.schedule:
            await self._schedules.asked(run.schedule, run.id, datetime.now(UTC))
        return asked

    async def bring(self, asked: Asked) -> Asked:
        """Put an accepted question into its queue, and return it with how many are before it there.

        Should that fail, or we die before, the ledger does it in a few seconds.
        """
        if asked.state != "queued":
            return asked
        queue = self._queue_of(asked.run.question.cluster)
        try:
            async with answering():
                position = await queue.count("queued")
                await queue.put(asked.run.id, 1, self._timing, self._config.job_timeout)
        except StoreUnreachableError as error:
            log.warning("no store", run=asked.run.id, reason=str(error))
            return asked
        return replace(asked, position=position)

    async def note_asker(self, run: Run) -> None:
        """Keep a question among its asker's last ones, for their Home; accepted it is without that."""
        if run.is_persons and run.asked_by:
            with suppress(StoreUnreachableError):
                await self._runs.note_asker(run)

    async def share(self, run: Run, answered: Run) -> None:
        """Accept a question that was just answered elsewhere: that answer is delivered for it, as after `ask`."""
        run = self._on_its_cluster(replace(run, delivery=replace(run.delivery, is_earlier=True)))
        await self._ledger.share(run, answered.id)
        self._accepted[run.id] = run

    async def answers(self, deliver: Deliver) -> None:
        """Deliver answers until cancelled: `deliver(run, answer)` once for each run that waits, the joined ones too.

        The run is read at that moment, so a message remembered meanwhile is known. If `deliver` raises, it is called
        again later (1 s, 2 s, … 60 s); what can never succeed must therefore return. After a crash between Slack's
        answer and our note of it, it is called once more: update a remembered message, and nobody sees that.
        """
        shared = Shared(self._store, self._ledger, self._runs, self._timing, self._config.job_timeout, self._queue_of)
        async with asyncio.TaskGroup() as group:
            group.create_task(DeliveryLoop(shared, self._process, self._noting(deliver)).run())
            group.create_task(self._remind())

    def _noting(self, deliver: Deliver) -> Deliver:
        """Remember first of all that a question is answered: a store that is emptied now is not reminded of it."""

        async def delivered(run: Run, answer: Answer) -> None:
            await deliver(run, answer)
            self._accepted.pop(run.id, None)

        return delivered

    async def run_of(self, run_id: str) -> Run | None:
        """Read a run with its state; None after a week."""
        run = await self._runs.get(run_id)
        newer = self._unwritten.get(run_id)
        return replace(newer, state=run.state, tries=run.tries) if run and newer else run

    async def answer_of(self, run_id: str) -> Answer | None:
        """Read the answer of a run, or of the run that it joined; None while there is none and after a week."""
        entry = await self._ledger.entry(run_id)
        return await self._runs.answer(entry.holder if entry and entry.holder else run_id)

    async def leader_of(self, run_id: str) -> Run | None:
        """Return the run whose answer a joined one gets, while that answer is not delivered; None for all others."""
        entry = await self._ledger.entry(run_id)
        leader = await self._runs.get(entry.holder) if entry and entry.holder else None
        return leader if leader and leader.state is not State.CLOSED else None

    async def remember(self, run: Run) -> None:
        """Write a run anew, e.g. with the `ts` of its message; its cluster is filled in as `ask` does it.

        What the store does not take is kept here and written when it is back: a message that stands in Slack is not
        forgotten, and so not posted again.
        """
        run = self._on_its_cluster(run)
        if run.id in self._accepted:
            self._accepted[run.id] = run
        self._unwritten[run.id] = run
        await self._runs.remember(run)
        self._written(run)

    async def keep(self, run_id: str) -> None:
        """Keep the run of a watch's look for a week."""
        await self._runs.keep(run_id)

    @property
    def default_cluster(self) -> str:
        """The cluster of a question that names none."""
        return self._config.default_cluster

    def cluster_of(self, question: Question) -> str:
        """Return the cluster that a question is about. Raises UnknownNameError for one that is not served."""
        return self._served(question.cluster)

    async def recent(self, channel: str, limit: int = 10) -> tuple[Run, ...]:
        """Return the last runs asked in a channel, newest first."""
        return await self._runs.recent(channel, limit)

    async def asked_by(self, user: str, limit: int = 5) -> tuple[Run, ...]:
        """Return the last runs that somebody asked, newest first."""
        return await self._runs.asked_by(user, limit)

    async def seen(self, key: str) -> bool:
        """Mark a key of Slack's for an hour; True where it was marked before."""
        return await dedup.seen(self._store, key)

    async def own_id(self, key: str, new: str) -> str:
        """Return the run id of what Slack delivered under a key: `new`, or the one of its first delivery."""
        return await dedup.own_id(self._store, key, new)

    async def claim(self, key: str) -> Claim:
        """Begin to handle a delivery; `settle` says how it ended."""
        return await dedup.claim(self._store, key)

    async def settle(self, key: str, *, handled: bool) -> None:
        """End what `claim` began."""
        await dedup.settle(self._store, key, handled=handled)

    async def begun(self, what: str) -> float | None:
        """Note that something begins to be posted; return the seconds since it was noted before, None the first time."""
        return await dedup.begun(self._store, what)

    async def has_begun(self, what: str) -> float | None:
        """Return the seconds since it was noted that something begins to be posted, None where it was not."""
        return await dedup.has_begun(self._store, what)

    async def remember_channel(self, channel: str, sharing: str) -> None:
        """Keep for a day what an event said about who reads a channel."""
        await channels.remember_channel(self._store, channel, sharing)

    async def remembered_channel(self, channel: str) -> str:
        """Return what was kept about who reads a channel; empty where nothing was."""
        return await channels.remembered_channel(self._store, channel)

    async def remember_level(self, team: str, channel: str, level: str, *, is_short: bool) -> None:
        """Keep which form of messages a channel takes, for a day, or an hour."""
        await channels.remember_level(self._store, team, channel, level, is_short=is_short)

    async def remembered_level(self, team: str, channel: str) -> str:
        """Return the form that was kept; empty where there is none."""
        return await channels.remembered_level(self._store, team, channel)

    async def step_of(self, run_id: str) -> Step | None:
        """Return what a worker does at this moment for a run, or for the one that it joined, as far as it is known."""
        entry = await self._ledger.entry(run_id)
        return await self._progress.of(entry.holder if entry and entry.holder else run_id)

    async def reserve(self, key: str, seconds: float, room: float) -> float:
        """Take a place of a rate that all replicas share; return how many seconds it is away."""
        return await self._rates.reserve(key, seconds, room)

    async def queues(self) -> tuple[QueueState, ...]:
        """Return how each served cluster's queue stands."""
        async with answering():
            return tuple([await self._queue_of(each).state() for each in self._config.served])

    async def held(self, cluster: str) -> dict[str, HeldKinds]:
        """Return by worker what a cluster's workers hold by watches."""
        return await held_by(self._store, cluster)

    async def ping(self) -> None:
        """Raise StoreUnreachableError unless Redis answers."""
        await self._store.ping()

    # --- schedules

    async def add_schedule(self, schedule: Schedule) -> None:
        """Add or change a schedule; raises UsageError for a time of day, time zone or cluster that does not exist."""
        self._served(schedule.cluster)
        await self._schedules.add(schedule, datetime.now(UTC))

    async def change_schedule(self, schedule_id: str, change: Callable[[Schedule], Schedule]) -> Schedule | None:
        """Change a schedule whose times stay as they are, and return it; None where it was stopped meanwhile."""
        return await self._schedules.change(schedule_id, change)

    async def start_schedule(self, schedule: Schedule) -> None:
        """See to it that a schedule has a next time. Raises UsageError for a time of day or zone that does not exist."""
        await self._schedules.start(schedule, datetime.now(UTC))

    async def schedule_of(self, schedule_id: str) -> Schedule | None:
        """Read a schedule; None where it was stopped."""
        return await self._schedules.get(schedule_id)

    async def remove_schedule(self, schedule_id: str) -> None:
        """Forget a schedule."""
        await self._schedules.remove(schedule_id)

    async def schedules(self, channel: str = "") -> tuple[Schedule, ...]:
        """Return all schedules, or a channel's."""
        return await self._schedules.list(channel)

    async def due(self, now: datetime) -> tuple[Due, ...]:
        """Claim the schedules whose time has come; each is this process's to ask within a minute, with `Due.run_id`."""
        return await self._schedules.due(now)

    async def skip(self, due: Due) -> None:
        """Move a schedule that is due to its next time without asking; the next digest counts it as missed."""
        await self._schedules.skip(due.schedule, due.at, datetime.now(UTC))

    async def last_digest(self, schedule_id: str) -> Digest | None:
        """Read the last digest of a schedule that its channel was told."""
        return await self._runs.last_digest(schedule_id)

    # --- inside

    def _on_its_cluster(self, run: Run) -> Run:
        return replace(run, question=replace(run.question, cluster=self._served(run.question.cluster)))

    def _served(self, cluster: str) -> str:
        served = self._config.served
        if cluster and cluster not in served:
            raise UnknownNameError(f"I serve no cluster {shown(cluster)}.", suggestions=served, slot=Slot.CLUSTER)
        return cluster or self._config.default_cluster

    def _queue_of(self, cluster: str) -> JobQueue:
        if cluster not in self._queues:
            self._queues[cluster] = JobQueue(self._store.quick, cluster)
        return self._queues[cluster]

    async def _open(self, run: Run, *, anew: bool = False, attempt: str = "") -> Asked:
        opened, other, left = await self._ledger.open(run, anew=anew, attempt=attempt)
        if opened == "cached":
            return await self._cached(run, other, left, attempt)
        if opened == "joined":
            return Asked("joined", await self._runs.get(other) or run)
        if opened == "busy":
            many = f"{keys.MOST_OPEN} of your questions"
            if other == "channel":
                many = f"{keys.MOST_OPEN_HERE} questions of this channel"
            raise UsageError(f"{many} wait for their answers.", hint="Ask again when one of them is answered.")
        return Asked("again" if opened == "again" else "queued", run)

    async def _cached(self, run: Run, other: str, left: float, attempt: str) -> Asked:
        answer, earlier = await self._runs.answer(other), await self._runs.get(other)
        if answer is None or isinstance(answer.result, AnswerError) or earlier is None:
            return await self._open(replace(run, fresh=True), attempt=attempt)
        return Asked("cached", earlier, answer=answer, age=max(0.0, self._config.cache_seconds - left))

    async def _remind(self) -> None:
        """Ask again what a restarted, empty Redis forgot; take back what was refused to its asker."""
        while True:
            await asyncio.sleep(self._timing.tick)
            try:
                for refused in tuple(self._refused):
                    await self._ledger.withdraw(*refused)
                    self._refused.discard(refused)
                for run in tuple(self._unwritten.values()):
                    await self._runs.remember(run)
                    self._written(run)
                await self._remind_of(tuple(self._accepted.values()))
            except StoreUnreachableError as error:
                log.warning("no store", reason=str(error))

    def _written(self, run: Run) -> None:
        if self._unwritten.get(run.id) is run:  # it may have changed again meanwhile
            del self._unwritten[run.id]

    async def _remind_of(self, accepted: Sequence[Run]) -> None:
        states = await self._ledger.states([run.id for run in accepted])
        for run, state in zip(accepted, states, strict=True):
            if run.id not in self._accepted:
                continue  # delivered while others were asked again
            if state is None:
                log.error("the store forgot a question", run=run.id)
                again = replace(run, delivery=replace(run.delivery, may_stand=True))
                asked = await self._open(again, anew=True)
                if run.id in self._accepted:
                    await self.bring(asked)
                else:
                    await self._ledger.close(run.id)
            elif state is State.CLOSED:
                self._accepted.pop(run.id, None)
