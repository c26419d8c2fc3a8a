"""Text on its way to Slack. Rule: what comes from a cluster is literal, or in code, or it is not sent.

Control characters are exactly `&`, `<` and `>`, and nothing else can be escaped, so cluster text goes out as elements
of rich text and plain text, which Slack does not parse. https://docs.slack.dev/messaging/formatting-message-text
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.model.text import first_words, one_line, plain, shorten
from handlers.blockkit import limits

Element = dict[str, Any]

# A picture or `:name:` from a cluster would be drawn as ours: the lint wants a word with every glyph.
_PICTURE = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff\ufe0f]")
_SHORT_NAME = re.compile(r":([a-z][a-z0-9_+'-]*):")
_BOLD = {"bold": True}
_CODE = {"code": True}


def escape(text: str) -> str:
    """Escape the three characters that Slack parses."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """Return text as it was before `escape`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def code(text: str, limit: int = 80) -> str:
    """Return cluster text as mrkdwn code. Backticks cannot be escaped in it and become quotes; cut before escaping."""
    inside = one_line(text, limit=limit).replace("`", "'")
    return f"`{escape(inside)}`" if inside else "`–`"


def notification(text: str, limit: int = limits.TEXT_BUDGET) -> str:
    """Return the `text` of a message: escaped, without glyphs or ticks (a code block that it opened would never end), cut
    so that it fits after escaping.
    """
    calm = _calm(one_line(text)).replace("`", "'")
    room = limit
    while len(escape(first_words(calm, room))) > limit:
        room -= 1
    return escape(first_words(calm, room)) or "k8snet"


def heading(text: str) -> str:
    """Return a header's text: one line of at most 150 characters, no end stop, no glyph."""
    return first_words(_calm(one_line(text)).rstrip(".!:;, "), limits.HEADER).rstrip(".!:;, ") or "k8snet"


def literal(text: str, *, limit: int = 600, bold: bool = False, mono: bool = False) -> Element:
    """Return a text element of rich text: nothing in it is parsed. It must not be empty."""
    element: Element = {"type": "text", "text": plain(text, limit=limit) or "–"}
    if bold or mono:
        element["style"] = {**(_BOLD if bold else {}), **(_CODE if mono else {})}
    return element


def emoji(name: str) -> Element:
    return {"type": "emoji", "name": name}


def person(user: str) -> Element:
    """Name somebody: they are notified, so only the asker is ever named."""
    return {"type": "user", "user_id": user}


def channel_name(channel: str) -> str:
    """Return a channel as mrkdwn that Slack shows by its name; nobody is notified."""
    if channel.startswith("D"):
        return "a direct message"
    return f"<#{channel}>" if channel.isalnum() and channel.isascii() else code(channel)


def lines(*sections: list[Element]) -> Element:
    """Return a rich text block with one paragraph a section."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": each} for each in sections]}


def titled(title: str, text: str, note: str = "") -> Element:
    """Return a paragraph under a bold title."""
    head = [literal(title, bold=True), literal(f" ({note})\n")] if note else [literal(title, bold=True), literal("\n")]
    return lines([*head, literal(text)])


def pre(text: str, limit: int = 1500) -> Element:
    """Return a block to copy from: literal, newlines kept."""
    inside = {"type": "text", "text": plain(text, limit=limit) or "–"}
    return {"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [inside]}]}


def table(*rows: Sequence[str]) -> Element:
    """Return a table, the first row its heading: literal text; Slack refuses empty cells."""
    return {
        "type": "table",
        "rows": [[{"type": "raw_text", "text": plain(cell) or "–"} for cell in row] for row in rows],
    }


def header(text: str) -> Element:
    return {"type": "header", "text": plain_text(heading(text), limits.HEADER)}


def context(*texts: str) -> Element:
    """Return a line of small print from ready mrkdwn: our own words, with `code()` around what is not ours."""
    joined = " · ".join(text for text in texts if text)
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": joined, "verbatim": True}]}


def with_words(small: Element, words: str) -> Element:
    """Return a line of small print with words of a cluster at its end: plain text, which nothing is parsed in."""
    clean = plain(words, limit=500)
    shown = [{"type": "plain_text", "text": clean, "emoji": False}] if clean.strip() else []
    return {**small, "elements": [*small["elements"], *shown]}


def section(text: str) -> Element:
    """Return a paragraph from ready mrkdwn: our own words, with `code()` around what is not ours."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def plain_text(text: str, limit: int) -> Element:
    return {"type": "plain_text", "text": shorten(one_line(text), limit) or "–", "emoji": False}


def button(label: str, action: str, value: str, *, primary: bool = False) -> Element:
    """Return a button; `action` is unique in its message, `value` an opaque id of at most 2,000 characters."""
    made: Element = {
        "type": "button",
        "action_id": action,
        "text": plain_text(label, 30),
        "value": shorten(value, limits.BUTTON_VALUE),
    }
    return {**made, "style": "primary"} if primary else made


def confirmed(made: Element, title: str, text: str, yes: str) -> Element:
    """Return a button that asks before it is taken; the dialog's text is literal."""
    dialog = {
        "title": plain_text(title, 100),
        "text": plain_text(text, 300),
        "confirm": plain_text(yes, 30),
        "deny": plain_text("Cancel", 30),
    }
    return {**made, "confirm": dialog}


def overflow(action: str, options: Mapping[str, str]) -> Element:
    """Return a menu of one to five more things to do: what each is called, by the value that a click brings."""
    listed = [option(value, label) for value, label in options.items()]
    return {"type": "overflow", "action_id": action, "options": listed}


def link_button(label: str, action: str, url: str) -> Element:
    """Return a button that opens an address of Slack's own."""
    return {"type": "button", "action_id": action, "text": plain_text(label, 30), "url": url}


def option(value: str, label: str) -> Element:
    """Return one thing to choose in a menu or list."""
    return {"text": plain_text(label, limits.OPTION_LABEL), "value": value}


def change_button(run: str) -> Element:
    """Return the row of one button that opens the question of a run as a form."""
    return actions(button("Change", "k8snet.change", run))


def actions(*elements: Element) -> Element:
    return {"type": "actions", "elements": list(elements)}


def _calm(text: str) -> str:
    return _SHORT_NAME.sub(r"\1", _PICTURE.sub("", text)).strip()
