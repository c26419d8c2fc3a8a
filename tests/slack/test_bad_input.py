"""Bad input: one clear sentence and what to do, to the asker alone, and nothing of it is ever interpreted."""

import pytest

from tests.slack.said import said

SENTENCES = [
    ("why usr-service in shop from checkout", "DNS-010", "user-service"),
    ("why user-service in shp symptom nxdomain", "DNS-010", "shop"),
    ("why user-service in shop port 81", "RTE-012", "81"),
]
REFUSALS = [
    ("deploy the thing", "deploy", "why"),
    ("wyh user-service", "wyh", "why"),
    ("why", "name is missing", "why user-service"),
    ("why user-service in shop in pay", "said twice", "pay"),
    ("why user-service port 99999", "99999", "port"),
    ("why " + "x" * 10_000, "too long", "one line"),
    ("why user-service in shop on mars", "mars", "sample"),
    ("digest daily 25:00 for shop", "25", ""),
    ("why <!channel> in shop", "!channel", ""),
    ("why `rm -rf /` in shop", "", ""),
    ("why user-service;reboot", "", ""),
]


@pytest.mark.parametrize(("words", "code", "hint"), SENTENCES)
async def test_unknown_thing_is_a_diagnosis_with_a_suggestion(bot, words: str, code: str, hint: str) -> None:
    """An unknown Service or namespace that something dials, or a port, is diagnosed; the near name is said."""
    await bot.slack.person("ana").slash("#incidents", f"/k8snet {words}")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    verdict = await bot.thread_of("#incidents", root, says=code)

    assert hint in said(verdict)


@pytest.mark.parametrize(("words", "named", "hint"), REFUSALS, ids=lambda word: word[:30])
async def test_nonsense_gets_one_sentence(bot, words: str, named: str, hint: str) -> None:
    """What cannot be read is answered to the asker alone, at once, and pages nobody."""
    ana = bot.slack.person("ana")
    await ana.slash("#incidents", f"/k8snet {words}")
    ephemeral = await bot.slack.until(lambda: next(iter(ana.ephemerals("#incidents")), None))
    told = said(ephemeral)

    assert named in told
    assert hint in told
    assert len(told) < 900
    assert bot.slack.messages("#incidents") == []
    assert not ephemeral.notified
    assert bot.runs == []


@pytest.mark.parametrize("text", ["", "   ", "why", "\u202e", "<@U0BOT>"])
async def test_empty_mention_is_harmless(bot, text: str) -> None:
    """A mention with nothing, or next to nothing, in it breaks nothing."""
    await bot.slack.person("ana").mention("#incidents", text)
    await bot.slack.person("ana").mention("#incidents", "why cart-service in shop")
    await bot.slack.until(lambda: len(bot.runs) == 1)
