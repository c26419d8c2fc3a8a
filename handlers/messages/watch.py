"""What a watch says: how it stands, in one message that is edited; a change, in a reply of its own; its end. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.jobs.watch import Event, Told, Watch, down_for
from bot.model.question.durations import told as span
from bot.model.question.question import Question
from bot.model.question.render import target_words
from bot.model.result.status import Status
from bot.model.text import count, one_line
from handlers.messages.markup import (
    Element,
    actions,
    button,
    channel_name,
    code,
    context,
    emoji,
    lines,
    literal,
    section,
)
from handlers.messages.message import Message, message
from handlers.messages.words import GLYPHS, status_word

_MOST = 20  # watches in a list
_VERB = {Status.OK: "passes", Status.WARN: "works in part", Status.FAIL: "fails", Status.UNKNOWN: "cannot be judged"}
_DID = {Status.OK: "passed", Status.WARN: "worked in part", Status.FAIL: "failed", Status.UNKNOWN: "was not judged"}


def standing_message(watch: Watch, *, revision: str = "") -> Message:
    """Return what is watched, until when, and how it stands: edited after each look that changed that."""
    now, name = watch.standing, name_of(watch.question)
    text = f"Watching {name}" + (f": it {_VERB[now.outcome]}" if now.outcome else "")
    return message(text, _standing(watch), stamp=f"{watch.id}.{now.looks}{revision}")


def stand_alike(one: Watch, other: Watch) -> bool:
    """Return whether a watch would say the same before and after a look."""
    return _standing(one) == _standing(other)


def _standing(watch: Watch) -> list[Element]:
    now = watch.standing
    if now.outcome is None:
        state = [
            literal(f"Cannot be judged yet: {one_line(now.blind_why, limit=200)}" if now.blind else "Looking now…")
        ]
    else:
        state = _state(now.outcome, now.why)
        state += [literal(" · for now nothing can be judged")] if now.blind_told else []
        state += [literal(" · it changes to and fro")] if now.flapping else []
    since = f"since {moment(now.since)}" if now.since and not now.from_start else ""
    muted = watch.muted and f"{code(watch.muted, 200)}, so this thread is not told"
    hears = muted or "this thread hears of changes"
    return [
        section(f"Watching {code(name_of(watch.question))}{_where(watch.question)} until {moment(watch.until)}"),
        lines(state),
        context(since, f"every {span(watch.every)}", hears, f"asked by {code(_asker(watch))}"),
        actions(button("Stop Watching", "k8snet.unwatch", watch.id)),
    ]


def event_message(watch: Watch, event: Event, run_id: str) -> Message:
    """Return the reply that tells of a change. Its first words are all that a phone shows."""
    name = name_of(watch.question)
    words = _words(event)
    head = [
        literal(name, bold=True),
        literal(f" · {status_word(event.outcome)} "),
        emoji(GLYPHS[status_word(event.outcome)]),
    ]
    blocks = [lines([*head, literal(f" · {words}")])]
    if event.why and event.outcome is not Status.OK:
        blocks.append(lines([literal(one_line(event.why, limit=300))]))
    if event.told is not Told.BLIND:
        blocks.append(actions(button("Show Evidence", "k8snet.evidence", run_id)))
    why = f" {event.why}" if event.outcome is not Status.OK else ""
    return message(f"{name} {words}.{why}", blocks, stamp=f"{watch.id}.{run_id}")


def ended_message(watch: Watch, at: datetime) -> Message:
    """Return what the watch saw in all, in the place of how it stood; no button is left."""
    now, name = watch.standing, name_of(watch.question)
    lasted = span(max(at - watch.created_at, timedelta()))
    down = down_for(now, at)
    seen = "nothing could be judged" if now.outcome is None else f"it {_VERB[now.outcome]} now"
    changed = count(now.flips, "change") if now.flips else "no change"
    summary = (
        "nobody looked yet"
        if not now.looks
        else ", ".join(filter(None, [seen, changed, f"down for {span(down)} in all" if down else ""]))
    )
    end = f"ended by {code(watch.ended_by)}" if watch.ended_by else "it ended by itself"
    blocks: list[Element] = [lines([literal(f"Watched {name} for {lasted}: {summary}")])]
    if now.outcome not in (None, Status.OK):
        blocks.append(lines(_state(now.outcome, now.why)))
    blocks.append(context(end, moment(at), f"asked by {code(_asker(watch))}"))
    return message(f"Watched {name} for {lasted}: {summary}.", blocks, stamp=f"{watch.id}.end")


def listing_message(watches: Sequence[Watch], now: datetime) -> Message:
    """Return the watches of a channel, each with a button that ends it."""
    if not watches:
        return said("Nothing is watched here. Try: watch user-service for 30m")
    blocks: list[Element] = []
    for at, each in enumerate(watches[:_MOST]):
        left = span(max(each.until - now, timedelta()))
        state = status_word(each.standing.outcome) if each.standing.outcome else "not judged yet"
        row = section(
            f"{code(name_of(each.question))}{_where(each.question)} · {state} · {left} left · by {code(_asker(each))}"
        )
        blocks.append({**row, "accessory": button("Stop", f"k8snet.unwatch.{at}", each.id)})
    if len(watches) > _MOST:
        blocks.append(context(f"and {len(watches) - _MOST} more"))
    return message(f"{count(len(watches), 'watch', 'watches')} here", blocks, stamp="watches")


def no_longer(watch: Watch) -> Message:
    """Return what stands in the place of a watch of which its channel may hear nothing more."""
    told = f"{code(_asker(watch))} was told why" if watch.given_up else f"asked by {code(_asker(watch))}"
    blocks = [lines([literal("No longer watched")]), context(told)]
    return message("No longer watched", blocks, stamp=f"{watch.id}.end")


def given_up(watch: Watch) -> Message:
    """Return what its creator alone is told of a watch that may not go on."""
    sentence = f"I no longer watch {name_of(watch.question)}: {watch.given_up}"
    blocks = [lines([literal(one_line(sentence, limit=400))]), context(f"in {channel_name(watch.channel)}")]
    return message(sentence, blocks, stamp=f"{watch.id}.given-up")


def said(sentence: str) -> Message:
    """Return one sentence of ours about watches."""
    return message(sentence, [lines([literal(one_line(sentence, limit=300))])], stamp="watch")


def name_of(question: Question) -> str:
    """Return what is watched, as people call it."""
    port = f" port {question.port}" if question.port is not None and not question.scheme else ""
    source = f" from {question.source}" if question.source else ""
    return f"{question.service or target_words(question)}{port}{source}"


def moment(at: datetime) -> str:
    """Return a time in each reader's own zone."""
    return f"<!date^{int(at.timestamp())}^{{time}}|{at:%H:%M} UTC>"


