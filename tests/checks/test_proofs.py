"""Every fix of routing and policies that is a change of an object says what the diagnosis is with it."""

from pathlib import Path

import pytest

from bot.checks.engine.judge import judge
from bot.model.result.finding import Severity
from bot.usecases.whatif import proof
from tests.checks.manifests import Written, case_of, written_cases

HERE = Path(__file__).parent
CASES = [
    case
    for family in ("routing", "policy")
    for path in sorted((HERE / family).glob("*.yaml"))
    for case in written_cases(path)
    if case.words("expect") != ["nothing"]
]
# Their fixes change no object: what they come to only the node, or a new pod, can show.
ACTIONS = {
    "RTE-031": "packets of several sizes are sent on the node",
    "RTE-032": "kube-proxy is started again",
    "RTE-033": "rules of both backends are counted on the node",
    "RTE-034": "connections are counted on the node",
    "RTE-035": "a pod gets another address",
    "RTE-038": "the node is asked for its routes",
}


@pytest.mark.parametrize("written", CASES, ids=str)
def test_changes_are_proved(written: Written) -> None:
    """Each has a proof, and with that of a cause its finding is gone."""
    case = case_of(written)
    found = [each for each in judge(case, strict=True).findings if each.code.startswith(("RTE-", "NPL-"))]
    for finding, fix in ((each, fix) for each in found for fix in each.fixes):
        if fix.command:
            assert finding.code in ACTIONS, fix.command
            continue
        words = proof(case, fix)
        assert words is not None, fix.rendered
        if finding.severity is not Severity.INFO and not finding.caused_by and len(finding.fixes) == 1:
            assert finding.message.rstrip(".") not in words
