"""What ten minutes of questions cost an API server, from windows in which it was alone, watched and asked. Pure.

Windows in which it looked for garbage are left out: that takes longer than all questions, and the clock begins it.
"""

from collections.abc import Iterator
from statistics import median

from msgspec import Struct

QUESTIONS, SECONDS = 100, 600.0
KINDS = ("alone", "older", "kept", "ours")


class Window(Struct, frozen=True):
    """Seconds, the API server's seconds of CPU in them, questions asked meanwhile, evenly, and its searches for garbage.

    `kind`: "alone", "older" (as alone, and older workers are asked), "kept" (a warm worker of ours holds the cluster), "ours"
    (as kept, and it is asked).
    """

    kind: str
    seconds: float
    spent: float
    questions: int = 0
    collections: int = 0

    @property
    def rate(self) -> float:
        """Return the CPU a second."""
        return self.spent / self.seconds


class Cost(Struct, frozen=True):
    """Seconds of CPU a question; seconds of CPU a second, asked or not."""

    question: float
    keeping: float = 0.0

    @property
    def total(self) -> float:
        """Return seconds of CPU for QUESTIONS in SECONDS."""
        return self.question * QUESTIONS + self.keeping * SECONDS


def costs(windows: list[Window]) -> tuple[Cost, Cost]:
    """Return what an older worker costs, and what ours does, by medians; neither of ours is taken for less than nothing.

    So a search for garbage that a window saw begin and not end moves little.
    """
    alone, older, kept, ours = (_usual(tuple(_of(windows, kind))) for kind in KINDS)
    then = (older - alone) / _questions(windows, "older")
    now = (ours - kept) / _questions(windows, "ours")
    return Cost(then), Cost(max(now, 0.0), max(kept - alone, 0.0))


def _usual(windows: tuple[Window, ...]) -> float:
    """Return the CPU a second of windows without a search for garbage; of all where there are no others."""
    return median(each.rate for each in [each for each in windows if not each.collections] or windows)


def _questions(windows: list[Window], kind: str) -> float:
    """Return the questions a second."""
    asked = tuple(_of(windows, kind))
    return sum(each.questions for each in asked) / sum(each.seconds for each in asked)


def _of(windows: list[Window], kind: str) -> Iterator[Window]:
    return (each for each in windows if each.kind == kind)
