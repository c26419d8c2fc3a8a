"""Cluster states rebuilt from public threads: each is asked as it was, and held against what was the matter there.

`expect.tsv` has a line a state: the codes that its root cause may have (`ok`: outcome ok and nothing above info; `ok?`: no
verdict fails, since the file does not hold all that decides), words that the answer holds, codes that must never be blamed,
and, where the check that would name the cause is still to come, the hop that must not be sound: it saw the object that holds
the fault, and may not call it ok.
"""

import json
import re
import shlex
from pathlib import Path

import pytest
from msgspec import Struct

from bot.cluster.dump import read_dump
from bot.model.case import Case
from bot.model.question.grammar import parse
from bot.model.question.resolve import resolve, resolve_source
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.finding import Severity
from bot.model.result.status import Status
from bot.reports.json import diagnosis_object
from bot.usecases.diagnose import conclude, now
from bot.usecases.triage import triage

HERE = Path(__file__).parent


class Expected(Struct, frozen=True):
    """One line of expect.tsv."""

    id: str
    codes: str
    words: str
    never: str
    hop: str

    def __str__(self) -> str:
        return self.id


def _expected() -> list[Expected]:
    lines = (HERE / "expect.tsv").read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [Expected(*(row + [""] * 5)[:5]) for row in rows]


ROWS = _expected()


def asked(expected: Expected) -> Diagnosis:
    """Diagnose a state by the question in its first lines."""
    return conclude(case_of(next((HERE / "states").glob(f"{expected.id}-*.yaml"))), asked_at=now())


def case_of(path: Path) -> Case:
    """Return a state with the question in its first lines."""
    head = path.read_text().split("\napiVersion", 1)[0]
    words = next(
        each for each in re.findall(r"^# (?:question|also): (?:k8snet )?(.+)$", head, re.MULTILINE) if "why " in each
    )
    argv = shlex.split(words)
    at = argv.index("--dump")
    question = parse(argv[:at] + argv[at + 2 :]).question
    snapshot = read_dump([str(path)], question)
    return Case(resolve_source(resolve(question, snapshot, "default"), snapshot), snapshot)


@pytest.mark.parametrize("expected", [each for each in ROWS if not each.codes.startswith("ok")], ids=str)
def test_incident_is_named_or_left_open_where_it_is(expected: Expected) -> None:
    """The root is right; or nobody is blamed and the hop that holds the fault is not called sound. Never a false ok."""
    diagnosis = asked(expected)
    told = json.dumps(diagnosis_object(diagnosis), default=str)
    root = diagnosis.root_cause.code if diagnosis.root_cause else ""

    assert diagnosis.outcome is not Status.OK
    assert not (expected.never and re.match(expected.never, root)), f"{root} is sound"
    if expected.hop:
        hop = next(each for each in diagnosis.hops if each.hop == expected.hop)
        assert hop.status in (Status.UNKNOWN, Status.WARN, Status.FAIL), hop
        assert root == "" or re.match(expected.codes.replace("notok", ".*"), root) or hop.status is Status.FAIL, root
    else:
        assert re.fullmatch(expected.codes, root), f"{root or diagnosis.outcome}"
        assert not expected.words or re.search(expected.words, told)


@pytest.mark.parametrize("expected", [each for each in ROWS if each.codes == "ok"], ids=str)
def test_healthy_state_is_silent(expected: Expected) -> None:
    """What works as it was meant to gives ok and nothing above info."""
    diagnosis = asked(expected)

    assert diagnosis.outcome is Status.OK, [(each.hop, each.because) for each in diagnosis.hops if each.status != "ok"]
    assert all(each.severity is Severity.INFO for each in diagnosis.findings)


@pytest.mark.parametrize("expected", [each for each in ROWS if each.codes == "ok"], ids=str)
def test_a_triage_of_a_healthy_state_finds_no_cause(expected: Expected) -> None:
    """Nor does anything else of that cluster, asked about without a name, look broken."""
    snapshot = read_dump([str(next((HERE / "states").glob(f"{expected.id}-*.yaml")))], calls=True)

    assert [each.finding.message for each in triage(snapshot, at=snapshot.taken_at).causes] == []


@pytest.mark.parametrize("expected", [each for each in ROWS if each.codes == "ok?"], ids=str)
def test_healthy_state_that_is_not_whole_does_not_fail(expected: Expected) -> None:
    """Where the file lacks something that decides, the answer may be unknown; it blames nothing."""
    assert asked(expected).outcome is not Status.FAIL


def test_every_state_is_expected() -> None:
    """No state lies about without an expectation, none is expected that is not there."""
    states = {each.name.split("-")[0] + "-" + each.name.split("-")[1] for each in (HERE / "states").glob("*.yaml")}

    assert states == {each.id for each in ROWS}
