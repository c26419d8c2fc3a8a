"""`make chaos`: a thousand questions by all doors while everything breaks.

Three runs: everything but the store's memory breaks; the store is emptied and nobody dies; both together. Prints figures,
and ends with 1 if in one of the first two a question was lost, or answered twice, or told that something broke. Of the
third nothing is promised: a question that only the emptied store and a dead process knew is gone.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from playground.fake_slack import FakeSlack
from tests.chaos.doors import Asked, ask, crowd, question
from tests.chaos.stage import Maltreatment, stage
from tests.chaos.tally import Tally, tally, traces, verdicts

_BREAKS: Maltreatment = "breaks"
_WIPES: Maltreatment = "wipes"
_BOTH: Maltreatment = "both"
_LOOK = 0.1  # seconds
_MOST = 4  # times the questions of a plan


class Outcome(Struct):
    """What was asked and came back, and what was done meanwhile."""

    tally: Tally
    done: Counter[str]
    ack_p99: float
    traces: list[str]
    stalled: float = 0.0  # seconds for which this process, the Slack of the others, had no core at the worst


class Plan(Struct, frozen=True):
    """How much of what: a question `every` so many seconds, something broken each `pause`, `patience` for the last answers.

    It asks on until so many were `accepted`, since a busy machine acknowledges fewer; at most four times its questions.
    """

    questions: int
    how: Maltreatment = "breaks"
    every: float = 0.5
    pause: float = 1.5
    patience: float = 180.0
    seed: int = 0
    accepted: int = 0


async def chaos(plan: Plan, folder: Path) -> Outcome:
    """Ask while things break, and count what became of it."""
    chance = random.Random(plan.seed)
    async with FakeSlack(crowd()) as slack:
        slack.limits.on = False
        slack.postman.retry_delays = (1.0, 3.0, 6.0, 12.0)
        async with stage(slack, folder, chance) as running, _stalls() as stalls:
            breaking = asyncio.create_task(running.maltreat(plan.how, plan.pause))
            asked = await _ask_all(slack, plan)
            breaking.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
            slack.faults.clear()
            await _settled(slack, asked, plan.patience)
            await asyncio.sleep(3.0)  # time for a double to come
            seconds = sorted(slack.ack_seconds())
            p99 = seconds[int(len(seconds) * 0.99) - 1]
            return Outcome(tally(slack, asked), running.done, p99, traces(slack, asked, running.acts), max(stalls))


@asynccontextmanager
async def _stalls() -> AsyncIterator[list[float]]:
    """Yield how many seconds late this loop was, each time: a Slack that has no core answers nobody in time."""
    found, loop = [0.0], asyncio.get_running_loop()

    async def look() -> None:
        while True:
            due = loop.time() + _LOOK
            await asyncio.sleep(_LOOK)
            found.append(loop.time() - due)

    looking = asyncio.create_task(look())
    try:
        yield found
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


async def _ask_all(slack: FakeSlack, plan: Plan) -> list[Asked]:
    asked: list[Asked] = []
    clicked: set[int] = set()
    async with asyncio.TaskGroup() as group:
        while len(asked) < plan.questions or _asks_on(plan, asked):
            asked.append(each := question(slack, len(asked)))
            fresh = [one for one in verdicts(slack) if id(one) not in clicked][:1] if each.door == "click" else []
            clicked |= set(map(id, fresh))
            group.create_task(ask(slack, each, fresh))
            await asyncio.sleep(plan.every)
    return asked


def _asks_on(plan: Plan, asked: list[Asked]) -> bool:
    return len(asked) < _MOST * plan.questions and sum(each.accepted for each in asked) < plan.accepted


async def _settled(slack: FakeSlack, asked: list[Asked], patience: float) -> None:
    try:
        await slack.until(lambda: not tally(slack, asked).lost, patience)
    except TimeoutError:
        return


def figures(outcome: Outcome) -> str:
    """Return the figures, a line each."""
    found = outcome.tally
    broken = ", ".join(f"{what} {count}" for what, count in sorted(outcome.done.items()))
    doors = ", ".join(f"{door} {count}" for door, count in found.doors.items())
    lines = [
        f"asked {found.asked}, accepted {found.accepted} ({doors})",
        f"broken meanwhile: {broken}",
        f"answered once {found.once}, told that the store is away {found.told_away}, refused {found.refused}",
        f"lost {len(found.lost)} {found.lost}",
        f"twice {len(found.twice)} {found.twice}",
        f"told that the store is away, and answered {len(found.both)} {found.both}",
        f'"something broke" {len(found.broke)} {found.broke}',
        f"receipts that stand for ever {found.receipts_left}",
        f"acknowledged within {outcome.ack_p99:.2f} s (p99)",
        f"Slack itself, here, had no core for up to {outcome.stalled:.1f} s",
        *outcome.traces,
    ]
    return "\n".join(lines)


def main() -> int:
    """Run the large ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two questions")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between two faults")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--only", choices=["breaks", "wipes", "both"])
    parser.add_argument("--logs", type=Path, help="new folder that keeps what the processes say")
    options = parser.parse_args()
    plan = Plan(options.questions, every=options.every, pause=options.pause, seed=options.seed)
    failed = False
    for how, share, judged in ((_BREAKS, 1, True), (_WIPES, 3, True), (_BOTH, 5, False)):
        if options.only in (None, how):
            sys.stdout.write(f"== {how}, seed {plan.seed}\n")
            found = _run(replace(plan, how=how, questions=max(1, plan.questions // share)), options.logs)
            failed |= judged and bool(found.lost or found.twice or found.broke)
    return int(failed)


def _run(plan: Plan, logs: Path | None) -> Tally:
    with tempfile.TemporaryDirectory(prefix="k8snet-chaos-") as temporary:
        folder = logs / plan.how if logs else Path(temporary)
        folder.mkdir(parents=True, exist_ok=not logs)
        outcome = asyncio.run(chaos(plan, folder))
    sys.stdout.write(figures(outcome) + "\n")
    return outcome.tally


if __name__ == "__main__":
    sys.exit(main())
