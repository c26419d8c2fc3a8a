"""A digest stands in its channel once, whatever breaks on the way, and what nobody was told stays news."""

import asyncio

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from time_machine import Traveller

from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.messages import Run
from bot.model.gaps import Gap
from bot.model.snapshot import Snapshot
from handlers.access.standing import SHARED
from tests.slack.test_digests import asked, next_digest, posts, said
from tests.slack.test_digests import clock as clock  # noqa: PLC0414 - a fixture
from tests.slack.test_watches import mended

DAILY = "daily 09:00 utc for shop"


async def waiting(bot, *, some: bool) -> None:
    """Wait until something, or nothing, waits to be answered or delivered."""
    async with asyncio.timeout(90), Redis.from_url(bot.config.redis_url) as redis:
        while bool(await redis.zcard(keys.LEDGER)) is not some:  # noqa: ASYNC110 - Redis rings no event for it
            await asyncio.sleep(0.05)


async def share(bot, channel: str) -> None:
    """Let another company be invited into a channel, of which Slack tells us."""
    place = bot.slack.channel(channel)
    place.ext_shared = True
    await bot.slack.event({"type": "channel_shared", "connected_team_id": "E0OTHER", "channel": place.id})


def without_pay(snapshot: Snapshot) -> Snapshot:
    """The same, read by somebody who may not list the Services of pay."""
    gap = Gap(need="services", what="services in pay", why="forbidden", namespace="pay")
    services = tuple(each for each in snapshot.services if each.namespace != "pay")
    return replace(snapshot, services=services, gaps=(*snapshot.gaps, gap))


@pytest.mark.parametrize("kind", ["500", "reset", "reset-after", "broken-json"])
async def test_fault_of_slack_doubles_no_digest(bot, clock: Traveller, kind: str) -> None:
    """A post of which nobody knows whether it arrived is looked for before it is made again."""
    await asked(bot, DAILY, "Daily at 09:00")
    bot.slack.fault("chat.postMessage", kind)
    await next_digest(bot, clock)
    await posts(bot, 1)
    await waiting(bot, some=False)

    assert len(bot.slack.messages("#shop-dev")) == 1


async def test_process_that_ends_after_the_post_doubles_no_digest(
    bot, clock: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rolling upgrade at nine o'clock: the next process finds what stands there by its mark."""
    await asked(bot, DAILY, "Daily at 09:00")
    remember, posted = JobClient.remember, asyncio.Event()

    async def never(jobs: JobClient, run: Run) -> None:
        if run.schedule and run.message_ts:
            posted.set()
            await asyncio.Event().wait()
        await remember(jobs, run)

    monkeypatch.setattr(JobClient, "remember", never)
    clock.shift(62)
    await posted.wait()
    monkeypatch.setattr(JobClient, "remember", remember)
    await bot.stop_processes()
    await bot.process()
    await waiting(bot, some=False)

    assert len(bot.slack.messages("#shop-dev")) == 1
    assert bot.slack.called("conversations.history")


async def test_news_that_could_not_be_told_stays_news(bot, clock: Traveller, sample) -> None:
    """What broke while the bot was out of the channel is new to it when the bot is back."""
    bot.snapshot = mended(sample)
    await asked(bot, DAILY, "Daily at 09:00")
    await next_digest(bot, clock)
    await posts(bot, 1)
    place = bot.slack.channel("shop-dev")
    place.members -= {bot.slack.workspace.bot.id}
    bot.snapshot = sample
    await next_digest(bot, clock)
    await posts(bot, 1, bot.slack.workspace.direct("ana"))
    place.members |= {bot.slack.workspace.bot.id}
    await next_digest(bot, clock)
    _, told = await posts(bot, 2)

    assert "1 new problem" in told.text


async def test_channel_that_became_shared_gets_no_digest(make_bot, clock: Traveller) -> None:
    """Another company is invited while the digest is made: its creator hears why nothing came."""
    bot = await make_bot(workers=0)
    await asked(bot, DAILY, "Daily at 09:00")
    clock.shift(62)
    await waiting(bot, some=True)
    await share(bot, "shop-dev")
    await bot.worker()
    (told,) = await posts(bot, 1, bot.slack.workspace.direct("ana"))

    assert SHARED in said(told)
    assert bot.slack.messages("#shop-dev") == []


async def test_all_services_are_shown_after_a_quiet_day(bot, clock: Traveller) -> None:
    """The button of a digest that a quiet day edited still shows what it counts."""
    ana = bot.slack.person("ana")
    await asked(bot, DAILY, "Daily at 09:00")
    await next_digest(bot, clock)
    await posts(bot, 1)
    await next_digest(bot, clock)
    edited = await bot.slack.until(
        lambda: next((each for each in bot.slack.messages("#shop-dev") if "no change" in said(each)), None)
    )
    await ana.click(edited, "k8snet.services")

    await bot.slack.until(lambda: ana.views and "shop/cart-service" in bot.slack.screen(ana.view))


async def test_missed_digests_are_told_on_a_quiet_day(bot, clock: Traveller) -> None:
    """Two days without a process: the first digest after them says so, though nothing changed."""
    await asked(bot, DAILY, "Daily at 09:00")
    await next_digest(bot, clock)
    await posts(bot, 1)
    await waiting(bot, some=False)
    await bot.stop_processes()
    clock.shift(2 * 86400)
    await bot.process()
    await bot.worker()  # at nine o'clock, too, so the third digest is due
    await bot.slack.until(lambda: "no change" in said(*bot.slack.messages("#shop-dev")))

    assert "earlier digest" in said(*bot.slack.messages("#shop-dev"))


async def test_two_quiet_weeks_are_told_as_two(bot, clock: Traveller) -> None:
    """The second sign of life counts from the last change, not from the first sign, and a quiet day leaves it so."""
    await asked(bot, "mondays 09:00 utc for shop", "On Monday at 09:00")
    await next_digest(bot, clock)
    await posts(bot, 1)
    for week in (1, 2):
        clock.shift(6 * 86400)
        await next_digest(bot, clock)
        *_, sign = await posts(bot, 1 + week)
        assert f"no change for {7 * week} days" in sign.text
    await asked(bot, "daily 10:00 utc for pay", "Daily at 10:00")


async def test_what_could_not_be_read_is_in_the_headline(bot, clock: Traveller, sample) -> None:
    """A namespace that could not be listed is told in the first words, each week anew, and never left out beside passes."""
    bot.snapshot = without_pay(mended(sample))
    await asked(bot, "mondays 09:00 utc for shop, pay", "On Monday at 09:00")
    await next_digest(bot, clock)
    (first,) = await posts(bot, 1)
    assert "pay could not be listed" in first.text
    clock.shift(6 * 86400)
    await next_digest(bot, clock)
    _, second = await posts(bot, 2)

    assert "pay could not be listed" in second.text


async def test_news_are_told_though_a_part_is_never_read(bot, clock: Traveller, sample) -> None:
    """A namespace that may not be listed, day after day, keeps nobody from hearing of the others."""
    bot.snapshot = without_pay(mended(sample))
    await asked(bot, "daily 09:00 utc for shop, pay", "Daily at 09:00")
    await next_digest(bot, clock)
    await posts(bot, 1)
    await next_digest(bot, clock)
    await bot.slack.until(lambda: "Checked again" in said(*bot.slack.messages("#shop-dev")))
    bot.snapshot = without_pay(sample)
    await next_digest(bot, clock)
    _, told = await posts(bot, 2)

    assert "1 new problem, pay could not be listed" in told.text
