"""Runs of pytest side by side: the runs of a lane one after the other, the lanes at once.

What a run printed comes all at once when it ends, since runs would write into each other's lines.
"""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple


class Run(NamedTuple):
    """A process to run, and what it is called; `environ` comes on top of ours."""

    name: str
    command: Sequence[str]
    environ: Mapping[str, str] = {}


def side_by_side(lanes: Sequence[Sequence[Run]]) -> int:
    """Run them all, whatever fails, and give the first exit code that is not 0."""
    with ThreadPoolExecutor(len(lanes)) as pool:
        codes = [code for codes in pool.map(_in_turn, lanes) for code in codes]
    return next((code for code in codes if code), 0)


def _in_turn(lane: Sequence[Run]) -> list[int]:
    return [_do(each) for each in lane]


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
