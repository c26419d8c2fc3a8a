"""Scheduled digests: arrive once with two replicas, post what is new, and stay quiet otherwise."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import time_machine
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.jobs import keys
from bot.jobs.messages import Schedule
from tests.slack.said import said


async def scheduled(bot, words: str) -> str:
    ana = bot.slack.person("ana")
    await ana.slash("#shop-dev", f"/k8snet digest {words}")
    ephemeral = await bot.slack.until(lambda: next(iter(ana.ephemerals("#shop-dev")), None))
    return said(ephemeral)


async def test_is_made_listed_and_stopped(bot) -> None:
    """`digest daily 09:00 for shop` is confirmed in words, listed, and can be switched off."""
    ana = bot.slack.person("ana")
    assert "Daily at 09:00" in await scheduled(bot, "daily 09:00 utc for shop")
    await ana.slash("#shop-dev", "/k8snet digest list")
    await bot.slack.until(lambda: any("on changes" in said(each) for each in ana.ephemerals("#shop-dev")))
    await ana.slash("#shop-dev", "/k8snet digest off")
    await bot.slack.until(lambda: any("No digest is sent" in said(each) for each in ana.ephemerals("#shop-dev")))


async def test_arrives_once_with_two_replicas(bot) -> None:
    """When its minute comes the digest stands in the channel, once, whoever of the two replicas asked."""
    await bot.process()
    await bot.slack.connected(2)
    await scheduled(bot, "daily 09:00 utc for shop always")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=0, second=1)
    with time_machine.travel(tomorrow, tick=True):
        digest = await bot.slack.until(lambda: next(iter(bot.slack.messages("#shop-dev")), None))
        await asyncio.sleep(0.5)  # a second one would come at the other replica's next look

    assert "cart-service" in said(digest)
    assert len(bot.slack.messages("#shop-dev")) == 1
    assert len(bot.runs) == 1


async def test_digest_now(bot) -> None:
    """A bare `digest` is made at once, in the thread of its line."""
    await bot.slack.person("ana").slash("#shop-dev", "/k8snet digest for shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#shop-dev")), None))
    digest = await bot.thread_of("#shop-dev", root, says="Problems")

    assert "cart-service" in said(digest)


async def test_bad_schedule_stops_no_other(bot) -> None:
    """A digest of a cluster that is gone is skipped and told to its creator; the one due at the same time arrives."""
    ana = bot.slack.person("ana")
    gone = Schedule(
        id="0" * 26, channel=bot.slack.channel("shop-dev").id, cluster="mars", hour=9, created_by=ana.id, team="T0ACME"
    )
    garbled = replace(gone, id="1" * 26, cluster="sample", timezone="Mars/Olympus", hour=99)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=0, second=1)
    async with Redis.from_url(bot.config.redis_url) as redis:  # as an earlier configuration, or another hand, left them
        for each in (gone, garbled):
            await redis.hset(keys.SCHEDULES, each.id, msgspec.json.encode(each))
            await redis.zadd(keys.DUE, {each.id: tomorrow.replace(second=0).timestamp()})
    await scheduled(bot, "daily 09:00 utc for shop always")
    with time_machine.travel(tomorrow, tick=True):
        digest = await bot.slack.until(lambda: next(iter(bot.slack.messages("#shop-dev")), None))
        direct = bot.slack.workspace.direct(ana.id)
        told = await bot.slack.until(lambda: bot.slack.messages(direct)[1:] and bot.slack.messages(direct))

    assert "cart-service" in said(digest)
    assert "mars" in " ".join(map(said, told))
    assert "its time does not exist: On weekdays at 99:00 Mars/Olympus" in " ".join(map(said, told))
    await ana.slash("#shop-dev", "/k8snet digest list")
    await bot.slack.until(lambda: any("paused, `its time or" in said(each) for each in ana.ephemerals("#shop-dev")))


async def test_unknown_cluster_is_refused_when_the_digest_is_made(bot) -> None:
    """A mistyped cluster is said at once, with the clusters there are."""
    assert "sample" in await scheduled(bot, "daily 09:00 utc for shop on mars")
