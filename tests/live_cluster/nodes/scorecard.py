"""What became of the faults, and of the healthy that must not be accused: kept a mode, joined into one document."""

import platform
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import msgspec
from msgspec import Struct, field

from tests.live_cluster.nodes.faults.words import Fault

HEAD = """# Scorecard

{faults} faults and {controls} healthy oddities on two real nodes ({machine}), with kube-proxy in the modes {modes}.
Written by `make test-nodes`, which fails where a row says no; `make test-cluster` runs those that do not take long.

For each fault: traffic of a client pod flows and `k8snet why` is green; it is broken, and traffic fails as declared; `why`
must name layer, code and object, and nothing else above info; every command that it prints to look is run and must change
nothing; its first printed fix is run by a shell as it stands, then traffic must flow and `why` be green. Where no safe fix
is known none is printed, and the test undoes the fault. *Seconds* go from the fault to the right answer, a figure for each
mode: the time of kubelets and controllers is in it, and that of traffic which times out; *reads* are API requests.

| fault | traffic shows | code | found | fixed as printed | seconds | reads | commands run |
|---|---|---|---|---|---|---|---|
"""
CONTROLS = """
## Silence

Odd, and healthy: traffic flows, and `k8snet why` says nothing above info.

| workload | outcome | silent |
|---|---|---|
"""


class Score(Struct):
    """What became of one fault."""

    name: str
    traffic: str
    code: str
    mends: bool
    is_found: bool = False
    is_fixed: bool = False
    seconds: float = 0.0
    requests: int = 0
    checks: int = 0


class Control(Struct):
    """What was said of one workload that is odd and healthy."""

    name: str
    outcome: str
    is_silent: bool


class Scorecard(Struct):
    """Of one mode of kube-proxy."""

    mode: str
    faults: list[Score] = field(default_factory=list)
    controls: list[Control] = field(default_factory=list)

    def begin(self, fault: Fault) -> Score:
        """Return the empty score of a fault, which its test fills in."""
        self.faults.append(Score(fault.name, fault.traffic, fault.code, fault.mends))
        return self.faults[-1]

    def write(self, path: Path) -> None:
        path.write_bytes(msgspec.json.encode(self))

    @classmethod
    def read(cls, path: Path) -> Self:
        return msgspec.json.decode(path.read_bytes(), type=cls)


def document(parts: Sequence[Scorecard]) -> str:
    """Join the cards of all runs; those of the modes hold the same rows in the same order."""
    modes = tuple(dict.fromkeys(each.mode for each in parts))
    faults = [[row for part in parts if part.mode == mode for row in part.faults] for mode in modes]
    controls = [[row for part in parts if part.mode == mode for row in part.controls] for mode in modes]
    head = HEAD.format(
        faults=len(faults[0]), controls=len(controls[0]), machine=platform.machine(), modes=" and ".join(modes)
    )
    rows = [_row(each) for each in zip(*faults, strict=True)]
    silent = [_control(each) for each in zip(*controls, strict=True)]
    return head + "".join(rows) + CONTROLS + "".join(silent)


def _row(scores: Sequence[Score]) -> str:
    first = scores[0]
    traffic = first.traffic.replace("|", " or ").replace("+", " and ")
    fixed = _yes(each.is_fixed for each in scores) if first.mends else "prints none"
    seconds = " · ".join(f"{each.seconds:.1f}" for each in scores)
    most = max(each.requests for each in scores), max(each.checks for each in scores)
    found = _yes(each.is_found for each in scores)
    return _line(first.name, traffic, first.code, found, fixed, seconds, *map(str, most))


def _control(controls: Sequence[Control]) -> str:
    outcomes = " · ".join(dict.fromkeys(each.outcome for each in controls))
    return _line(controls[0].name, outcomes, _yes(each.is_silent for each in controls))


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"


def _yes(all_of: Iterable[bool]) -> str:
    return "yes" if all(all_of) else "no"
