"""Digests at a time of day in words: when, of what, how they stand, and what is said when one could not be sent. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.jobs.messages import Posted, Schedule
from bot.model.question.timetable import DAY_NAMES, EVERY_DAY, WEEKDAYS, WEEKEND
from bot.model.text import count, listing, one_line
from handlers.messages.markup import Element, channel_name, code, context, lines, literal, overflow, section
from handlers.messages.message import Message, message

_MOST = 10
_MODES = {"changes": "on changes", "problems": "on changes and problems", "always": "always"}


def said(sentence: str, hint: str = "") -> Message:
    """Return one sentence of ours about digests, and what to do."""
    blocks = [lines([literal(one_line(sentence, limit=300))])]
    return message(sentence, [*blocks, *([context(hint)] if hint else [])], stamp="digest")


def made(schedule: Schedule, next_at: datetime, *, is_known: bool, is_here: bool = True) -> Message:
    """Return what a new digest will do; without `is_known` nobody could say whether its namespaces exist.

    `is_here`: it is told in the digest's channel.
    """
    who = "this channel" if is_here else "the channel"
    sentence = f"{times(schedule)} {who} gets the digest of {scope(schedule)}, {_MODES[schedule.mode]}."
    when = ("" if is_here else f"in {channel_name(schedule.channel)} · ") + f"The first is due {moment(next_at)}"
    unsure = "" if is_known else " · no worker told me yet which namespaces there are, so check their names"
    return said(sentence, f"{when} · see it now: `/k8snet digest preview`{unsure}")


def stopped(schedule: Schedule, by: str) -> Message:
    """Return what a channel hears of a digest that somebody stopped."""
    return _no_more(schedule, by, "stopped", hint="make it anew: `/k8snet digest …`")


def paused(schedule: Schedule, by: str) -> Message:
    """Return what a channel hears of a digest that somebody paused."""
    until = f" until {moment(schedule.paused_until)}" if schedule.paused_until else ""
    hint = "it goes on by itself then, or with" if until else "it goes on with"
    return _no_more(schedule, by, "paused", until, hint=f"{hint} `/k8snet digest resume`")


def _no_more(schedule: Schedule, by: str, did: str, until: str = "", *, hint: str) -> Message:
    shown = section(f"{code(by)} {did} the digest of {code(scope(schedule), 150)}{until}")
    small = context(code(times(schedule), 120), hint)
    return message(f"{by} {did} the digest of {scope(schedule)}", [shown, small], stamp=f"{schedule.id}.{did}")


def listed(schedules: Sequence[Schedule], posted: Mapping[str, Posted | None], now: datetime, ask: str = "") -> Message:
    """Return a channel's digests, numbered, each with what can be done about it. `ask` is what is asked of the reader."""
    if not schedules:
        return said("No digest is sent to this channel. Try: /k8snet digest weekdays 09:00 for shop")
    blocks: list[Element] = [section(ask)] if ask else []
    for number, each in enumerate(schedules[:_MOST], 1):
        row = section(
            f"{number}. {code(times(each), 120)} · {code(scope(each), 150)} · {_state(each, posted.get(each.id), now)}"
        )
        blocks.append({**row, "accessory": menu(each, f"k8snet.digest.{number}", now)})
    if len(schedules) > _MOST:
        blocks.append(context(f"and {len(schedules) - _MOST} more"))
    return message(f"{count(len(schedules), 'digest')} of this channel", blocks, stamp="digests")


def menu(schedule: Schedule, action: str, now: datetime) -> Element:
    """Return what can be done about a digest, as a menu."""
    paused = schedule.is_paused(now)
    pause = {"resume": "Resume"} if paused else {"pause": "Pause for 1 Day"}
    acts = {"change": "Change", "preview": "Preview", **pause, "stop": "Stop This Digest"}
    return overflow(action, {f"{act}:{schedule.id}": label for act, label in acts.items()})


def times(schedule: Schedule) -> str:
    """Return when a digest is sent: `On weekdays at 09:00 Europe/Berlin`."""
    named = {EVERY_DAY: "Daily", WEEKDAYS: "On weekdays", WEEKEND: "On weekends"}
    days = named.get(schedule.weekdays) or f"On {listing([DAY_NAMES[each - 1] for each in schedule.weekdays], most=7)}"
    return f"{days} at {schedule.hour:02d}:{schedule.minute:02d} {schedule.timezone}"


def scope(schedule: Schedule) -> str:
    """Return of what a digest is."""
    places = listing(schedule.namespaces) if schedule.namespaces else "the whole cluster"
    return f"{places} on {schedule.cluster}" if schedule.cluster else places


def not_sent(schedule: Schedule, why: str) -> Message:
    """Return what its creator is told of a digest that was not sent."""
    place = f"in {channel_name(schedule.channel)}"
    again = "It failed twice and is paused. When that is mended, say there: `/k8snet digest resume`"
    hint = f"{place} · {again}" if schedule.paused else place
    return said(f"The digest of {scope(schedule)} was not sent: {why}", hint)


def no_time(schedule: Schedule) -> Message:
    """Return what its creator is told of a digest whose time or time zone does not exist any more."""
    words = f"The digest of {scope(schedule)} is stopped, since its time does not exist: {times(schedule)}."
    return said(words, f"in {channel_name(schedule.channel)} · make it anew there: `/k8snet digest …`")


def moment(at: datetime) -> str:
    """Return a moment in each reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{at:%Y-%m-%d %H:%M} UTC>"


def _state(schedule: Schedule, posted: Posted | None, now: datetime) -> str:
    by = f"made by {code(schedule.asker or schedule.created_by)}"
    if schedule.is_paused(now):
        until = f" until {moment(schedule.paused_until)}" if schedule.paused_until else ""
        _, person, name = schedule.paused_by.partition("by ")
        why = f" by {code(name)}" if person else f", {code(schedule.paused_by, 120)}"
        return f"paused{until}{why} · {by}"
    quiet = f", {count(posted.quiet, 'quiet time')} since" if posted and posted.quiet else ""
    last = f"last posted {moment(posted.at)}{quiet}" if posted else "none sent yet"
    return " · ".join((_MODES[schedule.mode], last, by))
