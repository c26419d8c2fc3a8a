"""Filling in, submitting and closing modals. https://docs.slack.dev/surfaces/modals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from playground.fake_slack import payloads
from playground.fake_slack.clicks import suggestions
from playground.fake_slack.locate import Element, NotPossibleError, elements, offered, option
from playground.fake_slack.refusals import RefusalError
from playground.fake_slack.state import Json, View
from playground.fake_slack.views import on_screen, put, replace, shown

if TYPE_CHECKING:
    from playground.fake_slack.delivery import Delivery
    from playground.fake_slack.session import Session

__all__ = ["close", "on_screen", "shown", "submit"]
TYPED = {
    "plain_text_input": "value",
    "email_text_input": "value",
    "url_text_input": "value",
    "number_input": "value",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
    "multi_users_select": "selected_users",
    "multi_conversations_select": "selected_conversations",
}


async def submit(session: Session, view: View, values: dict[str, Any]) -> Delivery:
    """Press submit. The client keeps an empty required input from being sent; the app's answer is carried out."""
    if not view.open or view.user != session.id:
        raise NotPossibleError("this modal is not on the screen")
    if not view.content.get("submit"):
        raise NotPossibleError("this modal has no submit button")
    _fill(view, await _looked_up(session, view, values))
    payload = payloads.interaction(session.core, "view_submission", session.user, view=view.id)
    payload |= {"view": shown(session.core, view), "response_urls": _response_urls(session, view)}
    delivery = await session.postman.deliver("interactive", payload)
    if delivery.acknowledged:
        _carry_out(session, view, delivery.response)
    return delivery


async def _looked_up(session: Session, view: View, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with options for what was typed into external selects: the app is asked for them."""
    found = dict(values)
    for one in elements(view.blocks):
        name = str(one.element.get("action_id"))
        if name not in found or not str(one.element["type"]).endswith("external_select"):
            continue
        several = str(one.element["type"]).startswith("multi_")
        wanted = list(found[name]) if several else [found[name]]
        options = [
            each if isinstance(each, dict) else option(await suggestions(session, view, name, each), each)
            for each in wanted
        ]
        found[name] = options if several else options[0]
    return found


async def close(session: Session, view: View) -> Delivery | None:
    """Close one modal."""
    view.open = False
    session.core.changed()
    if not view.content.get("notify_on_close"):
        return None
    payload = payloads.interaction(session.core, "view_closed", session.user)
    payload |= {"view": shown(session.core, view), "is_cleared": False}
    return await session.postman.deliver("interactive", payload)


def _fill(view: View, values: dict[str, Any]) -> None:
    inputs = [one for one in elements(view.blocks) if one.in_input]
    left = dict(values)
    for one in inputs:
        name = str(one.element.get("action_id"))
        kept = view.values.setdefault(one.block_id, {})
        if name in left:
            kept[name] = _value(one.element, left.pop(name))
        elif name not in kept:
            kept[name] = _initial(one.element)
    if left:
        raise NotPossibleError(
            f"no input {sorted(left)}; there are: {[one.element.get('action_id') for one in inputs]}"
        )
    _complete(view, inputs)


def _complete(view: View, inputs: list[Element]) -> None:
    optional = {str(block.get("block_id")) for block in view.blocks if block.get("optional")}
    for one in inputs:
        filled = view.values[one.block_id][str(one.element.get("action_id"))]
        if one.block_id not in optional and not any(value for key, value in filled.items() if key != "type"):
            raise NotPossibleError(f"{one.element.get('action_id')} is required: the client does not submit")


def _value(element: Json, given: Any) -> Json:
    kind = str(element["type"])
    if kind in TYPED:
        return {"type": kind, TYPED[kind]: given}
    if kind == "datetimepicker":
        return {"type": kind, "selected_date_time": given}
    wanted = [given] if isinstance(given, str | dict) else list(given)
    picked = [one if isinstance(one, dict) else option(offered(element), one) for one in wanted]
    several = kind.startswith("multi_") or kind == "checkboxes"
    return {"type": kind, "selected_options": picked} if several else {"type": kind, "selected_option": picked[0]}


def _initial(element: Json) -> Json:
    """What stands in an input that nobody touched."""
    kind = str(element["type"])
    if kind in TYPED:
        key = TYPED[kind].replace("selected", "initial") if TYPED[kind] != "value" else "initial_value"
        return {"type": kind, TYPED[kind]: element.get(key)}
    if kind.startswith("multi_") or kind == "checkboxes":
        return {"type": kind, "selected_options": element.get("initial_options", [])}
    return {"type": kind, "selected_option": element.get("initial_option")}


def _response_urls(session: Session, view: View) -> list[Json]:
    """A conversation chosen with response_url_enabled gets a response_url at submit."""
    found = []
    for one in elements(view.blocks):
        if not one.element.get("response_url_enabled"):
            continue
        action_id = str(one.element["action_id"])
        filled = view.values[one.block_id][action_id]
        channel = filled.get("selected_conversation") or filled.get("selected_channel")
        if channel:
            url = session.urls.issue(channel, session.id)
            found.append({"response_url": url, "channel_id": channel, "action_id": action_id, "block_id": one.block_id})
    return found


def _carry_out(session: Session, view: View, answer: Json) -> None:
    """Do what the acknowledgement of a submission asks for; a view it brings is judged as any other."""
    core = session.core
    match answer.get("response_action"):
        case "errors":
            view.errors = dict(answer["errors"])
        case "clear":
            for other in on_screen(core, session.id):
                other.open = False
        case "update" | "push" as action:
            try:
                core.judge(answer["view"], f"response_action {action}", surface="modal")
                if action == "update":
                    replace(core, view, answer["view"])
                else:
                    put(core, answer["view"], session.id, below=view)
            except RefusalError:
                view.errors = {"": "We had some trouble connecting. Try again?"}
        case _:
            view.open = False
    core.changed()
