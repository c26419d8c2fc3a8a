"""The sheet a report is written on. Rule: all that is written is cleaned here, and coloured only here."""

import textwrap
from enum import StrEnum

from bot.model.result.status import Status
from bot.model.text import one_line, plain

NARROWEST = 40


class Ink(StrEnum):
    """SGR parameters (ECMA-48); a word always says what the colour says."""

    NONE = ""
    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"
    CYAN = "36"


STATUS_INK = {Status.OK: Ink.GREEN, Status.WARN: Ink.YELLOW, Status.FAIL: Ink.RED, Status.UNKNOWN: Ink.CYAN}


class Paper:
    """Lines of a report. Prose is wrapped to `width` columns; commands never are, so that they can be pasted."""

    def __init__(self, *, color: bool, width: int) -> None:
        self.color = color
        self.width = max(width, NARROWEST)
        self.lines: list[str] = []

    def heading(self, words: str) -> None:
        self.lines += ["", self.ink(one_line(words), Ink.BOLD)]

    def prose(self, words: str, *, ink: Ink = Ink.NONE, indent: int = 2, hang: int = 2) -> None:
        """Wrapped words; from the second line on indented by `hang` more."""
        self.labelled("", words, ink=ink, indent=indent, hang=hang)

    def labelled(
        self, label: str, words: str, *, ink: Ink = Ink.NONE, label_ink: Ink = Ink.NONE, indent: int = 2, hang: int = 2
    ) -> None:
        """A label in its ink and wrapped words after it. The label's own blanks are kept, so that columns line up."""
        room = self.width - indent
        wrapped = textwrap.wrap(
            f"{'.' * len(label)}{one_line(words)}",
            width=room,
            subsequent_indent=" " * hang,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [label]
        first = f"{self.ink(label, label_ink)}{self.ink(wrapped[0][len(label) :], ink)}"
        self.lines += [f"{' ' * indent}{first}", *(f"{' ' * indent}{self.ink(line, ink)}" for line in wrapped[1:])]

    def whole(self, label: str, words: str, *, label_ink: Ink = Ink.NONE, ink: Ink = Ink.NONE) -> None:
        """A line that is never wrapped, so that it can be searched and piped; the terminal folds it."""
        self.lines.append(f"{self.ink(label, label_ink)}{self.ink(one_line(words), ink)}")

    def command(self, words: str) -> None:
        """A command to paste: cleaned, never wrapped."""
        self.lines += [f"  {self.ink(line, Ink.CYAN)}" for line in plain(words).replace("\t", " ").splitlines()]

    def blank(self) -> None:
        self.lines.append("")

    def ink(self, words: str, ink: Ink) -> str:
        return f"\x1b[{ink}m{words}\x1b[0m" if self.color and ink and words.strip() else words

    def __str__(self) -> str:
        return "\n".join(line.rstrip() for line in self.lines) + "\n"
