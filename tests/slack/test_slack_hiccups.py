"""What Slack does not say for a moment ends no watch and costs no digest; what it will not say is told by its right name."""

import pytest
from time_machine import Traveller

from tests.jobs.conftest import until
from tests.slack.test_digests import asked, next_digest, posts, said
from tests.slack.test_digests import clock as clock  # noqa: PLC0414 - a fixture

MINUTE = 61.0  # seconds after which what was claimed and not asked comes up again


async def anew(bot) -> None:
    """Start a process that remembers nothing of Slack's channels and people."""
    await bot.stop_processes()
    await bot.process()
    await bot.worker()
    await bot.slack.connected()


async def logged(logs, event: str) -> None:
    """Wait until it was logged that something waits."""
    await until(lambda: any(each["event"] == event for each in logs), 30)


@pytest.mark.parametrize("method", ["conversations.info", "users.info"])
async def test_digest_is_asked_again_a_minute_later(bot, clock: Traveller, logs, method: str) -> None:
    """Slack answers 500 at nine o'clock: the digest comes as soon as it answers, nobody is told of a failure."""
    ana = bot.slack.person("ana")
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    await anew(bot)
    bot.slack.fault(method, "500", times=99)
    clock.shift(62)
    await logged(logs, "a schedule waits")
    bot.slack.faults.clear()
    clock.shift(MINUTE)
    await posts(bot, 1)

    assert bot.slack.messages(bot.slack.workspace.direct(ana.id)) == []
    await asked(bot, "list", "on changes")


async def test_watch_goes_on(bot, clock: Traveller, logs) -> None:
    """Slack does not say once who reads the channel: the watch looks again a minute later."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet watch cart-service in shop for 2h")
    await bot.slack.until(lambda: "Now fail" in said(*bot.slack.messages("#incidents")))
    await anew(bot)
    runs = len(bot.runs)
    bot.slack.fault("conversations.info", "500", times=99)
    clock.shift(MINUTE)
    await logged(logs, "a watch waits")
    bot.slack.faults.clear()
    clock.shift(MINUTE)
    await until(lambda: len(bot.runs) > runs, 60)

    assert bot.slack.messages(bot.slack.workspace.direct(ana.id)) == []


async def test_channel_that_we_left_is_told_as_that(bot, clock: Traveller) -> None:
    """A private channel without us reads to us as none: its digest's creator hears to invite us, and of which channel."""
    ana = bot.slack.person("ana")
    channel = bot.slack.channel("ops-private")
    channel.members |= {ana.user.id}
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00", "#ops-private")
    await anew(bot)
    channel.members -= {bot.slack.workspace.bot.id}
    clock.shift(62)
    (told,) = await posts(bot, 1, bot.slack.workspace.direct(ana.id))

    assert "Invite me" in said(told)
    assert "shared with another company" not in said(told)
    assert f"<#{channel.id}>" in str(told.blocks)


async def test_archived_channel_is_told_as_that(bot, clock: Traveller) -> None:
    """No invitation opens an archived channel."""
    ana = bot.slack.person("ana")
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    bot.slack.channel("shop-dev").archived = True
    await next_digest(bot, clock)
    (told,) = await posts(bot, 1, bot.slack.workspace.direct(ana.id))

    assert "archived" in said(told)
    assert "Invite me" not in said(told)
