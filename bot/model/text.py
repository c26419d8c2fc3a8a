"""Text from a cluster is only ever text: control characters, escapes and direction marks are taken out of it."""

from bot.model.pattern import pattern

# Control sequences (CSI, also as one C1 character), strings of the operating system (OSC), and the short ones, of which
# `ESC ( B` is what `tput sgr0` prints: https://www.ecma-international.org/publications-and-standards/standards/ecma-48/
_ANSI = pattern(
    r"(?:\x1b+\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b+\]|\x9d)[^\x07\x1b\x9c]*(?:[\x07\x9c]|\x1b\\)?|\x1b+[ -/]*[0-~]"
)
# C0 and C1 controls, soft hyphens, zero-width and bidirectional marks, tags: none has a meaning in a name or a log line.
_INVISIBLE = pattern(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]"
)


def plain(text: str, *, limit: int = 0) -> str:
    """Return `text` without escapes and controls (tab and newline stay); over `limit` characters its middle is cut."""
    clean = _INVISIBLE.sub("", _ANSI.sub("", text))
    return shorten(clean, limit) if limit else clean


def one_line(text: str, *, limit: int = 0) -> str:
    """Return `plain(text)` with every run of white space as one blank."""
    clean = " ".join(plain(text).split())
    return shorten(clean, limit) if limit else clean


def shorten(text: str, limit: int) -> str:
    """Cut the middle out, since both ends of a name tell more than its middle."""
    if len(text) <= limit:
        return text
    head = limit // 2
    tail = limit - 1 - head
    return f"{text[:head]}…{text[len(text) - tail :]}" if tail else text[: limit - 1] + "…"


def first_words(text: str, limit: int) -> str:
    """Cut at the end of a word, and never at the front: a sentence begins with what it is about."""
    if len(text) <= limit:
        return text
    head = text[:limit].rpartition(" ")[0].rstrip(" ,;:·(") if " " in text[:limit] else ""
    return f"{head}…" if len(head) > limit // 2 else shorten(text, limit)


def shown(word: str) -> str:
    """A word of the asker's, quoted for a sentence: short, on one line, without anything invisible."""
    return f'"{one_line(word, limit=60)}"'


def count(number: int, noun: str, plural: str = "") -> str:
    """Return e.g. `1 pod`, `3 pods`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def listing(items: tuple[str, ...] | list[str], most: int = 4) -> str:
    """Return `a, b and c`; what is over `most` becomes `and N more`."""
    shown = list(items[:most])
    if len(items) > most:
        return f"{', '.join(shown)} and {len(items) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
