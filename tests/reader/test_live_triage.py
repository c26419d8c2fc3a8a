"""Every case of tests/checks as a triage of its namespace, read from an API server: its causes are those of the whole.

A triage reads one namespace, the cluster's DNS and nodes, and what is called beside it. `DIFFERS` has what it cannot know, or
what is not worth a request. `make test` tries one case of four, `make fuzz` all.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.cluster.namespaced import read_scope
from bot.cluster.redaction import redacted
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.case import Case
from bot.model.snapshot import Snapshot
from bot.usecases.triage import triage
from tests.checks.manifests import Written, case_of
from tests.reader.test_live_cases import DIFFERS as DIFFERS_OF_A_QUESTION
from tests.reader.test_live_cases import FILES, Served, can_be_served, reached, sample

DIFFERS = {
    "the Service is in one namespace, its pods in another": "it would take a request for each Service without pods",
    "the policy means the namespace by `name`, which nobody put on it": "pods of namespaces that call are not read",
    "the caller was evicted: the kubelet's sentence is told": "it began an hour ago to the second, and time goes on",
}


def _told(snapshot: Snapshot, namespace: str) -> tuple[object, ...]:
    """Return the outcome, and each cause in its order."""
    found = triage(snapshot, at=snapshot.taken_at, namespaces=(namespace,))
    return found.outcome, [(each.finding.code, each.finding.about, each.finding.severity) for each in found.causes]


async def _live(written: Written, case: Case, namespace: str, folder: Path) -> Snapshot:
    async with reached(Served(written, case), namespace, folder) as cluster:
        return await read_scope(cluster, (namespace,), calls=True)


async def _differs(written: Written, case: Case, folder: Path) -> bool:
    namespace = case.question.namespace or "shop"
    whole = redacted(case.snapshot, ANY_SERVICE)
    return _told(whole, namespace) != _told(await _live(written, case, namespace, folder), namespace)


def _sample(path: Path) -> Sequence[tuple[Written, Case]]:
    return [(each, case) for each in sample(path) if can_be_served(each, case := case_of(each))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
async def test_what_a_triage_reads_decides_as_the_whole_does(path: Path, tmp_path: Path) -> None:
    """No cause is missing, or another, for what is left out, but for those that are listed."""
    cases = _sample(path)
    found = {each.title for each, case in cases if await _differs(each, case, tmp_path)}
    may_differ = DIFFERS.keys() | DIFFERS_OF_A_QUESTION.keys()

    assert found <= may_differ
    assert found >= {each.title for each, _ in cases} & DIFFERS.keys()
