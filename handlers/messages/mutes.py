"""Mutes in words: what is kept quiet, who said so, until when, and what ends it. Pure."""

from collections.abc import Sequence
from datetime import datetime

from bot.model.question.durations import told as span
from bot.model.result.mutes import Mute
from bot.model.text import count, first_words, listing, one_line
from handlers.messages.markup import Element, actions, button, code, context, lines, literal, section
from handlers.messages.message import Message, message
from handlers.messages.schedules import moment

_MOST = 20  # mutes in a list


def said(sentence: str) -> Message:
    """Return one sentence of ours about mutes."""
    return message(sentence, [lines([literal(one_line(sentence, limit=300))])], stamp="mute")


def begun(mute: Mute) -> Message:
    """Return what everybody in the channel reads of a new mute."""
    sentence = f"{_who(mute)} muted {what(mute)} here until {mute.until:%Y-%m-%d %H:%M} UTC"
    blocks: list[Element] = [
        section(f"{code(_who(mute))} muted {code(what(mute), 200)} in this channel until {moment(mute.until)}"),
        *([lines([literal(mute.why)])] if mute.why else []),
        context(
            "Digests list it as muted, watches do not reply for it; a repair is told, and what is asked is answered"
        ),
        actions(button("Unmute", "k8snet.unmute", mute.id)),
    ]
    return message(sentence, blocks, stamp=f"{mute.id}.mute")


def ended(mutes: Sequence[Mute], by: str) -> Message:
    """Return that mutes were ended."""
    names = "; ".join(what(each) for each in mutes)
    sentence = f"{by} unmuted {names}"
    blocks = [section(f"{code(by)} unmuted {code(names, 300)} in this channel")]
    return message(sentence, blocks, stamp=f"{mutes[0].id}.unmuted")


def listed(mutes: Sequence[Mute], now: datetime) -> Message:
    """Return the mutes of a channel, each with a button that ends it."""
    if not mutes:
        return said("Nothing is muted here. Try: mute RTE-012 of user-service in shop for 2h")
    blocks: list[Element] = []
    for at, each in enumerate(mutes[:_MOST]):
        row = section(
            f"{code(what(each), 200)} · {span(each.until - now)} left · by {code(_who(each))}"
            + (f" · {code(each.why, 120)}" if each.why else "")
        )
        blocks.append({**row, "accessory": button("Unmute", f"k8snet.unmute.{at}", each.id)})
    if len(mutes) > _MOST:
        blocks.append(context(f"and {len(mutes) - _MOST} more"))
    return message(f"{count(len(mutes), 'mute')} here", blocks, stamp="mutes")


def what(mute: Mute) -> str:
    """Return what is muted: `RTE-012 of user-service in shop`."""
    target = mute.service or "every Service"
    about = f"{mute.code} of {target}" if mute.code else target
    place = f" in {listing(mute.namespaces)}" if mute.namespaces else ""
    return f"{about}{place} on {mute.cluster}"


def until(mute: Mute) -> str:
    """Return who muted something until when, in plain words: `muted by ana until Nov 28 16:00 UTC`."""
    why = f": {first_words(mute.why, 80)}" if mute.why else ""
    return f"muted by {_who(mute)} until {mute.until:%b} {mute.until.day} {mute.until:%H:%M} UTC{why}"


def _who(mute: Mute) -> str:
    return mute.asker or mute.by
