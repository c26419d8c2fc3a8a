"""The rows of the last table of a whole cluster, each with all that was asked when it was judged, for the next table.

A row is taken again where the new snapshot answers the same to all of that (`bot.model.seen`); any other is judged.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, cast

from msgspec.structs import replace

from bot.checks.engine.judge import Judgement
from bot.model.case import Case
from bot.model.question.question import Question
from bot.model.seen import SHARED, Answers, Asked, Seen, answer_to
from bot.model.snapshot import Snapshot

Judge = Callable[[Case], Judgement]


class _Row(NamedTuple):
    """What was judged, and what was asked for it; None where that is not known whole, so that it is judged again."""

    judgement: Judgement
    asked: tuple[Asked, ...] | None


class _Table(NamedTuple):
    rows: dict[Question, _Row]
    answers: Answers
    shared: frozenset[Asked]  # what was asked by what its rows share


_NOTHING = _Table({}, {}, frozenset())


class Kept:
    """One table, the last. Threads may use it at once: each begins with what some other has left."""

    def __init__(self) -> None:
        self._last = _NOTHING

    def forget(self) -> bool:
        """Let go of what is kept; return whether there was anything."""
        had, self._last = bool(self._last.rows), _NOTHING
        return had

    def judged(self, cases: Iterable[Case], whole: Snapshot, judge: Judge) -> list[Judgement]:
        """Return what `judge` says of these cases of one snapshot, or has said, where it would say the same."""
        last = self._last
        answers, differing = _asked_again(last, whole)
        shared = Seen(whole, answers)
        rows: dict[Question, _Row] = {}
        judged: list[Judgement] = []
        for case in cases:
            row = last.rows.get(case.question)
            if row is None or row.asked is None or not differing.isdisjoint(row.asked):
                row = _judged(case, Seen(whole, answers, shared), judge)
            rows[case.question] = row
            judged.append(row.judgement)
        known = frozenset() if SHARED in differing else last.shared
        self._last = _table(rows, answers, known | shared.asked) if shared.is_whole else _NOTHING
        return judged


def _judged(case: Case, seen: Seen, judge: Judge) -> _Row:
    judgement = judge(replace(case, snapshot=cast(Snapshot, seen)))
    return _Row(judgement, tuple(seen.asked) if seen.is_whole else None)


def _asked_again(last: _Table, whole: Snapshot) -> tuple[Answers, set[Asked]]:
    """Return what a snapshot answers to all that was asked of the last one, and to which of it otherwise than that one."""
    answers: Answers = {}
    differing: set[Asked] = set()
    for asked, answer in last.answers.items():
        try:
            answers[asked] = answer_to(whole, asked)
        except Exception:  # noqa: BLE001 (whoever asks again meets it, and the judge tells it as a gap)
            differing.add(asked)
        else:
            if answers[asked] != answer:
                differing.add(asked)
    if not differing.isdisjoint(last.shared):
        differing.add(SHARED)
    return answers, differing


def _table(rows: dict[Question, _Row], answers: Answers, shared: frozenset[Asked]) -> _Table:
    """Return a table with those answers alone that its rows rest on."""
    needed = shared.union(*(each.asked for each in rows.values() if each.asked))
    return _Table(rows, {each: answer for each, answer in answers.items() if each in needed}, shared)
