"""Fields of forms: how one is shown, and what was filled in. Pure."""

from collections.abc import Mapping
from typing import Any

from bot.errors import K8snetError, UsageError
from handlers.messages.markup import Element, plain_text

View = dict[str, Any]
_LONGEST = 300  # characters of an error at its field
Values = Mapping[str, Mapping[str, Any]]


class FieldError(UsageError):
    """A field of a form cannot be read."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def at_field(error: K8snetError, field: str) -> dict[str, Any]:
    """Return the acknowledgement that says an error at its own field, or else at this one; nothing filled in is lost."""
    name = error.field if isinstance(error, FieldError) else field
    return {"response_action": "errors", "errors": {name: f"{error} {error.hint}".strip()[:_LONGEST]}}


def field(block: str, label: str, element: Element, hint: str = "", *, optional: bool = False) -> Element:
    """Return a field of a form; what goes wrong with it is told at `block`."""
    shown = {"type": "input", "block_id": block, "label": plain_text(label, 100), "element": element}
    return {**shown, **({"hint": plain_text(hint, 150)} if hint else {}), **({"optional": True} if optional else {})}


def form(callback: str, metadata: str, blocks: list[Element], *, title: str, submit: str) -> View:
    """Return a form. Its metadata are ids, never facts of a cluster."""
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": metadata,
        "title": plain_text(title, 24),
        "submit": plain_text(submit, 24),
        "close": plain_text("Cancel", 24),
        "blocks": [{"block_id": f"b{at}", **block} for at, block in enumerate(blocks)],
    }


def given(values: Values) -> dict[str, Any]:
    """Return what was filled in, by block: each has one element."""
    return {block: next(iter(actions.values()), {}) for block, actions in values.items()}


def chosen(values: Mapping[str, Any], block: str) -> str:
    """Return the value of the option that was chosen in a field; empty where none was."""
    return str((values.get(block, {}).get("selected_option") or {}).get("value") or "")


def chosen_all(values: Mapping[str, Any], block: str) -> tuple[str, ...]:
    """Return the values of all options that were chosen in a field."""
    return tuple(str(each["value"]) for each in values.get(block, {}).get("selected_options") or ())


def typed(values: Mapping[str, Any], block: str) -> str:
    """Return the text of a field."""
    return str(values.get(block, {}).get("value") or "").strip()
