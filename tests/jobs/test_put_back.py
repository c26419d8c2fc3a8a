"""Between a look at an overdue run and its way back into the queue a worker may begin it."""

from msgspec.structs import replace

from bot.jobs.client import JobClient
from bot.jobs.ledger import NOT_NEEDED, SPENT, Ledger
from tests.jobs.conftest import FAST, a_run


async def test_a_run_that_a_worker_has_begun_meanwhile_is_left_to_it(jobs: JobClient) -> None:
    """Put back all the same, its worker would lose it; at its last try the asker would be told that it was lost."""
    run = a_run()
    await jobs.ask(run)
    ledger = Ledger(jobs._store, FAST)
    for tries in (1, 2):
        assert await ledger.take(run.id, f"worker {tries}") == tries
        assert await ledger.put_back(run.id) == NOT_NEEDED
        assert await ledger.touch(run.id, f"worker {tries}")
        silent = Ledger(jobs._store, replace(FAST, alive=0.0))
        assert (await silent.put_back(run.id) == SPENT) is (tries == 2)
