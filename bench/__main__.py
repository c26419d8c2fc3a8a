"""`make bench`: measures each part, prints one table, writes bench.json. A missed bar is news, not a failure.

Exit code 0, or 1 where something could not be measured; then a sentence says what.
"""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.ack import ack
from bench.lab import Lab
from bench.memory import memory
from bench.policies import policies
from bench.processes import ROOT
from bench.reading import reading
from bench.rows import CannotMeasureError, Row, markdown
from bench.saved import saved
from bench.scope import scope

PARTS: dict[str, Callable[[Lab], Iterator[Row]]] = {
    "dump": saved,
    "policies": policies,
    "ack": ack,
    "live": reading,
    "digest": scope,
    "memory": memory,
}
JSON = ROOT / "bench.json"
_INTRODUCTION = """# Speed

Written by `python -m bench --write docs/bench.md`; `make bench` measures again on your machine.
Each figure is compared with a floor that is measured in the same run, floor and ours in turns: the smallest process that does
the same unavoidable work. Medians; CPU seconds beside the wall, since they are what a busy machine cannot distort.
`live` and `digest` read a real etcd and kube-apiserver on loopback that hold {world},
one Service in twenty of them broken. All processes find bytecode, as in an image.

{date}, {machine}.

{table}
Floors. `why --dump`: `python -c 'import msgspec, typer'`. `why` live: a process that imports `kubernetes.aio` and makes the
same requests in the same order and parallelism, keeping raw bytes. `digest`: the same lists, decoded into the same words.
Ack: a Bolt app by Socket Mode that only acknowledges. A ratio close to its bar falls on either side of it from run to run.
"""


def main() -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part alone; may be repeated")
    parser.add_argument("--big", action="store_true", help="a cluster of 10,000 Services: minutes to fill")
    parser.add_argument("--turns", type=int, default=7, help="how often each pair of processes is measured")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as a document, too")
    given = parser.parse_args()
    if given.write and given.only:
        parser.error("--write is for all parts: without --only")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or etcd and the API server would outlive this run
    with Lab(big=given.big, turns=given.turns) as lab:
        rows, failed = measured(lab, given.only or list(PARTS))
        world = str(lab.world)
    table = markdown(rows)
    print(f"\n{table}")
    JSON.write_bytes(msgspec.json.format(msgspec.json.encode({"at": datetime.now(UTC), "world": world, "rows": rows})))
    if given.write:
        given.write.write_text(_document(table, world))
    return int(failed)


def measured(lab: Lab, parts: list[str]) -> tuple[list[Row], bool]:
    """The rows of these parts, and whether one of them could not be measured."""
    rows: list[Row] = []
    failed = False
    for part in parts:
        print(f"measuring {part} …", file=sys.stderr)
        try:
            rows.extend(PARTS[part](lab))
        except (CannotMeasureError, TimeoutError) as error:
            failed = True
            print(f"make bench: {part} cannot be measured: {error}", file=sys.stderr)
    return rows, failed


def _document(table: str, world: str) -> str:
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[2]:.1f} over 15 minutes"
    return _INTRODUCTION.format(date=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine, table=table, world=world)


if __name__ == "__main__":
    sys.exit(main())
