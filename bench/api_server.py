"""What a hundred questions in ten minutes cost the API server: a warm worker beside those of an older commit.

Each is asked in Slack, as people ask, so that neither's own words are needed. Ten minutes of an API server tell little: what
it does for itself takes longer than all questions. So each cost is measured in short windows, in turns, and the ten minutes
are calculated from those in which it did not look for garbage (`bench.shares`). An older worker reads nodes and DNS anew
after half a minute, which at that pace is with each sixth question: so several of them are asked, six questions each in a
window. A connection that waits longer than fifteen seconds was ended by the older ones, which no window shows.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping

from msgspec import to_builtins

from bench.lab import Lab
from bench.older import Older
from bench.processes import ROOT
from bench.rows import CannotMeasureError, Row
from bench.shares import QUESTIONS, SECONDS, Window, costs
from bench.stage import CROWD, crowd, process, settings, until_said
from bench.world import World
from bot.config import read_config
from bot.jobs.client import JobClient
from playground.fake_slack import FakeSlack
from tests.live_cluster.seeded import SeededPlane

_MOST = 0.2
_PATIENCE = 180.0  # seconds
_ROUNDS, _PAIRS = 2, 3  # in each round a worker of ours starts and ends; pairs of windows with it, and as many without
_WINDOW = 20  # seconds
_BEATS = 300.0  # seconds after which the first nodes of a new cluster send a heartbeat (tests/live_cluster/kwok.yaml)
_OLDER, _OF_OLDER, _OF_OURS = 5, 6, 100  # older workers; questions of a window to each of them, and to ours
_SETTLED = 75.0  # seconds after which a warm worker has heard of each kind, and its lists are forgotten
_CLUSTER = "asked"

Ask = Callable[[int], Awaitable[None]]  # asks so many questions and returns when they are answered


def api_server(lab: Lab) -> Iterator[Row]:
    """Yield one row in the largest world; none where no older commit was named."""
    if lab.older:
        yield asyncio.run(_compared(lab, lab.worlds[-1], lab.older))


async def _compared(lab: Lab, world: World, older: Older) -> Row:
    windows = await _windows(lab, world, older)
    then, now = costs(windows)
    return Row(
        "api-server",
        f"API server's CPU for {QUESTIONS} questions in {SECONDS / 60:.0f} minutes, {world.services:,} Services, warm worker, "
        f"against {older.commit}; calculated from windows: {then.question * 1000:.0f} ms a question then, "
        f"{now.question * 1000:.1f} ms now and {now.keeping * 60:.2f} s a minute for what a warm worker holds",
        ours=f"{now.total:.1f} s",
        bar=f"≤ {_MOST:g} ×",
        held=now.total <= _MOST * then.total if then.total > 0 else None,  # lost in what the server does for itself
        floor=f"{then.total:.1f} s",
        ratio=now.total / then.total,
        samples=to_builtins({"windows": windows, "floor": then, "ours": now}),
    )


async def _windows(lab: Lab, world: World, older: Older) -> list[Window]:
    plane, windows = lab.plane(world), list[Window]()
    async with contextlib.AsyncExitStack() as stack:
        theirs = [await stack.enter_async_context(_worker(lab, world, older, each)) for each in range(_OLDER)]

        async def ask_older(number: int) -> None:
            await asyncio.gather(*(ask(number) for ask in theirs))

        await asyncio.sleep(_BEATS)
        for turn in range(_ROUNDS):
            for _ in range(_PAIRS):
                windows.append(await _window(plane, "alone"))
                windows.append(await _window(plane, "older", ask_older, _OF_OLDER, workers=_OLDER))
            async with _worker(lab, world, None, turn) as ask_ours:
                await asyncio.sleep(_SETTLED)
                for _ in range(_PAIRS):
                    windows.append(await _window(plane, "kept"))
                    windows.append(await _window(plane, "ours", ask_ours, _OF_OURS))
    return windows


async def _window(
    plane: SeededPlane, kind: str, ask: Ask | None = None, number: int = 0, *, workers: int = 1
) -> Window:
    """Return what was spent in a window; what is asked must be answered by its end."""
    asking = asyncio.ensure_future(ask(number)) if ask else None
    began, spent, collections = time.monotonic(), plane.api_server_seconds, plane.collections
    await asyncio.sleep(_WINDOW)
    if asking:
        await asking
    found = Window(
        kind,
        time.monotonic() - began,
        plane.api_server_seconds - spent,
        number * workers,
        plane.collections - collections,
    )
    print(f"  {kind}: {found.spent:.2f} s in {found.seconds:.0f}, {found.collections} collections", file=sys.stderr)
    return found


@contextlib.asynccontextmanager
async def _worker(lab: Lab, world: World, older: Older | None, turn: int) -> AsyncIterator[Ask]:
    """Run a worker and the Slack process, of an older commit if one is given, on a store of their own; ours is warm by then."""
    places = list(world.places())
    async with FakeSlack(crowd()) as slack:
        environ = settings(
            slack,
            lab.new_store(),
            K8SNET_CLUSTER=_CLUSTER,
            K8SNET_PROBE="false",
            KUBECONFIG=lab.plane(world).kubeconfig,
            **({} if older else {"K8SNET_WATCH": "true"}),
        )
        asked = turn * 1000

        async def one(number: int, after: float) -> None:
            await asyncio.sleep(after)
            place, whose = places[number * 97 % len(places)], number % CROWD
            await slack.person(f"person{whose}").slash(
                f"channel{whose}", f"/k8snet why {place.name} in {place.namespace}"
            )

        async def ask(number: int) -> None:
            nonlocal asked
            due = _answered(slack) + number
            every = 0.9 * _WINDOW / number
            await asyncio.gather(*(one(asked + each, each * every) for each in range(number)))
            asked += number
            await slack.until(lambda: _answered(slack) >= due, _PATIENCE)

        async with _running(lab, older, environ, turn):
            await slack.connected()
            if not older:
                await _warmed(environ)
            yield ask


def _answered(slack: FakeSlack) -> int:
    """Return how many threads hold a verdict, which names the three layers."""
    own = (each for each in slack.workspace.messages.values() if each.user == slack.workspace.bot.id)
    return len({each.thread_ts for each in own if each.thread_ts and "DNS" in str(each)})


@contextlib.asynccontextmanager
async def _running(lab: Lab, older: Older | None, environ: Mapping[str, str], turn: int) -> AsyncIterator[None]:
    folder, name = (older.folder, older.commit) if older else (ROOT, "ours")
    log = lab.folder / f"asked-{name}-{turn}.log"
    async with (
        process(log, "-m", "bot", "worker", environ=environ, folder=folder),
        process(lab.folder / f"asked-{name}-{turn}-slack.log", "-m", "bot", "slack", environ=environ, folder=folder),
    ):
        await until_said(log, "ready", _PATIENCE)
        yield


async def _warmed(environ: Mapping[str, str]) -> None:
    """Wait until the worker says that it holds all kinds."""
    client = await JobClient.open(read_config(environ))
    end = time.monotonic() + _PATIENCE
    try:
        while True:
            held = (await client.held(_CLUSTER)).values()
            if held and all(each.kinds and not each.read for each in held):
                return
            if time.monotonic() > end:
                raise CannotMeasureError(f"The worker does not hold the cluster within {_PATIENCE:.0f} s.")
            await asyncio.sleep(1.0)
    finally:
        await client.close()
