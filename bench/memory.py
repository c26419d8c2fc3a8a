"""Resident memory of the two kinds of process, as they run in a cluster: after their start, and after one question.

The worker reads the real API server and takes its questions from a real Valkey; it measures nothing, since the made-up pods
have no addresses to call.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

from bench.lab import Lab
from bench.manifests import REPLICAS, Place
from bench.rows import Row
from bench.stage import crowd, process, settings, until_said
from bench.world import CROWDED, TYPO, World
from playground.fake_slack import FakeSlack

_BARS = {"the Slack process": 110, "a worker": 130}
_AFTER, _CROWDED_BAR = "after one question", 250
_SETTLED = 1.0  # seconds after which an idle process has stopped allocating


def memory(lab: Lab) -> Iterator[Row]:
    """One row a process and moment; then a worker that was asked for what nothing in a crowded namespace carries."""
    for when, sizes in asyncio.run(_sizes(lab, lab.world, lab.world.place(0))).items():
        for name, size in sizes.items():
            yield _row(f"memory of {name}, {when}", size, _BARS[name])
    crowded = asyncio.run(_sizes(lab, CROWDED, CROWDED.place(TYPO)))[_AFTER]["a worker"]
    pods = CROWDED.services * REPLICAS
    yield _row(f"memory of a worker, after a selector's typo among {pods:,} pods of a namespace", crowded, _CROWDED_BAR)


def _row(what: str, size: float, bar: int) -> Row:
    return Row("memory", what, ours=f"{size:.0f} MB", bar=f"≤ {bar} MB", held=size <= bar, samples={"rss": size})


async def _sizes(lab: Lab, world: World, place: Place) -> dict[str, dict[str, float]]:
    log = lab.folder / f"worker-{world.services}.log"
    async with contextlib.AsyncExitStack() as stack:
        slack = await stack.enter_async_context(FakeSlack(crowd()))
        environ = settings(
            slack,
            lab.new_store(),
            K8SNET_CLUSTER="memory",
            K8SNET_PROBE="false",
            KUBECONFIG=lab.plane(world).kubeconfig,
        )
        worker = await stack.enter_async_context(process(log, "-m", "bot", "worker", environ=environ))
        bot = await stack.enter_async_context(
            process(lab.folder / "slack-memory.log", "-m", "bot", "slack", environ=environ)
        )
        await slack.connected()
        await until_said(log, "ready")
        pids = {"the Slack process": bot, "a worker": worker}
        found = {"idle after start": await _resident(pids)}
        await slack.person("person0").slash("channel0", f"/k8snet why {place.name} in {place.namespace}")
        await slack.until(lambda: _own(slack) > 1, 30.0)  # the line in the channel and the answer in its thread
        found[_AFTER] = await _resident(pids)
        return found


def _own(slack: FakeSlack) -> int:
    return sum(each.user == slack.workspace.bot.id for each in slack.workspace.messages.values())


async def _resident(pids: dict[str, int]) -> dict[str, float]:
    await asyncio.sleep(_SETTLED)
    return {name: resident(pid) for name, pid in pids.items()}


def resident(pid: int) -> float:
    """VmRSS in MB, shared libraries included: what the kernel charges a container for, and a little more."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024
