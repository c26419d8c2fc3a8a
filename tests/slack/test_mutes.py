"""`mute`: digests list what is muted, watches keep quiet about it, a repair is told, and nothing is lost when it ends."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import UsageError
from handlers.language import understand
from tests.slack.names import know_names
from tests.slack.test_digest_delivery import waiting
from tests.slack.test_digests import asked, clock, next_digest, posts, said
from tests.slack.test_watches import looked, mended

__all__ = ["clock"]


async def says(bot, words: str, channel: str = "#shop-dev", name: str = "ana") -> None:
    await bot.slack.person(name).slash(channel, f"/k8snet {words}")


async def told_alone(bot, wanted: str, channel: str = "#shop-dev", name: str = "ana") -> object:
    person = bot.slack.person(name)
    return await bot.slack.until(
        lambda: next((each for each in reversed(person.ephemerals(channel)) if wanted in said(each)), None)
    )


async def test_digest_without_what_is_muted(bot, clock) -> None:
    """What is muted is no news and is listed with who and until when; when the mute ends it is told, once, though it is old."""
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    await says(bot, "mute RTE-001 of cart-service in shop for 30h because we know")
    (muted,) = await posts(bot, 1)
    assert "ana` muted `RTE-001 of cart-service in shop on sample" in said(muted)
    assert "we know" in said(muted)
    await next_digest(bot, clock)
    _, first = await posts(bot, 2)
    assert first.text == "cluster shop: 1 muted"
    assert "Muted shop/cart-service · fail" in said(first)
    assert "RTE-001 · muted by ana until Dec 1 14:59 UTC: we know" in said(first)
    assert "New" not in said(first)
    assert "pass" in said(first)  # totals stay as they are
    assert "1 fail" in said(first)
    await next_digest(bot, clock)
    await bot.slack.until(lambda: "no change" in said(bot.slack.messages("#shop-dev")[1]))
    assert len(bot.slack.messages("#shop-dev")) == 2
    await next_digest(bot, clock)
    *_, back = await posts(bot, 3)
    assert back.text == "cluster shop: 1 no longer muted"
    assert "No longer muted shop/cart-service" in said(back)
    await next_digest(bot, clock)
    await bot.slack.until(lambda: "no change" in said(bot.slack.messages("#shop-dev")[2]))
    assert "No longer muted shop/cart-service" in said(bot.slack.messages("#shop-dev")[2])
    assert len(bot.slack.messages("#shop-dev")) == 3


async def test_repair_of_what_is_muted_is_told(bot, clock, sample) -> None:
    """A mute hides news of what is broken, never that it is well."""
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00")
    await next_digest(bot, clock)
    await posts(bot, 1)
    await says(bot, "mute cart-service in shop for 7d")
    await posts(bot, 2)
    bot.snapshot = mended(sample)
    await next_digest(bot, clock)
    *_, fixed = await posts(bot, 3)
    assert fixed.text == "cluster shop: 1 fixed"


async def test_other_findings_channels_and_services_are_not_muted(bot, clock) -> None:
    """A mute of another code, another Service or in another channel hides nothing."""
    await says(bot, "mute RTE-002", "#incidents")
    await says(bot, "mute user-service in shop", "#incidents")
    await says(bot, "mute cart-service in shop", "#ops-private")
    await bot.slack.until(lambda: len(bot.slack.messages("#incidents")) == 2)
    await asked(bot, "daily 09:00 utc for shop", "Daily at 09:00", "#incidents")
    await next_digest(bot, clock)
    *_, digest = await posts(bot, 3, "#incidents")
    assert digest.text == "cluster shop: 1 problem"


async def test_muted_by_a_button_and_unmuted_by_another(bot) -> None:
    """The menu of a verdict mutes what it found for a day, in its thread; *Unmute* edits that message."""
    ana, ben = bot.slack.person("ana"), bot.slack.person("ben")
    await ana.slash("#incidents", "/k8snet why cart-service in shop")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await ana.select(verdict, "k8snet.more", "Mute for 1 Day")
    muted = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)[1:]), None))
    assert "RTE-001 of cart-service in shop on sample" in said(muted)
    await ana.slash("#incidents", "/k8snet mutes")
    listed = await told_alone(bot, "1 mute here", "#incidents")
    assert "24 h left" in said(listed)
    await ben.click(muted, "k8snet.unmute")
    await bot.slack.until(lambda: "ben` unmuted" in said(bot.slack.thread("#incidents", root.ts)[1]))
    await ana.click(listed, "k8snet.unmute.0")
    await told_alone(bot, "has ended", "#incidents")
    await ana.slash("#incidents", "/k8snet mute list")
    await told_alone(bot, "Nothing is muted here", "#incidents")


async def test_unmuted_by_words_is_told_to_the_channel(bot) -> None:
    """`unmute` of several asks which; of one that is named, others read who ended it."""
    ana = bot.slack.person("ana")
    await says(bot, "mute RTE-001 for 2h")
    await says(bot, "mute cart-service in shop")
    await posts(bot, 2)
    await says(bot, "unmute")
    await told_alone(bot, "2 mutes here")
    await ana.mention("#shop-dev", "unmute RTE-001")
    await bot.slack.until(lambda: any("unmuted RTE-001" in each.text for each in bot.slack.workspace.messages.values()))
    await says(bot, "unmute all")
    await bot.slack.until(lambda: any("unmuted cart-service" in each.text for each in bot.slack.messages("#shop-dev")))


async def test_watch_keeps_quiet_until_the_mute_ends(bot, clock, sample) -> None:
    """Broken while muted: no reply, and the watch's message says why; when the mute is over and it still fails, one reply."""
    broken = bot.snapshot
    bot.snapshot = mended(sample)
    await says(bot, "watch cart-service in shop for 2h", "#incidents")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.slack.until(lambda: "Now pass" in said(bot.slack.messages("#incidents")[0]))
    await says(bot, "mute cart-service in shop for 10m", "#incidents")
    await bot.slack.until(lambda: len(bot.slack.messages("#incidents")) == 2)
    bot.snapshot = broken
    clock.shift(timedelta(minutes=2))
    await looked(bot, 2)
    clock.shift(timedelta(seconds=15))
    await bot.slack.until(lambda: "Now fail" in said(bot.slack.messages("#incidents")[0]))
    standing = said(bot.slack.messages("#incidents")[0])
    assert "muted by ana until" in standing
    assert "this thread is not told" in standing
    assert bot.slack.thread("#incidents", root.ts) == []
    clock.shift(timedelta(minutes=15))
    told = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)), None))
    assert "cart-service is no longer muted, and fails; before that it passed" in told.text
    looks = len(bot.runs)
    clock.shift(timedelta(minutes=2))
    await looked(bot, looks + 1)
    await waiting(bot, some=False)
    assert len(bot.slack.thread("#incidents", root.ts)) == 1


