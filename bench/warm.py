"""A worker that holds its cluster by watches, from job to answer through Valkey: wall, requests, memory, the API server's CPU.

Beside it a worker that holds nothing (K8SNET_WATCH=false), and `digest -A` as a process, on the same cluster in the same run.
Questions come without Slack, as its process puts them into the store and takes their answers, each asked anew (`fresh`).
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from statistics import median, quantiles
from typing import NamedTuple

from bench.lab import Lab
from bench.manifests import Place
from bench.memory import resident
from bench.processes import PROGRAM, compared, in_turns, measure, program
from bench.rows import CannotMeasureError, Row
from bench.stage import process, until_said
from bench.world import TYPO, World
from bot.config import read_config
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Run
from bot.model.question.question import Question
from bot.model.question.request import Kind
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.digest import Digest
from bot.model.ulid import ulid
from tests.live_cluster.seeded import SeededPlane

_ONE, _ROUNDS, _TOGETHER, _DIGESTS = 60, 15, 20, 4
_QUESTIONS, _EVERY = 100, 1.0  # of the API server's CPU, and seconds between two
_PATIENCE = 120.0  # seconds
_QUIET = 3  # questions in a row for which a warm worker asked for the Service alone
_SETTLED = 10.0  # seconds after which a worker that is warm has looked for garbage
SERVICES_OF_ONE = World(services=200, nodes=20, sizes=(200,))


class Asked(NamedTuple):
    """Seconds from job to answer, and the answer."""

    seconds: float
    found: Diagnosis | Digest


Ask = Callable[[Kind, Place | None], Awaitable[Asked]]


def warm(lab: Lab) -> Iterator[Row]:
    """Yield the rows of a warm worker in the largest world, and those of a triage beside `check`."""
    world = lab.worlds[-1]
    where, at = {"KUBECONFIG": lab.plane(world).kubeconfig}, lab.older.program if lab.older else PROGRAM
    cold = measure(program("digest", "-A", at=at, environ=where)).wall
    yield from asyncio.run(_questions(lab, world, cold))
    yield asyncio.run(_api_server(lab, world))
    yield _triage(lab)


async def _questions(lab: Lab, world: World, cold: float) -> list[Row]:
    places = list(world.places())
    async with _worker(lab, world, watch=True) as (ask, pid):
        one = [await ask(Kind.WHY, places[number * 37 % len(places)]) for number in range(_ONE)]
        many: list[Asked] = []
        for turn in range(_ROUNDS):
            chosen = [places[(turn * 991 + each * 53) % len(places)] for each in range(_TOGETHER)]
            many += await asyncio.gather(*(ask(Kind.WHY, each) for each in chosen))
        anew, *digests = [await ask(Kind.DIGEST, None) for _ in range(_DIGESTS)]
        size = resident(pid)
    reading = f"one of {lab.older.commit} that reads" if lab.older else "one that reads"
    told = f"{world.services:,} Services, warm worker, from job to answer"
    first, all_of_many = [each.seconds for each in one], [each.seconds for each in many]
    late, wall = quantiles(all_of_many, n=100)[98], median(each.seconds for each in digests)
    asked, of_digest = (median(each.found.api_requests for each in group) for group in (one, digests))
    return [
        _bounded(f"`why`, {told}, one at a time", median(first) * 1000, "ms", 50, first),
        _bounded(f"its requests, {told}", asked, "", 1, []),
        _bounded(f"`why`, {told}, {_TOGETHER} at once, p99 of {len(many)}", late * 1000, "ms", 150, all_of_many),
        _beside(f"`digest -A`, {told}; the first, beside {reading}", anew.seconds, cold),
        _beside(f"`digest -A`, {told}; those after it, beside {reading}", wall, cold, most=0.1),
        _bounded(f"its requests, {told}", of_digest, "", 5, []),
        _bounded(f"memory of a warm worker after all of these, {world.services:,} Services", size, "MB", 400, []),
    ]


def _bounded(what: str, found: float, unit: str, most: float, samples: list[float]) -> Row:
    bar = f"≤ {most:g} {unit}".strip()
    return Row(
        "warm", what, ours=f"{found:.0f} {unit}".strip(), bar=bar, held=found <= most, samples={"seconds": samples}
    )


def _beside(what: str, seconds: float, floor: float, most: float = 0.0) -> Row:
    ratio = seconds / floor
    return Row(
        "warm",
        what,
        ours=f"{seconds * 1000:.0f} ms",
        bar=f"≤ {most:g} ×" if most else "–",
        held=ratio <= most if most else None,
        floor=f"{floor * 1000:.0f} ms",
        ratio=ratio,
    )


async def _api_server(lab: Lab, world: World) -> Row:
    """Compare what the API server spends on the same questions, watches and the nodes' heartbeats of that time included."""
    spent = {}
    for watch in (False, True):
        async with _worker(lab, world, watch=watch) as (ask, _):
            spent[watch] = await _spent(lab.plane(world), ask, list(world.places()))
    return Row(
        "warm",
        f"API server's CPU for {_QUESTIONS} questions in {_QUESTIONS * _EVERY:.0f} s, {world.services:,} Services, warm worker",
        ours=f"{spent[True]:.1f} s",
        bar="≤ 0.2 ×",
        held=spent[True] <= 0.2 * spent[False],
        floor=f"{spent[False]:.1f} s",
        ratio=spent[True] / spent[False],
    )


