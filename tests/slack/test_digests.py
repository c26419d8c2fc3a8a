"""Digests at a time of day: what is posted, what edits the last message, what is told to whom, over weeks of one clock."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from redis.asyncio import Redis
from time_machine import Traveller

from bot.jobs import keys
from bot.jobs.client import JobClient
from playground.fake_slack import Message
from tests.slack.said import said as every_text
from tests.slack.test_watches import mended

MONDAY = datetime(2026, 11, 30, 8, 59, tzinfo=UTC)
DAY = timedelta(days=1)


def said(*messages: Message) -> str:
    """Everything that stands in messages, with single spaces."""
    return " ".join(" ".join(map(every_text, messages)).split())


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """A clock that a test moves on, at a minute to nine on a Monday."""
    with time_machine.travel(MONDAY, tick=True) as moved:
        yield moved


async def asked(bot, words: str, wanted: str, channel: str = "#shop-dev") -> Message:
    """Say something about digests, and give what only the asker is told of it."""
    ana = bot.slack.person("ana")
    await ana.slash(channel, f"/k8snet digest {words}")
    return await bot.slack.until(
        lambda: next((each for each in reversed(ana.ephemerals(channel)) if wanted in said(each)), None)
    )


async def next_digest(bot, clock: Traveller) -> None:
    """Go to a second after nine o'clock of the next day that has none yet, and wait until a digest was made.

    First what was posted of the one before is noted: a message stands in Slack a moment before anybody remembers it.
    """
    await settled(bot)
    runs = len(bot.runs)
    now = datetime.now(UTC)
    nine = now.replace(hour=9, minute=0, second=1)
    clock.move_to(nine if nine > now else nine + DAY)
    async with asyncio.timeout(60):
        while len(bot.runs) == runs:  # noqa: ASYNC110 - a list grows, no event is set
            await asyncio.sleep(0.05)


async def settled(bot) -> None:
    """Wait until nothing waits to be asked, answered or delivered."""
    async with asyncio.timeout(90), Redis.from_url(bot.config.redis_url) as redis:
        while await redis.zcard(keys.LEDGER) or await redis.hlen(keys.CLAIMED):  # noqa: ASYNC110 - it rings no event
            await asyncio.sleep(0.05)


async def posts(bot, number: int, channel: str = "#shop-dev") -> list[Message]:
    """Wait for so many messages of a channel, and give them."""
    return await bot.slack.until(
        lambda: bot.slack.messages(channel) if len(bot.slack.messages(channel)) == number else None
    )


async def test_two_weeks(bot, clock, sample) -> None:
    """New on Monday, quiet for a week (edited in place), a sign of life, a repair, and the trend of what was checked."""
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    await next_digest(bot, clock)
    (first,) = await posts(bot, 1)
    assert "1 problem" in said(first)
    assert "nothing is known to be new" in said(first)
    for day in range(1, 7):
        await next_digest(bot, clock)
        words = "no change" + (f", {day} times in a row" if day > 1 else "")
        await bot.slack.until(lambda words=words: words in said(bot.slack.messages("#shop-dev")[0]))
    assert len(bot.slack.messages("#shop-dev")) == 1
    await next_digest(bot, clock)
    _, sign = await posts(bot, 2)
    assert "no change for 7 days" in sign.text
    bot.snapshot = mended(sample)
    await next_digest(bot, clock)
    *_, repaired = await posts(bot, 3)
    assert "1 fixed" in repaired.text
    charts = [each for each in repaired.blocks if each["type"] == "data_visualization"]
    failing = charts[0]["chart"]["series"][0]["data"]
    assert [each["value"] for each in failing] == [1] * 8 + [0]
    assert (failing[0]["label"], failing[-1]["label"]) == ("Nov 30", "Dec 8")
    assert len(bot.runs) == 9


async def test_sign_of_life_comes_in_the_week_of_summer_time_as_well(bot, clock) -> None:
    """The Monday after is an hour nearer; it is told on that Monday, and not a week later."""
    clock.move_to(datetime(2027, 3, 22, 7, 59, tzinfo=UTC))
    await asked(bot, "mondays 09:00 Europe/Berlin for shop", "On Monday at 09:00")
    clock.shift(62)
    await posts(bot, 1)
    clock.move_to(datetime(2027, 3, 29, 7, 0, 1, tzinfo=UTC))
    _, sign = await posts(bot, 2)

    assert "no change for" in sign.text


async def test_still_failing_has_an_age_and_an_owner(bot, clock) -> None:
    """What goes on says for how long it is known."""
    await asked(bot, "daily 09:00 utc for shop always", "Daily at 09:00")
    for _ in range(3):
        await next_digest(bot, clock)
    *_, last = await posts(bot, 3)

    assert "Still failing" in said(last)
    assert "for 9 days" in said(last)  # since somebody edited the selector, as the object tells


async def test_could_not_check_is_said_once_and_never_looks_well(bot, clock) -> None:
    """A broken check is posted with the last good time, edited while it lasts, and what comes after it is posted."""
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    await next_digest(bot, clock)
    await posts(bot, 1)
    bot.broken = True
    await next_digest(bot, clock)
    _, broken = await posts(bot, 2)
    assert "could not be made" in broken.text
    assert "last good check" in said(broken)
    await next_digest(bot, clock)
    await bot.slack.until(lambda: "Tried again" in said(bot.slack.messages("#shop-dev")[1]))
    assert "Checked again" not in said(*bot.slack.messages("#shop-dev"))
    assert len(bot.slack.messages("#shop-dev")) == 2
    bot.broken = False
    await next_digest(bot, clock)
    *_, again = await posts(bot, 3)
    assert "1 still failing" in again.text


async def test_closed_channel_pauses_after_two_failures(bot, clock) -> None:
    """The creator is told each time; after the second the digest is paused, the list says so, and resume lets it go on."""
    ana = bot.slack.person("ana")
    direct = bot.slack.workspace.direct(ana.id)
    await asked(bot, "daily 09:00 utc for shop always", "Daily at 09:00")
    place = bot.slack.channel("shop-dev")
    place.members -= {bot.slack.workspace.bot.id}
    await next_digest(bot, clock)
    await posts(bot, 1, direct)
    await next_digest(bot, clock)
    _, second = await posts(bot, 2, direct)
    assert "failed twice and is paused" in said(second)
    await asked(bot, "list", "paused, `it could not be sent twice`")
    place.members |= {bot.slack.workspace.bot.id}
    await asked(bot, "resume", "always · ")
    await next_digest(bot, clock)
    await posts(bot, 1)


async def test_pause_ends_by_itself_and_nothing_is_counted_as_missed(bot, clock) -> None:
    """Two days of a pause are no two digests that could not be made."""
    await asked(bot, "daily 09:00 utc for shop always", "Daily at 09:00")
    await asked(bot, "pause 2d", "paused until")
    for _ in range(2):
        clock.shift(DAY)
        await asyncio.sleep(0.5)  # looks at what is due
    await next_digest(bot, clock)
    _, sent = await posts(bot, 2)

    assert "earlier digest" not in said(sent)
    assert len(bot.runs) == 1


async def test_days_and_zones(bot, clock) -> None:
    """Single days, in a zone that is named, or in the asker's own as Slack has it; zones are spelled for them."""
    bot.slack.workspace.user("ana").tz = "Asia/Tokyo"
    await asked(bot, "mon thu 7am for shop", "On Monday and Thursday at 07:00 Asia/Tokyo")
    await asked(bot, "weekends 09:30 europe/berlin for pay", "On weekends at 09:30 Europe/Berlin")
    await asked(bot, "daily 09:00 Mars/Olympus for pay", "I know no time zone")
    listed = await asked(bot, "list", "2 digests")
    assert "1. `On Monday" in said(listed)
    await asked(bot, "off", "Which one?")
    await asked(bot, "off 1", "any more of: shop")
    await asked(bot, "off for pay", "any more of: pay")
    await asked(bot, "list", "No digest is sent")


