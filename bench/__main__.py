"""`make bench`: measures each part, prints one table, writes bench.json. A missed bar is news, not a failure.

Exit code 0, or 1 where something could not be measured; then a sentence says what.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from bench.against import PAIRS, against
from bench.api_server import api_server
from bench.document import is_document, with_figures
from bench.endpoints import endpoints
from bench.growth import growth
from bench.lab import Lab
from bench.memory import memory
from bench.older import Older, install, installed
from bench.policies import policies
from bench.probes import probes
from bench.processes import BYTECODE, ROOT
from bench.reading import reading
from bench.resolvers import resolvers
from bench.rows import CannotMeasureError, Row, markdown
from bench.saved import saved
from bench.scope import scope
from bench.slack import slack
from bench.warm import warm
from bench.world import CROWDED, PODS_OF_WORLDS
from tests.live_cluster.binaries import build
from tests.live_cluster.network import inside, is_here, missing

# Those that work in this process come last: a child's peak memory begins at what this process has by then.
PARTS: dict[str, Callable[[Lab], Iterator[Row]]] = {
    "dump": saved,
    "live": reading,
    "digest": scope,
    "against": against,
    "memory": memory,
    "warm": warm,
    "api-server": api_server,
    "growth": growth,
    "slack": slack,
    "policies": policies,
    "resolvers": resolvers,
    "probes": probes,
    "endpoints": endpoints,
}
OF_TWO = {"against", "api-server"}  # nothing without an older commit
BESIDE = {*OF_TWO, "policies", "warm"}  # those that measure an older commit, too
CLUSTERED = {"live", "digest", "memory", "warm", *OF_TWO}
JSON = ROOT / "bench.json"


def main() -> int:
    """Measure what was asked for."""
    given = _arguments()
    parts = given.only or [each for each in PARTS if each not in OF_TWO or given.against]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # or etcd and the API server would outlive this run
    if CLUSTERED.intersection(parts):
        _enter_network(given.against)
    with contextlib.ExitStack() as stack:
        older = _older(stack, given)
        lab = stack.enter_context(Lab(small=given.small, turns=given.turns, older=older))
        rows, failed = measured(lab, parts)
        world = "; and ".join(map(str, lab.worlds))
    table = markdown(rows)
    print(f"\n{table}")
    JSON.write_bytes(msgspec.json.format(msgspec.json.encode({"at": datetime.now(UTC), "world": world, "rows": rows})))
    if given.write:
        given.write.write_text(with_figures(given.write.read_text(), _figures(table, world)))
    return int(failed)


def _arguments() -> argparse.Namespace:
    """Return the command line's; ends with a sentence where they do not fit together."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part alone; may be repeated")
    parser.add_argument("--small", action="store_true", help="leave out the cluster of 10,000 Services")
    parser.add_argument("--turns", type=int, default=7, help="how often each pair of processes is measured")
    against_help = f"also measure this older commit and ours side by side, in at least {PAIRS} pairs"
    parser.add_argument("--against", metavar="REV", help=against_help)
    parser.add_argument("--installed", type=Path, help=argparse.SUPPRESS)  # that commit, installed before the network
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into this document, too")
    given = parser.parse_args()
    if given.write and given.only:
        parser.error("--write is for all parts: without --only")
    if given.write and not is_document(given.write):
        parser.error(f"{given.write} is no document with the two marks between which the figures stand")
    only = set(given.only or ())
    for each in sorted(OF_TWO & only if not given.against else ()):
        parser.error(f"--only {each} is for --against REV")
    if given.against and only and not only & BESIDE:
        parser.error(f"--against REV is for --only {' or '.join(sorted(BESIDE))}")
    return given


def _older(stack: contextlib.ExitStack, given: argparse.Namespace) -> Older | None:
    if not given.against:
        return None
    return stack.enter_context(installed(given.installed or install(given.against)))


def _enter_network(against: str | None) -> None:
    """Go on in a network where addresses of pods are real; where that cannot be had, without them.

    What is built or installed is so before: nothing leaves that network.
    """
    if is_here() or missing():
        return
    command = inside(PODS_OF_WORLDS)
    if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
        with contextlib.suppress(subprocess.CalledProcessError, OSError):  # told where it is needed
            build()
        more = ["--installed", str(install(against))] if against else []
        BYTECODE.cleanup()
        os.execvp(command[0], [*command, sys.executable, "-m", "bench", *sys.argv[1:], *more])


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


def _figures(table: str, world: str) -> str:
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[2]:.1f} over 15 minutes"
    worlds = f"The clusters: {world}; and, for the memory of a worker, {CROWDED}, all in one namespace."
    return f"{datetime.now(UTC):%Y-%m-%d}, {machine}. {worlds}\n\n{table}"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotMeasureError as cause:  # before the first part: there is nothing to measure against
        sys.exit(f"make bench: {cause}")
