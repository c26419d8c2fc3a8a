"""Says what Slack would refuse in a message or view, and what our own rules forbid, before anything is sent. Pure.

Nothing published checks Block Kit JSON completely, so this does: shapes and lengths (`shapes`, `surfaces`), wording
(`wording`), rules over all blocks (`whole`), and here the message around them. Slack's `blocks.validate` is its judge,
by hand: https://docs.slack.dev/reference/methods/blocks.validate.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from handlers.blockkit import limits, wording
from handlers.blockkit.block_schema import BLOCKS, MODAL, SURFACES, VIEW, Surface
from handlers.blockkit.cross_block_rules import whole
from handlers.blockkit.problem import Allowed, Problem
from handlers.blockkit.schema import Shape
from handlers.blockkit.validator import COMMON, Judge, shape

# What must go with each call so that Slack neither parses names nor fetches addresses: chat.update parses by default.
# https://docs.slack.dev/reference/methods/chat.update
NO_PARSING = {"parse": "none", "link_names": False}
NO_UNFURLING = {"unfurl_links": False, "unfurl_media": False}
OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "chat.postMessage": NO_PARSING | NO_UNFURLING,
    "chat.update": NO_PARSING,
    "chat.postEphemeral": NO_PARSING,
}
UNKEYED_VIEW = ("type", "blocks")


def lint(
    message: Mapping[str, Any],
    *,
    surface: Surface = "message",
    changed_block_ids: Collection[str] | None = None,
    mentions: Collection[str] = (),
    links: Collection[str] = (),
    method: str = "",
) -> tuple[Problem, ...]:
    """Return every problem of a message or view, errors first, in the order of their place.

    `message`: `text`, `blocks` and the options of the call; for a view the view itself. `changed_block_ids`: the ids
    of the version this one replaces, none of which may come again. `mentions`: ids of people and channels that may be
    named; `links`: beginnings of links that may stand. `method`: the Web API call whose options must be there.
    """
    allowed = Allowed(mentions=frozenset(mentions), links=tuple(links))
    judge = partial(wording.judge, allowed=allowed)
    blocks = message.get("blocks") or ()
    if not isinstance(blocks, list | tuple):
        return (Problem("/blocks", "wrong-type", "must be a list"),)
    found = list(_blocks(blocks, surface, judge))
    found += whole(blocks, surface, allowed)
    if surface == "message":
        found += _fallback(message, allowed)
        found += _options(message, method)
    else:
        found += _view(message, surface, judge)
    found += _replaced(blocks, changed_block_ids or ())
    return tuple(sorted(found, key=lambda problem: (problem.severity, problem.pointer)))


def _blocks(blocks: Sequence[Any], surface: Surface, judge: Judge) -> Iterator[Problem]:
    """Each block against its shape and the surface it is meant for."""
    for index, block in enumerate(blocks):
        pointer = f"/blocks/{index}"
        name = str(block.get("type")) if isinstance(block, Mapping) else ""
        if name not in BLOCKS:
            yield Problem(pointer, "unsupported-type", f"unsupported type: {name}")
        elif name not in SURFACES[surface]:
            yield Problem(pointer, "surface", f"unsupported type: {name} in a {surface}")
        else:
            yield from shape(block, BLOCKS[name], pointer, judge, COMMON)


def _fallback(message: Mapping[str, Any], allowed: Allowed) -> Iterator[Problem]:
    """The push notification, the thread preview and what screen readers read."""
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        yield Problem("/text", "missing-text", "every message has a text: it is the notification")
        return
    if len(text) > limits.TEXT_MESSAGE:
        yield Problem("/text", "too-long", f"must be less than {limits.TEXT_MESSAGE + 1} characters")
    elif len(text) > limits.TEXT_BUDGET and message.get("blocks"):
        yield Problem("/text", "budget", f"{len(text)} characters, a phone shows {limits.TEXT_BUDGET}", "warning")
    yield from wording.fallback(text, "/text", allowed)


def _options(message: Mapping[str, Any], method: str) -> Iterator[Problem]:
    """A present option must be right in any message; a missing one counts only for a call that we know."""
    needed = OPTIONS.get(method, {})
    for key, value in {**NO_PARSING, **NO_UNFURLING}.items():
        if key in message and message[key] != value:
            yield Problem(f"/{key}", "option", f"{key} must be {json.dumps(value)}")
        elif key not in message and key in needed:
            yield Problem(f"/{key}", "option", f"{key}: {json.dumps(value)} is missing")
    if len(message.get("attachments") or ()) > limits.ATTACHMENTS:
        yield Problem("/attachments", "too-many", f"no more than {limits.ATTACHMENTS} attachments allowed")
    if message.get("reply_broadcast"):
        yield Problem("/reply_broadcast", "option", "never into the channel: that is what the thread is for")


def _view(view: Mapping[str, Any], surface: Surface, judge: Judge) -> Iterator[Problem]:
    if view.get("type") != surface:
        yield Problem("/type", "wrong-value", f"must be {surface}")
    if not view.get("blocks"):
        yield Problem("/blocks", "too-few", "no less than 1 items allowed")
    own: Shape = MODAL if surface == "modal" else VIEW
    yield from shape({key: view[key] for key in view if key not in UNKEYED_VIEW}, own, "", judge)
    inputs = any(isinstance(one, Mapping) and one.get("type") == "input" for one in view.get("blocks") or ())
    if surface == "modal" and inputs and "submit" not in view:
        yield Problem("", "missing-key", "missing required field: submit, because there are inputs")
    if len(json.dumps(view, default=str).encode()) > limits.VIEW_BYTES:
        yield Problem("", "view-too-large", f"no more than {limits.VIEW_BYTES} bytes allowed")


def _replaced(blocks: Sequence[Any], before: Collection[str]) -> Iterator[Problem]:
    """A new block_id at every update: https://docs.slack.dev/reference/block-kit/blocks."""
    for index, block in enumerate(blocks):
        if isinstance(block, Mapping) and str(block.get("block_id")) in before:
            yield Problem(f"/blocks/{index}/block_id", "same-block-id", "an updated message takes new block_ids")
