"""The worker's side: take runs of one cluster, answer each once.

What brings a run here may bring it twice, or bring one that killed its worker; the ledger says whether to begin. The
worker's life signs go to both, saq and ledger, so that its end is noticed.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from msgspec.structs import replace

from bot.config import Config
from bot.errors import ErrorKind, StoreUnreachableError
from bot.jobs import keys
from bot.jobs.keys import Timing
from bot.jobs.ledger import BUSY, CLOSED, Ledger
from bot.jobs.messages import Answer, Run
from bot.jobs.queue import FUNCTION, JobQueue
from bot.jobs.runs import Runs
from bot.jobs.saq_worker import SaqWorker
from bot.jobs.store import Store, answering
from bot.model.result.error import AnswerError

log = structlog.get_logger()

Diagnose = Callable[[Run], Awaitable[Answer]]
_KEEP_TRYING = 600.0  # seconds for which a finished answer is kept for a Redis that is away


async def work(
    config: Config, diagnose: Diagnose, *, stop: asyncio.Event | None = None, timing: Timing | None = None
) -> None:
    """Answer runs of `config.cluster` until `stop` is set (or this is cancelled), then finish what is begun.

    `diagnose` gives an Answer, with an error in it for what went wrong; it should not raise. What is still running
    `timing.grace` seconds after the stop goes back into the queue without losing a try.
    """
    timing = timing or Timing()
    async with Store(config.redis_url) as store:
        hand = _Hand(config, store, timing, diagnose)
        saq = SaqWorker(
            JobQueue(store.patient, config.cluster),
            [(FUNCTION, hand.answer)],
            concurrency=config.concurrency,
            dequeue_timeout=timing.dequeue,
            timers={"schedule": 1, "worker_info": 2, "sweep": timing.sweep, "abort": 1},
            cancellation_hard_deadline_s=3.0,
            shutdown_grace_period_s=int(timing.grace),
        )
        running = asyncio.create_task(saq.start())
        try:
            await _either(running, stop or asyncio.Event())
            saq.event.set()
            await running
        finally:
            running.cancel()
            await asyncio.wait({running})


async def _either(running: asyncio.Task[None], stop: asyncio.Event) -> None:
    """Wait for the stop, or for an end of saq's own, which is an error."""
    stopped = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()


class _Hand:
    """Answers one run at a time and slot."""

    def __init__(self, config: Config, store: Store, timing: Timing, diagnose: Diagnose) -> None:
        self._config = config
        self._timing = timing
        self._diagnose = diagnose
        self._ledger = Ledger(store, timing)
        self._runs = Runs(store, self._ledger)
        self._name = f"{config.pod_name or 'worker'}-{os.urandom(6).hex()}"

    async def answer(self, context: dict[str, Any], *, run_id: str) -> None:
        """Take one job from the queue."""
        with structlog.contextvars.bound_contextvars(run=run_id, cluster=self._config.cluster):
            run = await self._runs.get(run_id)
            if run is None:
                log.warning("nothing to answer", reason="no such run, or it cannot be read")
                return
            if earlier := run.schedule or run.baseline:
                run = replace(run, since=await self._runs.last_digest(earlier))
            token = f"{self._name}-{os.urandom(4).hex()}"
            tries = await self._ledger.take(run_id, token)
            if tries in (CLOSED, BUSY):
                log.info(
                    "nothing to answer", reason="answered already" if tries == CLOSED else "another worker is at it"
                )
                return
            await self._answer(run, tries, token, context["job"])

    async def _answer(self, run: Run, tries: int, token: str, job: Any) -> None:
        if tries > self._timing.tries:
            await self._write(run, _error(run, ErrorKind.WORKER_LOST, _LOST))
            return
        beating = asyncio.create_task(self._beat(run.id, token, job))
        try:
            answer = await self._within_limit(run)
            await self._write(run, answer)
        except asyncio.CancelledError:
            # saq cancels when the worker stops, and gives us three seconds.
            with suppress(StoreUnreachableError):
                await asyncio.shield(self._ledger.release(run.id, token))
            raise
        finally:
            beating.cancel()

    async def _within_limit(self, run: Run) -> Answer:
        limit = self._config.job_timeout
        scope = asyncio.timeout(limit)
        try:
            async with scope:
                return await self._diagnose(run)
        except Exception:  # whatever a diagnosis raises, its asker hears of it
            log.exception("diagnosis failed")
            if scope.expired():
                return _error(
                    run, ErrorKind.TIME_LIMIT, f"Stopped after {limit:g} s: the check did not finish.", hint=_NARROW
                )
            return _error(
                run, ErrorKind.INTERNAL, f"Something broke on my side. It is logged; tell the admins {run.id}."
            )

    async def _write(self, run: Run, answer: Answer) -> None:
        """Write the answer; kept and tried again while Redis is away: measured later it could say something else."""
        if answer.answered_at is None:
            answer = replace(answer, answered_at=datetime.now(UTC))
        loop = asyncio.get_running_loop()
        until = loop.time() + _KEEP_TRYING
        while True:
            try:
                won = await self._ledger.answer(
                    answer,
                    cache_seconds=self._config.cache_seconds,
                    life=keys.LOOK_LIFE if run.watch else keys.RUN_LIFE,
                )
            except StoreUnreachableError:
                if loop.time() > until:
                    raise
                await asyncio.sleep(self._timing.tick)
            else:
                failed = answer.result.kind if isinstance(answer.result, AnswerError) else None
                log.info("answered" if won else "answered by another", error=failed)
                return

    async def _beat(self, run_id: str, token: str, job: Any) -> None:
        """Return signs of life until cancelled. Without Redis nobody could hear them."""
        while True:
            await asyncio.sleep(self._timing.heartbeat)
            try:
                await self._ledger.touch(run_id, token)
                async with answering():
                    await job.update()
            except StoreUnreachableError as error:
                log.warning("no sign of life", reason=str(error))


_LOST = "The worker was lost twice while it checked this, so I stopped trying."
_NARROW = "Ask for one Service and port, or try again."


def _error(run: Run, kind: ErrorKind, sentence: str, hint: str = "") -> Answer:
    return Answer(run.id, AnswerError(kind, sentence, hint=hint))