def clock(at: datetime) -> str:
    """Return a time of day as plain text."""
    return f"{at:%H:%M} UTC"


def _words(event: Event) -> str:
    """Return what happened in a clause."""
    if event.told is Told.BLIND:
        return "cannot be judged just now; the watch goes on"
    verb = _VERB[event.outcome]
    if event.told is Told.UNMUTED:
        return f"is no longer muted, and {verb}; before that it {_DID[event.before or Status.UNKNOWN]}"
    if event.told is Told.SETTLED:
        return f"{verb}, and has for {span(event.lasted)} after {count(event.changes, 'change')}"
    if event.told is Told.FLAPPING:
        return f"changes to and fro, {event.changes} times now; I tell when it stays"
    if event.told is Told.SEES or event.before is None:
        return f"{verb}: it can be judged again" if event.before else f"{verb}: it can be judged now"
    least = "at least " if event.at_least else ""
    again = " again" if event.outcome is Status.OK and not event.at_least else ""
    return f"{verb}{again}, after it {_DID[event.before]} for {least}{span(event.lasted)}"


def _state(outcome: Status, why: str) -> list[Element]:
    word = status_word(outcome)
    cause = [literal(f" · {one_line(why, limit=250)}")] if why and outcome is not Status.OK else []
    return [literal("Now "), literal(word, bold=True), literal(" "), emoji(GLYPHS[word]), *cause]


def _where(question: Question) -> str:
    place = f" in {code(question.namespace)}" if question.namespace else ""
    return place + (f" on {code(question.cluster)}" if question.cluster else "")


def _asker(watch: Watch) -> str:
    return watch.asker or watch.created_by
