"""An older commit of ours and this one side by side, as whole processes in turns: `make bench AGAINST=REV`.

The bar is on CPU seconds, which a busy machine distorts least, and on peak memory, which for a digest differs by a tenth from
run to run. Requests have rows of their own, with exit codes: a version that answers less is no faster one.
"""

from collections.abc import Iterator

from msgspec import to_builtins

from bench.counting import Counted, counted
from bench.lab import Lab
from bench.older import Older
from bench.processes import PROGRAM, Sample, in_turns, middle, program, shown
from bench.recording import apart
from bench.rows import Row
from bench.world import HEALTHY, TYPO, World

PAIRS = 15
_MOST_CPU = 1.1
_SAME_PEAK = 1.01  # ratio of medians up to which they are the same: what a process of 66 MB varies by
_MOSTLY = 0.8  # share of pairs; by chance alone 12 of 15 are larger once in 57 runs


def against(lab: Lab) -> Iterator[Row]:
    """Yield two rows for each command and size of cluster; none where no older commit was named."""
    if not lab.older:
        return
    for world in lab.worlds:
        for what, words in _commands(world):
            yield from _measured(lab, lab.older, world, what, words)


def _commands(world: World) -> Iterator[tuple[str, tuple[str, ...]]]:
    for remainder, what in ((HEALTHY, "a healthy Service"), (TYPO, "a selector's typo")):
        place = world.place(remainder)
        yield f"`why`, {world.services:,} Services, {what}", ("why", place.name, "-n", place.namespace, "--no-probe")
    yield f"`check -n NAMESPACE`, {world.services:,} Services", ("check", "-n", world.place(TYPO).namespace)
    yield f"`digest -A`, {world.services:,} Services", ("digest", "-A")


def _measured(lab: Lab, older: Older, world: World, what: str, words: tuple[str, ...]) -> Iterator[Row]:
    environ = {"KUBECONFIG": lab.plane(world).kubeconfig}
    then, now = (program(*words, at=at, environ=environ) for at in (older.program, PROGRAM))
    told = f"{what}, against {older.commit}"
    yield compared_with_older(told, *in_turns(then, now, max(PAIRS, lab.turns)))
    yield _requests(told, apart(counted, then), apart(counted, now))


def compared_with_older(what: str, older: list[Sample], ours: list[Sample]) -> Row:
    """Return the row of these pairs: ratios of medians, and whether both bars held; None where memory does not tell."""
    then, now = middle(older), middle(ours)
    cpu, peak = now.cpu / then.cpu, now.peak / then.peak
    return Row(
        "against",
        what,
        ours=shown(ours),
        bar=f"CPU ≤ {_MOST_CPU:g} ×, MB not larger",
        held=cpu <= _MOST_CPU and _not_larger(peak, older, ours),
        floor=shown(older),
        ratio=now.wall / then.wall,
        cpu_ratio=cpu,
        peak_ratio=peak,
        samples=to_builtins({"floor": older, "ours": ours}),
    )


def _not_larger(ratio: float, older: list[Sample], ours: list[Sample]) -> bool | None:
    """Return whether the peak has not grown; None where the medians say that it has and too few pairs do."""
    if ratio <= _SAME_PEAK:
        return True
    grown = sum(now.peak > then.peak for then, now in zip(older, ours, strict=True))
    return False if grown >= _MOSTLY * len(ours) else None


def _requests(what: str, older: Counted, ours: Counted) -> Row:
    return Row(
        "against",
        f"requests: {what}",
        ours=str(ours),
        bar="–",
        floor=str(older),
        samples=to_builtins({"floor": older, "ours": ours}),
    )
