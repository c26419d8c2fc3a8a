"""A process that is killed between a post and its note: the next one finds what stands in Slack, and puts it right."""

import asyncio
from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.messages import Run
from tests.slack.conftest import WAITING
from tests.slack.said import said

WHY = "why cart-service in shop"


async def forget(bot, change: Callable[[Run], Run]) -> None:
    """Take from the store what the killed process had no time to note."""
    async with Redis.from_url(bot.config.redis_url) as redis:
        for key in await redis.keys(keys.run("*")):
            run = msgspec.json.decode(await redis.get(key), type=Run)
            await redis.set(key, msgspec.json.encode(change(run)))


async def closed(redis: Redis, place: bytes) -> None:
    """Wait until the ledger has a run closed."""
    async with asyncio.timeout(60):
        while await redis.hget(place, "state") != b"closed":  # noqa: ASYNC110 -- another process's store
            await asyncio.sleep(0.05)


def without_wait(run: Run) -> Run:
    return replace(run, delivery=replace(run.delivery, waiting=""))


def without_line(run: Run) -> Run:
    return replace(run, root_ts="", thread_ts="")


async def test_line_in_a_thread_is_taken_away(make_bot) -> None:
    """Nobody noted the line that says that it is checked; it is found by its mark, and gone once the answer stands."""
    bot = await make_bot(workers=0, timing=WAITING)
    ana = bot.slack.person("ana")
    root = await ana.mention("#incidents", WHY)
    waiting = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)), None))
    await bot.stop_processes()
    await forget(bot, without_wait)
    await bot.process()
    await bot.worker()
    await bot.thread_of("#incidents", root, says="RTE-001")

    await bot.slack.until(lambda: waiting.deleted)
    assert len(bot.slack.thread("#incidents", root.ts)) == 1


async def test_line_in_a_channel_becomes_the_verdicts(make_bot) -> None:
    """Nobody noted the line above the thread; it is found by its mark, and says the verdict."""
    bot = await make_bot(workers=0, timing=WAITING)
    await bot.slack.person("ana").slash("#incidents", f"/k8snet {WHY}")
    line = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.stop_processes()
    await forget(bot, without_line)
    await bot.process()
    await bot.worker()
    await bot.thread_of("#incidents", line, says="RTE-001")

    await bot.slack.until(lambda: "details in thread" in said(line))
    assert bot.slack.messages("#incidents") == [line]


@pytest.mark.parametrize("door", ["mention", "slash"])
async def test_answer_that_a_store_forgot_is_not_posted_again(make_bot, door: str) -> None:
    """The store is killed, too, and comes back without its last two seconds: neither mark nor message is noted there."""
    bot = await make_bot(timing=WAITING)
    ana = bot.slack.person("ana")
    if door == "mention":
        root = await ana.mention("#incidents", WHY)
    else:
        await ana.slash("#incidents", f"/k8snet {WHY}")
        root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.thread_of("#incidents", root, says="RTE-001")
    async with Redis.from_url(bot.config.redis_url) as redis:
        (place,) = await redis.keys(keys.entry("*"))
        await closed(redis, place)
        await bot.stop_processes()
        before = len(bot.slack.messages("#incidents")), len(bot.slack.thread("#incidents", root.ts))
        await forget(
            bot, lambda run: replace(without_line(without_wait(run)) if door == "slash" else run, message_ts="")
        )
        await redis.delete(*await redis.keys(keys.begun("*")))
        await redis.hset(place, "state", "answered")
        await redis.zadd(keys.LEDGER, {place.decode().removeprefix(keys.entry("")): 0})
        await bot.process()
        await closed(redis, place)

    assert (len(bot.slack.messages("#incidents")), len(bot.slack.thread("#incidents", root.ts))) == before


@pytest.mark.parametrize("door", ["mention", "slash"])
async def test_line_of_what_is_asked_back_is_taken_away(make_bot, door: str) -> None:
    """What is asked back to the asker alone leaves no line behind that nobody noted."""
    bot = await make_bot(workers=0, timing=WAITING)
    ana = bot.slack.person("ana")
    words = "why cart-servce in shop"
    if door == "mention":
        root = await ana.mention("#incidents", words)
        line = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)), None))
    else:
        await ana.slash("#incidents", f"/k8snet {words}")
        line = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.stop_processes()
    await forget(bot, without_wait if door == "mention" else without_line)
    await bot.process()
    await bot.worker()
    await bot.slack.until(lambda: any("no Service cart-servce" in said(each) for each in ana.ephemerals("#incidents")))

    await bot.slack.until(lambda: line.deleted)


async def test_line_that_is_posted_after_the_answer_does_not_stand(make_bot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process answers while this one begins to say that it takes long: that is then not said any more."""
    bot = await make_bot(workers=0, timing=WAITING)
    begun, overtaken = JobClient.begun, asyncio.Event()

    async def answered_meanwhile(jobs: JobClient, what: str) -> float | None:
        age = await begun(jobs, what)
        if what.endswith(".wait"):
            async with Redis.from_url(bot.config.redis_url) as redis:
                await redis.hset(keys.entry(what.removesuffix(".wait")), "state", "answered")
            overtaken.set()
        return age

    monkeypatch.setattr(JobClient, "begun", answered_meanwhile)
    root = await bot.slack.person("ana").mention("#incidents", WHY)
    await overtaken.wait()
    await asyncio.gather(*(each for each in asyncio.all_tasks() if "_say_it_takes_long" in str(each.get_coro())))

    assert bot.slack.thread("#incidents", root.ts) == []
