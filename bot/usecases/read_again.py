"""Reads again what failed in a probe before it is accused: the pods of a rollout come and go while a question is answered."""

from msgspec.structs import replace

from bot.errors import K8snetError
from bot.model.case import Case
from bot.model.planning.moved import moved, still_true, suspects
from bot.model.planning.plan import plan
from bot.model.probe import VantageKind
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.usecases.given import Again, Left, Run
from bot.usecases.measure import measure

_ROUNDS = 2  # what is there instead may go as well, and is read again once more
_LEAST = 0.5  # seconds, in which all can be read


async def read_again(case: Case, asked: Question, again: Again, run: Run, left: Left) -> Case:
    """Return the case as it is now, where backends that failed are others by now; else as it was.

    Then what was measured of them no longer counts, and what is there instead is measured by `run` in the seconds that are
    left, unless the caller's own pod has measured. Where nothing can be read again, the case stays as it was.
    """
    for _ in range(_ROUNDS):
        refs = suspects(case)
        if not refs or left() < _LEAST:
            break
        ends = await again.backends(refs, left())
        case = _counted(case, case.snapshot, ends.requests)
        gone = _gone(case.snapshot, ends, refs)
        now = await _now(case, asked, again, left()) if gone else None
        if now is None:
            break
        case = await _measured(still_true(now, gone), run, left)
    return case


def _gone(before: Snapshot, ends: Snapshot, refs: tuple[Ref, ...]) -> dict[Ref, frozenset[str]]:
    """Return the addresses of each Service that are others by now; nothing where less could be read than before."""
    if {each.need for each in ends.gaps} - {each.need for each in before.gaps}:
        return {}
    return {each: addresses for each in refs if (addresses := moved(before, ends, each))}


async def _now(case: Case, asked: Question, again: Again, seconds: float) -> Case | None:
    """Return the case by a second reading of all; None where that fails."""
    try:
        question, snapshot = await again.all(asked, seconds)
    except K8snetError:
        return None
    return _counted(replace(case, question=question), snapshot, case.snapshot.requests)


def _counted(case: Case, snapshot: Snapshot, more: int) -> Case:
    """Return the case with a snapshot that tells of more requests; whose names its reader may be told stays."""
    known = replace(snapshot, requests=snapshot.requests + more, visible=case.snapshot.visible)
    return replace(case, snapshot=known)


async def _measured(case: Case, run: Run, left: Left) -> Case:
    """Measure what was not measured yet, as far as there are seconds."""
    seen = frozenset(each.probe for each in case.observations)
    probes = tuple(each for each in plan(case) if each not in seen)
    if not probes or left() <= 0 or case.vantage.kind is VantageKind.CALLER:
        return case
    return replace(case, observations=(*case.observations, *await measure(case, probes, run, left)))
