"""Watches: a thread hears once when the verdict changes, across restarts, and never of anything else."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from time_machine import Traveller

from bot.model.refs import Ref
from bot.model.result.finding import Fix
from bot.model.snapshot import Snapshot
from bot.usecases.whatif import apply
from playground.fake_slack import Message
from tests.slack.said import said as every_text


@pytest.fixture
def clock() -> Iterator[Traveller]:
    """A clock that a test moves on."""
    with time_machine.travel(datetime.now(UTC), tick=True) as moved:
        yield moved


def said(*messages: Message) -> str:
    """Everything that stands in messages, with single spaces."""
    return " ".join(" ".join(map(every_text, messages)).split())


def mended(sample: Snapshot) -> Snapshot:
    """The sample after somebody corrected the selector of cart-service."""
    selector = {"spec": {"selector": {"app": "cart-service"}}}
    changed = apply(sample, Fix(Ref("Service", "cart-service", "shop"), risk="", merge=selector))
    assert changed is not None
    return changed


async def looked(bot, times: int) -> None:
    """Wait until that many looks have begun. Most of them change nothing in Slack."""
    async with asyncio.timeout(60):
        while len(bot.runs) < times:  # noqa: ASYNC110 - a list grows, no event is set
            await asyncio.sleep(0.05)


async def test_change_is_told_once_in_the_thread(bot, clock, sample) -> None:
    """From fail to pass: one reply with how long it was down; how it stands is edited; at the end the button goes."""
    await bot.slack.person("ana").slash("#incidents", "/k8snet watch cart-service in shop for 30m")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.slack.until(lambda: "Now fail" in said(bot.slack.messages("#incidents")[0]), 15)
    bot.snapshot = mended(sample)
    clock.shift(timedelta(minutes=5))
    await looked(bot, 2)
    clock.shift(timedelta(seconds=15))
    changed = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)), None), 15)
    clock.shift(timedelta(minutes=1))
    await looked(bot, 4)
    clock.shift(timedelta(minutes=30))
    await bot.slack.until(lambda: "ended by itself" in said(bot.slack.messages("#incidents")[0]), 15)

    assert "cart-service passes, after it failed for at least 5 min" in changed.text
    assert len(bot.slack.thread("#incidents", root.ts)) == len(bot.slack.messages("#incidents")) == 1
    ended = bot.slack.messages("#incidents")[0]
    assert "1 change, down for 5 min in all" in said(ended)
    assert "k8snet.unwatch" not in str(ended.blocks)
    assert not changed.notified


async def test_survives_the_end_of_every_process(bot, clock, sample) -> None:
    """Process and worker stop, the cluster is mended, two others start: the thread hears of it, once."""
    ana = bot.slack.person("ana")
    root = await bot.slack.person("ben").say("#incidents", "cart is down")
    await ana.mention("#incidents", "watch cart-service in shop for 30m", thread_ts=root.ts)
    await bot.slack.until(lambda: "Now fail" in said(*bot.slack.thread("#incidents", root.ts)), 15)
    await bot.stop_processes()
    bot.snapshot = mended(sample)
    clock.shift(timedelta(minutes=3))
    for _ in range(2):
        await bot.process()
        await bot.worker()
    await looked(bot, 2)
    clock.shift(timedelta(seconds=15))
    await bot.slack.until(lambda: "passes, after" in said(*bot.slack.thread("#incidents", root.ts)), 15)
    clock.shift(timedelta(minutes=2))
    await looked(bot, 4)

    _, standing, changed = bot.slack.thread("#incidents", root.ts)
    assert "Now pass" in said(standing)
    assert "passes, after it failed for at least 3 min" in said(changed)


async def test_watch_by_button(bot, clock) -> None:
    """The menu of a verdict begins a watch in the verdict's thread; its own button ends it."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await ana.select(verdict, "k8snet.more", "Watch for 30 minutes")
    standing = await bot.slack.until(lambda: bot.slack.thread("#incidents", root.ts)[1:] or None)
    await ana.click(standing[0], "k8snet.unwatch")
    await bot.slack.until(lambda: "ended by `ana`" in said(*bot.slack.thread("#incidents", root.ts)))

    assert len(bot.slack.thread("#incidents", root.ts)) == 2


