"""What was read is marked as not read: hiding never makes an answer surer.

Over every case of tests/checks, the states of tests/call and tests/incidents, and the sample cluster: each need alone, as
a gap (a refusal) of the whole cluster and one of each namespace in question, and as lists that came empty or cut. `fail`,
`warn` and `unknown` never turn to `ok`, and `ok` never to `fail` or `warn`: neither the outcome nor the verdict of a layer.
"""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks.engine.check import NEEDS
from bot.checks.engine.judge import Judgement, judge
from bot.checks.engine.registry import FAMILIES, checks_by_code
from bot.model.case import Case
from bot.model.gaps import NODE_AGENTS, Gap
from bot.model.kube.kinds import KINDS
from bot.model.policy.opaque import DISCOVERY
from bot.model.question.question import Question
from bot.model.result.status import Status
from playground.sample import sample_snapshot
from tests.call.test_guards import ASK, GUARDS
from tests.checks.manifests import Written, case_of, written_cases
from tests.incidents.test_incidents import case_of as incident_case

HERE = Path(__file__).parents[1] / "checks"
FILES = [path for family in FAMILIES for path in sorted((HERE / family).glob("*.yaml"))]
CASES = [each for path in FILES for each in written_cases(path)]
STATES = sorted((HERE.parent / "incidents" / "states").glob("*.yaml"))
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
    if need == "corefile":  # ConfigMaps that callers read are a hint of their own
        fields["config_maps"] = tuple(each for each in snapshot.config_maps if "Corefile" not in (each.data or {}))
    if need == "source" and (pod := case.caller.pod):
        own = {each.ref for each in snapshot.pods if each.workload == pod.workload is not None} | {pod.ref}
        fields["pods"] = tuple(each for each in snapshot.pods if each.ref not in own)
    if need == "logs":
        fields["logs"] = ()
    # Who reads these lists has the DNS from them (`bot.cluster.dump_scope`), or was refused it as well.
    also = (Gap("dns", "", need, "forbidden"),) if need in ("services", "endpointslices", "pods") else ()
    return replace(case, snapshot=replace(snapshot, **fields, others=others, gaps=(*snapshot.gaps, *also)))


def worse(before: Status, after: Status) -> bool:
    """Hiding made the answer surer than it may be."""
    if before is Status.OK:
        return after in (Status.FAIL, Status.WARN)
    return after is Status.OK


def made_surer(before: Judgement, after: Judgement) -> list[str]:
    """Return outcome and layers that were made surer, in words.

    A layer that could not be tested behind another says nothing of itself; and a cause that is seen at a hop of another
    layer leaves open that hop (NPL-003: a policy at the way to the DNS), not the layer in which it lies.
    """
    found = [f"{before.outcome} to {after.outcome}"] if worse(before.outcome, after.outcome) else []
    told = (*before.findings, *after.findings)
    elsewhere = {each.message for each in told if checks_by_code()[each.code].hop.layer is not each.layer}
    for layer, was in before.verdicts.items():
        now = after.verdicts[layer]
        is_elsewhere = {was.summary, now.summary} & elsewhere
        if was.consequence_of is None and not is_elsewhere and worse(was.status, now.status):
            found.append(f"{layer}: {was.status} ({was.summary}) to {now.status} ({now.summary})")
    return found


def check_hiding(case: Case) -> list[str]:
    """Return what was made surer by hiding something, in words."""
    before = judge(case)
    found = []
    places = ("", *sorted({case.question.namespace, case.caller.namespace}))
    for need in HIDDEN:
        for place in places:
            after = judge(hidden(case, need, place))
            found += [f"{need} in {place or 'the cluster'}: {each}" for each in made_surer(before, after)]
        for keep in (0, 1):
            after = judge(refused(case, need, keep))
            found += [f"{need} refused, {keep} left: {each}" for each in made_surer(before, after)]
    return found


@pytest.mark.parametrize("written", CASES, ids=str)
def test_hiding_never_makes_surer(written: Written) -> None:
    """Every case of every check."""
    assert not check_hiding(case_of(written))


@pytest.mark.parametrize("guard", GUARDS, ids=lambda each: each["title"])
def test_hiding_never_makes_surer_at_a_guard(guard: dict[str, Any]) -> None:
    """Every fault that a guard of a hop holds back, and its healthy look-alike."""
    for each in (guard["broken"], guard["sound"]):
        assert not check_hiding(case_of(Written("guards", guard["hop"], {"ask": [ASK]}, [each])))


@pytest.mark.parametrize("path", STATES, ids=lambda each: each.stem)
def test_hiding_never_makes_surer_in_an_incident(path: Path) -> None:
    """Every state that was rebuilt from a public thread, healthy or not."""
    assert not check_hiding(incident_case(path))


def test_hiding_never_makes_surer_in_the_sample() -> None:
    """Every Service of the sample cluster."""
    snapshot = sample_snapshot()
    for each in snapshot.services:
        question = Question(service=each.name, namespace=each.namespace, name=each.name)
        assert not check_hiding(Case(question, snapshot)), each.ref