async def _spent(plane: SeededPlane, ask: Ask, places: list[Place]) -> float:
    before = plane.api_server_seconds
    async with asyncio.TaskGroup() as tasks:
        for number in range(_QUESTIONS):
            tasks.create_task(_only(ask(Kind.WHY, places[number * 97 % len(places)])))
            await asyncio.sleep(_EVERY)
    return plane.api_server_seconds - before


async def _only(asked: Awaitable[Asked]) -> None:
    await asked


def _triage(lab: Lab) -> Row:
    """Compare a triage of a namespace with a `check` of it, as whole processes."""
    world = SERVICES_OF_ONE
    environ, namespace = {"KUBECONFIG": lab.plane(world).kubeconfig}, world.place(TYPO).namespace
    check, triage = (program(verb, "-n", namespace, environ=environ) for verb in ("check", "why"))
    what = f"`why -n`, triage of a namespace of {world.services} Services, beside `check -n` of it"
    return compared("warm", what, *in_turns(check, triage, lab.turns), most=1.3)


async def _warmed(ask: Ask, place: Place) -> None:
    """Wait until the worker asks for the Service alone, and has looked for garbage among what it holds."""
    end, quiet = time.monotonic() + _PATIENCE, 0
    while quiet < _QUIET:
        if time.monotonic() > end:
            raise CannotMeasureError("The worker does not hold the cluster.")
        found = (await ask(Kind.WHY, place)).found
        quiet = quiet + 1 if found.watch_age is not None and found.api_requests <= 1 else 0
        await asyncio.sleep(1.0)
    await asyncio.sleep(_SETTLED)


@contextlib.asynccontextmanager
async def _worker(lab: Lab, world: World, *, watch: bool) -> AsyncIterator[tuple[Ask, int]]:
    """Run a worker on a store of its own, and yield how it is asked and its process id; with `watch` it is warm by then."""
    environ = {
        "REDIS_URL": lab.new_store(),
        "K8SNET_CLUSTER": "warm",
        "K8SNET_PROBE": "false",
        "K8SNET_WATCH": str(watch).lower(),
        "KUBECONFIG": lab.plane(world).kubeconfig,
    }
    log, numbers = lab.folder / f"warm-{watch}.log", count()
    client = await JobClient.open(read_config({**environ, "K8SNET_CLUSTERS": "warm"}))
    waiting: dict[str, asyncio.Future[Answer]] = {}
    log.unlink(missing_ok=True)

    async def deliver(run: Run, answer: Answer) -> None:
        if not (known := waiting.pop(run.id)).done():
            known.set_result(answer)

    async def ask(kind: Kind, place: Place | None) -> Asked:
        began, asker = time.monotonic(), f"U{next(numbers)}"
        question = Question(service=place.name, namespace=place.namespace) if place else Question()
        run = Run(
            id=ulid(datetime.now(UTC), asker.encode().ljust(10, b"0")),
            question=question,
            kind=kind,
            asked_by=asker,
            channel=asker,
            fresh=True,
        )
        answered = waiting[run.id] = asyncio.get_running_loop().create_future()
        await client.ask(run)
        try:
            answer = await asyncio.wait_for(answered, _PATIENCE)
        except TimeoutError:
            raise CannotMeasureError(f"A question was not answered within {_PATIENCE:.0f} s.") from None
        assert isinstance(answer.result, Diagnosis | Digest), answer.result
        return Asked(time.monotonic() - began, answer.result)

    delivering = asyncio.create_task(client.answers(deliver))
    try:
        async with process(log, "-m", "bot", "worker", environ=environ) as pid:
            await until_said(log, "ready")
            if watch:
                await _warmed(ask, next(world.places()))
            yield ask, pid
    finally:
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        await client.close()
