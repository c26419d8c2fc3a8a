"""How soon people are answered in Slack, within Slack's rates: eight at once in one channel, and two hundred a minute.

The fake keeps to Slack's rates, as the Slack process has to; a worker reads the sample cluster and measures nothing, so what
is measured is the way there and back. Acknowledgements under load are `ack`'s, against their floor.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator
from statistics import median, quantiles

from bench.ack import ack
from bench.lab import Lab
from bench.rows import Row
from bench.stage import process, settings
from playground.fake_slack import FakeSlack
from playground.fake_slack.state import Workspace
from tests.slack.said import said

_TOGETHER, _ROUNDS = 8, 3
_SIGN_SECONDS, _VERDICT_SECONDS = 1.0, 3.0
_A_MINUTE, _CHANNELS = 200, 20
_ANSWER = "DNS-010"  # what a Service that does not exist is answered with
_PATIENCE = 60.0


def slack(lab: Lab) -> Iterator[Row]:
    """Yield the rows of acknowledgements, of eight questions at once, and of two hundred in a minute."""
    yield from ack(lab)
    yield from asyncio.run(_on_stage(lab, _eight))
    yield from asyncio.run(_on_stage(lab, _minute))


def _workspace() -> Workspace:
    workspace = Workspace()
    people = [f"person{number}" for number in range(_A_MINUTE)]
    for name in people:
        workspace.add_user(name)
    for number in range(_CHANNELS):
        workspace.add_channel(f"channel{number}", people)
    return workspace


async def _on_stage(lab: Lab, measure: Callable[[FakeSlack], Awaitable[list[Row]]]) -> list[Row]:
    async with contextlib.AsyncExitStack() as stack:
        fake = await stack.enter_async_context(FakeSlack(_workspace()))
        environ = settings(fake, lab.new_store(), K8SNET_CLUSTER="sample")
        for name, words in (
            ("bot", ("-m", "bot", "slack")),
            ("worker", ("-m", "tests.chaos.processes", "worker")),
        ):
            log = lab.folder / f"slack-{name}.log"
            await stack.enter_async_context(process(log, *words, environ=environ))
        await fake.connected()
        await _ask(fake, "warm", 0, 0)
        return await measure(fake)


async def _eight(fake: FakeSlack) -> list[Row]:
    signs, verdicts = [], []
    for turn in range(_ROUNDS):
        await asyncio.sleep(15.0)  # until Slack's burst is there again
        asked = await asyncio.gather(*(_ask(fake, f"s{turn}", number, 1) for number in range(_TOGETHER)))
        signs += [sign for sign, _ in asked]
        verdicts += [verdict for _, verdict in asked]
    return [
        _row(f"first sign, {_TOGETHER} at once in one channel, slowest of {len(signs)}", signs, _SIGN_SECONDS),
        _row(f"verdict, {_TOGETHER} at once in one channel, slowest of {len(verdicts)}", verdicts, _VERDICT_SECONDS),
    ]


async def _minute(fake: FakeSlack) -> list[Row]:
    before = _refused(fake)
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(_A_MINUTE):
            tasks.append(group.create_task(_ask(fake, "m", number, number % _CHANNELS)))
            await asyncio.sleep(60 / _A_MINUTE)
    verdicts = [verdict for _, verdict in (each.result() for each in tasks)]
    refused = _refused(fake) - before
    return [
        Row(
            "slack",
            f"{_A_MINUTE} questions a minute over {_CHANNELS} channels, calls that Slack refused for their rate",
            ours=str(refused),
            bar="0",
            held=refused == 0,
        ),
        _row(f"verdict of these, p99; median {median(verdicts):.2f} s", verdicts, _VERDICT_SECONDS, at=98),
    ]


async def _ask(fake: FakeSlack, name: str, number: int, channel: int) -> tuple[float, float]:
    """Mention the bot; return the seconds until its first sign, and until the verdict stands in the thread."""
    began, place = time.monotonic(), fake.channel(f"channel{channel}")
    service = f"{name}-{number}"
    words = f"why {service} in shop symptom nxdomain"
    root = await fake.person(f"person{number}").mention(place, words)
    await fake.until(lambda: _has_sign(fake, root.ts), _PATIENCE)
    sign = time.monotonic() - began
    await fake.until(lambda: any(_ANSWER in said(each) for each in fake.thread(place, root.ts)), _PATIENCE)
    return sign, time.monotonic() - began


def _has_sign(fake: FakeSlack, thread: str) -> bool:
    own = (each.arguments for each in fake.api.calls if each.status)
    return any(thread in (each.get("thread_ts"), each.get("ts")) for each in own)


def _refused(fake: FakeSlack) -> int:
    return sum(each.status == 429 for each in fake.api.calls)  # noqa: PLR2004 - HTTP: too many requests


def _row(what: str, seconds: list[float], most: float, *, at: int | None = None) -> Row:
    found = max(seconds) if at is None else quantiles(seconds, n=100)[at]
    return Row(
        "slack", what, ours=f"{found:.2f} s", bar=f"≤ {most:g} s", held=found <= most, samples={"seconds": seconds}
    )
