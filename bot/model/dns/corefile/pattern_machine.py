"""A compiled regular expression, and how it is matched: all ways through it at once, letter by letter.

A Pike machine (https://swtch.com/~rsc/regexp/regexp2.html): its time grows with the length of the text and of the pattern, and
the preferred of several matches is the one that Go's regexp, and so CoreDNS, finds.
"""

import string
from collections.abc import Callable

from msgspec import Struct

WORD = frozenset(string.ascii_letters + string.digits + "_")

Test = Callable[[str], bool]


class Step(Struct, frozen=True):
    """One instruction: take a letter, go on at both of two places, note the position, or hold at an edge."""

    kind: str  # "letter", "fork", "save", "edge", "match"
    test: Test | None = None
    first: int = 0  # fork: the preferred way on; save: the slot
    second: int = 0
    edge: str = ""


class Pattern(Struct, frozen=True):
    """A compiled pattern."""

    steps: tuple[Step, ...]
    groups: int

    def search(self, text: str) -> tuple[str, ...] | None:
        """Return the leftmost match and its groups (empty where one took no part); None where nothing matches."""
        best: tuple[int, ...] | None = None
        threads: dict[int, tuple[int, ...]] = {}
        for at in range(len(text) + 1):
            if best is None:
                self._follow(threads, 0, (-1,) * (2 * self.groups + 2), text, at)
            following: dict[int, tuple[int, ...]] = {}
            for place, slots in threads.items():
                step = self.steps[place]
                if step.kind == "match":
                    best = slots
                    break  # what was less preferred is given up
                if step.test is not None and at < len(text) and step.test(text[at]):
                    self._follow(following, place + 1, slots, text, at + 1)
            threads = following
            if best is not None and not threads:
                break
        if best is None:
            return None
        pairs = zip(best[::2], best[1::2], strict=True)
        return tuple(text[begin:end] if begin >= 0 and end >= 0 else "" for begin, end in pairs)

    def _follow(
        self, threads: dict[int, tuple[int, ...]], place: int, slots: tuple[int, ...], text: str, at: int
    ) -> None:
        """Add a thread and all that it leads to without taking a letter, the preferred ones first."""
        seen: set[int] = set()
        waiting = [(place, slots)]
        while waiting:
            place, slots = waiting.pop()
            if place in seen or place in threads:
                continue
            seen.add(place)
            step = self.steps[place]
            if step.kind == "fork":
                waiting += [(step.second, slots), (step.first, slots)]
            elif step.kind == "save":
                waiting.append((place + 1, (*slots[: step.first], at, *slots[step.first + 1 :])))
            elif step.kind == "edge":
                if _is_at(step.edge, text, at):
                    waiting.append((place + 1, slots))
            else:
                threads[place] = slots


def _is_at(edge: str, text: str, at: int) -> bool:
    if edge == "begin":
        return at == 0
    if edge == "end":
        return at == len(text)
    word = WORD
    changes = (at > 0 and text[at - 1] in word) != (at < len(text) and text[at] in word)
    return changes if edge == "word" else not changes
