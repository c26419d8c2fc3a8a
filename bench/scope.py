"""`digest -A` as a whole process. Floor: a process that fetches the same LISTs and decodes them into the same words."""

import asyncio
from collections.abc import Iterator

from bench.lab import Lab
from bench.processes import ROOT, compared, in_turns, middle, program, python
from bench.recording import RecordingCluster, Request, write_recording
from bench.rows import Row
from bot.cluster.scope import read_scope

REPLAY = ROOT / "bench/floors/replay.py"
_MOST_MB = 400


def scope(lab: Lab) -> Iterator[Row]:
    """Time and peak memory; both grow with the cluster."""
    plane, world = lab.plane, lab.world
    file = lab.folder / "digest.json"
    made = asyncio.run(_recorded(plane.kubeconfig))
    write_recording(made, file)
    ours = program("digest", "-A", environ={"KUBECONFIG": plane.kubeconfig})
    floors, owns = in_turns(python(str(REPLAY), str(file), plane.kubeconfig, "--decode"), ours, max(3, lab.turns // 2))
    what = f"`digest -A`, {world.services:,} Services, {len(made)} requests"
    yield compared("digest", what, floors, owns, most=1.5)
    peaks = [round(middle(each).peak) for each in (floors, owns)]
    yield Row(
        "digest",
        "its peak memory",
        ours=f"{peaks[1]} MB",
        bar=f"≤ {_MOST_MB} MB",
        held=peaks[1] <= _MOST_MB,
        floor=f"{peaks[0]} MB",
        ratio=peaks[1] / peaks[0],
    )


async def _recorded(kubeconfig: str) -> list[Request]:
    async with RecordingCluster(kubeconfig=kubeconfig) as cluster:
        await read_scope(cluster, None)
        return cluster.made
