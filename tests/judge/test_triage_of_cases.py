"""Every case of tests/checks, asked about without its Service's name, in a namespace with three old faults beside it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of, written_cases
from tests.judge.test_triage import forgotten

CASES = tuple(
    each
    for path in sorted((Path(__file__).parents[1] / "checks").glob("*/*.yaml"))
    for each in written_cases(path)
    if each.words("expect") not in ([], ["nothing"]) and "saw" not in each.headers
)
# Of the rest the question itself is half of the fault (a name or port that does not exist), or nothing shows who calls.
TOLD_FIRST = 226


def beside() -> list[dict[str, Any]]:
    """Return three Services without any pod, and so for a month."""
    found = []
    for number in (1, 2, 3):
        service, slices = forgotten(f"aaa-old-{number}", noted=NOW - timedelta(days=30))
        own = {"clusterIP": f"172.20.200.{number}", "selector": {"app": f"gone-{number}-zzz"}}
        found += [{**service, "spec": {**service["spec"], **own}}, slices]
    return found


def first(written: Written) -> str:
    """Return the code of the first cause that is not old."""
    causes = triage(case_of(written).snapshot, at=NOW).causes
    return next((each.finding.code for each in causes if not each.is_old), "")


def test_the_fault_comes_before_old_ones() -> None:
    """Where a triage tells the case's root first, it does so with old faults beside it; and it does so where it can."""
    old, told, lost = beside(), 0, []
    for written in CASES:
        if first(written) == written.words("expect")[0]:
            told += 1
            if first(replace(written, documents=[*written.documents, *old])) != written.words("expect")[0]:
                lost.append(str(written))

    assert lost == []
    assert told >= TOLD_FIRST
