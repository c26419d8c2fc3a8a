"""The words of `mute`: what of a channel's digests and watches is kept quiet, for how long, and why.

mute RTE-012 of user-service in shop for 2h because we know      mute user-service      mute list      mute off RTE-012
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from bot.errors import UsageError
from bot.model.pattern import pattern
from bot.model.question.durations import bounded, letters, read_span
from bot.model.text import one_line

LASTS, LEAST, MOST = timedelta(days=1), timedelta(minutes=5), timedelta(days=90)
_CODE = pattern(r"([A-Za-z]{3}-\d{3})(?:/(.+))?")
_WHY = 200  # characters of a reason


class MuteAct(StrEnum):
    """What is done about mutes."""

    START = "start"
    LIST = "list"
    OFF = "off"


class Muting(Struct, frozen=True):
    """What to do. `code`: of one finding; empty: of whatever is found. `everything`: end all."""

    act: MuteAct = MuteAct.START
    code: str = ""
    lasts: timedelta = LASTS
    why: str = ""
    everything: bool = False


def read_muting(words: Sequence[str]) -> tuple[Muting, list[str]]:
    """Return what the words after `mute` say of mutes, and the words that are left: the Service that is meant.

    Raises UsageError for spans out of bounds, and where nothing is named that could be muted.
    """
    first, rest = (words[0].lower() if words else ""), list(words[1:])
    if not words or (first in ("list", "show", "ls") and not rest):
        return Muting(MuteAct.LIST), []
    if first in ("off", "stop", "end"):
        everything = [each.lower() for each in rest] in (["all"], ["everything"])
        code, left = _code([] if everything else rest)
        return Muting(MuteAct.OFF, code=code, everything=everything), left
    said, why = _reason(list(words))
    said, lasts = _span(said)
    code, left = _code(said)
    if not code and not left:
        raise UsageError(
            "Mute what? A finding's code, a Service, or both.", hint="For example: mute RTE-012 of user-service for 2h"
        )
    return Muting(code=code, lasts=bounded(lasts, LEAST, MOST, "for"), why=why), left


def muting_words(muting: Muting) -> list[str]:
    """Return the words again that follow what is muted."""
    if muting.act is not MuteAct.START:
        return ["all"] if muting.everything else []
    return ["for", letters(muting.lasts), *(["because", muting.why] if muting.why else [])]


def _reason(words: list[str]) -> tuple[list[str], str]:
    at = next((at for at, each in enumerate(words) if each.lower() == "because"), len(words))
    return words[:at], one_line(" ".join(words[at + 1 :]), limit=_WHY)


def _span(words: list[str]) -> tuple[list[str], timedelta]:
    for at, each in enumerate(words):
        found = read_span(words[at + 1 :]) if each.lower() in ("for", "--for") else None
        if found:
            return [*words[:at], *words[at + 1 + found[1] :]], found[0]
    return words, LASTS


def _code(words: list[str]) -> tuple[str, list[str]]:
    """Return the code that words name, and the others; CODE/SERVICE is both."""
    for at, each in enumerate(words):
        if found := _CODE.fullmatch(each):
            others = [*words[:at], *([found[2]] if found[2] else []), *words[at + 1 :]]
            return found[1].upper(), [word for word in others if word.lower() != "of"]
    return "", words
