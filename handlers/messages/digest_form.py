"""The form of a digest at a time of day, and what was filled in. Pure; its metadata hold ids, never facts of a cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.errors import UsageError
from bot.jobs.messages import Schedule
from bot.model.question.target import read_namespace
from bot.model.question.timetable import DAY_NAMES
from bot.model.result.digest import Scope
from handlers.messages.fields import FieldError, Values, View, chosen, chosen_all, field, form, given
from handlers.messages.markup import Element, context, option, plain_text, pre
from handlers.messages.pickers import NAMESPACE, picker
from handlers.messages.words import status_word

FORM = "k8snet.digest.form"
NEW = "new"  # stands for the id of a digest that is not made yet
_CHANNELS = {"include": ["public", "private"], "exclude_external_shared_channels": True, "exclude_bot_users": True}
_MODES = {"changes": "When something changed", "problems": "Changes, and while problems last", "always": "Each time"}
_PAGE, _PAGES = 2800, 75  # characters of one block of the list, and blocks: Slack takes 250 kB of a view


def digest_form(schedule: Schedule, cluster: str, *, is_new: bool) -> View:
    """Return the form, filled with what a digest of a cluster is now; of one without a channel, that is asked for, too."""
    days = {str(number): name for number, name in enumerate(DAY_NAMES, 1)}
    ticked = [option(str(each), days[str(each)]) for each in schedule.weekdays]
    mode = option(schedule.mode, _MODES[schedule.mode])
    spaces = picker(NAMESPACE, "Names of namespaces", several=True, chosen=schedule.namespaces)
    blocks: list[Element] = [
        field("namespaces", "Namespaces", spaces, "None for the whole cluster", optional=True),
        field("time", "Time", {"type": "timepicker", "action_id": "time", "initial_time": _clock(schedule)}),
        field(
            "days",
            "Days",
            {"type": "checkboxes", "action_id": "days", "options": _options(days), "initial_options": ticked},
        ),
        field(
            "zone",
            "Time zone",
            {
                "type": "external_select",
                "action_id": "k8snet.pick.zone",
                "min_query_length": 1,
                "placeholder": plain_text("A city, e.g. Berlin", 150),
                "initial_option": option(schedule.timezone, schedule.timezone),
            },
        ),
        field(
            "mode",
            "Post",
            {"type": "radio_buttons", "action_id": "mode", "options": _options(_MODES), "initial_option": mode},
        ),
    ]
    if not schedule.channel:
        conversation = {"type": "conversations_select", "action_id": "channel", "filter": _CHANNELS}
        blocks.insert(0, field("channel", "Channel", conversation, "I have to be in it"))
    title = "New Digest" if is_new else "Change Digest"
    metadata = f"{NEW if is_new else schedule.id} {schedule.channel} {cluster}"
    return form(FORM, metadata, blocks, title=title, submit="Save Digest")


def filled_in(schedule: Schedule, values: Values) -> dict[str, Any]:
    """Return the fields of a schedule that a form says. Raises FieldError for what cannot be read."""
    filled = given(values)
    try:
        namespaces = tuple(dict.fromkeys(read_namespace(each) for each in chosen_all(filled, "namespaces")))
    except UsageError as error:
        raise FieldError("namespaces", str(error)) from error
    days = tuple(sorted(map(int, chosen_all(filled, "days"))))
    if not days:
        raise FieldError("days", "Choose a day at least.")
    hour, _, minute = (filled.get("time", {}).get("selected_time") or _clock(schedule)).partition(":")
    channel = filled.get("channel", {}).get("selected_conversation") or schedule.channel
    return {
        "channel": channel,
        "namespaces": namespaces,
        "days": days,
        "hour": int(hour),
        "minute": int(minute),
        "timezone": chosen(filled, "zone") or schedule.timezone,
        "mode": chosen(filled, "mode") or schedule.mode,
    }


def services_view(found: Scope) -> View:
    """Return every Service of a digest, the worst first, for the one who clicked."""
    order = ("fail", "warn", "unknown", "ok")
    rows = sorted(found.services, key=lambda each: (order.index(each.outcome), each.namespace, each.name))
    words = [f"{status_word(each.outcome):<8}{each.namespace}/{each.name}  {each.why}".rstrip()[:150] for each in rows]
    pages = _pages(words)[:_PAGES]
    more = len(words) - sum(map(len, pages))
    blocks = [pre("\n".join(page), _PAGE) for page in pages] or [context("No Services")]
    blocks += [context(f"and {more} more: `k8snet digest -A` in a terminal lists all")] if more else []
    numbered = [{**block, "block_id": f"s{at}"} for at, block in enumerate(blocks)]
    return {
        "type": "modal",
        "title": plain_text("All Services", 24),
        "close": plain_text("Done", 24),
        "blocks": numbered,
    }


def _pages(rows: Sequence[str]) -> list[list[str]]:
    """Return rows by block, each block as full as it may be: one that is cut would lose rows that nobody counts."""
    pages: list[list[str]] = []
    room = 0
    for row in rows:
        if len(row) + 1 > room:
            pages.append([])
            room = _PAGE
        pages[-1].append(row)
        room -= len(row) + 1
    return pages


def _clock(schedule: Schedule) -> str:
    return f"{schedule.hour:02d}:{schedule.minute:02d}"


def _options(named: Mapping[str, str]) -> list[Element]:
    return [option(value, label) for value, label in named.items()]
