"""Text from a cluster is only ever text: control characters, escapes and direction marks are taken out of it."""

import re

_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
# C0 and C1 controls, zero-width and bidirectional marks: none has a meaning in a name or a log line shown to a person.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def plain(text: str, *, limit: int = 0) -> str:
    """Give `text` without escapes and controls (tab and newline stay); over `limit` characters its middle is cut."""
    clean = _INVISIBLE.sub("", _ANSI.sub("", text))
    return shorten(clean, limit) if limit else clean


def one_line(text: str, *, limit: int = 0) -> str:
    """Give `plain(text)` with every run of white space as one blank."""
    clean = " ".join(plain(text).split())
    return shorten(clean, limit) if limit else clean


def shorten(text: str, limit: int) -> str:
    """Cut the middle out, since both ends of a name tell more than its middle."""
    if len(text) <= limit:
        return text
    head = limit // 2
    tail = limit - 1 - head
    return f"{text[:head]}…{text[len(text) - tail :]}" if tail else text[: limit - 1] + "…"


def count(number: int, noun: str, plural: str = "") -> str:
    """Give e.g. `1 pod`, `3 pods`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listing(items: tuple[str, ...] | list[str], most: int = 4) -> str:
    """Give `a, b and c`; what is over `most` becomes `and N more`."""
    shown = list(items[:most])
    if len(items) > most:
        return f"{', '.join(shown)} and {len(items) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
