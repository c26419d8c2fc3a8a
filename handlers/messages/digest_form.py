"""The form of a digest at a time of day, and what was filled in. Pure; its metadata hold ids, never facts of a cluster."""

from collections.abc import Mapping
from typing import Any

from bot.errors import UsageError
from bot.jobs.messages import Schedule
from bot.model.question.target import read_namespace
from bot.model.question.timetable import DAY_NAMES
from bot.model.result.digest import Scope
from handlers.messages.markup import Element, context, option, plain_text, pre
from handlers.messages.words import status_word

View = dict[str, Any]
FORM = "k8snet.digest.form"
NEW = "new"  # stands for the id of a digest that is not made yet
_MODES = {"changes": "When something changed", "problems": "Changes, and while problems last", "always": "Each time"}
_PAGE = 40  # Services in one block of the list


def digest_form(schedule: Schedule, *, is_new: bool) -> View:
    """Return the form, filled with what a digest is now; of one without a channel, the channel is asked for, too."""
    days = {str(number): name for number, name in enumerate(DAY_NAMES, 1)}
    chosen = [option(str(each), days[str(each)]) for each in schedule.weekdays]
    mode = option(schedule.mode, _MODES[schedule.mode])
    spaces = {"type": "plain_text_input", "action_id": "namespaces", "max_length": 1000}
    if schedule.namespaces:
        spaces["initial_value"] = ", ".join(schedule.namespaces)
    blocks: list[Element] = [
        _input("namespaces", "Namespaces", spaces, "Separated by commas; empty for the whole cluster", optional=True),
        _input("time", "Time", {"type": "timepicker", "action_id": "time", "initial_time": _clock(schedule)}),
        _input(
            "days",
            "Days",
            {"type": "checkboxes", "action_id": "days", "options": _options(days), "initial_options": chosen},
        ),
        _input(
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
        _input(
            "mode",
            "Post",
            {"type": "radio_buttons", "action_id": "mode", "options": _options(_MODES), "initial_option": mode},
        ),
    ]
    if not schedule.channel:
        conversation = {"type": "conversations_select", "action_id": "channel", "default_to_current_conversation": True}
        blocks.insert(0, _input("channel", "Channel", conversation, "I have to be in it"))
    return {
        "type": "modal",
        "callback_id": FORM,
        "private_metadata": f"{NEW if is_new else schedule.id} {schedule.channel}",
        "title": plain_text("New Digest" if is_new else "Change Digest", 24),
        "submit": plain_text("Save Digest", 24),
        "close": plain_text("Cancel", 24),
        "blocks": blocks,
    }


def filled_in(schedule: Schedule, values: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the fields of a schedule that a form says. Raises FieldError for what cannot be read."""
    given: dict[str, Any] = {block: next(iter(actions.values()), {}) for block, actions in values.items()}
    words = (given.get("namespaces", {}).get("value") or "").replace(",", " ").split()
    try:
        namespaces = tuple(dict.fromkeys(read_namespace(each.removesuffix("/*")) for each in words))
    except UsageError as error:
        raise FieldError("namespaces", str(error)) from error
    days = tuple(sorted(int(each["value"]) for each in given.get("days", {}).get("selected_options") or ()))
    if not days:
        raise FieldError("days", "Choose a day at least.")
    hour, _, minute = (given.get("time", {}).get("selected_time") or _clock(schedule)).partition(":")
    zone = (given.get("zone", {}).get("selected_option") or {}).get("value") or schedule.timezone
    mode = (given.get("mode", {}).get("selected_option") or {}).get("value") or schedule.mode
    channel = given.get("channel", {}).get("selected_conversation") or schedule.channel
    return {
        "channel": channel,
        "namespaces": namespaces,
        "days": days,
        "hour": int(hour),
        "minute": int(minute),
        "timezone": zone,
        "mode": mode,
    }


class FieldError(UsageError):
    """A field of a form cannot be read."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def services_view(found: Scope) -> View:
    """Return every Service of a digest, the worst first, for the one who clicked."""
    order = ("fail", "warn", "unknown", "ok")
    rows = sorted(found.services, key=lambda each: (order.index(each.outcome), each.namespace, each.name))
    words = [f"{status_word(each.outcome):<8}{each.namespace}/{each.name}  {each.why}".rstrip()[:150] for each in rows]
    pages = [words[at : at + _PAGE] for at in range(0, len(words), _PAGE)][:_PAGE]
    more = len(words) - sum(map(len, pages))
    blocks = [pre("\n".join(page), 2900) for page in pages] or [context("No Services")]
    blocks += [context(f"and {more} more: `k8snet digest -A` in a terminal lists all")] if more else []
    numbered = [{**block, "block_id": f"s{at}"} for at, block in enumerate(blocks)]
    return {
        "type": "modal",
        "title": plain_text("All Services", 24),
        "close": plain_text("Done", 24),
        "blocks": numbered,
    }


def _clock(schedule: Schedule) -> str:
    return f"{schedule.hour:02d}:{schedule.minute:02d}"


def _input(block: str, label: str, element: Element, hint: str = "", *, optional: bool = False) -> Element:
    shown = {"type": "input", "block_id": block, "label": plain_text(label, 100), "element": element}
    return {**shown, **({"hint": plain_text(hint, 150)} if hint else {}), **({"optional": True} if optional else {})}


def _options(named: Mapping[str, str]) -> list[Element]:
    return [option(value, label) for value, label in named.items()]
