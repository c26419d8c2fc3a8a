"""No check has anything to say without its occasions, whatever is asked and however a cluster is bent."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bot.checks.engine.registry import INDEX, all_checks, index, load_checks, loaded
from bot.model.call.occasions import _GIVEN, Occasion, gives
from bot.model.case import Case
from bot.model.gaps import Gap
from bot.model.question.question import Question, Source, Symptom
from bot.model.snapshot import Snapshot
from playground.sample import sample_snapshot
from tests.checks.manifests import Written, case_of
from tests.examples import examples
from tests.incidents.test_incidents import case_of as incident_case
from tests.judge.hiding import CASES, STATES
from tests.judge.test_soundness import BENT, PLACES, bent

ROOT = Path(__file__).parents[2]
BOUND = [each for each in load_checks() if each.only]
HEALTHY = case_of(Written("test", "healthy", {}, []))


def occasions(case: Case) -> frozenset[Occasion]:
    """Return all occasions that a case gives."""
    return frozenset(each for each in Occasion if gives(case, (each,)))


def missed(case: Case) -> list[str]:
    """Return the checks that find something in a case without the occasions that they name."""
    given = occasions(case)
    return [each.code for each in BOUND if not given.issuperset(each.only) and _finds(each, case)]


def _finds(check: Any, case: Case) -> bool:
    try:
        return (check.when is None or check.when(case)) and any(True for _ in check.rule(case))
    except Exception:  # noqa: BLE001 (a bent cluster may break it; then it has found nothing)
        return False


def variants(case: Case) -> list[Case]:
    """The case with all of it read: as it was asked, unmeasured, and each of its Services as a question and as a row."""
    snapshot = replace(case.snapshot, gaps=())
    asked = [Question(service=each.name, namespace=each.namespace, name=each.name) for each in snapshot.services]
    alone = [Case(each, snapshot) for each in asked]
    called = [
        Case(replace(each, source=case.question.source, symptom=case.question.symptom), snapshot) for each in asked
    ]
    own = replace(case, snapshot=snapshot)
    return [own, replace(own, observations=()), *alone, *called, *(replace(each, in_table=True) for each in alone)]


@pytest.mark.parametrize("written", CASES, ids=str)
def test_a_case_of_a_check_gives_it_occasion(written: Written) -> None:
    """Every fault that some check finds, and every healthy look-alike."""
    assert not [each for case in variants(case_of(written)) for each in missed(case)]


@pytest.mark.parametrize("path", STATES, ids=lambda each: each.stem)
def test_an_incident_gives_occasion(path: Path) -> None:
    assert not [each for case in variants(incident_case(path)) for each in missed(case)]


def test_the_sample_gives_occasion() -> None:
    assert not [
        each for case in variants(Case(Question(service="checkout"), sample_snapshot())) for each in missed(case)
    ]


@given(
    st.lists(st.tuples(st.sampled_from(PLACES), st.sampled_from(sorted(BENT))), min_size=1, max_size=3),
    st.sampled_from(["", "user-service", "user-service.shop", "user-service-1.user-service"]),
    st.sampled_from([None, 80, 9090, "http"]),
    st.sampled_from([None, *Symptom]),
    st.booleans(),
)
@examples(1500)
def test_no_cluster_withholds_an_occasion(
    changes: list[tuple[tuple[Any, ...], str]],
    name: str,
    port: int | str | None,
    symptom: Symptom | None,
    is_called: bool,
) -> None:
    snapshot = bent(changes)
    source = Source(namespace="shop", pod="checkout-1") if is_called else None
    for each in snapshot.services if snapshot else ():
        question = Question(
            service=each.name, namespace=each.namespace, name=name, port=port, symptom=symptom, source=source
        )
        assert not missed(Case(question, snapshot or Snapshot()))


def test_a_healthy_service_gives_occasion_to_few() -> None:
    """Else nothing would be saved; `plain` and the like hold for the cluster that every case starts from."""
    asked = Question(service="user-service", namespace="shop", name="user-service")
    assert occasions(Case(asked, HEALTHY.snapshot)) <= {Occasion.POLICIES, Occasion.BACKENDS}


def test_what_was_not_read_may_be_any_occasion() -> None:
    """A check that is not asked for its needs would make a hop sound that nobody looked at."""
    snapshot = replace(HEALTHY.snapshot, gaps=(Gap("networkpolicies", "shop", "networkpolicies", "forbidden"),))
    assert occasions(Case(HEALTHY.question, snapshot)) == frozenset(Occasion)


@pytest.mark.parametrize("field", ["services", "pods"])
def test_what_breaks_is_an_occasion(field: str) -> None:
    """Then the checks that need it are asked, and each that breaks is a gap of its own; others are told apart as ever."""
    snapshot = replace(HEALTHY.snapshot, **{field: (None,)})
    breaking = {each for each, is_given in _GIVEN.items() if _breaks(is_given, Case(HEALTHY.question, snapshot))}

    assert breaking
    assert breaking <= occasions(Case(HEALTHY.question, snapshot))


def _breaks(look: Callable[[Case], bool], case: Case) -> bool:
    try:
        look(case)
    except Exception:  # noqa: BLE001 (that is what is asked)
        return True
    return False


def test_a_check_is_the_same_loaded_or_not() -> None:
    """As far as that is known without its rule."""
    assert INDEX.read_bytes() == index()
    for each in all_checks():
        own = loaded(each.module)
        assert replace(each, rule=own.rule, when=own.when) == own
        assert each.page == own.page


def test_a_question_loads_the_checks_that_it_gives_occasion_to() -> None:
    """Seen in a process of its own: nobody named a caller, no policy, no Ingress."""
    code = "import sys; from bot.cli import run; run(sys.argv[1:]); print('\\n' + ' '.join(sys.modules))"
    words = ("check", "checkout", "-n", "shop", "--dump", str(ROOT / "playground/sample"))
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded_now = done.stdout.splitlines()[-1].split()
    held = {each.module for each in all_checks()} & set(loaded_now)
    assert len(held) < 30
    assert "bot.checks.ingress.ingress_class_missing" not in held
