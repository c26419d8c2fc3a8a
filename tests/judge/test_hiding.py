"""What was read is marked as not read: hiding never makes an answer surer.

Over every case of tests/checks and the sample cluster: for each need, a gap (a refusal) of the whole cluster and one of each
namespace in question. `fail`, `warn` and `unknown` never turn to `ok`, and `ok` never turns to `fail` or `warn`.
"""

from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.checks.engine.check import NEEDS
from bot.checks.engine.judge import judge
from bot.checks.engine.registry import FAMILIES
from bot.model.case import Case
from bot.model.gaps import NODE_AGENTS, Gap
from bot.model.kube.kinds import KINDS
from bot.model.policy.opaque import DISCOVERY
from bot.model.question.question import Question
from bot.model.result.status import Status
from playground.sample import sample_snapshot
from tests.checks.manifests import Written, case_of, written_cases

HERE = Path(__file__).parents[1] / "checks"
CASES = [each for family in FAMILIES for path in sorted((HERE / family).glob("*.yaml")) for each in written_cases(path)]
HIDDEN = (*NEEDS, NODE_AGENTS, DISCOVERY)


def hidden(case: Case, need: str, namespace: str) -> Case:
    """The same case, of which a need was refused."""
    gap = Gap(need, namespace, need, "forbidden")
    snapshot = replace(case.snapshot, gaps=(*case.snapshot.gaps, gap))
    return replace(case, snapshot=snapshot)


def refused(case: Case, need: str, keep: int = 0) -> Case:
    """The same case as a reader leaves it whose lists were refused, or cut after `keep` objects: the rest is not there."""
    snapshot = hidden(case, need, "").snapshot
    kinds = [each for each in KINDS if each.gap == need]
    fields = {each.field: getattr(snapshot, each.field)[:keep] for each in kinds if each.field}
    others = {
        key: found[:keep] if key in {each.key for each in kinds} else found for key, found in snapshot.others.items()
    }
    if need == "source" and case.caller.pod is not None:
        fields["pods"] = tuple(each for each in snapshot.pods if each.ref != case.caller.pod.ref)
    if need == "logs":
        fields["logs"] = ()
    return replace(case, snapshot=replace(snapshot, **fields, others=others))


def worse(before: Status, after: Status) -> bool:
    """Hiding made the answer surer than it may be."""
    if before is Status.OK:
        return after in (Status.FAIL, Status.WARN)
    return after is Status.OK


def check_hiding(case: Case) -> list[str]:
    """Return what was made surer by hiding something, in words."""
    before = judge(case)
    found = []
    places = ("", *sorted({case.question.namespace, case.caller.namespace}))
    for need in HIDDEN:
        for place in places:
            after = judge(hidden(case, need, place))
            if worse(before.outcome, after.outcome):
                found.append(f"{need} in {place or 'the cluster'}: {before.outcome} to {after.outcome}")
        for keep in (0, 1):
            after = judge(refused(case, need, keep))
            if worse(before.outcome, after.outcome):
                found.append(f"{need} refused, {keep} left: {before.outcome} to {after.outcome}")
    return found


@pytest.mark.parametrize("written", CASES, ids=str)
def test_hiding_never_makes_surer(written: Written) -> None:
    """Every case of every check."""
    assert not check_hiding(case_of(written))


def test_hiding_never_makes_surer_in_the_sample() -> None:
    """Every Service of the sample cluster."""
    snapshot = sample_snapshot()
    for each in snapshot.services:
        question = Question(service=each.name, namespace=each.namespace, name=each.name)
        assert not check_hiding(Case(question, snapshot)), each.ref
