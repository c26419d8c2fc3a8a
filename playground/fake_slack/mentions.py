"""Whom a message pages and which addresses Slack would fetch for it: the two things our messages must never do unasked.

Pessimistic where Slack's behaviour is not documented (mentions in a fallback text, mentions edited in later): a test
that passes here passes there. https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from playground.fake_slack.state import Channel, Json, Workspace

_TOKEN = re.compile(r"<([@!][^<>|]*)(?:\|[^<>]*)?>")
_PLAIN_NAME = re.compile(r"(?<![\w@])@([a-z0-9][\w.-]*)")
_ADDRESS = re.compile(r"https?://[^\s<>|`]+")
_EVERYBODY = ("here", "channel", "everyone")


def notified(workspace: Workspace, channel: Channel, message: Json, *, links_names: bool) -> set[str]:
    """Return the ids of all users whom this text and these blocks page. `links_names`: are plain @names mentions, too?"""
    found: set[str] = set()
    for text in _parsed(message):
        for token in _TOKEN.findall(text):
            found |= _paged(workspace, channel, token)
        if links_names:
            for name in _PLAIN_NAME.findall(text):
                found |= _by_name(workspace, channel, name)
    for one in _objects(message.get("blocks")):
        if one.get("type") == "broadcast":
            found |= channel.members
        elif one.get("type") == "user":
            found |= {str(one.get("user_id"))}
        elif one.get("type") == "usergroup":
            found |= workspace.groups.get(str(one.get("usergroup_id")), set())
    return (found & workspace.users.keys()) - {workspace.bot.id}


def fetched(message: Json) -> list[str]:
    """Return the addresses Slack would fetch to unfurl: none only when both options are off."""
    if message.get("unfurl_links") is False and message.get("unfurl_media") is False:
        return []
    return sorted({address for text in _parsed(message) for address in _ADDRESS.findall(text)})


def _paged(workspace: Workspace, channel: Channel, token: str) -> set[str]:
    if token.startswith("@"):
        return {token[1:]}
    if token[1:] in _EVERYBODY:
        return set(channel.members)
    if token.startswith("!subteam^"):
        return set(workspace.groups.get(token.removeprefix("!subteam^"), ()))
    return set()


def _by_name(workspace: Workspace, channel: Channel, name: str) -> set[str]:
    if name in _EVERYBODY:
        return set(channel.members)
    return {user.id for user in workspace.users.values() if user.name == name.rstrip(".")}


def _parsed(message: Json) -> Iterator[str]:
    """Every string that Slack parses: the text, mrkdwn objects, markdown blocks, attachments."""
    if isinstance(message.get("text"), str):
        yield message["text"]
    for one in _objects(message.get("blocks")):
        if one.get("type") in {"mrkdwn", "markdown"} and isinstance(one.get("text"), str):
            yield one["text"]
    for one in _objects(message.get("attachments")):
        yield from (one[key] for key in ("text", "pretext", "fallback") if isinstance(one.get(key), str))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every object inside a JSON value, outermost first."""
    if isinstance(value, Mapping):
        yield value
        for item in value.values():
            yield from _objects(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _objects(item)
