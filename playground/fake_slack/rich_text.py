"""Text as Slack shows it: mrkdwn, plain text and rich text turned into runs of styled characters. Pure.

https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from playground.fake_slack.state import Workspace

EMOJI = {
    "white_check_mark": "✅",
    "x": "❌",
    "warning": "⚠️",
    "heavy_minus_sign": "➖",
    "grey_question": "❔",
    "hourglass_flowing_sand": "⏳",
    "eyes": "👀",
    "mag": "🔍",
    "bell": "🔔",
    "no_bell": "🔕",
}
_PIECES = re.compile(
    r"```(?P<pre>.*?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<token>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>\S(?:[^*\n]*?\S)?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>\S(?:[^_\n]*?\S)?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>\S(?:[^~\n]*?\S)?)~(?![\w~])"
    r"|(?<![\w:]):(?P<emoji>[a-z][a-z0-9_+'-]*):(?!\w)",
    re.DOTALL,
)


class Span(msgspec.Struct, frozen=True):
    """Characters with the same look. `styles`: bold, italic, strike, code, pre, mention, emoji."""

    text: str
    styles: frozenset[str] = frozenset()
    href: str = ""


def of_text(value: Mapping[str, Any], workspace: Workspace) -> list[Span]:
    """Return the spans of a text object."""
    text = str(value.get("text", ""))
    return list(mrkdwn(text, workspace)) if value.get("type") == "mrkdwn" else [Span(text)]


def mrkdwn(text: str, workspace: Workspace, styles: frozenset[str] = frozenset()) -> Iterator[Span]:
    """Yield the spans of a mrkdwn string."""
    at = 0
    for found in _PIECES.finditer(text):
        if found.start() > at:
            yield Span(_unescaped(text[at : found.start()]), styles)
        at = found.end()
        kind = str(found.lastgroup)
        inner = found[kind]
        if kind in {"bold", "italic", "strike"}:
            yield from mrkdwn(inner, workspace, styles | {kind})
        elif kind == "token":
            yield _token(inner, workspace, styles)
        elif kind == "emoji":
            yield Span(EMOJI.get(inner, found[0]), styles | {"emoji"})
        else:
            yield Span(_unescaped(inner.strip("\n") if kind == "pre" else inner), styles | {kind})
    if at < len(text):
        yield Span(_unescaped(text[at:]), styles)


def inline(element: Mapping[str, Any], workspace: Workspace) -> Span:
    """Return the span of one element of a rich text section: literal, nothing is parsed in it."""
    styles = frozenset(key for key, on in (element.get("style") or {}).items() if on)
    match element.get("type"):
        case "link":
            return Span(str(element.get("text") or element["url"]), styles, str(element["url"]))
        case "emoji":
            return Span(EMOJI.get(str(element["name"]), f":{element['name']}:"), styles | {"emoji"})
        case "user":
            return _token(f"@{element['user_id']}", workspace, styles)
        case "channel":
            return _token(f"#{element['channel_id']}", workspace, styles)
        case "broadcast":
            return _token(f"!{element['range']}", workspace, styles)
        case "date":
            return Span(_date(str(element["timestamp"]), str(element["format"]), workspace.zone), styles)
        case _:
            return Span(str(element.get("text", "")), styles)


def words(spans: list[Span]) -> str:
    """Return spans as plain characters, code in its back-ticks."""
    return "".join(f"`{one.text}`" if "code" in one.styles else one.text for one in spans)


def _token(token: str, workspace: Workspace, styles: frozenset[str]) -> Span:
    target, _, label = token.partition("|")
    if target.startswith("@"):
        user = workspace.users.get(target[1:])
        return Span(f"@{user.name if user else label or target[1:]}", styles | {"mention"})
    if target.startswith("#"):
        channel = workspace.channels.get(target[1:])
        return Span(f"#{channel.name if channel else label or target[1:]}", styles | {"mention"})
    if target.startswith("!date^"):
        _, stamp, form, *_ = target.split("^")
        return Span(_date(stamp, form, workspace.zone), styles)
    if target.startswith("!"):
        return Span(f"@{target[1:].partition('^')[0]}", styles | {"mention"})
    return Span(_unescaped(label or target), styles, target)


def _date(stamp: str, form: str, zone: str) -> str:
    """Return a time as a reader in that zone sees it."""
    at = datetime.fromtimestamp(int(stamp), ZoneInfo(zone))
    names = {
        "{date}": f"{at:%B} {at.day}, {at.year}",
        "{date_short}": f"{at:%b} {at.day}, {at.year}",
        "{date_short_pretty}": f"{at:%b} {at.day}",
        "{date_num}": f"{at:%Y-%m-%d}",
        "{time}": f"{at:%H:%M}",
        "{time_secs}": f"{at:%H:%M:%S}",
    }
    for name, shown in names.items():
        form = form.replace(name, shown)
    return form


def _unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
