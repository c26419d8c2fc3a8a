r"""The words of a Corefile, as Caddy's lexer splits them.

https://github.com/coredns/caddy/blob/v1.1.4/caddyfile/lexer.go: words are separated by white space; one that begins with a
quotation mark goes to the next one, over lines, and only `\"` is an escape in it; `#` begins a comment anywhere in a line,
also in the middle of a word.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from bot.model.pattern import pattern

_QUOTED = pattern(r'"(?P<inside>(?:[^"\\]|\\.)*)"?', re.DOTALL)
_PLAIN = pattern(r"[^\s#]+")
_SPACE = pattern(r"[^\S\n]+")
VARIABLE = pattern(r"\{\$[^}]+\}|\{%.+?%\}")


class Token(Struct, frozen=True):
    """One word, with the line on which it begins (from 1) and the imported file it stands in; no file is the Corefile."""

    text: str
    line: int
    file: str = ""

    @property
    def last_line(self) -> int:
        """Return the line on which it ends: a quoted word may go over several."""
        return self.line + self.text.count("\n")

    @property
    def is_unknown(self) -> bool:
        """Return whether it holds an environment variable, whose value is CoreDNS's own and is not read."""
        return VARIABLE.search(self.text) is not None


def tokens(text: str, file: str = "") -> tuple[Token, ...]:
    """Return the words of a Corefile, or of a file that it imports."""
    return tuple(_tokens(text.removeprefix("\ufeff").replace("\r", ""), file))


def _tokens(text: str, file: str) -> Iterator[Token]:
    at, line = 0, 1
    while at < len(text):
        if text[at] == "\n":
            at, line = at + 1, line + 1
        elif space := _SPACE.match(text, at):
            at = space.end()
        elif text[at] == "#":
            at = _line_end(text, at)
        elif text[at] == '"':
            quoted = _QUOTED.match(text, at)
            assert quoted is not None  # it matches from any quotation mark
            yield Token(quoted["inside"].replace('\\"', '"'), line, file)
            at, line = quoted.end(), line + quoted[0].count("\n")
        else:
            word = _PLAIN.match(text, at)
            assert word is not None  # nothing else is left
            end = word.end()
            yield Token(word[0], line, file)
            at = end


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def starts_line(before: Token | None, token: Token) -> bool:
    """Return whether a word is the first of its line."""
    return before is None or before.file != token.file or before.last_line < token.line
