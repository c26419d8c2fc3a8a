"""What reads a real cluster: `why`, as a whole process, and how many requests a question takes, in a small and a large one.

Floor: bench/floors/replay.py, which imports kubernetes.aio and makes the same requests with the same parallelism, raw. With
probes it stays the same floor; every address of the Service that is asked for then answers, or the row would be a deadline.
"""

from collections.abc import Iterator

from bench.lab import Lab
from bench.processes import ROOT, Run, compared, in_turns, program, python
from bench.recording import RecordingCluster, Request, apart, write_recording
from bench.rows import Row
from bench.world import CRASH, HEALTHY, TYPO, Place, World
from bot.cluster.live import COLD, WARM, ClusterWide, read
from bot.model.question.question import Question, Source

REPLAY = ROOT / "bench/floors/replay.py"
_MOST, _MOST_GROWTH = 1.5, 1.2


def reading(lab: Lab) -> Iterator[Row]:
    """`why` of a healthy Service and of one that selects nothing; then requests over questions of many kinds."""
    for world in lab.worlds:
        for remainder, what in ((HEALTHY, "a healthy Service"), (TYPO, "a selector's typo")):
            yield _why(lab, world, world.place(remainder), what)
        yield from _requests(lab, world)
    if len(lab.worlds) > 1:
        yield from _growth(lab)
    yield _probed(lab)


def _why(lab: Lab, world: World, place: Place, what: str) -> Row:
    made = apart(_asked, lab.plane(world).kubeconfig, [_question(place)])[0]
    floor, waves = _floor(lab, world, place, made)
    told = f"`why`, {world.services:,} Services, {what}: {len(made)} requests in {waves} waves"
    return compared("live", told, *in_turns(floor, _ours(lab, world, place, "--no-probe"), lab.turns), most=_MOST)


def _growth(lab: Lab) -> Iterator[Row]:
    """The same question in clusters of both sizes, in turns."""
    for remainder, what in ((HEALTHY, "a healthy Service"), (TYPO, "a selector's typo")):
        small, large = (_ours(lab, world, world.place(remainder), "--no-probe") for world in lab.worlds)
        told = f"`why`, {lab.worlds[1].services:,} Services beside {lab.worlds[0].services:,}, {what}"
        yield compared("live", told, *in_turns(small, large, lab.turns), most=_MOST_GROWTH)


def _probed(lab: Lab) -> Row:
    world = lab.worlds[-1]
    place = world.place(HEALTHY)
    lab.answering(world)
    made = apart(_asked, lab.plane(world).kubeconfig, [_question(place)])[0]
    floor, _ = _floor(lab, world, place, made)
    told = f"`why` with probes that are answered, {world.services:,} Services, a healthy Service"
    return compared("live", told, *in_turns(floor, _ours(lab, world, place), lab.turns), most=None)


def _ours(lab: Lab, world: World, place: Place, *more: str) -> Run:
    environ = {"KUBECONFIG": lab.plane(world).kubeconfig}
    return program("why", place.name, "-n", place.namespace, *more, environ=environ)


def _floor(lab: Lab, world: World, place: Place, made: list[Request]) -> tuple[Run, int]:
    """The floor of these requests, and in how many waves they came."""
    file = lab.folder / f"{world.services}-{place.name}.json"
    waves = write_recording(made, file)
    return python(str(REPLAY), str(file), lab.plane(world).kubeconfig), waves


def _requests(lab: Lab, world: World) -> Iterator[Row]:
    """The most that any question needed, with nothing known (cold) and with the shared part known (warm)."""
    kubeconfig = lab.plane(world).kubeconfig
    questions = list(_questions(world))
    cold = {what: apart(_asked, kubeconfig, [asked])[0] for what, asked in questions}
    warm = {what: apart(_asked, kubeconfig, [_question(world.place(0)), asked])[1] for what, asked in questions}
    for kind, made, most in (("cold", cold, COLD), ("warm", warm, WARM)):
        counts = {what: len(requests) for what, requests in made.items()}
        worst = max(counts, key=lambda each: counts[each])
        yield Row(
            "live",
            f"requests, {world.services:,} Services, {kind}, the most of {len(counts)} kinds of questions ({worst})",
            ours=f"{counts[worst]}",
            bar=f"≤ {most}",
            held=counts[worst] <= most,
            samples=counts,
        )


def _questions(world: World) -> Iterator[tuple[str, Question]]:
    healthy, typo, crash = (world.place(each) for each in (HEALTHY, TYPO, CRASH))
    caller = Source(namespace=world.place(0).namespace, workload=f"deploy/{world.place(0).name}")
    for place, what in ((healthy, "healthy"), (typo, "selector's typo"), (crash, "crashing pod")):
        yield what, _question(place)
        asked = Question(service=place.name, namespace=place.namespace, source=caller)
        yield f"{what}, from a workload elsewhere", asked
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
