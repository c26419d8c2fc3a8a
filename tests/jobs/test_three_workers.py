"""Three workers of one cluster on one store: the queue shares the questions among them, and the loss of one loses none."""

import asyncio
from contextlib import AsyncExitStack

from bot.jobs.client import JobClient
from tests.jobs.conftest import Delivered, a_run, running, until
from tests.jobs.test_crashes import line, process

WORKERS, QUESTIONS = 3, 30


async def test_three_workers_share_the_questions_and_one_may_be_lost(jobs: JobClient, url: str) -> None:
    """Each begins some; one is killed in the midst of its own, and every question is answered once all the same."""
    delivered = Delivered()
    async with running(jobs.answers(delivered)), AsyncExitStack() as stack:
        workers = [await stack.enter_async_context(process("worker", url, "slow")) for _ in range(WORKERS)]
        runs = [a_run(f"service-{number}", channel=f"C{number}") for number in range(QUESTIONS)]
        await asyncio.gather(*map(jobs.ask, runs))
        begun = await asyncio.gather(*(line(each, "begun") for each in workers))
        workers[0].kill()
        await until(lambda: len(set(delivered.ids)) == QUESTIONS, 60)
    assert len(set(begun)) == WORKERS  # nobody began another's
    assert sorted(delivered.ids) == sorted(each.id for each in runs)
    lost = next(run for run, _ in delivered.pairs if run.id == begun[0])
    assert lost.tries == 2
