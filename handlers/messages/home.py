"""App Home: what somebody asked, watches and has sent, each with what can be done about it; then what can be asked. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.jobs.messages import Run, Schedule
from bot.jobs.watch import Watch
from bot.model.question.durations import told as span
from bot.model.question.render import target_words
from bot.model.question.request import Kind
from handlers.messages.markup import (
    Element,
    actions,
    button,
    channel_name,
    code,
    context,
    header,
    lines,
    literal,
    section,
)
from handlers.messages.notices import EXAMPLES, IN_THREADS, question_of
from handlers.messages.schedules import menu, moment, scope, times
from handlers.messages.watch import name_of
from handlers.messages.words import status_word

_MOST = 10
_READS = "I read Services, EndpointSlices, pods, policies and nodes. I never change a cluster and read no Secrets."


def home_view(
    runs: Sequence[Run] = (),
    watches: Sequence[Watch] = (),
    schedules: Sequence[Schedule] = (),
    now: datetime | None = None,
) -> dict[str, Any]:
    """Return somebody's App Home. Without a `now` nothing of theirs is known, as while the store is away."""
    own = (
        _own(runs, watches, schedules, now)
        if now
        else [context("Your checks, watches and digests cannot be read just now")]
    )
    rows = "\n".join(f"`/k8snet {example}`  {meaning}" for example, meaning in EXAMPLES)
    blocks = [*own, header("Ask why a Service cannot be reached"), section(rows), section(IN_THREADS), section(_READS)]
    return {"type": "home", "blocks": [{**block, "block_id": f"home.{at}"} for at, block in enumerate(blocks)]}


def closed_view(sentence: str) -> dict[str, Any]:
    """Return the Home of somebody who is not answered: an empty one would look broken."""
    return {"type": "home", "blocks": [lines([literal(sentence)])]}


def _own(runs: Sequence[Run], watches: Sequence[Watch], schedules: Sequence[Schedule], now: datetime) -> list[Element]:
    return [
        context(f"As of {moment(now)}"),
        actions(
            button("Diagnose a Service", "k8snet.diagnose", "new"), button("New Digest", "k8snet.digest.new", "new")
        ),
        header("Your watches"),
        *([_watch(each, at, now) for at, each in enumerate(watches[:_MOST])] or [_none("watch user-service for 30m")]),
        header("Your digests"),
        *(
            [_digest(each, at, now) for at, each in enumerate(schedules[:_MOST])]
            or [_none("digest weekdays 09:00 for shop")]
        ),
        header("Your recent checks"),
        *([_run(each, at) for at, each in enumerate(runs)] or [_none("why user-service in shop")]),
    ]


def _watch(watch: Watch, at: int, now: datetime) -> Element:
    state = status_word(watch.standing.outcome) if watch.standing.outcome else "not judged yet"
    left = span(max(watch.until - now, timedelta()))
    row = section(f"{code(name_of(watch.question))} · {state} · {left} left · in {channel_name(watch.channel)}")
    return {**row, "accessory": button("Stop", f"k8snet.unwatch.{at}", watch.id)}


def _digest(schedule: Schedule, at: int, now: datetime) -> Element:
    state = " · paused" if schedule.is_paused(now) else ""
    row = section(
        f"{code(times(schedule), 120)} · {code(scope(schedule), 120)} · in {channel_name(schedule.channel)}{state}"
    )
    return {**row, "accessory": menu(schedule, f"k8snet.digest.{at}", now)}


def _run(run: Run, at: int) -> Element:
    row = section(question_of(run))
    shows = target_words(run.question) and run.kind in (
        Kind.WHY,
        Kind.CHECK,
    )  # a table and a triage have no hops to show
    return {**row, "accessory": button("Show Evidence", f"k8snet.evidence.{at}", run.id)} if shows else row


def _none(example: str) -> Element:
    return section(f"None yet. Try `/k8snet {example}`")
