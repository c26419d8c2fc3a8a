"""How far a run is: noted by its worker step by step, read by who waits, and in nobody's way."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from redis.asyncio import Redis

from bot.answer import Runtime
from bot.jobs.messages import Run, Step
from bot.jobs.progress import Progress
from bot.jobs.store import Store
from bot.model.question.question import Question
from bot.model.question.request import Kind
from bot.model.snapshot import Snapshot
from bot.worker import answer_run, noting

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ASKED = Question(service="web", namespace="shop", name="web")


async def steps_of(run: Run, **how: Any) -> list[Step]:
    """Answer a run and return what was noted, each step once."""
    noted: list[Step] = []

    async def note(step: Step) -> None:
        noted.append(step)

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return question, Snapshot(taken_at=NOW)

    async def read_scope(_namespaces: tuple[str, ...]) -> Snapshot:
        return Snapshot(taken_at=NOW)

    await answer_run(run, noting(Runtime(read, read_scope, **how), note))
    return list(dict.fromkeys(noted))


async def test_steps_come_in_order() -> None:
    """A question is read, then judged; a table, too."""
    assert await steps_of(Run("r", ASKED)) == [Step.READING, Step.JUDGING]
    assert await steps_of(Run("r", Question(), Kind.CHECK, namespaces=("shop",))) == [Step.READING, Step.JUDGING]


async def test_a_step_is_read_back(url: str, redis: Redis) -> None:
    """What is noted is known until the next step; nothing, and a word of a newer version, are no step."""
    assert redis
    async with Store(url) as store:
        progress = Progress(store)
        assert await progress.of("r") is None
        await progress.note("r", Step.MEASURING)
        assert await progress.of("r") is Step.MEASURING
        await store.quick.set("k8snet:step:r", "dreaming")
        assert await progress.of("r") is None


@pytest.mark.parametrize("url", ["unix:///nowhere/valkey.sock"])
async def test_no_answer_waits_for_its_note(url: str) -> None:
    """Without a store nothing is noted, at once and in silence."""
    async with Store(url) as store:
        began = time.monotonic()
        await Progress(store).note("r", Step.READING)

    assert time.monotonic() - began < 5


async def test_a_step_that_lasts_is_noted_and_one_that_is_over_at_once_is_not(url: str, redis: Redis) -> None:
    """Nobody sees a step of a moment, and two notes would be a tenth of what an answer of a warm worker costs."""
    assert redis
    async with Store(url) as store:
        progress = Progress(store)
        async with progress.noting("quick") as note:
            await note(Step.READING)
            await note(Step.JUDGING)
        async with progress.noting("slow") as note:
            await note(Step.READING)
            await note(Step.MEASURING)
            async with asyncio.timeout(10):
                while (seen := await progress.of("slow")) is None:  # noqa: ASYNC110 - a store tells no event
                    await asyncio.sleep(0.01)
        assert seen is Step.MEASURING
        assert await progress.of("quick") is None
