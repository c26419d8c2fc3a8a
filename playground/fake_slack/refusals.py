"""How Slack says no: one exception that carries the JSON it would answer, and the conditions shared by several methods.

Names of errors: the method pages under https://docs.slack.dev/reference/methods.
"""

from collections.abc import Collection, Sequence
from typing import Any

from handlers.blockkit.problem import Problem
from playground.fake_slack.state import Channel, Json, Message, Workspace


class RefusalError(Exception):
    """`{"ok": false, "error": …}` with what else Slack sends along."""

    def __init__(self, error: str, *, status: int = 200, headers: dict[str, str] | None = None, **fields: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error, **fields}
        self.status = status
        self.headers = headers or {}


def needed(arguments: Json, *names: str) -> None:
    """Refuse a call that lacks an argument."""
    for name in names:
        if arguments.get(name) in (None, ""):
            raise RefusalError(
                "invalid_arguments",
                response_metadata={"messages": [f"[ERROR] missing required field: {name}"]},
            )


def scoped(workspace: Workspace, scopes: Collection[str]) -> None:
    """Refuse a call unless one of `scopes` was granted."""
    if scopes and not workspace.scopes & set(scopes):
        provided = ",".join(sorted(workspace.scopes))
        raise RefusalError("missing_scope", needed=",".join(scopes), provided=provided)


def open_channel(workspace: Workspace, name: str, *, member: bool = True) -> Channel:
    """Return the channel the bot may post in. A private one it is not in does not exist for it."""
    if name in workspace.users:
        return workspace.direct(name)
    try:
        channel = workspace.channel(name)
    except KeyError:
        raise RefusalError("channel_not_found") from None
    inside = workspace.bot.id in channel.members
    if not inside and channel.kind != "public":
        raise RefusalError("channel_not_found")
    if channel.archived:
        raise RefusalError("is_archived")
    if member and not inside and "chat:write.public" not in workspace.scopes:
        raise RefusalError("not_in_channel")
    if member and channel.refuses:
        raise RefusalError(channel.refuses)
    return channel


def own_message(workspace: Workspace, channel: Channel, ts: str, *, refused: str) -> Message:
    """Return a message that the bot wrote and that still stands."""
    message = workspace.messages.get((channel.id, ts))
    if message is None or message.deleted:
        raise RefusalError("message_not_found")
    if message.user != workspace.bot.id:
        raise RefusalError(refused)
    return message


def thread_root(workspace: Workspace, channel: Channel, ts: str) -> str:
    """Return the root's ts, or "" without one. A reply's ts is none: https://docs.slack.dev/messaging#threading."""
    if not ts:
        return ""
    root = workspace.messages.get((channel.id, ts))
    if root is None or root.is_reply:
        raise RefusalError("invalid_thread_ts")
    return ts


def blocks_refused(problems: Sequence[Problem], *, prefix: str = "") -> None:
    """Refuse what the lint calls an error inside blocks or a view, in Slack's words."""
    wrong = [one for one in problems if one.severity == "error"]
    if any(one.code == "blocks-too-long" for one in wrong):
        raise RefusalError("msg_blocks_too_long")
    if any(one.code == "view-too-large" for one in wrong):
        raise RefusalError("view_too_large")
    inside = [one for one in wrong if prefix or one.pointer.startswith("/blocks")]
    if inside:
        errors = [f"{one.message} [json-pointer:{prefix}{one.pointer}]" for one in inside]
        messages = [f"[ERROR] {error}" for error in errors]
        error = "invalid_arguments" if prefix else "invalid_blocks"
        raise RefusalError(error, errors=errors, response_metadata={"messages": messages})
