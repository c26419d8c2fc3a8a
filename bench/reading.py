"""What reads a real cluster: `why` without probes, as a whole process, and how many requests a question takes.

Floor: bench/floors/replay.py, which imports kubernetes.aio and makes the same requests with the same parallelism, raw.
"""

import asyncio
from collections.abc import Iterator

from bench.lab import Lab
from bench.processes import ROOT, compared, in_turns, program, python
from bench.recording import RecordingCluster, Request, write_recording
from bench.rows import Row
from bench.world import CRASH, TYPO, Place
from bot.cluster.live import COLD, WARM, ClusterWide, read
from bot.model.question import Question, Source

REPLAY = ROOT / "bench/floors/replay.py"
_HEALTHY = TYPO + 2


def reading(lab: Lab) -> Iterator[Row]:
    """`why` of a healthy Service and of one that selects nothing; then requests over questions of many kinds."""
    plane, world = lab.plane, lab.world
    for remainder, what in ((_HEALTHY, "a healthy Service"), (TYPO, "a selector's typo")):
        place = world.place(remainder)
        made = asyncio.run(_asked(plane.kubeconfig, [_question(place)]))[0]
        file = lab.folder / f"{place.name}.json"
        waves = write_recording(made, file)
        ours = program("why", place.name, "-n", place.namespace, "--no-probe", environ={"KUBECONFIG": plane.kubeconfig})
        floor = python(str(REPLAY), str(file), plane.kubeconfig)
        told = f"`why`, live, {world.services:,} Services, {what}: {len(made)} requests in {waves} waves"
        yield compared("live", told, *in_turns(floor, ours, lab.turns), most=1.5)
    yield from _requests(lab)


def _requests(lab: Lab) -> Iterator[Row]:
    """The most that any question needed, with nothing known (cold) and with the shared part known (warm)."""
    questions = list(_questions(lab))
    cold = {what: asyncio.run(_asked(lab.plane.kubeconfig, [asked]))[0] for what, asked in questions}
    warm = {
        what: asyncio.run(_asked(lab.plane.kubeconfig, [_question(lab.world.place(0)), asked]))[1]
        for what, asked in questions
    }
    for kind, made, most in (("cold", cold, COLD), ("warm", warm, WARM)):
        counts = {what: len(requests) for what, requests in made.items()}
        worst = max(counts, key=lambda each: counts[each])
        yield Row(
            "live",
            f"requests of a question, {kind}, the most of {len(counts)} kinds ({worst})",
            ours=f"{counts[worst]}",
            bar=f"≤ {most}",
            held=counts[worst] <= most,
            samples=counts,
        )


def _questions(lab: Lab) -> Iterator[tuple[str, Question]]:
    world = lab.world
    healthy, typo, crash = (world.place(each) for each in (_HEALTHY, TYPO, CRASH))
    caller = Source(namespace=world.place(0).namespace, workload=f"deploy/{world.place(0).name}")
    yield "healthy", _question(healthy)
    yield "selector's typo", _question(typo)
    yield "crashing pod", _question(crash)
    yield (
        "healthy, from a workload elsewhere",
        Question(service=healthy.name, namespace=healthy.namespace, source=caller),
    )
    yield (
        "selector's typo, from a workload elsewhere",
        Question(service=typo.name, namespace=typo.namespace, source=caller),
    )
    yield (
        "crashing pod, from a workload elsewhere",
        Question(service=crash.name, namespace=crash.namespace, source=caller),
    )
    yield "no namespace said", Question(service=healthy.name)
    yield "no Service of that name", Question(service=f"{healthy.name}x", namespace=healthy.namespace)


def _question(place: Place) -> Question:
    return Question(service=place.name, namespace=place.namespace)


async def _asked(kubeconfig: str, questions: list[Question]) -> list[list[Request]]:
    """Read for some questions, one after the other, with one cache; give the requests of each."""
    cache = ClusterWide()
    async with RecordingCluster(kubeconfig=kubeconfig) as cluster:
        made = []
        for each in questions:
            before = len(cluster.made)
            await read(cluster, each, cache=cache)
            made.append(cluster.made[before:])
        return made
