"""Spans of time as people write them: `30m`, `2h`, `90 s`, `1 day`."""

import re
from collections.abc import Sequence
from datetime import timedelta

from bot.errors import UsageError
from bot.model.pattern import pattern
from bot.model.text import shown

_UNITS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
    "w": 604800,
    "week": 604800,
}
_WHOLE = pattern(r"(\d{1,5})([a-z]+)", re.IGNORECASE)
_LETTERS = (("w", 604800), ("d", 86400), ("h", 3600), ("m", 60), ("s", 1))
_SMALL = 90  # of a unit, below which the smaller unit is told: 75 s, 80 min, but 2 h


def read_span(words: Sequence[str]) -> tuple[timedelta, int] | None:
    """Return the span that words begin with, and how many of them it takes; None where they begin with none."""
    if not words:
        return None
    if found := _WHOLE.fullmatch(words[0]):
        seconds = _seconds(found[1], found[2])
        return (seconds, 1) if seconds is not None else None
    first = "1" if words[0].lower() in ("a", "an", "one") else words[0]
    if len(words) > 1 and first.isascii() and first.isdigit() and len(first) <= 5:  # noqa: PLR2004 - as above
        seconds = _seconds(first, words[1])
        return (seconds, 2) if seconds is not None else None
    return None


def bounded(span: timedelta, least: timedelta, most: timedelta, said: str) -> timedelta:
    """Return a span that lies within bounds. Raises UsageError that names them."""
    if not least <= span <= most:
        raise UsageError(f"{shown(said)} {letters(span)} is not possible: {letters(least)} to {letters(most)} are.")
    return span


def letters(span: timedelta) -> str:
    """Return a span as the grammar reads it: `30m`, `90s`, `2d`; empty spans are `0s`."""
    seconds = int(span.total_seconds())
    for letter, size in _LETTERS:
        if seconds and seconds % size == 0:
            return f"{seconds // size}{letter}"
    return f"{seconds}s"


def told(span: timedelta) -> str:
    """Return how long something lasted, for people: `40 s`, `12 min`, `3 h`, `2 days`."""
    seconds = max(0, round(span.total_seconds()))
    if seconds < _SMALL and seconds != 60:  # noqa: PLR2004 - a minute is told as one
        return f"{seconds} s"
    if seconds < _SMALL * 60:
        return f"{round(seconds / 60)} min"
    if seconds < 2 * 86400:
        return f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86400)} days"


def _seconds(number: str, unit: str) -> timedelta | None:
    size = _UNITS.get(unit.lower()) or _UNITS.get(unit.lower().removesuffix("s"))
    return timedelta(seconds=int(number) * size) if size else None
