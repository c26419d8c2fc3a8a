"""Mixed versions during an upgrade: an older process that changes a record leaves what it does not know of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.messages import Schedule
from bot.jobs.rewriting import rewritten
from bot.jobs.watch import Standing, Watch
from bot.model.question.question import Question

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
DAILY = Schedule("s1", "C1", namespaces=("shop",), timezone="UTC", failures=1)
WATCH = Watch("w1", "C1", Question(service="web"), NOW, NOW + timedelta(hours=1), standing=Standing(looks=1))


async def newer(redis: Redis, key: str, name: str, more: dict[str, Any]) -> None:
    """Write fields of a later version into a record."""
    known = msgspec.json.decode(await redis.hget(key, name))
    inner = {field: {**known[field], **value} for field, value in more.items() if isinstance(value, dict)}
    await redis.hset(key, name, msgspec.json.encode({**known, **more, **inner}))


async def kept(redis: Redis, key: str, name: str) -> Any:
    return msgspec.json.decode(await redis.hget(key, name))


async def test_a_schedule_keeps_what_a_newer_version_noted(jobs: JobClient, redis: Redis) -> None:
    """`failed_run` was such a field: dropped by an older replica, one failure of a digest was counted as two."""
    await jobs.add_schedule(DAILY)
    await newer(redis, keys.SCHEDULES, "s1", {"failed_where": ["C1"], "seen": 1.5})
    changed = await jobs.change_schedule("s1", lambda known: replace(known, failures=2, paused=True))

    found = await kept(redis, keys.SCHEDULES, "s1")
    assert (found["failures"], found["paused"], found["failed_where"], found["seen"]) == (2, True, ["C1"], 1.5)
    assert await jobs.schedule_of("s1") == changed


async def test_a_watch_keeps_it_in_its_parts_too(jobs: JobClient, redis: Redis) -> None:
    """What stands inside of a part, and a known field that goes back to its default, which is not written."""
    await jobs.watches.add(WATCH, NOW)
    await newer(redis, keys.WATCHES, "w1", {"tone": "calm", "standing": {"worst": "fail", "blind": 1}})
    changed = await jobs.watches.change(
        "w1", lambda known: replace(known, standing=replace(known.standing, looks=2, blind=0))
    )

    found = await kept(redis, keys.WATCHES, "w1")
    assert (found["tone"], found["standing"]) == ("calm", {"looks": 2, "worst": "fail"})
    assert await jobs.watches.get("w1") == changed


def test_what_is_known_is_written_as_ever() -> None:
    """Of the same version nothing is added, and nothing of what was there before stays."""
    raw = msgspec.json.encode(replace(WATCH, message_ts="1.2", standing=Standing(looks=3, flapping=True)))

    assert rewritten(raw, WATCH) == msgspec.json.encode(WATCH)
