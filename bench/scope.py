"""`check -n`, `digest -A`, as whole processes. Floor: one that fetches the same LISTs and decodes them into the same words."""

from collections.abc import Iterator

from bench.lab import Lab
from bench.processes import ROOT, compared, in_turns, middle, program, python
from bench.recording import RecordingCluster, Request, apart, write_recording
from bench.rows import Row
from bench.world import TYPO, World
from bot.cluster.namespaced import read_scope

REPLAY = ROOT / "bench/floors/replay.py"
_MOST = 1.5
_MOST_MB = 400


def scope(lab: Lab) -> Iterator[Row]:
    """Time and peak memory of both, which grow with what is read."""
    for world in lab.worlds:
        namespace = world.place(TYPO).namespace
        yield from _measured(lab, world, ("check", "-n", namespace), (namespace,), lab.turns)
        yield from _measured(lab, world, ("digest", "-A"), None, max(3, lab.turns // 2))


def _measured(
    lab: Lab, world: World, words: tuple[str, ...], namespaces: tuple[str, ...] | None, turns: int
) -> Iterator[Row]:
    kubeconfig = lab.plane(world).kubeconfig
    file = lab.folder / f"{world.services}-{words[0]}.json"
    made = apart(_recorded, kubeconfig, namespaces)
    write_recording(made, file)
    ours = program(*words, environ={"KUBECONFIG": kubeconfig})
    floors, owns = in_turns(python(str(REPLAY), str(file), kubeconfig, "--decode"), ours, turns)
    asked = " ".join(words[:2]).replace("-n", "-n NAMESPACE")
    what = f"`{asked}`, {world.services:,} Services, {len(made)} requests"
    yield compared("digest", what, floors, owns, most=_MOST)
    if namespaces is None:
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


async def _recorded(kubeconfig: str, namespaces: tuple[str, ...] | None) -> list[Request]:
    async with RecordingCluster(kubeconfig=kubeconfig) as cluster:
        await read_scope(cluster, namespaces)
        return cluster.made
