"""What Slack refuses for good is told to the asker, or to a digest's creator, and closed: nothing is tried for a week."""

import asyncio

import msgspec
from redis.asyncio import Redis
from time_machine import Traveller

from bot.jobs.ledger import Ledger
from bot.jobs.messages import Schedule
from tests.jobs.conftest import until
from tests.slack.test_digest_delivery import share, waiting
from tests.slack.test_digests import asked, next_digest, posts, said
from tests.slack.test_digests import clock as clock  # noqa: PLC0414 - a fixture

INVENTED = "invented_yesterday"  # a refusal that nobody has heard of
LONG = 1000.0  # seconds; an answer is tried for 900
GIVEN_UP = "could not be shown for 15 minutes"


async def broken(redis: Redis) -> bytes:
    """Return the key of the run whose delivery failed as nobody foresaw; empty while there is none."""
    async for key in redis.scan_iter("k8snet:open:*"):
        if await redis.hexists(key, "broken"):
            return bytes(key)
    return b""


async def tried_for_long(bot) -> None:
    """Let the delivery of the one open run fail since long ago, and wait until it is closed."""
    async with Redis.from_url(bot.config.redis_url) as redis:
        await until(lambda: broken(redis), 30)
        key = await broken(redis)
        now, _ = await redis.time()
        await redis.hset(key, "broken", str(now - LONG))
    await waiting(bot, some=False)


async def test_asker_of_a_command_is_told(bot, logs) -> None:
    """By the command's own address, and once; the answer itself can still be looked at."""
    ana = bot.slack.person("ana")
    bot.slack.channel("incidents").refuses = INVENTED
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    await tried_for_long(bot)

    told = [each for each in ana.ephemerals("#incidents") if GIVEN_UP in said(each)]
    assert len(told) == 1
    assert bot.slack.messages("#incidents") == []
    assert INVENTED in str([each for each in logs if each["event"] == "the channel takes no answer"])


async def test_asker_of_a_mention_is_told_by_a_direct_message(bot) -> None:
    """A mention has no address of its own: the message says where it was asked."""
    ana = bot.slack.person("ana")
    bot.slack.channel("incidents").refuses = INVENTED
    await ana.mention("#incidents", "why cart-service in shop")
    await tried_for_long(bot)

    (told,) = bot.slack.messages(bot.slack.workspace.direct(ana.id))
    assert GIVEN_UP in said(told)
    assert f"<#{bot.slack.channel('incidents').id}>" in str(told.blocks)


async def test_answer_to_a_mention_in_a_channel_that_was_closed_is_a_direct_message(make_bot) -> None:
    """Archived between question and answer: who asked by a mention heard nothing."""
    bot = await make_bot(workers=0)
    ana = bot.slack.person("ana")
    await ana.mention("#incidents", "why cart-service in shop")
    bot.slack.channel("incidents").archived = True
    await bot.worker()
    (told,) = await posts(bot, 1, bot.slack.workspace.direct(ana.id))

    assert "RTE-001" in said(told)


async def test_refusal_that_ends_is_outlived(bot) -> None:
    """A refusal that nobody knows may pass as well: within a quarter of an hour the answer comes all the same."""
    bot.slack.channel("incidents").refuses = INVENTED
    await bot.slack.person("ana").slash("#incidents", "/k8snet why cart-service in shop")
    async with Redis.from_url(bot.config.redis_url) as redis:
        await until(lambda: broken(redis), 30)
    bot.slack.channel("incidents").refuses = ""
    await bot.slack.until(lambda: "RTE-001" in bot.slack.transcript("#incidents"))


async def test_creator_of_a_digest_is_told(bot, clock: Traveller) -> None:
    """It counts as one that was not sent."""
    ana = bot.slack.person("ana")
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    bot.slack.channel("shop-dev").refuses = INVENTED
    await next_digest(bot, clock)
    await tried_for_long(bot)

    (told,) = bot.slack.messages(bot.slack.workspace.direct(ana.id))
    assert "was not sent" in said(told)
    assert GIVEN_UP in said(told)


async def test_watch_ends(bot, clock: Traveller) -> None:
    """A watch whose news nobody can read is given up, and its creator hears so."""
    ana = bot.slack.person("ana")
    bot.slack.channel("incidents").refuses = INVENTED
    await ana.slash("#incidents", "/k8snet watch cart-service in shop for 2h")
    clock.shift(31)  # its first look shows it
    await tried_for_long(bot)
    (told,) = await posts(bot, 1, bot.slack.workspace.direct(ana.id))

    assert "could not be shown for long" in said(told)


async def test_workspace_that_lets_nobody_write_there(bot) -> None:
    """A rule of the workspace's admins closes the channel to us: the asker alone is answered, at once."""
    ana = bot.slack.person("ana")
    bot.slack.channel("incidents").refuses = "restricted_action_thread_only_channel"
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    await bot.slack.until(lambda: any("RTE-001" in said(each) for each in ana.ephemerals("#incidents")))

    assert bot.slack.messages("#incidents") == []


async def test_failure_is_counted_once_though_its_process_dies(make_bot, clock: Traveller, monkeypatch) -> None:
    """Counted, and killed before the run was closed: who finds it open does not count it again, and pauses no digest."""
    bot = await make_bot(workers=0)
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    clock.shift(62)
    await waiting(bot, some=True)
    await share(bot, "shop-dev")
    close, died = Ledger.close, asyncio.Event()

    async def never(*_: object) -> None:
        died.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Ledger, "close", never)
    await bot.worker()
    await died.wait()
    monkeypatch.setattr(Ledger, "close", close)
    await bot.stop_processes()
    await bot.process()
    async with Redis.from_url(bot.config.redis_url) as redis:
        for run_id in await redis.zrange("k8snet:ledger", 0, -1):  # the lease of who died is over
            await redis.hset(f"k8snet:open:{run_id.decode()}", "leased_until", "0")
            await redis.zadd("k8snet:ledger", {run_id: 0})
        await waiting(bot, some=False)
        (kept,) = await redis.hvals("k8snet:schedules")

    assert msgspec.json.decode(kept, type=Schedule).failures == 1
    assert all("paused" not in said(each) for each in bot.slack.messages(bot.slack.workspace.direct("ana")))
