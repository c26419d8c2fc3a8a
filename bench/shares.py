"""What ten minutes of questions cost an API server, from windows in which it was alone, watched and asked. Pure.

A cost is of medians: a burst of the API server's own work (its search for garbage above all) falls into few windows.
"""

from collections.abc import Iterator
from statistics import median

from msgspec import Struct

QUESTIONS, SECONDS = 100, 600.0


class Window(Struct, frozen=True):
    """Seconds on the wall and of the API server's CPU, and how many questions were asked in it.

    `kind`: "alone", "older" (as alone, and older workers are asked), "kept" (a warm worker of ours holds the cluster), "ours"
    (as kept, and it is asked).
    """

    kind: str
    seconds: float
    spent: float
    questions: int = 0


class Cost(Struct, frozen=True):
    """Seconds of CPU a question; seconds of CPU a second, asked or not."""

    question: float
    keeping: float = 0.0

    @property
    def total(self) -> float:
        """Return seconds of CPU for QUESTIONS in SECONDS."""
        return self.question * QUESTIONS + self.keeping * SECONDS


def costs(windows: list[Window]) -> tuple[Cost, Cost]:
    """Return what an older worker costs, and what ours does; neither of ours is taken for less than nothing."""
    alone, kept = (median(each.spent / each.seconds for each in _of(windows, kind)) for kind in ("alone", "kept"))
    then = median(_question(each, alone) for each in _of(windows, "older"))
    now = median(_question(each, kept) for each in _of(windows, "ours"))
    return Cost(then), Cost(max(now, 0.0), max(kept - alone, 0.0))


def _question(window: Window, unasked: float) -> float:
    return (window.spent - unasked * window.seconds) / window.questions


def _of(windows: list[Window], kind: str) -> Iterator[Window]:
    return (each for each in windows if each.kind == kind)
