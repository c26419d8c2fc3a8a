"""The words of a digest at a time of day: when, in which zone, on what it is sent; and what is done about those there are.

    digest weekdays 09:00 Europe/Berlin for shop, pay      digest mon thu 7am problems      digest list
    digest pause 2 for 2d      digest resume 2      digest off 2      digest off all      digest preview

After `for` names are meant, so a namespace may be called `sun`; a word with a slash is a time zone.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.pattern import pattern
from bot.model.question.durations import bounded, letters, read_span
from bot.model.question.tokens import ParsedWords
from bot.model.text import shown

Mode = Literal["changes", "problems", "always"]
EVERY_DAY, WEEKDAYS, WEEKEND = (1, 2, 3, 4, 5, 6, 7), (1, 2, 3, 4, 5), (6, 7)
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
LONGEST_PAUSE = timedelta(days=90)
_CLOCK = pattern(r"(\d{1,2}):(\d{2})(am|pm)?", re.IGNORECASE | re.ASCII)
_HOUR = pattern(r"(\d{1,2})(am|pm)", re.IGNORECASE | re.ASCII)
_DAYS = {"daily": EVERY_DAY, "everyday": EVERY_DAY, "weekdays": WEEKDAYS, "workdays": WEEKDAYS, "weekends": WEEKEND}
_MODES: tuple[Mode, ...] = ("changes", "problems", "always")
_OF = ("for", "of")
_ZONE_MARKS = ("zone", "timezone", "tz")
_NOON = 12
_TIMES = "There stand days, a time (09:00, 9am), a time zone (Europe/Berlin), and changes, problems or always."


class Plan(StrEnum):
    """What is done about digests at a time of day."""

    MAKE = "make"
    LIST = "list"
    PREVIEW = "preview"
    PAUSE = "pause"
    RESUME = "resume"
    OFF = "off"


_PLANS = {str(each): each for each in Plan if each is not Plan.MAKE} | {"show": Plan.LIST, "stop": Plan.OFF}


class Timetable(Struct, frozen=True):
    """When a digest is sent, or which of the channel's are meant: `which` are their numbers in the list.

    `days` are those of ISO 8601, Monday is 1. An empty `zone` is the asker's own, or UTC.
    """

    plan: Plan = Plan.MAKE
    hour: int = 0
    minute: int = 0
    days: tuple[int, ...] = EVERY_DAY
    zone: str = ""
    mode: Mode = "changes"
    lasts: timedelta | None = None
    which: tuple[int, ...] = ()
    everything: bool = False


class _Words:
    """What the words said so far."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.clock: tuple[int, int] | None = None
        self.days: tuple[int, ...] = ()  # the narrower ones: `daily 09:00 weekdays` is on weekdays
        self.daily = False
        self.zone = ""
        self.mode: Mode | None = None
        self.lasts: timedelta | None = None
        self.which: tuple[int, ...] = ()
        self.everything = False
        self.left: list[str] = []

    @property
    def said(self) -> bool:
        return bool(self.plan or self.clock or self.days or self.daily or self.zone or self.mode)

    def at(self, clock: tuple[int, int]) -> None:
        """Take a time. Raises UsageError for a second one."""
        if self.clock not in (None, clock):
            raise _two("times")
        self.clock = clock

    def in_mode(self, mode: Mode) -> None:
        """Take a mode. Raises UsageError for a second one."""
        if self.mode not in (None, mode):
            raise UsageError(f"{shown(self.mode or '')} or {shown(mode)}: which one?")
        self.mode = mode

    def in_zone(self, zone: str) -> None:
        """Take a time zone. Raises UsageError for a second one."""
        if self.zone.lower() not in ("", zone.lower()):
            raise _two("time zones")
        self.zone = zone

    def on(self, days: tuple[int, ...]) -> None:
        """Add days."""
        if days == EVERY_DAY:
            self.daily = True
        else:
            self.days = tuple(sorted({*self.days, *days}))


def _two(what: str) -> UsageError:
    return UsageError(f"Two {what} are said.", hint="A digest has one; make two digests.")


def digest_first(words: list[str]) -> list[str]:
    """Return `pause the digest 2` as `digest pause 2`."""
    low = [each.lower() for each in words]
    if low[0] not in _PLANS or not {"digest", "digests"} & set(low[1:3]):
        return words
    at = 1 if low[1] in ("digest", "digests") else 2
    return ["digest", words[0], *words[at + 1 :]] if at == 1 or low[1] in ("the", "my", "our", "this") else words


def expect_times(words: Sequence[str]) -> None:
    """Raise UsageError for a word before `for` that tells no time: taken for a namespace it would be lost."""
    at = next((at for at, each in enumerate(words) if each.lower() == "for"), 0)
    loose = ParsedWords(words[:at], target_first=False).loose
    if loose:
        raise UsageError(f'I do not know what {shown(loose[0])} means before "for".', hint=_TIMES)


def read_timetable(words: Sequence[str]) -> tuple[Timetable | None, list[str]]:
    """Return what the words after `digest` say of times, and the words that are left: the scope.

    None where they say nothing of times: a digest is wanted now. Raises UsageError for half a time.
    """
    found = _Words()
    at, names = 0, False
    while at < len(words):
        if names:
            names = _name(found, words[at])
            at += 1
            continue
        taken = _take(found, words, at)
        names = not taken and words[at].lower() in (*_OF, "and")
        if not taken:
            found.left.append("for" if words[at].lower() in _OF else words[at])
            names = names or words[at].endswith(",")
        at += taken or 1
    return _timetable(found), found.left


