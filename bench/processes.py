"""Runs whole processes and takes their wall and CPU seconds, floor and ours in turns, so the machine's noise meets both."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct, to_builtins

from bench.rows import CannotMeasureError, Row

ROOT = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).parent / "k8snet"
BYTECODE = tempfile.TemporaryDirectory(prefix="k8snet-bench-bytecode-")  # gone when we are
_OF_THE_SHELL = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")  # what it says of modules
JUDGED = (0, 3, 4, 5)  # exit codes of an answer, whatever it says


class Sample(Struct, frozen=True):
    """One process: seconds on the wall, seconds of CPU (its children's included), peak resident MB."""

    wall: float
    cpu: float
    peak: float


class Run(Struct, frozen=True):
    """A command line to measure, and the exit codes that mean that it did its work."""

    words: tuple[str, ...]
    codes: tuple[int, ...] = (0,)
    environ: Mapping[str, str] = {}


def program(*words: str, environ: Mapping[str, str] | None = None, at: Path = PROGRAM) -> Run:
    """Return `k8snet …` as its user starts it; `at` is another one's path. Raises CannotMeasureError where it is missing."""
    if not at.exists():
        raise CannotMeasureError(f"{at} is missing: run `make setup`.")
    return Run((str(at), *words), JUDGED, environ or {})


def python(*words: str) -> Run:
    """A floor: a Python process."""
    return Run((sys.executable, *words))


def measure(run: Run) -> Sample:
    """Run once. `ru_maxrss` begins at what this process has, since a child is a copy of it; ours is kept small."""
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            run.words, stdout=subprocess.DEVNULL, stderr=said, cwd=ROOT, env=environ(run.environ)
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode not in run.codes:
            said.seek(0)
            last = said.read().decode(errors="replace").strip().splitlines()[-1:]
            raise CannotMeasureError(f"`{' '.join(run.words[:4])} …` ended with {process.returncode}: {' '.join(last)}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def environ(more: Mapping[str, str]) -> dict[str, str]:
    """The environment of every process that is measured, floors included.

    All modules have bytecode, as in an image; it is kept apart, whatever this shell says of writing it. No module comes from
    the shell's PYTHONPATH: an older commit would be measured with ours.
    """
    kept = {key: value for key, value in os.environ.items() if key not in _OF_THE_SHELL}
    return {**kept, "PYTHONPYCACHEPREFIX": BYTECODE.name, **more}


def in_turns(floor: Run, ours: Run, times: int) -> tuple[list[Sample], list[Sample]]:
    """Measure both, one after the other, after one turn that only warms caches."""
    floors, owns = [], []
    for turn in range(times + 1):
        pair = measure(floor), measure(ours)
        if turn:
            floors.append(pair[0])
            owns.append(pair[1])
    return floors, owns


def compared(part: str, what: str, floor: list[Sample], ours: list[Sample], most: float | None) -> Row:
    """A row of two processes and how many times slower ours may be, if that is bounded."""
    ratio = middle(ours).wall / middle(floor).wall
    return Row(
        part,
        what,
        ours=shown(ours),
        bar=f"≤ {most:g} ×" if most else "–",
        held=ratio <= most if most else None,
        floor=shown(floor),
        ratio=ratio,
        cpu_ratio=middle(ours).cpu / middle(floor).cpu,
        samples=to_builtins({"floor": floor, "ours": ours}),
    )


def middle(samples: Sequence[Sample]) -> Sample:
    """The median of each figure."""
    return Sample(*(median(getattr(each, field) for each in samples) for field in Sample.__struct_fields__))


def shown(samples: Sequence[Sample]) -> str:
    """Medians in words."""
    one = middle(samples)
    return f"{one.wall * 1000:.0f} ms (CPU {one.cpu * 1000:.0f}; {one.peak:.0f} MB)"
