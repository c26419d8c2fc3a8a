"""What a Slack client does to what people type, before an app ever sees it.

Linking: https://docs.slack.dev/messaging/formatting-message-text#automatic-parsing; escaping of commands:
https://docs.slack.dev/interactivity/implementing-slash-commands#app_command_handling (should_escape).
"""

import re

import msgspec

from playground.fake_slack.state import Workspace

# Namespaces people really use that are top-level domains, so the client links `user-service.shop`.
_TLD = r"shop|app|dev|cloud|media|email|chat|store|systems|tools|com|io|net|org"
_NAME_AND_TLD = re.compile(rf"(?<![\w@/.:-])((?:[a-z0-9-]+\.)+(?:{_TLD}))(?![\w.-]*\w)")
_ADDRESS = re.compile(r"(?<![<|])\b(https?://[^\s<>|]+)")
_PERSON = re.compile(r"(?<!\w)@([a-z0-9][\w-]*)")
_CHANNEL = re.compile(r"(?<!\w)#([a-z0-9][\w-]*)")


class ClientEffects(msgspec.Struct, frozen=True):
    """Which liberties this person's client takes. A phone does all of them and capitalizes the first letter."""

    smart_quotes: bool = False
    dashes: bool = False
    links: bool = False
    capital: bool = False


DESKTOP = ClientEffects(links=True)
PHONE = ClientEffects(smart_quotes=True, dashes=True, links=True, capital=True)
PLAIN = ClientEffects()


def typed(text: str, effects: ClientEffects) -> str:
    """Return the characters that end up in the input field."""
    if effects.capital:
        text = text[:1].upper() + text[1:]
    if effects.dashes:
        text = re.sub(r"(?<!-)--(?!-)", "—", text)
    if effects.smart_quotes:
        text = re.sub(r'"([^"]*)"', "“\\1”", text)
        text = re.sub(r"'([^']*)'", "‘\\1’", text).replace("'", "’")
    return text


def sent(text: str, workspace: Workspace, effects: ClientEffects) -> str:
    """Return the text as Slack stores and delivers it: escaped, with people, channels and links as tokens."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = _PERSON.sub(lambda found: _person(found, workspace), escaped)
    escaped = _CHANNEL.sub(lambda found: _channel(found, workspace), escaped)
    if effects.links:
        escaped = _ADDRESS.sub(r"<\1>", escaped)
        escaped = _NAME_AND_TLD.sub(r"<http://\1|\1>", escaped)
    return escaped


def _person(found: re.Match[str], workspace: Workspace) -> str:
    named = next((user for user in workspace.users.values() if user.name == found[1]), None)
    if found[1] in {"here", "channel", "everyone"}:
        return f"<!{found[1]}>"
    return f"<@{named.id}>" if named else found[0]


def _channel(found: re.Match[str], workspace: Workspace) -> str:
    named = next((one for one in workspace.channels.values() if one.name == found[1]), None)
    return f"<#{named.id}|{named.name}>" if named else found[0]
