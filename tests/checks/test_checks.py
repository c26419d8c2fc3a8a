"""Every check against its manifests: what must be found is found and is the root, look-alikes stay silent."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.checks import all_checks
from bot.checks.engine.judge import Judgement, judge
from bot.checks.engine.registry import FAMILIES
from bot.model.result.finding import Confidence, Fix, Severity
from bot.usecases.whatif import proof
from tests.checks.manifests import Written, case_of, judged, written_cases

HERE = Path(__file__).parent
# What a role grants is not read, so nothing tells what one rule more would do.
UNPROVED = ("DNS-006",)
# What Python prints of lists, tuples, sets and dicts of texts, and of no value.
PYTHON = re.compile(r"[\[({]'[^']*'[],:)}]|<[A-Z]\w+\.")
DNS_PORTS = (53, 5353)
CASES = [case for family in FAMILIES for path in sorted((HERE / family).glob("*.yaml")) for case in written_cases(path)]


def _above_info(judgement: Judgement) -> set[str]:
    return {each.code for each in judgement.findings if each.severity is not Severity.INFO}


def test_codes_and_names_are_unique() -> None:
    """Two people who add checks at once may take the same code."""
    for given in ([each.code for each in all_checks()], [each.name for each in all_checks()]):
        assert [each for each, number in Counter(given).items() if number > 1] == []


@pytest.mark.parametrize("written", CASES, ids=str)
def test_case(written: Written) -> None:
    """The findings above info are exactly the expected ones, the first of them the root; verdicts are as written."""
    judgement = judged(written)
    expected = [code for code in written.words("expect") if code != "nothing"]

    assert "expect" in written.headers, "a case must say what it expects"
    assert _above_info(judgement) == set(expected)
    assert (judgement.root_cause.code if judgement.root_cause else None) == (expected[0] if expected else None)
    codes = {each.code for each in judgement.findings}
    assert set(written.words("info")) <= codes
    assert not set(written.words("silent")) & codes
    if about := written.one("about"):
        assert judgement.root_cause is not None
        assert str(judgement.root_cause.about) == about
    root, verdicts = judgement.root_cause, judgement.verdicts.values()
    told = root.message if root else "\n".join(each.summary for each in verdicts)
    for words in written.headers.get("says", ()):
        assert words in told
    if sure := written.one("confidence"):
        first = next(iter((*expected, *written.words("info"))))
        assert {str(each.confidence) for each in judgement.findings if each.code == first} == {sure}
    if number := written.one("fixes"):
        assert [len(each.fixes) for each in judgement.findings if each.code == expected[0]] == [int(number)]
    for code, _, words in (each.partition(" ") for each in written.headers.get("tells", ())):
        assert any(words in each.message for each in judgement.findings if each.code == code)
    assert [each for each in _sentences(judgement) if PYTHON.search(each)] == []
    for word in written.words("verdicts"):
        layer, _, wanted = word.partition("=")
        verdict = judgement.verdicts[layer]
        cause = f"<{verdict.consequence_of}" if verdict.consequence_of else ""
        assert f"{verdict.status}{cause}" == wanted, (layer, verdict)


def _sentences(judgement: Judgement) -> Iterator[str]:
    for each in judgement.findings:
        yield each.message
        yield from (one.note for one in each.evidence)
        yield from (fix.risk for fix in each.fixes)
    yield from (each.because for each in judgement.hops)
    yield from (each.summary for each in judgement.verdicts.values())


@pytest.mark.parametrize("written", CASES, ids=str)
def test_findings_promise_no_more_than_is_known(written: Written) -> None:
    """A hypothesis is never a verdict on its own (docs/json.md, `confidence`), and every change of an object has its proof."""
    case = case_of(written)
    for each in judge(case, strict=True).findings:
        assert each.caused_by or (each.severity, each.confidence) != (Severity.FAIL, Confidence.POSSIBLE), each.message
        for fix in () if each.caused_by or each.code in UNPROVED else each.fixes:
            assert fix.command or proof(case, fix), f"{each.code}: {fix.rendered}"
            assert not _opens_a_namespace(fix), f"{each.code}: {fix.rendered}"


def _opens_a_namespace(fix: Fix) -> bool:
    """A new policy's rule without any end, or for all pods of a namespace; lookups aside, which every pod needs."""
    policy = fix.manifest or {}
    rules = policy.get("spec", {}) if policy.get("kind") == "NetworkPolicy" else {}
    for rule in (*rules.get("ingress", ()), *rules.get("egress", ())):
        ends = rule.get("from") or rule.get("to") or ()
        all_pods = [not (each.get("podSelector") or each.get("ipBlock")) for each in ends]
        if {each.get("port") for each in rule.get("ports", ())} - set(DNS_PORTS) and (any(all_pods) or not ends):
            return True
    return False


@pytest.mark.parametrize("check", all_checks(), ids=lambda each: each.code)
def test_has_its_manifests(check) -> None:
    """Every check has a file of cases: at least one that it is the root of, and one healthy look-alike."""
    path = HERE / check.module.split(".")[-2] / f"{check.module.split('.')[-1]}.yaml"
    cases = written_cases(path)

    assert any(case.words("expect")[:1] == [check.code] or check.code in case.words("info") for case in cases)
    assert any(case.words("expect") == ["nothing"] for case in cases)


@pytest.mark.parametrize(
    "check", [each for each in all_checks() if each.code[:3] in ("RTE", "NPL")], ids=lambda each: each.code
)
def test_has_look_alikes(check) -> None:
    """Of routing and policies every check has three cases that look alike and of which it says nothing."""
    path = HERE / check.module.split(".")[-2] / f"{check.module.split('.')[-1]}.yaml"
    silent = [
        each.title for each in written_cases(path) if check.code not in {found.code for found in judged(each).findings}
    ]

    assert len(silent) >= 3, silent


@pytest.mark.parametrize("check", all_checks(), ids=lambda each: each.code)
def test_has_its_page(check) -> None:
    """The docstring of every check is a page with all sections, and its name reads as the thing found."""
    wanted = ["Meaning", "Impact", "How it is detected", "When it stays silent", "Fix", "Known limits"]

    assert list(check.sections()) == wanted
    assert all(check.sections().values())
    assert check.module.rsplit(".", 1)[-1] == check.name.replace("-", "_")


def test_by_probes_are_those_that_find_nothing_where_nothing_was_measured() -> None:
    """What is said to judge probes alone is not asked without them, so it must be right, for every case there is."""
    unmeasured = [replace(case_of(each), observations=()) for each in CASES]
    silent = {each.code for each in all_checks() if not any(list(each.rule(case)) for case in unmeasured)}

    assert silent == {each.code for each in all_checks() if each.by_probes}