async def test_list_and_off(bot, clock) -> None:
    """`watch list` shows each with a button; `watch off NAME` ends one; asked again, the time is made longer."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet watch cart-service in shop")
    await ana.slash("#incidents", "/k8snet watch user-service in shop for 2h")
    await bot.slack.until(lambda: len(bot.slack.messages("#incidents")) == 2)
    await ana.slash("#incidents", "/k8snet watch cart-service in shop for 4h")
    await bot.slack.until(lambda: any("watched already" in said(each) for each in ana.ephemerals("#incidents")))
    await ana.slash("#incidents", "/k8snet watch off")
    listed = await bot.slack.until(
        lambda: next((each for each in ana.ephemerals("#incidents") if "2 watches" in each.text), None)
    )
    await ana.click(listed, "k8snet.unwatch.1")
    await bot.slack.until(lambda: any("ended by `ana`" in said(each) for each in bot.slack.messages("#incidents")))
    await ana.slash("#incidents", "/k8snet watch off cart-service")
    await bot.slack.until(lambda: any("No longer watched" in said(each) for each in ana.ephemerals("#incidents")))
    await ana.slash("#incidents", "/k8snet watches")
    await bot.slack.until(lambda: any("Nothing is watched" in said(each) for each in ana.ephemerals("#incidents")))

    assert "4 h left" in said(listed)


async def test_unknown_name_is_asked_back(bot, clock) -> None:
    """A mistyped name is no incident: the asker alone gets the near name as a button, which watches that one."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet watch cart-servic in shop for 1h")
    asked = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None), 15)
    await bot.slack.until(lambda: bot.slack.messages("#incidents") == [])
    await ana.click(asked, "k8snet.ask.0")
    standing = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None), 15)

    assert "Watching cart-service" in standing.text


async def test_not_being_able_to_look_is_told_once(bot, clock) -> None:
    """Where diagnoses break, the thread hears so after two looks, and is never told that all is well."""
    await bot.slack.person("ana").slash("#incidents", "/k8snet watch cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.slack.until(lambda: "Now fail" in said(bot.slack.messages("#incidents")[0]), 15)
    bot.broken = True
    for looks in (2, 3, 4):
        clock.shift(timedelta(minutes=1, seconds=1))
        await looked(bot, looks)
    blind = await bot.slack.until(lambda: bot.slack.thread("#incidents", root.ts) or None, 15)

    assert ["cannot be judged" in said(each) for each in blind] == [True]
    assert "Now fail" in said(bot.slack.messages("#incidents")[0])


async def test_where_it_may_not_speak_nothing_is_watched(bot, clock) -> None:
    """A watch needs a thread that hears it: a channel without the bot, or shared with another company, has none."""
    ana = bot.slack.person("ana")
    await ana.slash("#random", "/k8snet watch cart-service in shop")
    await bot.slack.until(lambda: any("Invite me" in said(each) for each in ana.ephemerals("#random")))
    await ana.slash("#random", "/k8snet watch list")
    await bot.slack.until(lambda: any("Nothing is watched" in said(each) for each in ana.ephemerals("#random")))

    assert bot.runs == []


async def test_looks_are_no_questions_of_the_channel(bot, clock) -> None:
    """`recent` tells what people asked, and somebody with watches may ask as many questions as others."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet watch cart-service in shop")
    await looked(bot, 1)
    await ana.slash("#incidents", "/k8snet recent")
    await bot.slack.until(lambda: any("Nothing was asked" in said(each) for each in ana.ephemerals("#incidents")))


async def test_look_is_allowed_anew(make_bot, clock, tmp_path) -> None:
    """A watch that the rules no longer allow ends, tells its creator, and nothing more to the channel."""
    rules = tmp_path / "rules.json"
    rules.write_text('[{"name": "shop", "who": ["everyone"], "namespaces": ["shop"]}]')
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", "/k8snet watch payments in pay")
    await bot.slack.until(lambda: "There is no namespace" in said(*ana.ephemerals("#incidents")))
    await ana.slash("#incidents", "/k8snet watch cart-service in shop")
    await bot.slack.until(lambda: "Now fail" in said(*bot.slack.messages("#incidents")))
    rules.write_text('[{"name": "pay", "who": ["everyone"], "namespaces": ["pay"]}]')
    clock.shift(timedelta(minutes=2))
    direct = bot.slack.workspace.direct(ana.id)
    told = await bot.slack.until(lambda: next(iter(bot.slack.messages(direct)), None))

    assert "I no longer watch cart-service: There is no namespace" in told.text
    assert len(bot.runs) == 1
