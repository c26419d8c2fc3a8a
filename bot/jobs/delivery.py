"""The keeper, in the Slack process: delivers answers, and looks after every run whose answer is overdue.

One rule: whatever is due in the ledger is attended to. Answered → deliver. Lost on the way → back into the queue. Lost
too often, or nobody there to answer → an apology, as the answer. Several keepers may run; a lease keeps them apart, and
what is due is first left to the one that accepted it: it knows what a store that was emptied has forgotten.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog
from msgspec import Struct
from msgspec.structs import replace

from bot.errors import ErrorKind, K8snetError, StoreUnreachableError
from bot.jobs import keys
from bot.jobs.keys import Timing
from bot.jobs.ledger import SPENT, Entry, Ledger
from bot.jobs.messages import Answer, Run, State
from bot.jobs.queue import JobQueue
from bot.jobs.runs import Runs
from bot.jobs.store import BLOCK, Store, answering
from bot.model.result.error import AnswerError

log = structlog.get_logger()

Deliver = Callable[[Run, Answer], Awaitable[None]]
_AT_ONCE = 20  # deliveries of one process at one time; Slack allows one message a second and channel anyway
_OTHER_VERSION = "This was asked of another version of k8snet than the one that runs now."
_TERMINAL = "From a terminal: k8snet why …"


class Shared(Struct, frozen=True):
    """What the keeper works on."""

    store: Store
    ledger: Ledger
    runs: Runs
    timing: Timing
    job_timeout: float
    queue_of: Callable[[str], JobQueue]


class DeliveryLoop:
    """Attends to what is due, until it is cancelled."""

    def __init__(self, shared: Shared, process: str, deliver: Deliver) -> None:
        self._shared = shared
        self._process = process
        self._deliver = deliver
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._delivered: set[str] = set()  # shown, and not noted: the store went away in between
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def run(self) -> None:
        """Listen to the bell and look into the ledger; outlives any outage of the store."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._forever(self._listen))
                group.create_task(self._forever(self._look))
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)

    async def _forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await step()
            except StoreUnreachableError as error:
                log.warning("no store", reason=str(error), hint=error.hint)
                await asyncio.sleep(self._shared.timing.tick)

    async def _listen(self) -> None:
        """Wait for the bell, so that an answer is on its way at once."""
        async with answering(BLOCK + 2.0):
            bells = [keys.bell(self._process), keys.ANSWERED]
            rung = await self._shared.store.patient.blpop(bells, timeout=BLOCK)
        if rung:
            self._begin(rung[1].decode(errors="replace"))

    async def _look(self) -> None:
        """Attend to what is due: the bell may not have been heard, and lost runs ring none."""
        for run_id in await self._shared.ledger.claim(_AT_ONCE):
            self._begin(run_id)
        await asyncio.sleep(self._shared.timing.tick)

    def _begin(self, run_id: str) -> None:
        if run_id in self._busy:
            return
        task = asyncio.create_task(self._attend_safely(run_id))
        self._busy[run_id] = task
        task.add_done_callback(lambda _: self._busy.pop(run_id, None))

    async def _attend_safely(self, run_id: str) -> None:
        with structlog.contextvars.bound_contextvars(run=run_id):
            try:
                async with self._room:
                    await self._attend(run_id)
            except StoreUnreachableError as error:
                log.warning("no store", reason=str(error))  # it stays in the ledger and becomes due again

    async def _attend(self, run_id: str) -> None:
        if run_id in self._delivered:
            await self._close(run_id)
            return
        entry = await self._shared.ledger.entry(run_id)
        run = await self._shared.runs.get(run_id)
        if entry is None:
            await self._strike_off(run_id)
            return
        if entry.state is State.CLOSED:
            await self._shared.ledger.close(run_id)
            return
        if run is None:
            await self._other_version(run_id, entry)
            return
        answer = await self._shared.runs.answer(entry.holder or run_id)
        if answer:
            await self._hand_over(self._taken_over(run, entry), answer)
        else:
            await self._look_after(run, entry)

    def _taken_over(self, run: Run, entry: Entry) -> Run:
        """Another process may have shown it, and the store, killed as well, have no note of that: look before posting."""
        if entry.owner == self._process:
            return run
        return replace(run, delivery=replace(run.delivery, may_stand=True))

    async def _other_version(self, run_id: str, entry: Entry) -> None:
        """During an upgrade a newer process may ask what this one cannot read: it is left to those who can, then said."""
        run = await self._shared.runs.place_of(run_id)
        if run is None:
            await self._strike_off(run_id)
        elif entry.age > self._shared.timing.stranded:
            error = AnswerError(ErrorKind.UNREADABLE, _OTHER_VERSION, hint="Ask again.")
            await self._hand_over(run, Answer(run_id, error, answered_at=datetime.now(UTC)))

    async def _strike_off(self, run_id: str) -> None:
        """A run that is not there, or that nobody can read, cannot be answered: we do not even know where."""
        gone = await self._shared.ledger.drop(run_id)
        if not gone and await self._shared.runs.get(run_id) is None:
            await self._shared.ledger.close(run_id)
        log.error("struck off", gone=gone)

    # --- answered

    async def _hand_over(self, run: Run, answer: Answer) -> None:
        ledger = self._shared.ledger
        if not await ledger.lease(run.id, self._process):
            return
        renewing = asyncio.create_task(self._renew(run.id))
        try:
            await self._deliver(run, answer)
        except asyncio.CancelledError:
            await asyncio.shield(ledger.postpone(run.id, self._process, failed=False))
            raise
        except K8snetError as error:  # foreseen, such as a question whose message is still being posted
            wait = await ledger.postpone(run.id, self._process, failed=True)
            log.warning("not delivered", reason=str(error), again_in=wait)
        except Exception as error:  # noqa: BLE001 - whatever else the surface raises, the answer is tried again
            await self._not_foreseen(run, error)
        else:
            self._delivered.add(run.id)
            await self._close(run.id)
        finally:
            renewing.cancel()

    async def _not_foreseen(self, run: Run, error: Exception) -> None:
        """Try again later what failed in a way that nobody foresaw, such as a refusal that Slack invents; at last say so."""
        timing = self._shared.timing
        if await self._shared.ledger.broken(run.id) <= timing.give_up:
            wait = await self._shared.ledger.postpone(run.id, self._process, failed=True)
            log.error("not delivered", again_in=wait, exc_info=error)
            return
        log.error("gave up", kind=ErrorKind.UNDELIVERED, exc_info=error)
        sentence = f"The answer could not be shown for {timing.give_up / 60:.0f} minutes, so I stopped trying."
        last = AnswerError(ErrorKind.UNDELIVERED, sentence, hint=_TERMINAL)
        try:
            await self._deliver(run, Answer(run.id, last, answered_at=datetime.now(UTC)))
        except StoreUnreachableError:
            raise
        except Exception:  # nobody can be told, and it was tried for long enough
            log.exception("nobody could be told")
        await self._close(run.id)

    async def _close(self, run_id: str) -> None:
        """Note that an answer is shown; until the store has heard that, this process does not show it again."""
        await self._shared.ledger.close(run_id)
        self._delivered.discard(run_id)

    async def _renew(self, run_id: str) -> None:
        """Keep the lease while Slack makes us wait."""
        while True:
            await asyncio.sleep(self._shared.timing.lease / 3)
            try:
                await self._shared.ledger.lease(run_id, self._process)
            except StoreUnreachableError:
                log.warning("lease not renewed")

    # --- overdue

    async def _look_after(self, run: Run, entry: Entry) -> None:
        timing = self._shared.timing
        queue = self._shared.queue_of(run.question.cluster)
        if entry.age > timing.give_up:
            await self._apologize(
                run, ErrorKind.EXPIRED, f"This check could not be run within {timing.give_up / 60:.0f} minutes."
            )
        elif entry.state is State.JOINED and await self._is_open(entry.holder):
            await self._shared.ledger.wait(run.id, has_workers=True)
        elif entry.state is State.QUEUED and await self._waits(queue, run.id, entry.jobs):
            await self._check_for_workers(run, queue)
        else:
            await self._put_back(run, queue)

    async def _is_open(self, run_id: str) -> bool:
        entry = await self._shared.ledger.entry(run_id)
        return entry is not None and entry.state is not State.CLOSED

    async def _waits(self, queue: JobQueue, run_id: str, number: int) -> bool:
        async with answering():
            return await queue.has(run_id, number)

    async def _check_for_workers(self, run: Run, queue: JobQueue) -> None:
        async with answering():
            state = await queue.state()
        alone = await self._shared.ledger.wait(run.id, has_workers=state.workers > 0)
        if alone > self._shared.timing.stranded:
            sentence = f"No worker of cluster {run.question.cluster} is running, so nothing was checked."
            await self._apologize(run, ErrorKind.NO_WORKER, sentence)

    async def _put_back(self, run: Run, queue: JobQueue) -> None:
        number = await self._shared.ledger.put_back(run.id)
        if number > 0:
            log.warning("put back", job=number)
            async with answering():
                await queue.put(run.id, number, self._shared.timing, self._shared.job_timeout)
        elif number == SPENT:
            await self._apologize(
                run, ErrorKind.WORKER_LOST, "The worker was lost twice while it checked this, so I stopped trying."
            )

    async def _apologize(self, run: Run, kind: ErrorKind, sentence: str) -> None:
        log.error("gave up", kind=kind)
        error = AnswerError(kind, sentence, hint=_TERMINAL)
        await self._shared.ledger.answer(Answer(run.id, error, answered_at=datetime.now(UTC)))