def _name(found: _Words, word: str) -> bool:
    """Keep a word that has to be a name; another one follows a comma."""
    if ":" in word and _clock(word.lower()):
        raise _two("times")
    found.left.append(word)
    return word.endswith(",")


def _take(found: _Words, words: Sequence[str], at: int) -> int:
    """Return how many words from here belong to the timetable, which are then known; 0: none."""
    low, following = words[at].lower().rstrip(","), words[at + 1 : at + 2]
    if low in _PLANS and not found.said:
        found.plan = _PLANS[low]
        return 1
    if found.plan in (Plan.PAUSE, Plan.RESUME, Plan.OFF, Plan.PREVIEW):
        return _which(found, words, at)
    if clock := _clock(low):
        found.at(clock)
    elif days := _days(low):
        found.on(days)
    elif low in _MODES:
        found.in_mode(next(each for each in _MODES if each == low))
    elif taken := _zone(found, words, at):
        return taken
    elif low == "every" and following and (days := EVERY_DAY if following[0].lower() == "day" else _days(following[0])):
        found.on(days)
        return 2
    elif low == "at" and following and _clock(following[0].lower()):
        return 1
    else:
        return 0
    return 1


def _zone(found: _Words, words: Sequence[str], at: int) -> int:
    """Take a time zone: UTC, Europe/Berlin, `zone Europe/Berlin`, and after a time `berlin time`."""
    low, following = words[at].lower().rstrip(","), words[at + 1 : at + 2]
    if low in ("utc", "gmt") or ("/" in low and not low.endswith("/*") and not low.startswith("*/")):
        found.in_zone(words[at].rstrip(","))
        return 1
    if low in _ZONE_MARKS and following:
        found.in_zone(following[0])
        return 2
    if found.clock and low.isalpha() and [each.lower() for each in following] == ["time"]:
        found.in_zone(low)
        return 2
    return 0


def _which(found: _Words, words: Sequence[str], at: int) -> int:
    """Take the numbers, `all`, and for how long: `pause 2 for 2d`."""
    low = words[at].lower().rstrip(",")
    step = 1 if low == "for" else 0
    span = read_span(words[at + step :]) if found.plan is Plan.PAUSE else None
    if span:
        found.lasts = bounded(span[0], timedelta(hours=1), LONGEST_PAUSE, "a pause of")
        return step + span[1]
    if low in ("all", "everything"):
        found.everything = True
    elif low.isascii() and low.isdigit() and len(low) <= 3:  # noqa: PLR2004 - no list has a thousand
        found.which = (*found.which, int(low))
    else:
        return 0
    return 1


def _timetable(found: _Words) -> Timetable | None:
    if found.plan:
        return Timetable(found.plan, lasts=found.lasts, which=found.which, everything=found.everything)
    if not found.said:
        return None
    if found.clock is None:
        raise UsageError("At what time?", hint="For example: digest weekdays 09:00 Europe/Berlin for shop")
    made = Timetable(hour=found.clock[0], minute=found.clock[1], days=found.days or EVERY_DAY, zone=found.zone)
    return replace(made, mode=found.mode) if found.mode else made


def _clock(word: str) -> tuple[int, int] | None:
    """Read 09:00, 9:30pm or 7am. Raises UsageError for a time that no day has."""
    found = _CLOCK.fullmatch(word)
    whole = None if found else _HOUR.fullmatch(word)
    if not found and not whole:
        return None
    hour, minute, half = (found[1], found[2], found[3]) if found else (whole[1], "0", whole[2])  # type: ignore[index]  # one of them is
    number, limit = int(hour), _NOON if half else 23
    if number > limit or int(minute) > 59 or (half and number == 0):  # noqa: PLR2004 - minutes of an hour
        raise UsageError(f"{shown(word)} is not a time of day.")
    if half:
        number = number % _NOON + (_NOON if half.lower() == "pm" else 0)
    return number, int(minute)


def _days(word: str) -> tuple[int, ...]:
    """Read days: `daily`, `mondays`, `mon`, `mon-fri`, `sat,sun`; nothing for other words."""
    low = word.lower().rstrip(",")
    if "," in low:
        each = [_days(part) for part in low.split(",") if part]
        return tuple(sorted({day for days in each for day in days})) if all(each) else ()
    if low in _DAYS:
        return _DAYS[low]
    first, dash, last = low.partition("-")
    begins, ends = _day(first), _day(last)
    if dash:
        return tuple(range(begins, ends + 1)) if begins and begins <= ends else ()
    return (begins,) if begins else ()


def _day(word: str) -> int:
    """Return the number of a day that is named, in full or by three letters; 0 for other words."""
    for number, name in enumerate(DAY_NAMES, 1):
        if word in (name.lower(), f"{name.lower()}s", name[:3].lower()):
            return number
    return 0


def timetable_words(timetable: Timetable) -> list[str]:
    """Return the words again."""
    if timetable.plan is not Plan.MAKE:
        numbers = ["all"] if timetable.everything else []
        span = ["for", letters(timetable.lasts)] if timetable.lasts else []
        return [str(timetable.plan), *map(str, timetable.which), *numbers, *span]
    clock = f"{timetable.hour:02d}:{timetable.minute:02d}"
    zone = [timetable.zone] if timetable.zone else []
    return [*day_words(timetable.days), clock, *zone, *([timetable.mode] if timetable.mode != "changes" else [])]


def day_words(days: tuple[int, ...]) -> list[str]:
    """Return days as the grammar reads them."""
    named = {EVERY_DAY: "daily", WEEKDAYS: "weekdays", WEEKEND: "weekends"}
    return [named[days]] if days in named else [DAY_NAMES[each - 1].lower() for each in days]
