"""The names of a cluster: written by one worker for all, read anew when somebody misses one, kept for a day at most."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from bot.errors import ClusterUnreachableError
from bot.jobs import keys
from bot.jobs.names import NameIndex, Read, keep_names
from bot.jobs.store import Store
from bot.model.names import MOST_NAMES, Names, kept, matching

NOW = datetime(2026, 11, 28, 14, 0, tzinfo=UTC)
KNOWN = Names("prod", NOW, ("pay", "shop"), ("pay/ledger", "shop/web"), ("shop/deploy/web",))


@asynccontextmanager
async def keeping(url: str, read: Read, workers: int = 1) -> AsyncIterator[NameIndex]:
    """So many workers that keep the names; give an index as a Slack process has it."""
    async with Store(url) as store:
        tasks = [asyncio.create_task(keep_names(store, "prod", read)) for _ in range(workers)]
        yield NameIndex(store)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(found) -> object:
    async with asyncio.timeout(30):
        while not (seen := await found()):  # noqa: ASYNC110 - the store tells no event
            await asyncio.sleep(0.05)
    return seen


async def test_one_worker_reads_for_all(url, redis) -> None:
    """Three workers of a cluster begin at once: the names are read once, and expire in a day."""
    reads = []

    async def read() -> Names:
        reads.append(1)
        return replace(KNOWN, at=datetime.now(UTC))

    async with keeping(url, read, workers=3) as index:
        found = await until(lambda: index.of("prod"))
        assert found.services == KNOWN.services
        await asyncio.sleep(0.3)
        assert len(reads) == 1
        assert await index.of("other") is None
    assert 0 < await redis.ttl(keys.names("prod")) <= keys.NAMES_LIFE


async def test_asked_for_they_are_read_anew(url, redis) -> None:
    """Who misses a name gets newer ones within a second; names of a moment ago are given as they are."""
    known = [replace(KNOWN, at=NOW - timedelta(hours=1))]

    async def read() -> Names:
        return known[-1]

    async with keeping(url, read) as index:
        await until(lambda: index.of("prod"))
        known.append(replace(KNOWN, at=datetime.now(UTC), namespaces=("new", "pay", "shop")))
        fresh = await index.anew("prod")
        assert fresh is not None
        assert "new" in fresh.namespaces
        known.append(replace(fresh, namespaces=()))
        assert await index.anew("prod") == fresh
        assert await redis.exists(keys.names("prod"))


async def test_without_a_worker_what_is_known_stays(url, redis) -> None:
    """Nobody reads: the old names are given after a second, and none where there are none; nothing is left waiting."""
    async with Store(url) as store:
        index = NameIndex(store)
        assert await index.anew("prod") is None
        await index.write(KNOWN)
        assert await index.anew("prod") == KNOWN
        await redis.hset(keys.names("prod"), mapping={"at": b"x", "names": b"{broken"})
        assert await index.of("prod") is None
    assert await redis.llen(keys.names_wanted("prod")) == 1
    assert await redis.ttl(keys.names_wanted("prod")) > 0


async def test_cluster_that_is_away_leaves_older_names(url, redis) -> None:
    """A reading that fails is tried again when somebody asks, by any worker."""
    results: list[Names | Exception] = [ClusterUnreachableError("away"), replace(KNOWN, at=datetime.now(UTC))]

    async def read() -> Names:
        found = results.pop(0) if len(results) > 1 else results[0]
        if isinstance(found, Exception):
            raise found
        return found

    async with keeping(url, read) as index:
        await until(lambda: asyncio.sleep(0, len(results) == 1))
        await until(lambda: index.anew("prod"))
    assert await redis.exists(keys.names_turn("prod")) == 0


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("web", ["shop/web", "shop/web-2", "a/my-web", "b/cobweb"]),
        ("SHOP/we", ["shop/web", "shop/web-2"]),
        ("wbe-2", ["shop/web-2"]),
        ("zzz", []),
        ("", ["a/my-web", "b/cobweb", "shop/web", "shop/web-2"]),
    ],
)
def test_matching(typed: str, found: list[str]) -> None:
    """The nearest first: beginnings, then parts, then what holds it; slips only where nothing else fits."""
    assert list(matching(typed, ("b/cobweb", "a/my-web", "shop/web-2", "shop/web"), 10)) == found


def test_workload_is_found_by_namespace_and_name() -> None:
    """Nobody types the kind."""
    assert matching("shop/che", ("shop/deploy/checkout", "shop/deploy/web"), 9) == ("shop/deploy/checkout",)


def test_cut_lists_say_nothing_about_what_is_not_in_them() -> None:
    gaps: list[str] = []
    assert len(kept((f"n-{each:06d}" for each in range(MOST_NAMES + 1)), "namespaces", gaps)) == MOST_NAMES
    assert gaps == ["namespaces"]
    assert KNOWN.lacks_namespace("shpo", NOW)
    assert not replace(KNOWN, gaps=("namespaces",)).lacks_namespace("shpo", NOW)
    assert not KNOWN.lacks_namespace("shpo", NOW + timedelta(hours=1))
    assert not replace(KNOWN, namespaces=()).lacks_namespace("shpo", NOW)
