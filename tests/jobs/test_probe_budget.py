"""One person's questions are measured twenty times in a row, then one every six seconds; what is not measured says so."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.answer import Runtime
from bot.jobs.messages import Run
from bot.jobs.probe_budget import AT_ONCE, ProbeBudget
from bot.jobs.store import Store
from bot.model.probe import Observation, Probe
from bot.model.question.question import Question
from bot.model.result.diagnosis import Diagnosis
from bot.model.snapshot import Snapshot
from bot.worker import answer_within_budget
from tests.checks.manifests import Written, case_of

ASKED = Question(service="user-service", namespace="shop", port=80, name="user-service")
RUN = Run("r", ASKED, asked_by="U1", team="T")


async def test_many_in_a_row_and_then_at_a_pace(url: str, redis: Redis) -> None:
    """Another person, another cluster and what a schedule asks have budgets of their own, or none."""
    assert redis
    async with Store(url) as store:
        budget = ProbeBudget(store, "prod")
        taken = [await budget.seconds_until_free(RUN) for _ in range(AT_ONCE + 2)]

        assert taken[:AT_ONCE] == [0.0] * AT_ONCE
        assert 0 < taken[-2] <= 6
        assert 0 < taken[-1] <= 6, "what is refused takes no place"
        assert await budget.seconds_until_free(replace(RUN, asked_by="U2")) == 0
        assert await budget.seconds_until_free(replace(RUN, schedule="s")) == 0
        assert await ProbeBudget(store, "test").seconds_until_free(RUN) == 0


async def test_beyond_it_the_answer_rests_on_configuration_and_says_so(url: str, redis: Redis) -> None:
    """Nothing is measured, the verdict is given all the same, and a gap names the reason."""
    assert redis
    measured: list[Probe] = []

    async def read(_question: Question) -> tuple[Question, Snapshot]:
        return ASKED, replace(case_of(Written("", "", {}, [])).snapshot, taken_at=datetime.now(UTC))

    async def read_scope(_namespaces: tuple[str, ...]) -> Snapshot:
        raise NotImplementedError

    async def measure(probes: tuple[Probe, ...], _seconds: float) -> tuple[Observation, ...]:
        measured.extend(probes)
        return ()

    async with Store(url) as store:
        budget, runtime = ProbeBudget(store, "prod"), Runtime(read, read_scope, measure=measure)
        answers = [(await answer_within_budget(RUN, runtime, budget)).result for _ in range(AT_ONCE + 1)]

    first, last = answers[0], answers[-1]
    assert isinstance(first, Diagnosis)
    assert isinstance(last, Diagnosis)
    assert not [each for each in first.gaps if each.what == "probes"]
    (gap,) = [each for each in last.told_gaps if each.what == "probes"]
    assert "20 questions of the same asker were measured just now" in gap.why
    assert last.verdicts["routing"].summary.endswith("not probed")
    assert len(measured) % AT_ONCE == 0


@pytest.mark.parametrize("url", ["unix:///nowhere/valkey.sock"])
async def test_without_a_store_nothing_is_refused(url: str) -> None:
    """Whoever cannot be counted is measured."""
    async with Store(url) as store:
        assert await ProbeBudget(store, "prod").seconds_until_free(RUN) == 0