async def test_watch_tells_a_repair_while_muted(bot, clock, sample) -> None:
    """What the thread knows to be broken and is muted since: that it is well again is told at once."""
    await says(bot, "watch cart-service in shop for 2h", "#incidents")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    await bot.slack.until(lambda: "Now fail" in said(bot.slack.messages("#incidents")[0]))
    await says(bot, "mute cart-service in shop for 1h", "#incidents")
    await bot.slack.until(lambda: len(bot.slack.messages("#incidents")) == 2)
    bot.snapshot = mended(sample)
    clock.shift(timedelta(minutes=2))
    await looked(bot, 2)
    clock.shift(timedelta(seconds=15))
    told = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)), None))
    assert "passes, after it failed" in told.text


async def test_what_cannot_be_muted(bot) -> None:
    """A name that does not exist is asked back with near names; what is no time, and a channel without the bot, are refused."""
    await know_names(bot)
    ana = bot.slack.person("ana")
    await says(bot, "mute cart-servce in shop for 2h")
    told = await told_alone(bot, 'There is no Service "cart-servce" in shop on sample')
    await ana.click(told, "k8snet.ask.0")
    (muted,) = await posts(bot, 1)
    assert "cart-service in shop" in said(muted)
    assert muted.text.startswith("ana muted cart-service in shop on sample here until")
    await says(bot, "mute cart-service in shpo")
    await told_alone(bot, 'There is no namespace "shpo"')
    await says(bot, "mute cart-service for 3s")
    await told_alone(bot, "5m to 90d")
    await says(bot, "mute cart-service in shop", "#random")
    await told_alone(bot, "Invite me", "#random")
    await says(bot, "mute list", "#random")
    await told_alone(bot, "Nothing is muted here", "#random")


async def test_a_code_that_no_check_has_is_not_muted(bot) -> None:
    """It would keep nothing quiet, and its asker would believe it: near codes are offered, with what they are called."""
    await know_names(bot, findings=(("RTE-001", "selector-matches-no-pod"), ("RTE-012", "port-not-in-service")))
    await says(bot, "mute RTE-013 of cart-service in shop for 2h because we know")
    told = await told_alone(bot, "There is no finding RTE-013.")
    assert "RTE-012 port-not-in-service" in said(told)
    assert "RTE-001" not in said(told)
    await bot.slack.person("ana").click(told, "k8snet.ask.0")
    (muted,) = await posts(bot, 1)
    assert "RTE-012 of cart-service in shop on sample" in said(muted)
    assert "we know" in said(muted)
    await says(bot, "mute XYZ-999")
    assert "k8snet explain --all" in said(await told_alone(bot, "There is no finding XYZ-999."))


