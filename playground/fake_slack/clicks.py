"""Pressing, choosing and typing in messages and views: block_actions and block_suggestion.

https://docs.slack.dev/reference/interaction-payloads/block_actions-payload
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from handlers.blockkit import limits
from handlers.blockkit.problem import Problem
from playground.fake_slack import payloads
from playground.fake_slack.core import LintError
from playground.fake_slack.locate import Element, NotPossibleError, element, offered, option
from playground.fake_slack.state import Json, Message, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playground.fake_slack.delivery import Delivery
    from playground.fake_slack.session import Session


async def click(session: Session, where: Message | View, action_id: str) -> Delivery:
    """Press a button or one of two feedback buttons (`action_id` is then its label)."""
    _visible(session, where)
    feedback = _feedback(where, action_id)
    found = feedback or element(where, action_id)
    if found.element["type"] not in {"button", "icon_button", "feedback_buttons"}:
        raise NotPossibleError(f"{action_id!r} is a {found.element['type']}, not a button")
    return await _act(session, where, found, {})


async def select(session: Session, where: Message | View, action_id: str, wanted: Sequence[str]) -> Delivery | None:
    """Choose in a menu, overflow, check boxes or radio buttons."""
    _visible(session, where)
    found = element(where, action_id)
    chosen = await _chosen(session, where, found, wanted)
    if isinstance(where, View):
        where.values.setdefault(found.block_id, {})[action_id] = {"type": found.element["type"], **chosen}
    return await _act(session, where, found, chosen) if found.dispatches else None


async def suggestions(session: Session, where: Message | View, action_id: str, text: str) -> list[Json]:
    """Ask the app for options, as a client does while somebody types."""
    return [each for _, options in await groups(session, where, action_id, text) for each in options]


async def groups(session: Session, where: Message | View, action_id: str, text: str) -> list[tuple[str, list[Json]]]:
    """Ask the same, and return the options under their headings; those without one stand under an empty one."""
    _visible(session, where)
    found = element(where, action_id)
    if len(text) < found.element.get("min_query_length", 3):
        return []
    payload = payloads.interaction(session.core, "block_suggestion", session.user) | _place(session, where)
    payload |= {"action_id": action_id, "block_id": found.block_id, "value": text}
    delivery = await session.postman.deliver("interactive", payload)
    answer = delivery.response
    _judge(session, answer)
    headed = [(each["label"]["text"], list(each["options"])) for each in answer.get("option_groups", ())]
    return [("", list(answer.get("options", ()))), *headed]


def _judge(session: Session, answer: Json) -> None:
    """Note what Slack would not take of an answer with options: then the client shows none."""
    groups = answer.get("option_groups", ())
    options = offered(answer)
    texts = [each["text"]["text"] for each in options] + [each["label"]["text"] for each in groups]
    wrong = [each for each in texts if not 0 < len(each) <= limits.OPTION_LABEL]
    wrong += [each["value"] for each in options if not 0 < len(each["value"]) <= limits.OPTION_VALUE]
    wrong += [f"{len(options)} options"] if len(options) > limits.SELECT_OPTIONS else []
    wrong += ["an empty group" for each in groups if not each["options"]]
    problems = (Problem("/options", "options", each) for each in wrong)
    session.core.lint_errors += [LintError("block_suggestion", each, "") for each in problems]


async def _chosen(session: Session, where: Message | View, found: Element, wanted: Sequence[str]) -> Json:
    kind = str(found.element["type"])
    for suffix, key in (
        ("users_select", "user"),
        ("channels_select", "channel"),
        ("conversations_select", "conversation"),
    ):
        if kind == suffix:
            return {f"selected_{key}": wanted[0]}
        if kind == f"multi_{suffix}":
            return {f"selected_{key}s": list(wanted)}
    options = offered(found.element)
    if kind.endswith("external_select"):
        action_id = str(found.element["action_id"])
        options = [one for text in wanted for one in await suggestions(session, where, action_id, text)]
    picked = [option(options, one) for one in wanted]
    several = kind.startswith("multi_") or kind == "checkboxes"
    return {"selected_options": picked} if several else {"selected_option": picked[0]}


async def _act(session: Session, where: Message | View, found: Element, chosen: Json) -> Delivery:
    view_id = where.id if isinstance(where, View) else ""
    payload = payloads.interaction(session.core, "block_actions", session.user, view=view_id) | _place(session, where)
    if isinstance(where, Message):
        payload["response_url"] = session.urls.issue(where.channel, session.id, where)
    payload["actions"] = [payloads.action(session.core, found.block_id, found.element, chosen)]
    return await session.postman.deliver("interactive", payload)


def _place(session: Session, where: Message | View) -> Json:
    if isinstance(where, View):
        return payloads.on_view(session.core, where)
    return payloads.on_message(session.core, where)


def _visible(session: Session, where: Message | View) -> None:
    owner = where.seen_by if isinstance(where, Message) else where.user
    if owner and owner != session.id:
        raise NotPossibleError(f"{session.user.name} does not see this")
    if isinstance(where, Message) and session.id not in session.core.workspace.channels[where.channel].members:
        raise NotPossibleError(f"{session.user.name} is not in this channel")


def _feedback(where: Message | View, label: str) -> Element | None:
    """Find a feedback button by its label: the pair shares one action_id, the value tells them apart."""
    for block in where.blocks:
        for one in block.get("elements", ()):
            if one.get("type") == "feedback_buttons":
                for half in (one["positive_button"], one["negative_button"]):
                    if half["text"]["text"] == label:
                        pressed = {**half, "type": "feedback_buttons", "action_id": one.get("action_id", "")}
                        return Element(str(block.get("block_id", "")), pressed)
    return None
