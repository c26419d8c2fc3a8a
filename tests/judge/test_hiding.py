"""Hiding never makes an answer surer: at guards of hops, in incidents, in the sample cluster. See `tests.judge.hiding`."""

from pathlib import Path
from typing import Any

import pytest

from bot.checks.engine.judge import Judgement, judge
from bot.checks.engine.registry import FAMILIES
from bot.model.case import Case
from bot.model.question.question import Question
from bot.model.result.status import Status
from playground.sample import sample_snapshot
from tests.call.test_guards import ASK, GUARDS
from tests.checks.manifests import Written, case_of
from tests.incidents.test_incidents import case_of as incident_case
from tests.judge.hiding import STATES, check_hiding, hidden_cases

HERE = Path(__file__).parent


def test_every_family_has_its_file() -> None:
    """No family's cases are left out."""
    texts = "".join(each.read_text() for each in HERE.glob("test_hiding_*.py"))

    assert [each for each in FAMILIES if f'"{each}"' not in texts] == []


@pytest.mark.parametrize("guard", GUARDS, ids=lambda each: each["title"])
def test_hiding_never_makes_surer_at_a_guard(guard: dict[str, Any]) -> None:
    """Every fault that a guard of a hop holds back, and its healthy look-alike."""
    for each in (guard["broken"], guard["sound"]):
        assert not check_hiding(case_of(Written("guards", guard["hop"], {"ask": [ASK]}, [each])))


@pytest.mark.parametrize("path", STATES, ids=lambda each: each.stem)
def test_hiding_never_makes_surer_in_an_incident(path: Path) -> None:
    """Every state that was rebuilt from a public thread, healthy or not."""
    assert not check_hiding(incident_case(path))


def test_hiding_never_makes_surer_in_the_sample() -> None:
    """Every Service of the sample cluster."""
    snapshot = sample_snapshot()
    for each in snapshot.services:
        question = Question(service=each.name, namespace=each.namespace, name=each.name)
        assert not check_hiding(Case(question, snapshot)), each.ref


def test_what_is_spared_cannot_differ() -> None:
    """A judgement that is taken for that of another case is that of the case itself."""
    snapshot = sample_snapshot()
    spared = 0
    for each in snapshot.services[:6]:
        question = Question(service=each.name, namespace=each.namespace, name=each.name)
        for found in hidden_cases(Case(question, snapshot)):
            if found.is_anothers:
                spared += 1
                judged = judge(found.case)
                assert (judged.outcome, _statuses(judged)) == (found.judged.outcome, _statuses(found.judged)), (
                    found.what
                )
    assert spared > 100


def _statuses(judged: Judgement) -> dict[str, Status]:
    return {layer: each.status for layer, each in judged.verdicts.items()}