async def test_preview_is_for_the_asker_and_changes_nothing(bot, clock) -> None:
    """What would be sent now, compared as it would be; the next digest still finds it new, and nothing is posted."""
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    await asked(bot, "preview", "A preview")
    assert bot.slack.messages("#shop-dev") == []
    await next_digest(bot, clock)
    (first,) = await posts(bot, 1)

    assert "1 problem" in first.text


async def test_menu_and_form(bot, clock) -> None:
    """The menu of a digest opens its form, filled; what is saved is so; a wrong field keeps the form open."""
    ana = bot.slack.person("ana")
    await asked(bot, "daily 09:00 utc for shop always", "Daily at 09:00")
    await next_digest(bot, clock)
    (sent,) = await posts(bot, 1)
    await ana.click(sent, "k8snet.services")
    assert "fail    shop/cart-service" in bot.slack.screen(await bot.slack.until(lambda: ana.views and ana.view))
    await ana.close()
    await ana.select(sent, "k8snet.digest", "Change")
    form = await bot.slack.until(lambda: ana.views and ana.view)
    offered = await ana.type(form, "k8snet.pick.zone", "berl")
    assert [each["value"] for each in offered] == ["Europe/Berlin"]
    nonsense = {"value": "Not_A_Name", "text": {"type": "plain_text", "text": "Not_A_Name"}}
    wrong = await ana.submit(form, {"k8snet.pick.namespace": [nonsense]})
    assert "namespaces" in wrong.response["errors"]
    places = ["shop", "pay"]
    await ana.submit(form, {"k8snet.pick.namespace": places, "time": "10:15", "k8snet.pick.zone": offered[0]})
    await asked(bot, "list", "Daily at 10:15 Europe/Berlin")
    clock.move_to(datetime(2026, 12, 1, 9, 15, 1, tzinfo=UTC))
    _, wider = await posts(bot, 2)
    assert all(each["type"] != "data_visualization" for each in wider.blocks)  # of these namespaces it is the first day
    await ana.select(sent, "k8snet.digest", "Pause for 1 Day")
    await bot.slack.until(lambda: any("paused until" in said(each) for each in ana.ephemerals("#shop-dev")))
    await ana.select(sent, "k8snet.digest", "Stop This Digest")
    await asked(bot, "list", "No digest is sent")


async def test_same_digest_twice_is_one(bot, clock) -> None:
    """Asked for again at the same time, only what is new about it is taken over."""
    await asked(bot, "daily 09:00 utc for shop", "on changes")
    await asked(bot, "daily 09:00 utc for shop always", "always")
    await asked(bot, "list", "1 digest of")
    jobs = await JobClient.open(bot.config)
    assert [each.mode for each in await jobs.schedules()] == ["always"]
    await jobs.close()
