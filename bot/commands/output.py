"""How an answer leaves the program: on standard output, in colour only for a terminal, with the outcome's exit code."""

import os
import sys
from collections.abc import Sequence

from bot.commands.options import Color, Output, either
from bot.errors import UsageError
from bot.model.result.status import Status

EXIT = {Status.OK: 0, Status.FAIL: 3, Status.WARN: 4, Status.UNKNOWN: 5}
_WIDEST = 120  # columns; longer lines of prose are hard to read
_UNKNOWN = 100  # columns where there is no terminal


def say(words: str) -> None:
    """Write to standard output as UTF-8, whatever the locale says."""
    sys.stdout.flush()
    sys.stdout.buffer.write(words.encode("utf-8", "backslashreplace"))
    sys.stdout.flush()


def complain(lines: Sequence[str]) -> None:
    """Write lines to standard error, for people, whatever the locale says."""
    told = "".join(f"{each}\n" for each in lines)
    sys.stderr.buffer.write(told.encode("utf-8", "backslashreplace"))
    sys.stderr.flush()


def wants_color(color: Color) -> bool:
    """`always` and `never` are orders; `auto` asks the terminal, NO_COLOR (https://no-color.org) and TERM."""
    if color is not Color.AUTO:
        return color is Color.ALWAYS
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def width() -> int:
    """Columns of prose: those of COLUMNS, else of the terminal, else 100. `shutil` says the same, and loads what compresses."""
    said = os.environ.get("COLUMNS", "")
    columns = int(said) if said.isdecimal() else 0
    return min(columns or _terminal() or _UNKNOWN, _WIDEST)


def _terminal() -> int:
    """Return the terminal's columns, 0 where standard output is none."""
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns
    except (OSError, ValueError):  # a file, a pipe; closed
        return 0


def allow(output: Output, *allowed: Output) -> None:
    """Refuse an output form that a command does not have."""
    if output not in allowed:
        raise UsageError(f"This command does not answer in {output}.", hint=f"It answers in {either(allowed)}.")
