"""What a hundred questions in ten minutes cost the API server: a warm worker beside that of an older commit.

Each is asked in Slack, as people ask, so that neither's own words are needed. The API server's CPU of that time counts, watches
and what they hear included, less what it spends alone in as much time. Reading all once, when a worker starts, is before.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator, Mapping

from bench.lab import Lab
from bench.older import Older
from bench.processes import ROOT
from bench.rows import CannotMeasureError, Row
from bench.stage import CROWD, crowd, process, settings, until_said
from bench.world import World
from bot.config import read_config
from bot.jobs.client import JobClient
from playground.fake_slack import FakeSlack

QUESTIONS, SECONDS = 100, 600.0
_MOST = 0.2
_PATIENCE = 180.0  # seconds
_SETTLED = 20.0  # seconds after which a worker that is warm has looked for garbage
_CLUSTER = "asked"


def api_server(lab: Lab) -> Iterator[Row]:
    """Yield one row in the largest world; none where no older commit was named."""
    if lab.older:
        yield asyncio.run(_compared(lab, lab.worlds[-1], lab.older))


async def _compared(lab: Lab, world: World, older: Older) -> Row:
    plane = lab.plane(world)
    before = plane.api_server_seconds
    await asyncio.sleep(SECONDS)  # less would not do: in some minutes it spends ten times as much as in others
    alone = plane.api_server_seconds - before
    then, now = [await _spent(lab, world, each) - alone for each in (older, None)]
    return Row(
        "api-server",
        f"API server's CPU for {QUESTIONS} questions in {SECONDS / 60:.0f} minutes, {world.services:,} Services, warm worker, "
        f"against {older.commit}; {alone:.1f} s that it spends alone are not in it",
        ours=f"{now:.1f} s",
        bar=f"≤ {_MOST:g} ×",
        held=now <= _MOST * then,
        floor=f"{then:.1f} s",
        ratio=now / then,
        samples={"alone": alone, "floor": then, "ours": now},
    )


async def _spent(lab: Lab, world: World, older: Older | None) -> float:
    """Return the API server's seconds while a worker, ours or an older one, is asked."""
    plane, places = lab.plane(world), list(world.places())
    watch = {} if older else {"K8SNET_WATCH": "true"}
    async with FakeSlack(crowd()) as slack:
        environ = settings(
            slack,
            lab.new_store(),
            K8SNET_CLUSTER=_CLUSTER,
            K8SNET_PROBE="false",
            KUBECONFIG=plane.kubeconfig,
            **watch,
        )
        async with _running(lab, older, environ):
            await slack.connected()
            if not older:
                await _warmed(environ)
            before = plane.api_server_seconds
            async with asyncio.TaskGroup() as tasks:
                for number in range(QUESTIONS):
                    place, whose = places[number * 97 % len(places)], number % CROWD
                    asked = f"/k8snet why {place.name} in {place.namespace}"
                    tasks.create_task(slack.person(f"person{whose}").slash(f"channel{whose}", asked))
                    await asyncio.sleep(SECONDS / QUESTIONS)
            await slack.until(lambda: _answered(slack) >= QUESTIONS, _PATIENCE)
            return plane.api_server_seconds - before


def _answered(slack: FakeSlack) -> int:
    """Return how many threads hold a verdict, which names the three layers."""
    own = (each for each in slack.workspace.messages.values() if each.user == slack.workspace.bot.id)
    return len({each.thread_ts for each in own if each.thread_ts and "DNS" in str(each)})


@contextlib.asynccontextmanager
async def _running(lab: Lab, older: Older | None, environ: Mapping[str, str]) -> AsyncIterator[None]:
    """Run a worker and the Slack process, of an older commit if one is given, until the end of the block."""
    folder, name = (older.folder, older.commit) if older else (ROOT, "ours")
    log = lab.folder / f"asked-{name}.log"
    async with (
        process(log, "-m", "bot", "worker", environ=environ, folder=folder),
        process(lab.folder / f"asked-{name}-slack.log", "-m", "bot", "slack", environ=environ, folder=folder),
    ):
        await until_said(log, "ready", _PATIENCE)
        yield


async def _warmed(environ: Mapping[str, str]) -> None:
    """Wait until the worker says that it holds all kinds, and has looked for garbage among them."""
    client = await JobClient.open(read_config(environ))
    end = time.monotonic() + _PATIENCE
    try:
        while True:
            held = (await client.held(_CLUSTER)).values()
            if held and all(each.kinds and not each.read for each in held):
                break
            if time.monotonic() > end:
                raise CannotMeasureError(f"The worker does not hold the cluster within {_PATIENCE:.0f} s.")
            await asyncio.sleep(1.0)
    finally:
        await client.close()
    await asyncio.sleep(_SETTLED)
