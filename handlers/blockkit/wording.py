"""What a text may say and how: escaping, mentions, glyphs, Title Case. Judges strings only, never their place.

Escaping and tokens: https://docs.slack.dev/messaging/formatting-message-text. The wording rules are Slack's own design
guidance of 2026 and ours: a word with every glyph, no emoji where people click, a heading without an end stop.
"""

import re
from collections.abc import Iterator

from handlers.blockkit.problem import Allowed, Problem

# C0 and C1 controls but newline and tab, zero-width and direction marks: none has a meaning in a message.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_TOKEN = re.compile(r"<([^<>\n]*)>")
_DATE = re.compile(r"!date\^\d+\^[^|<>]*\|[^<>]+")
_BARE_AMPERSAND = re.compile(r"&(?!amp;|lt;|gt;)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_PICTURE = re.compile("[\u2600-\u27bf\U0001f000-\U0001faff]")
_SHORT_NAME = re.compile(r"(?<![\w:]):[a-z][a-z0-9_+'-]*:(?!\w)")
_GLYPH = re.compile(f"{_PICTURE.pattern}|{_SHORT_NAME.pattern}")
# Formatting marks and the end of a token may stand between a word and its glyph.
_AFTER_WORD = re.compile(r"[\w)>](?:[*_~`]*)[ \u00a0]*$")
_LONELY_END = re.compile(r"[.!:;,]$")
_SMALL_WORDS = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with"}
)
_VERBS = re.compile(
    r"(?i:add|ask|assign|cancel|change|check|close|copy|delete|diagnose|edit|mute|open|pause|post|queue|re-?run|release|"
    r"remove|retry|run|save|send|show|stop|take|unmute|view|watch)"
)


def judge(text: str, pointer: str, *, kind: str, role: str, emoji: bool, allowed: Allowed) -> Iterator[Problem]:
    """Yield what is wrong with `text`. `kind`: plain_text, mrkdwn, markdown, literal; `emoji`: is `:name:` a picture?"""
    if found := _CONTROL.search(text):
        yield Problem(pointer, "control-character", f"holds the invisible character U+{ord(found[0]):04X}")
    if kind == "mrkdwn":
        yield from _markup(text, pointer, allowed)
        yield from _glyphs(text, pointer)
    elif kind == "markdown" and (found := re.search(r"<[!@#][^>]*>", text)):
        yield Problem(pointer, "token", f"holds the token {found[0]}")
    if role in {"header", "button", "label"}:
        yield from _picture(text, pointer, kind=kind, emoji=emoji)
    if role == "header" and _LONELY_END.search(text.rstrip()):
        yield Problem(pointer, "end-stop", "a heading takes no end stop")
    if role == "button":
        yield from _title_case(text, pointer)


def fallback(text: str, pointer: str, allowed: Allowed) -> Iterator[Problem]:
    """Yield what is wrong with a top-level `text`: Slack parses it as mrkdwn too, and screen readers read it aloud."""
    if found := _CONTROL.search(text):
        yield Problem(pointer, "control-character", f"holds the invisible character U+{ord(found[0]):04X}")
    yield from _markup(text, pointer, allowed)
    yield from _glyphs(text, pointer)


def _markup(text: str, pointer: str, allowed: Allowed) -> Iterator[Problem]:
    """Slack parses tokens everywhere in mrkdwn, code spans included, so nothing is exempt."""
    for token in _TOKEN.findall(text):
        if not _may_stand(token, allowed):
            yield Problem(pointer, "token", f"holds the token <{token}>")
    rest = _TOKEN.sub("", text)
    if "<" in rest:
        yield Problem(pointer, "unescaped", "holds a bare <, write &lt;")
    # A leading > is Slack's quote mark, which our renderer never uses: it would be data that was not escaped.
    if ">" in rest:
        yield Problem(pointer, "unescaped", "holds a bare >, write &gt;")
    if _BARE_AMPERSAND.search(rest):
        yield Problem(pointer, "unescaped", "holds a bare &, write &amp;")


def _may_stand(token: str, allowed: Allowed) -> bool:
    """Only a date, a person or channel the caller named, and a link the caller expects."""
    if _DATE.fullmatch(token):
        return True
    if token[:1] in {"@", "#"}:
        return token[1:].partition("|")[0] in allowed.mentions
    return bool(allowed.links) and token.startswith(allowed.links)


def _glyphs(text: str, pointer: str) -> Iterator[Problem]:
    """A glyph is never the only sign: the word stands before it on the same line."""
    for line in _CODE.sub("x", text).splitlines():
        for found in _GLYPH.finditer(line):
            if not _AFTER_WORD.search(line[: found.start()]):
                yield Problem(pointer, "glyph-without-word", f"{found[0]} has no word before it")


def _picture(text: str, pointer: str, *, kind: str, emoji: bool) -> Iterator[Problem]:
    named = emoji and kind == "plain_text" and _SHORT_NAME.search(text)
    if _PICTURE.search(text) or named:
        yield Problem(pointer, "emoji", "no emoji in headings, buttons and labels")


def _title_case(text: str, pointer: str) -> Iterator[Problem]:
    """`Show Evidence`, never `Show evidence`. In lower case it is a name from the cluster, unless a verb of ours."""
    words = text.split()
    if not words:
        return
    if words[0][:1].islower():
        if _VERBS.fullmatch(words[0]):
            yield Problem(pointer, "title-case", f"write {text!r} in Title Case")
        return
    for word in words[1:]:
        if word[:1].islower() and word not in _SMALL_WORDS and not re.search(r"[-./\d]", word):
            yield Problem(pointer, "title-case", f"write {word!r} of {text!r} in Title Case")
            return
