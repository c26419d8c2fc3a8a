"""The last lines of a container's log."""

from msgspec import Struct


class LogTail(Struct, frozen=True):
    """The last lines of a container's log, scrubbed."""

    namespace: str
    pod: str
    container: str
    previous: bool
    lines: tuple[str, ...]


def last_lines(text: str, most: int) -> tuple[str, ...]:
    """Return the last lines of a log, each once, where it was said last: what is said every second hides no other line."""
    once = dict.fromkeys(reversed(text.splitlines()))
    return tuple(reversed(list(once)[:most]))
