"""`make chaos`: a thousand questions by all doors while everything breaks.

Prints figures, and ends with 1 if a question was lost, or answered twice, or told that something broke.
"""

import argparse
import asyncio
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

from msgspec import Struct

from playground.fake_slack import FakeSlack
from tests.chaos.doors import Asked, ask, crowd, question
from tests.chaos.stage import stage
from tests.chaos.tally import Tally, tally, traces, verdicts


class Outcome(Struct):
    """What was asked and came back, and what was done meanwhile."""

    tally: Tally
    done: Counter[str]
    ack_p99: float
    traces: list[str]


async def chaos(questions: int, *, every: float, pause: float, patience: float, seed: int, folder: Path) -> Outcome:
    """Ask one question `every` so many seconds, break something each `pause`, wait `patience` for the last answers."""
    chance = random.Random(seed)
    async with FakeSlack(crowd()) as slack:
        slack.limits.on = False
        slack.postman.retry_delays = (1.0, 3.0, 6.0, 12.0)
        async with stage(slack, folder, chance) as running:
            breaking = asyncio.create_task(running.maltreat(pause))
            asked = await _ask_all(slack, questions, every)
            breaking.cancel()
            await asyncio.gather(breaking, return_exceptions=True)
            slack.faults.clear()
            await _settled(slack, asked, patience)
            await asyncio.sleep(3.0)  # time for a double to come
            seconds = sorted(slack.ack_seconds())
            p99 = seconds[int(len(seconds) * 0.99) - 1]
            return Outcome(tally(slack, asked), running.done, p99, traces(slack, asked))


async def _ask_all(slack: FakeSlack, questions: int, every: float) -> list[Asked]:
    asked = [question(slack, number) for number in range(questions)]
    clicked: set[int] = set()
    async with asyncio.TaskGroup() as group:
        for each in asked:
            fresh = [one for one in verdicts(slack) if id(one) not in clicked][:1] if each.door == "click" else []
            clicked |= set(map(id, fresh))
            group.create_task(ask(slack, each, fresh))
            await asyncio.sleep(every)
    return asked


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
        *outcome.traces,
    ]
    return "\n".join(lines)


def main() -> int:
    """Run the large one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two questions")
    parser.add_argument("--pause", type=float, default=1.5, help="seconds between two faults")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--logs", type=Path, help="folder that keeps what the processes say")
    options = parser.parse_args()
    sys.stdout.write(f"seed {options.seed}\n")
    with tempfile.TemporaryDirectory(prefix="k8snet-chaos-") as temporary:
        folder = options.logs or Path(temporary)
        made = chaos(
            options.questions,
            every=options.every,
            pause=options.pause,
            patience=180.0,
            seed=options.seed,
            folder=folder,
        )
        outcome = asyncio.run(made)
    sys.stdout.write(figures(outcome) + "\n")
    found = outcome.tally
    return 1 if found.lost or found.twice or found.broke else 0


if __name__ == "__main__":
    sys.exit(main())