@pytest.mark.parametrize("at", [None, datetime(2026, 1, 1, tzinfo=UTC)], ids=["none", "old"])
async def test_codes_are_known_without_a_worker(make_bot, at: datetime | None) -> None:
    """Where no worker has told its names, or none did lately, a code is one of this build's, or there is none of it."""
    bot = await make_bot(workers=0)
    if at:
        await know_names(bot, at, findings=(("RTE-001", "selector-matches-no-pod"),))
    await says(bot, "mute RTE-999 in shop for 2h")
    await told_alone(bot, "There is no finding RTE-999.")
    await says(bot, "mute RTE-012 in shop for 2h")
    (muted,) = await posts(bot, 1)
    assert "RTE-012" in said(muted)


async def test_rules_hold_for_mutes(make_bot, tmp_path) -> None:
    """Nobody mutes, sees or ends what they may not ask about; a code alone is muted in the namespaces of its asker only."""
    rules = tmp_path / "rules.json"
    both = {"name": "all", "who": ["user:U0BEN"], "namespaces": ["shop", "pay"]}
    rules.write_text(json.dumps([{"name": "shop", "who": ["user:U0ANA"], "namespaces": ["shop"]}, both]))
    bot = await make_bot(K8SNET_ACCESS_RULES=str(rules))
    await says(bot, "mute ledger in pay")
    await told_alone(bot, 'There is no namespace "pay" that you may ask about')
    await says(bot, "mute APP-008")
    (own,) = await posts(bot, 1)
    assert "APP-008 of every Service in shop on sample" in said(own)
    await says(bot, "mute ledger in pay", name="ben")
    await posts(bot, 2)
    await says(bot, "mutes")
    listed = await told_alone(bot, "1 mute here")
    assert "ledger" not in said(listed)
    await says(bot, "unmute ledger")
    await told_alone(bot, "APP-008")
    await says(bot, "mutes", name="ben")
    await told_alone(bot, "2 mutes here", name="ben")


async def test_mute_that_nobody_was_told_of_does_not_hold(bot) -> None:
    """Slack takes no message: the asker hears that it failed, and nothing is kept from the channel in silence."""
    ana = bot.slack.person("ana")
    bot.slack.fault("chat.postMessage", "500", times=99)
    await ana.slash("#shop-dev", "/k8snet mute RTE-001 of cart-service in shop for 2h")
    await bot.slack.until(lambda: "http_500" in " ".join(map(said, ana.ephemerals("#shop-dev"))))
    bot.slack.faults.clear()
    await ana.slash("#shop-dev", "/k8snet mute list")

    await bot.slack.until(lambda: "Nothing is muted" in " ".join(map(said, ana.ephemerals("#shop-dev"))))


async def test_end_of_a_mute_is_told_to_its_asker_alone_where_another_company_reads(bot) -> None:
    """The channel became shared: who unmutes is told so, and the channel nothing."""
    ana = bot.slack.person("ana")
    await ana.slash("#shop-dev", "/k8snet mute RTE-001 of cart-service in shop for 2h")
    told = await bot.slack.until(lambda: bot.slack.messages("#shop-dev"))
    place = bot.slack.channel("shop-dev")
    place.ext_shared = True
    await bot.slack.event({"type": "channel_shared", "connected_team_id": "E0OTHER", "channel": place.id})
    await ana.slash("#shop-dev", "/k8snet unmute all")
    await bot.slack.until(lambda: "unmuted" in " ".join(map(said, ana.ephemerals("#shop-dev"))))

    assert bot.slack.messages("#shop-dev") == told


@pytest.mark.parametrize("words", ["mute this", "mute it for 2h", "mute all", "mute everything", "silence all"])
def test_what_names_nothing_mutes_nothing(words: str) -> None:
    """A pronoun is no Service, and a channel is not made deaf by one word."""
    with pytest.raises(UsageError):
        understand(words)


async def test_look_that_sees_nothing_ends_no_mute(bot, clock, sample) -> None:
    """Muted, well, broken again, and then nobody can look: the thread hears that, and not that the mute is over."""
    await says(bot, "watch cart-service in shop for 2h")
    (standing,) = await posts(bot, 1)
    await bot.slack.until(lambda: "Now fail" in said(*bot.slack.messages("#shop-dev")))
    await says(bot, "mute RTE-001 of cart-service in shop for 3h")
    await posts(bot, 2)
    looks = 1
    for state, seen in ((mended(sample), "Now pass"), (sample, "Now fail")):
        bot.snapshot = state
        for pause in (timedelta(minutes=1, seconds=1), timedelta(seconds=15)):
            clock.shift(pause)
            looks += 1
            await looked(bot, looks)
        await bot.slack.until(lambda seen=seen: seen in said(*bot.slack.messages("#shop-dev")))
    bot.broken = True
    for _ in range(2):
        clock.shift(timedelta(minutes=1, seconds=1))
        looks += 1
        await looked(bot, looks)
    _, blind = await bot.slack.until(
        lambda: bot.slack.thread("#shop-dev", standing.ts)[1:] and bot.slack.thread("#shop-dev", standing.ts)
    )

    assert "cannot be judged" in said(blind)
    assert "no longer muted" not in said(*bot.slack.thread("#shop-dev", standing.ts))
