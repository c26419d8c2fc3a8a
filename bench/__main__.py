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
_INTRODUCTION = """# Speed

Written by `python -m bench --write docs/bench.md`; `make bench` measures again on your machine.
Each figure is compared with a floor that is measured in the same run, floor and ours in turns: the smallest process that does
the same unavoidable work. Medians; CPU seconds and peak memory beside the wall, since a busy machine does not distort them.
`live` and `digest` read real clusters on loopback, each an etcd, a kube-apiserver and kwok, which keeps the nodes alive:
{world}; one Service in twenty is broken. A third, for the memory of a worker, has {crowded}, all in one namespace.
They are written straight into etcd before the API server starts. All processes find bytecode, as in an image.

{date}, {machine}.

{table}
Floors. `why --dump`: `python -c 'import msgspec, typer'`. `why`: a process that imports `kubernetes.aio` and makes the
same requests in the same order and parallelism, keeping raw bytes. `check` and `digest`: the same lists, decoded into the same
words. `why` in a large cluster: the same question in the small one. Ack: a Bolt app by Socket Mode that only acknowledges.
`why` with probes of 20 endpoints: reading and the slowest of its probes, alone, one after the other.
`why` is measured without probes, and once with them. There its floor is that of the requests; DNS and every address that is
asked answer, which is the best case: silence costs up to the deadline of 5 s, whatever the cluster's size.
A ratio close to its bar falls on either side of it from run to run.

`make bench AGAINST=REV` measures another commit beside this one, too: `why`, `check` and `digest` of both, each installed in
an environment of its own, in turns in the same clusters, in at least {pairs} pairs; `ONLY=against` measures nothing else, and
`ONLY=policies` its policy decisions alone; `ONLY=api-server` (a quarter of an hour) asks a warm worker and that commit's,
through Slack, in short windows beside others without questions, and calculates what a hundred questions in ten minutes cost
the API server. The floor is then that commit, and the bars are CPU within 10 % and peak memory not larger. Memory is larger
where its median is by more than 1 % and four pairs in five agree; where they do not, the row says `unclear`. Requests and exit
codes have rows of their own.

Beside commit 61060a5 in turns, 2026-11-29, load 5 to 12 on 2 cores, so CPU counts; API server 1.37.2, medians of 5 to 15
pairs:

| what | 61060a5 | now | ratio | bar |
|---|---|---|---|---|
| `why`, live, 1,000 Services, a healthy one | CPU 356 ms, 66 MB | CPU 206 ms, 50 MB | wall 0.62, CPU 0.58 | 0.6 |
| the same, 10,000 Services | CPU 399 ms, 76 MB | CPU 236 ms, 59 MB | wall 0.57, CPU 0.59 | 0.6 |
| `check -n`, 10,000 Services | CPU 408 ms, 80 MB | CPU 293 ms, 62 MB | wall 0.95, CPU 0.72 | – |
| `digest -A`, 10,000 Services, cold | 12.3 s, CPU 4.9 s, 272 MB | 7.4 s, CPU 3.6 s, 239 MB | wall 0.60, CPU 0.73 | 0.5; 0.6 |
| `why --dump`, 16 objects in YAML, a healthy Service | CPU 111 ms | CPU 94 ms | CPU 0.83 | 0.7 |
| the same in JSON | CPU 75 ms | CPU 69 ms | CPU 0.91 | 0.7 |
| the same, a selector's typo | CPU 85 ms | CPU 86 ms | CPU 1.0 | 0.7 |

The rows of `why --dump` are of 9 to 15 turns at load 8 to 12. At load 8 to 9 `why` of a
healthy one took 0.62 and 0.63 of the wall and 0.58 and 0.59 of the CPU, `check -n` 0.77 and 0.72; the digest, in five pairs at
load 10 and seven at load 14 to 17, 0.81 and 0.56 of the wall, 0.76 and 0.77 of the CPU.

Where the CPU of a `why --dump` in JSON goes: Python's start 8 ms; msgspec and the modules of Python that it takes 16; 245
modules of ours 34, of which checks, their facts and the engine 6, the words 23, the rest 5; reading, judging and printing 7;
YAML costs 10 on top, 7 of them to load PyYAML. Before checks were loaded by occasion there were 398 modules, and 15 ms more. A
Service with a fault loads some 36 checks instead of 20, and what they share, which is why a typo gains less. Tried as well,
2026-11-29: annotations as strings (`from __future__ import annotations`) cost 3 % more; to end without Python's own end saves
nothing that can be measured; the bytecode of all modules in one file saves 12 ms, and would be an import system of our own
(docs/decisions.md). Below 0.7 × lies only what loads half of the words, too: the policies' and the Corefile's are loaded
where there is no policy and no rewrite, since the case and the hops are made of them.

Where that of a cold digest goes: decoding 374 MB of pods and 140 MB of the rest 0.6 s, folding them 0.5, gzip 0.4, TLS,
sockets and copies 0.4, imports 0.3, judging 1.4: 9,500 plain Services 0.9 (90 µs each; their endpoints and pods 40, policies
22, DNS 16, twenty checks 12), 500 broken ones 0.5 (1 ms each). Uncompressed answers cost 4 % more CPU, so they stay
compressed. Since then a plain Service is asked nine checks, and what is the same for all is looked at once: in process, in
turns, judging fell from 1.44 to 1.35 s. Since 2026-11-29 a plain Service is seen in its slices and pods as they are, without
endpoints made of them, and policies judge one pod of each kind: 1.23 s became 1.12 s, in turns again. What is left of them:
500 broken ones 0.37, whether a Service is plain 0.24, policies 0.17, nine checks 0.12, DNS 0.1, what is looked at once 0.1.
Since that evening lists are cut into parts of 256 KiB instead of 1 MiB, equal values are looked up without a call, and a
selector's typo is weighed without counters. The machine was at load 15 to 31, so only turns in one process tell: decoding 75
MB of pods as they come 0.33 s beside 0.48 (medians of 25), all of reading 1,000 Services 0.30 beside 0.33 (the best of 12;
their medians are alike), a whole digest of these 3.91 beside 3.95 billion instructions. Whole processes with 10,000 Services,
three turns before a server that plays prepared answers, differed by less than their noise (8.7 to 9.2 s of CPU beside 8.3 to
8.7), and the row above was not measured again. Of that CPU, samples say, Python's interpreter takes 73 %, msgspec 13, copies
5, gzip 4, the kernel 4. A warm worker keeps each row with all that was asked for it (docs/decisions.md): in process, in
turns, load 13, judging all took 2.4 s of CPU without that, 3.1 with the notes, 0.56 where nothing had changed since, 0.73
where one pod had.

Policies beside that commit, 2026-11-28, load 4 to 12, five pairs: 1.77 × its decisions a second (48,622 beside 27,449; bar
1.5), with a third of the policies in admin tiers, which it has none of. An index that has looked at each of 50,000 pods costs
5.3 × one of 5,000 (bar 11).

A warm worker, 10,000 Services and 50,000 pods, 2026-11-29: a `why` at a time takes 5 to 11 ms from job to answer through
Valkey (bar 50), with one request and 5 to 7 ms of the worker's CPU. Twenty at once cost it 4.5 ms each, so that the last of
them waits for 90 ms at least: 101 to 139 ms in the best round of fifteen. At load 5 to 6 the p99 was 134 and 168 ms (bar
150), at load 8 to 9 it was 210 to 338 ms with a median of 79 to 87 ms, at load 12 to 20 the median 94 to 120 ms and the p99
500 to 840 ms, the worst round of fifteen: each question asks the API server for its Service, and that waits for a core, too.
Alone on the machine (load 0.3) it was 123 ms, and a `why` at a time 5 ms.
A digest asks one or two requests. At load 9 to 13 the first, which judges every row, took 4.9 s, those after it 0.62 s: 0.03 ×
the wall of one of 61060a5 that reads (18 to 29 s, 5.4 to 6.8 s of CPU; bar 0.1). Without kept rows each took 1.7 to 2 s of CPU,
and of the wall 0.11 to 0.32 × one of ours that reads. Memory after all of these is 337 to 355 MB (bar 400).
The API server's CPU for 100 questions in 100 s, 2026-11-28: 2.5 s beside 14.9 s of
a worker of ours without watches (0.17 ×, bar 0.2); alone on the machine, 2026-11-29, 3.2 s beside 4.2, of which 1.1 are spent
where nobody asks. As the bar means it, a hundred questions in ten minutes through Slack beside workers of 61060a5
(`ONLY=api-server`, 2026-11-29, load 1): a question cost the API server 4 ms then and 2.1 ms now, 0.4 s and 0.2 s for a
hundred, 0.48 × (bar 0.2, missed); at load 8 to 12 it was 6.9 and 2.1 ms. Windows of one kind differ by as much as these, so a
ratio tells little more than that both are small: the API server spends 30 to 40 s in those ten minutes by itself, in bursts of
2 to 4 s, which are left out. What a warm worker that is asked nothing costs was less than windows differ by, 0.1 s in 20 s.
A connection that waits is kept for 75 s since 2026-11-29 (before: 15 s): a request on a new one cost 2.3 ms more of a client's
CPU than 0.4 and 1.9 ms more of the server's than 0.4 (150 requests of each, twice, load 28, a server in Python on loopback with
an RSA key), so for questions further apart than that the handshake was most of the price. Windows of `ONLY=api-server` ask
more often and do not show it.
Twenty questions in the second minute after its start each listed
the NetworkPolicies, too, since no bookmark comes of a kind of which nothing changes; such a watch is now renewed before it has
been silent for too long (`tests/live_cluster/test_watches.py`). A triage of a namespace of 200 Services: 1.07 × the wall of
`check -n` (CPU 1.24 ×, bar 1.3).

Other programs, by hand, 2026-11-29, load 5 to 13: in the cluster of 10,000 Services, popeye 0.22.1 (`popeye -A -s svc`) took
113 and 99 s, 62 and 59 s of CPU and 5.5 GB for the Services alone; `k8snet digest -A` beside it, with all that it looks at,
14.2 (the first, which compiled its modules) and 6.3 s, 4.3 and 3.9 s of CPU, 240 MB: popeye takes 8 and 15.5 × the wall, 14 and
15 × the CPU. It and k8sgpt 0.4.0 look at Endpoints, the API that EndpointSlices took the place of and of which this cluster has
no objects: popeye says for each Service that it found none, and `k8sgpt analyze -f Service` reads one empty list, finds no
problem in 0.1 s, and so is not compared.

Growth, `ONLY=growth`, 2026-11-29, load 5 to 12, in process, decoding and folding, judging, memory: 1,000 Services 0.1 s, 0.3
s of CPU, 75 MB; 10,000 Services and 50,000 pods 0.8 s, 1.5 s, 210 MB; 50,000 Services and 250,000 pods 5.2 s, 7.3 s, 836 MB:
0.4, 0.23 and 0.25 ms for a Service, linear from ten thousand on, and a thousand bear the loading of the checks.

Where one process ends: at 4.5 ms a question one core answers some 200 warm questions a second. A digest of 10,000 Services
takes a core for 2 s, one of 50,000 for 7 s of judging. A worker that holds 50,000 pods has 270 MB, 4 KB a pod over its 75 MB
at start; of 250,000 pods it would hold 1.1 GB, which is over the 400 MB that `K8SNET_WATCH_MEGABYTES` allows where nothing
else is said, so that it says so and reads as before, or is given them. So one worker bears 200 questions a minute (2 % of a
core) and a digest each minute (4 %) of 10,000 Services; a second one is for the loss of the first, a third for that while one
is replaced (`tests/jobs/test_three_workers.py`: three share the questions, one is killed, each question is answered once).
Each holds the whole cluster: more workers share questions, not memory.
"""


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
        given.write.write_text(_document(table, world))
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
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table as a document, too")
    given = parser.parse_args()
    if given.write and given.only:
        parser.error("--write is for all parts: without --only")
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


def _document(table: str, world: str) -> str:
    machine = f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[2]:.1f} over 15 minutes"
    return _INTRODUCTION.format(
        date=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine, table=table, world=world, crowded=CROWDED, pairs=PAIRS
    )


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CannotMeasureError as cause:  # before the first part: there is nothing to measure against
        sys.exit(f"make bench: {cause}")
