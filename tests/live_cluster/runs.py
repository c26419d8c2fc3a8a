"""Runs of pytest side by side: as many at once as two cores bear, each next one as soon as one ends.

They wait a lot, for kubelets and for time-outs, so two cores bear three clusters; four took longer. What a run
printed comes all at once when it ends, since runs would write into each other's lines.
"""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

AT_ONCE = 3


class Run(NamedTuple):
    """A process to run, and what it is called; `environ` comes on top of ours."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = {}


def side_by_side(runs: Sequence[Run]) -> int:
    """Run them all, whatever fails, those that take longest first, and give the first exit code that is not 0."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        codes = list(pool.map(_do, runs))
    return next((code for code in codes if code), 0)


def _do(run: Run) -> int:
    began = time.monotonic()
    done = subprocess.run(
        run.command,
        env={"GOGC": "400", **os.environ, **run.environ},  # two thousand kubectls need no garbage collector
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    print(f"{run.name}, {time.monotonic() - began:.0f} s:\n{done.stdout}", flush=True)
    return done.returncode
