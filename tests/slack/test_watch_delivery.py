"""What a watch says stands in its thread once, is edited only if it changed, and ends in sight of all."""

import asyncio
from datetime import timedelta

import pytest
from time_machine import Traveller

from bot.jobs.client import JobClient
from handlers.access.standing import SHARED
from playground.fake_slack import Message
from tests.slack.test_digest_delivery import waiting
from tests.slack.test_slack_hiccups import logged
from tests.slack.test_watches import clock as clock  # noqa: PLC0414 - a fixture
from tests.slack.test_watches import looked, mended, said

WATCH = "/k8snet watch cart-service in shop for 30m"
MINUTE = timedelta(minutes=1, seconds=1)


async def watched(bot) -> Message:
    """Begin a watch, and wait until its first look is shown; give its message."""
    await bot.slack.person("ana").slash("#incidents", WATCH)
    await bot.slack.until(lambda: "Now fail" in said(*bot.slack.messages("#incidents")), 15)
    return bot.slack.messages("#incidents")[0]


async def test_look_that_changed_nothing_edits_nothing(bot, clock: Traveller) -> None:
    """Two hundred watches look each minute; Slack takes fifty edits of a workspace."""
    await watched(bot)
    before = len(bot.slack.called("chat.update"))
    for looks in (2, 3, 4, 5):
        clock.shift(MINUTE)
        await looked(bot, looks)
    await waiting(bot, some=False)  # an edit would be a part of the look

    assert len(bot.slack.called("chat.update")) == before


@pytest.mark.parametrize("kind", ["500", "reset", "reset-after", "broken-json"])
async def test_fault_of_slack_doubles_no_reply(bot, clock: Traveller, sample, kind: str) -> None:
    """A reply of which nobody knows whether it arrived is looked for before it is posted again."""
    standing = await watched(bot)
    bot.snapshot = mended(sample)
    bot.slack.fault("chat.postMessage", kind)
    clock.shift(MINUTE)
    await looked(bot, 2)
    clock.shift(timedelta(seconds=15))
    await bot.slack.until(lambda: "Now pass" in said(*bot.slack.messages("#incidents")))

    assert len(bot.slack.thread("#incidents", standing.ts)) == 1


async def test_end_is_shown_when_slack_takes_it(bot, clock: Traveller, logs) -> None:
    """Slack answers 500 when the watch is over: its message says that it ended as soon as Slack takes an edit."""
    await watched(bot)
    bot.slack.fault("chat.update", "500", times=99)
    clock.shift(timedelta(minutes=31))
    await logged(logs, "a watch waits")
    bot.slack.faults.clear()
    clock.shift(MINUTE)
    await bot.slack.until(lambda: "ended by itself" in said(*bot.slack.messages("#incidents")))
    await bot.slack.person("ana").slash("#incidents", "/k8snet watch list")
    await bot.slack.until(lambda: "Nothing is watched" in said(*bot.slack.person("ana").ephemerals("#incidents")))


async def test_watch_that_is_given_up_says_so_in_its_thread(make_bot, clock: Traveller, tmp_path) -> None:
    """Whoever reads the thread must not believe that somebody still looks; why is told to who began it."""
    rules = tmp_path / "rules.json"
    rules.write_text('[{"name": "shop", "who": ["everyone"], "namespaces": ["shop"]}]')
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await watched(bot)
    rules.write_text('[{"name": "pay", "who": ["everyone"], "namespaces": ["pay"]}]')
    clock.shift(timedelta(minutes=2))
    ended = await bot.slack.until(
        lambda: next((each for each in bot.slack.messages("#incidents") if "No longer" in said(each)), None)
    )

    assert "k8snet.unwatch" not in str(ended.blocks)
    assert "namespace" not in said(ended)


async def test_channel_that_became_shared_is_told_nothing_more(bot, clock: Traveller, sample) -> None:
    """Another company is invited between a look and its answer: the change is not told there, and the watch ends."""
    standing = await watched(bot)
    bot.snapshot = mended(sample)
    clock.shift(MINUTE)
    await looked(bot, 2)
    place = bot.slack.channel("incidents")
    place.ext_shared = True
    await bot.slack.event({"type": "channel_shared", "connected_team_id": "E0OTHER", "channel": place.id})
    clock.shift(timedelta(seconds=15))
    direct = bot.slack.workspace.direct("ana")
    told = await bot.slack.until(lambda: next(iter(bot.slack.messages(direct)), None))

    assert SHARED in said(told)
    assert bot.slack.thread("#incidents", standing.ts) == []
    assert "cart-service" not in said(*bot.slack.messages("#incidents"))


async def test_longer_time_that_is_said_during_a_look_counts(
    bot, clock: Traveller, sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look is being told while somebody makes the watch longer: both are kept."""
    ana = bot.slack.person("ana")
    await watched(bot)
    bot.snapshot = mended(sample)
    clock.shift(MINUTE)
    await looked(bot, 2)
    keep, prolonged = JobClient.keep, asyncio.Event()

    async def kept(jobs: JobClient, run_id: str) -> None:
        await keep(jobs, run_id)
        if not prolonged.is_set():
            prolonged.set()
            await ana.slash("#incidents", "/k8snet watch cart-service in shop for 4h")
            await bot.slack.until(lambda: "watched already" in said(*ana.ephemerals("#incidents")))

    monkeypatch.setattr(JobClient, "keep", kept)
    clock.shift(timedelta(seconds=15))
    await bot.slack.until(lambda: "Now pass" in said(*bot.slack.messages("#incidents")))
    await waiting(bot, some=False)
    clock.shift(timedelta(minutes=45))
    await looked(bot, 4)
    await ana.slash("#incidents", "/k8snet watch list")

    await bot.slack.until(lambda: "3 h left" in said(*ana.ephemerals("#incidents")))
