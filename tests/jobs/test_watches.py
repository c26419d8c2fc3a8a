"""Watches in the store: several processes change one, and versions differ during an upgrade."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.watch import Watch
from bot.model.question.question import Question

START = datetime(2026, 11, 23, 4, 41, tzinfo=UTC)
WATCH = Watch("w1", "C1", Question(service="user-service", namespace="shop"), START, START + timedelta(hours=1))


async def test_watch_of_a_newer_version_stays(jobs: JobClient, redis: Redis) -> None:
    """During an upgrade an older process cannot read what a newer one wrote, and leaves it to that one."""
    newer = msgspec.json.encode({"id": "w9", "channel": "C1", "until": "by the moon"})
    await redis.hset(keys.WATCHES, "w9", newer)
    await redis.zadd(keys.WATCHES_DUE, {"w9": START.timestamp()})
    for _ in range(2):
        assert await jobs.watches.due(START + timedelta(minutes=1)) == ()

    assert await redis.hget(keys.WATCHES, "w9") == newer
    assert await redis.zscore(keys.WATCHES_DUE, "w9") == START.timestamp()


async def test_time_without_a_zone_stops_no_other(jobs: JobClient, redis: Redis) -> None:
    """What another hand wrote cannot be compared with a clock: the watches beside it, and all mutes, go on."""
    naive = msgspec.json.encode(WATCH).replace(b"+00:00", b"").replace(b"Z", b"")
    await redis.hset(keys.WATCHES, "w9", naive)
    await redis.zadd(keys.WATCHES_DUE, {"w9": START.timestamp()})
    await redis.hset(keys.MUTES, "m9", b'{"id":"m9","channel":"C1","cluster":"","until":"2026-11-23T05:00:00"}')
    await jobs.watches.add(WATCH, START)

    assert [each.watch for each in await jobs.watches.due(START + timedelta(seconds=1))] == [WATCH]
    assert await jobs.mutes.active("C1", START) == ()


async def test_two_changes_at_one_moment_are_both_kept(jobs: JobClient) -> None:
    """A look that is noted while somebody makes the watch longer takes nothing of that back."""
    await jobs.watches.add(WATCH, START)
    later = START + timedelta(hours=4)

    async def look() -> None:
        await jobs.watches.change(
            "w1", lambda known: replace(known, standing=replace(known.standing, looks=known.standing.looks + 1))
        )

    longer = jobs.watches.change("w1", lambda known: replace(known, until=later))
    await asyncio.gather(*(look() for _ in range(5)), longer)
    known = await jobs.watches.get("w1")

    assert known
    assert (known.until, known.standing.looks) == (later, 5)


async def test_what_ended_stays_so(jobs: JobClient) -> None:
    """A change that comes after the end brings nothing back."""
    await jobs.watches.add(WATCH, START)
    await jobs.watches.remove("w1")

    assert await jobs.watches.change("w1", lambda known: known, lambda _: START) is None
    assert await jobs.watches.list() == ()
