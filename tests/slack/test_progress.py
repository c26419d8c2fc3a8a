"""What takes long shows its steps where the answer will stand: a plan, edited as it goes on, or one line."""

import pytest

from bot.jobs.messages import Step
from bot.jobs.progress import Progress
from bot.jobs.store import Store
from bot.model.question.request import Kind
from handlers.messages.progress import plan
from handlers.rate_limit import Budget
from playground.fake_slack import Message
from tests.slack.conftest import WAITING
from tests.slack.said import said

WHY = "why cart-service in shop"


async def note(bot, message: Message, step: Step) -> None:
    """Note a step of the run that a message shows, as its worker does; a note that the store is slow to take is given up."""
    run_id = message.blocks[0]["block_id"].partition(".")[0]
    async with Store(bot.config.redis_url) as store:
        progress = Progress(store)
        while await progress.of(run_id) is not step:
            await progress.note(run_id, step)


def statuses(message: Message) -> list[str]:
    return [task["status"] for task in message.blocks[0]["tasks"]]


async def test_a_plan_is_edited_step_by_step_and_becomes_the_answer(make_bot) -> None:
    """All steps are shown from the start, none is called done before it is, and the answer takes the plan's place."""
    bot = await make_bot(workers=0, timing=WAITING)
    await bot.slack.person("ana").slash("#incidents", f"/k8snet {WHY}")
    root = await bot.slack.until(lambda: next(iter(bot.slack.messages("#incidents")), None))
    assert statuses(root) == ["pending", "pending", "pending"]
    assert "waiting for a worker" in said(root)
    await note(bot, root, Step.MEASURING)
    await bot.slack.until(lambda: root.edited)
    assert statuses(root) == ["complete", "in_progress", "pending"]
    assert "waiting for a worker" not in said(root)
    await bot.worker()
    await bot.thread_of("#incidents", root, says="RTE-001")

    await bot.slack.until(lambda: "details in thread" in said(root))
    assert len(bot.slack.messages("#incidents")) == 1


async def test_without_plans_it_is_one_line(make_bot) -> None:
    """A workspace that has no plan block yet reads the step in words."""
    bot = await make_bot(workers=0, timing=WAITING)
    bot.slack.workspace.unknown_blocks = {"plan"}
    root = await bot.slack.person("ana").mention("#incidents", WHY)
    waiting = await bot.slack.until(lambda: next(iter(bot.slack.thread("#incidents", root.ts)), None))
    assert "Checking cart-service" in said(waiting)
    await note(bot, waiting, Step.READING)
    await bot.slack.until(lambda: waiting.edited)

    assert ": Reading the cluster (step 1 of 3)…" in said(waiting)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_has_its_steps(kind: Kind) -> None:
    """A run is at one step; those before it are complete. A step that its kind does not have is not made up."""
    for step in Step:
        told = [task["status"] for task in plan("x", kind, step)["tasks"]]
        assert told == sorted(told, key=["complete", "in_progress", "pending"].index)
        assert told.count("in_progress") == (0 if set(told) == {"pending"} else 1)
    assert {task["status"] for task in plan("x", kind, None)["tasks"]} == {"pending"}


def test_progress_leaves_room_for_answers() -> None:
    """What nobody waits for goes only while many others could go at once."""
    limit = Budget(1.0, 10, clock=lambda: 0.0)
    assert limit.is_free("team", 10)
    for _ in range(4):
        limit.reserve("team")

    assert limit.is_free("team", 6)
    assert not limit.is_free("team", 7)
