"""Finds what a person wants to touch in a message or view. What is not there any more cannot be touched."""

from collections.abc import Iterator, Sequence

import msgspec

from playground.fake_slack.state import Json, Message, View


class NotPossibleError(AssertionError):
    """A person cannot do this in Slack: the thing is gone, hidden, or Slack itself says no."""


class Element(msgspec.Struct, frozen=True):
    """An interactive element with the block it stands in."""

    block_id: str
    element: Json
    in_input: bool = False
    dispatches: bool = True


def elements(blocks: Sequence[Json]) -> Iterator[Element]:
    """Yield every interactive element of these blocks, top to bottom."""
    for block in blocks:
        block_id = str(block.get("block_id", ""))
        yield from elements(block.get("child_blocks", ()))
        in_input = block.get("type") == "input"
        own = [block.get("accessory"), block.get("element"), *block.get("elements", ()), *block.get("actions", ())]
        for one in own:
            if isinstance(one, dict) and (one.get("action_id") or one.get("type") == "button"):
                yield Element(block_id, one, in_input, not in_input or bool(block.get("dispatch_action")))


def element(where: Message | View, action_id: str) -> Element:
    """Find an element by its action_id or, for a button, by its label."""
    if isinstance(where, Message) and (where.deleted or not where.shown):
        raise NotPossibleError("this message is not there any more")
    if isinstance(where, View) and not where.open:
        raise NotPossibleError("this view is closed")
    found = list(elements(where.blocks))
    for one in found:
        text = one.element.get("text", {}).get("text", "")
        if action_id in {one.element.get("action_id"), text}:
            return one
    there = [f"{one.element.get('action_id')} {one.element.get('text', {}).get('text', '')!r}" for one in found]
    raise NotPossibleError(f"no {action_id!r} here; there are: {', '.join(there) or 'no controls at all'}")


def option(options: Sequence[Json], wanted: str) -> Json:
    """Find an option by value or by its text."""
    for one in options:
        if wanted in {one["value"], one["text"]["text"]}:
            return one
    raise NotPossibleError(f"no option {wanted!r}; there are: {[one['text']['text'] for one in options]}")


def offered(one: Json) -> list[Json]:
    """Return the options that an element brings along."""
    grouped = [option for group in one.get("option_groups", ()) for option in group["options"]]
    return [*one.get("options", ()), *grouped]
