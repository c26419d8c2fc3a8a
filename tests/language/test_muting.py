"""`mute` in words: a code, a Service or both, for how long and why; said back, they mean the same."""

from datetime import timedelta

import pytest

from bot.errors import UsageError
from bot.model.question.grammar import Verb, parse
from bot.model.question.muting import MuteAct
from bot.model.question.render import sentence


@pytest.mark.parametrize(
    ("text", "said", "about"),
    [
        ("mute RTE-012", ("RTE-012", timedelta(days=1), ""), ("", "")),
        ("mute rte-012/user-service for 2h", ("RTE-012", timedelta(hours=2), ""), ("user-service", "")),
        ("mute RTE-012 of user-service in shop", ("RTE-012", timedelta(days=1), ""), ("user-service", "shop")),
        ("mute user-service for 7 days because we know", ("", timedelta(days=7), "we know"), ("user-service", "")),
        ("mute shop/user-service", ("", timedelta(days=1), ""), ("user-service", "shop")),
        ("mute RTE-012 in shop for 90m", ("RTE-012", timedelta(minutes=90), ""), ("", "shop")),
        ("mute for-sale for 1h", ("", timedelta(hours=1), ""), ("for-sale", "")),
    ],
)
def test_mute(text: str, said: tuple[str, timedelta, str], about: tuple[str, str]) -> None:
    """Every order that people use; what was said back is the same command."""
    command = parse(text)
    assert command.verb is Verb.MUTE
    assert command.muting is not None
    assert (command.muting.code, command.muting.lasts, command.muting.why) == said
    assert (command.question.service, command.question.namespace) == about
    assert parse(sentence(command)) == command


@pytest.mark.parametrize(
    ("text", "act", "everything", "code"),
    [
        ("mutes", MuteAct.LIST, False, ""),
        ("mute", MuteAct.LIST, False, ""),
        ("mute list", MuteAct.LIST, False, ""),
        ("unmute", MuteAct.OFF, False, ""),
        ("unmute all", MuteAct.OFF, True, ""),
        ("unmute RTE-012", MuteAct.OFF, False, "RTE-012"),
        ("mute off RTE-012 of user-service in shop", MuteAct.OFF, False, "RTE-012"),
    ],
)
def test_unmute(text: str, act: MuteAct, everything: bool, code: str) -> None:
    muting = parse(text).muting
    assert muting is not None
    assert (muting.act, muting.everything, muting.code) == (act, everything, code)
    assert parse(sentence(parse(text))) == parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("mute everything", "Not everything at once"),
        ("mute all for 2h", "Not everything at once"),
        ("mute for 2h", "Mute what?"),
        ("mute user-service for 1s", "5m to 90d"),
        ("mute user-service for 2 years", "means here"),
        ("mute user-service port 80", "no meaning"),
        ("mute 10.0.0.1", "no Service"),
        ("mute user-service until tomorrow", "means here"),
    ],
)
def test_what_cannot_be_muted(text: str, says: str) -> None:
    """Refused in a sentence; nothing is dropped."""
    with pytest.raises(UsageError) as refused:
        parse(text)
    assert says in f"{refused.value} {refused.value.hint}"
