"""The words of `watch`: for how long, how often, and what ends or lists watches.

watch user-service in shop for 30m every 1m      watch list      watch off user-service      watch off all
"""

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct

from bot.model.question.durations import bounded, letters, read_span

LASTS, LEAST, MOST = timedelta(minutes=30), timedelta(minutes=1), timedelta(days=1)
PAUSE, SHORTEST, LONGEST = timedelta(minutes=1), timedelta(seconds=30), timedelta(hours=1)


class Act(StrEnum):
    """What is done about watches."""

    START = "start"
    LIST = "list"
    OFF = "off"


class Watching(Struct, frozen=True):
    """What to do; of a watch that begins, how long it lasts, and the pause between two looks. `everything`: end all."""

    act: Act = Act.START
    lasts: timedelta = LASTS
    every: timedelta = PAUSE
    everything: bool = False


def read_watching(words: Sequence[str]) -> tuple[Watching, list[str]]:
    """Return what the words after `watch` say of watches, and the words that are left: the call that is meant.

    Raises UsageError for spans out of bounds. `for` that no span follows is left: it says nothing before a name.
    """
    first, rest = (words[0].lower() if words else ""), list(words[1:])
    if not words or (first in ("list", "show", "ls") and not rest):
        return Watching(Act.LIST), []
    if first in ("off", "stop", "end"):
        everything = [each.lower() for each in rest] in (["all"], ["everything"])
        return Watching(Act.OFF, everything=everything), [] if everything else rest
    said: dict[str, timedelta] = {}
    left, at = [], 0
    while at < len(words):
        name = words[at].lower().removeprefix("--")
        found = read_span(words[at + 1 :]) if name in ("for", "every") else None
        if found is None:
            left.append(words[at])
            at += 1
            continue
        said[name], taken = found
        at += 1 + taken
    lasts = bounded(said.get("for", LASTS), LEAST, MOST, "for")
    every = bounded(said.get("every", PAUSE), SHORTEST, LONGEST, "every")
    return Watching(lasts=lasts, every=every), left


def watching_words(watching: Watching) -> list[str]:
    """Return the words again that follow the call."""
    if watching.act is not Act.START:
        return ["all"] if watching.everything else []
    return ["for", letters(watching.lasts), *(["every", letters(watching.every)] if watching.every != PAUSE else [])]
