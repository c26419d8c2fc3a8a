"""views.*: modals and App Home. https://docs.slack.dev/surfaces/modals, https://docs.slack.dev/surfaces/app-home."""

import copy
import hashlib
import json
from typing import Any

from handlers.blockkit.block_schema import Surface
from handlers.blockkit.limits import VIEW_STACK
from playground.fake_slack.core import Core
from playground.fake_slack.refusals import RefusalError, needed
from playground.fake_slack.state import Json, View


async def open_view(core: Core, call: Json) -> Json:
    """views.open: a new stack on the screen of whoever holds the trigger."""
    content = _content(call)
    trigger = core.exchange(_trigger(call))
    core.judge(content, "views.open", surface=_surface(content))
    view = put(core, content, trigger.user)
    return {"ok": True, "view": shown(core, view)}


async def push(core: Core, call: Json) -> Json:
    """views.push: on top of the modal the trigger came from, three at most."""
    content = _content(call)
    trigger = core.exchange(_trigger(call))
    below = core.workspace.views.get(trigger.view)
    if below is None or not below.open:
        raise RefusalError("not_found")
    core.judge(content, "views.push", surface=_surface(content))
    view = put(core, content, trigger.user, below=below)
    return {"ok": True, "view": shown(core, view)}


async def update(core: Core, call: Json) -> Json:
    """views.update: in place, with `hash` against races."""
    content = _content(call)
    view = _found(core, call)
    if call.get("hash") and call["hash"] != view.hash:
        raise RefusalError("hash_conflict")
    core.judge(content, "views.update", surface=_surface(content))
    replace(core, view, content)
    return {"ok": True, "view": shown(core, view)}


async def publish(core: Core, call: Json) -> Json:
    """views.publish: the App Home of one person."""
    needed(call, "user_id")
    content = _content(call)
    user = call["user_id"]
    if user not in core.workspace.users:
        raise RefusalError("user_not_found")
    old = core.workspace.homes.get(user)
    if old is not None and call.get("hash") and call["hash"] != old.hash:
        raise RefusalError("hash_conflict")
    core.judge(content, "views.publish", surface="home")
    if old is None:
        old = View(id=core.workspace.next_id("V"), user=user, content={}, hash="")
        core.workspace.homes[user] = core.workspace.views[old.id] = old
    replace(core, old, content)
    return {"ok": True, "view": shown(core, old)}


def put(core: Core, content: Json, user: str, *, below: View | None = None) -> View:
    """Show a modal; without `below` it takes the place of what was open."""
    stack = on_screen(core, user)
    if below is not None and len(stack) >= VIEW_STACK:
        raise RefusalError("push_limit_reached")
    if below is None:
        for other in stack:
            other.open = False
    view = View(id=core.workspace.next_id("V"), user=user, content={}, hash="")
    view.root, view.previous = (below.root, below.id) if below else (view.id, "")
    core.workspace.views[view.id] = view
    replace(core, view, content)
    return view


def replace(core: Core, view: View, content: Json) -> None:
    """Return a view new content and a new hash."""
    kept = copy.deepcopy(content)
    for block in kept.get("blocks", ()):
        block.setdefault("block_id", core.workspace.next_id("b"))
    digest = hashlib.sha256(f"{view.hash}{json.dumps(kept)}".encode()).hexdigest()
    view.content, view.hash, view.errors = kept, f"{core.clock.now():.0f}.{digest[:8]}", {}
    core.changed()


def on_screen(core: Core, user: str) -> list[View]:
    """Return the open modals of one person, the top one last."""
    return [view for view in core.workspace.views.values() if view.user == user and view.open and not view.home]


def shown(core: Core, view: View) -> Json:
    """Return a view as the API and payloads show it."""
    empty: dict[str, Any] = {
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "submit": None,
        "close": None,
    }
    return {
        **empty,
        "clear_on_close": False,
        "notify_on_close": False,
        **view.content,
        "id": view.id,
        "team_id": core.workspace.team,
        "hash": view.hash,
        "root_view_id": view.root or view.id,
        "previous_view_id": view.previous or None,
        "app_id": "A0K8SNET",
        "bot_id": "B0K8SNET",
        "state": {"values": view.values},
    }


def _content(call: Json) -> Json:
    content = call.get("view")
    if not isinstance(content, dict):
        raise RefusalError(
            "invalid_arguments", response_metadata={"messages": ["[ERROR] missing required field: view"]}
        )
    return content


def _trigger(call: Json) -> str:
    return str(call.get("trigger_id") or call.get("interactivity_pointer") or "")


def _surface(content: Json) -> Surface:
    return "home" if content.get("type") == "home" else "modal"


def _found(core: Core, call: Json) -> View:
    views = core.workspace.views
    outer = call.get("external_id")
    named = (view for view in views.values() if outer and view.content.get("external_id") == outer)
    view = views.get(str(call.get("view_id") or "")) or next(named, None)
    if view is None or not view.open:
        raise RefusalError("not_found")
    return view
