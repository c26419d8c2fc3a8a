"""How soon fifty slash commands typed at once are acknowledged. Floor: a Bolt app that only acknowledges.

Both run as processes of their own, against a fake Slack each, and are asked in turns. Every question is a new one, so the
Slack process does all its work: Redis, a line for its asker and, after three seconds, one in the channel. Acknowledging must
not wait for that.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from statistics import quantiles

from bench.lab import Lab
from bench.processes import ROOT
from bench.rows import Row
from bench.stage import CROWD, crowd, process, settings
from playground.fake_slack import FakeSlack

ROUNDS = 9  # and one before them: nobody may have more than ten open questions
_MOST_SECONDS = 0.5
_MOST_RATIO = 1.5


def ack(lab: Lab) -> Iterator[Row]:
    """Yield p50 and p99 of all acknowledgements."""
    floor, ours = asyncio.run(_both(lab))
    for name, at in (("p50", 49), ("p99", 98)):
        low, high = (quantiles(each, n=100)[at] for each in (floor, ours))
        is_bar = name == "p99"
        yield Row(
            "slack",
            f"ack of a slash command, {CROWD} at once, {name} of {len(ours)}",
            ours=f"{high * 1000:.0f} ms",
            bar=f"≤ {_MOST_RATIO:g} ×, < {_MOST_SECONDS * 1000:.0f} ms" if is_bar else "–",
            held=(high <= _MOST_RATIO * low and high < _MOST_SECONDS) if is_bar else None,
            floor=f"{low * 1000:.0f} ms",
            ratio=high / low,
            samples={"floor": floor, "ours": ours},
        )


async def _both(lab: Lab) -> tuple[list[float], list[float]]:
    async with contextlib.AsyncExitStack() as stack:
        first = await stack.enter_async_context(FakeSlack(crowd()))
        second = await stack.enter_async_context(FakeSlack(crowd()))
        floor = process(lab.folder / "ack.log", str(ROOT / "bench/floors/ack.py"), environ=settings(first, ""))
        environ = settings(second, lab.new_store(), K8SNET_CLUSTER="ack")
        ours = process(lab.folder / "slack.log", "-m", "bot", "slack", environ=environ)
        await stack.enter_async_context(floor)
        await stack.enter_async_context(ours)
        await asyncio.gather(first.connected(), second.connected())
        found: tuple[list[float], list[float]] = ([], [])
        for turn in range(ROUNDS + 1):
            samples = await _round(first, turn), await _round(second, turn)
            await _calm(second, CROWD * (turn + 1))
            if turn:  # the first one warms both
                for kept, new in zip(found, samples, strict=True):
                    kept.extend(new)
        return found


async def _round(slack: FakeSlack, turn: int) -> list[float]:
    deliveries = await asyncio.gather(
        *(
            slack.person(f"person{number}").slash(f"channel{number}", f"/k8snet why service-{turn}-{number} in shop")
            for number in range(CROWD)
        )
    )
    return [each.ack_seconds for each in deliveries]


async def _calm(slack: FakeSlack, lines: int) -> None:
    """Wait until every question of the round has the line that says it takes long: there is no worker."""
    await slack.until(lambda: len(slack.called("chat.postMessage")) >= lines, 60.0)
