"""What ten minutes of questions cost an API server, from windows in which it was alone, watched and asked. Pure.

Seconds in which it does something for itself tell nothing, and are left out; where a busy
machine spreads such a burst over a window, the calmer half of the windows of a kind is left.
"""

from collections.abc import Iterator
from statistics import fmean

from msgspec import Struct

QUESTIONS, SECONDS = 100, 600.0
_BURST = 0.15  # seconds of CPU in a second: more than an older worker's question and its nodes take


class Window(Struct, frozen=True):
    """Seconds of the API server's CPU in each second, and how many questions were asked meanwhile, evenly.

    `kind`: "alone", "older" (as alone, and older workers are asked), "kept" (a warm worker of ours holds the cluster), "ours"
    (as kept, and it is asked).
    """

    kind: str
    spent: tuple[float, ...]
    questions: int = 0

    @property
    def calm(self) -> float:
        """Return the CPU a second without bursts; of all where there is nothing else."""
        return fmean([each for each in self.spent if each <= _BURST] or self.spent)


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
    alone, older, kept, ours = (_calm(windows, kind) for kind in ("alone", "older", "kept", "ours"))
    then = (older - alone) / _rate(windows, "older")
    now = (ours - kept) / _rate(windows, "ours")
    return Cost(then), Cost(max(now, 0.0), max(kept - alone, 0.0))


def _calm(windows: list[Window], kind: str) -> float:
    """Return the CPU a second in the calmer half of the windows of a kind."""
    found = sorted(each.calm for each in _of(windows, kind))
    return fmean(found[: -(-len(found) // 2)])


def _rate(windows: list[Window], kind: str) -> float:
    """Return the questions a second."""
    asked = tuple(_of(windows, kind))
    return sum(each.questions for each in asked) / sum(len(each.spent) for each in asked)


def _of(windows: list[Window], kind: str) -> Iterator[Window]:
    return (each for each in windows if each.kind == kind)
