"""The policy checks' fixes mend what they are printed for, and isolate nobody anew; certainty needs a measurement."""

from pathlib import Path

import pytest

from bot.checks.engine.judge import judge
from bot.model.case import Case
from bot.model.policy.rules import Direction
from bot.model.result.finding import Confidence, Severity
from bot.usecases.whatif import apply
from tests.checks.manifests import Written, case_of, judged, written_cases

HERE = Path(__file__).parent / "policy"
FILES = (
    "ingress_not_admitted",
    "egress_not_admitted",
    "egress_blocks_dns",
    "policy_names_service_port",
    "namespace_label_missing",
    "policy_peer_lacks_namespace",
    "policy_port_mismatch",
    "ip_block_for_pods",
    "policy_on_host_network",
    "plugin_specific_policy",
    "admin_policy_denies",
    "dns_not_admitting_caller",
    "admin_policy_blocks_dns",
)
CODES = tuple(f"NPL-{number:03}" for number in range(1, 17))
CASES = [case for name in FILES for case in written_cases(HERE / f"{name}.yaml")]
BROKEN = [case for case in CASES if set(CODES) & set(case.words("expect"))]


@pytest.mark.parametrize("written", BROKEN, ids=str)
def test_fixes_mend(written: Written) -> None:
    """With the fixes of all roots applied, no policy finding above info is left, and no pod is newly isolated."""
    case = case_of(written)
    snapshot = case.snapshot
    before = _isolated(case)
    findings = [each for each in judge(case, strict=True).findings if each.code in CODES and not each.caused_by]
    fixes = [each.fixes[0] for each in findings if each.severity is not Severity.INFO and each.fixes]
    for fix in fixes:
        changed = apply(snapshot, fix)
        assert changed is not None, fix
        snapshot = changed
    after = Case(case.question, snapshot)

    assert fixes or case.caller.party is None or not snapshot.has("dns")  # where to lead is not known then
    assert _isolated(after) == before
    if fixes:
        left = [each for each in judge(after, strict=True).findings if each.severity is not Severity.INFO]
        assert [each.message for each in left if each.code in CODES] == []


def _isolated(case: Case) -> set[tuple[str, str]]:
    parties = [case.policies.pod(pod) for pod in case.snapshot.pods]
    return {(each, one.name) for each in Direction for one in parties if case.policies.isolating(each, one)}


@pytest.mark.parametrize("written", CASES, ids=str)
def test_commands_change_nothing(written: Written) -> None:
    """What is printed to look with only reads, and the messages name no Python."""
    for each in judged(written).findings:
        if each.code in CODES:
            assert 1 <= len(each.check) <= 3
            assert all(command.split()[0] == "kubectl" for command in each.check)
            assert all({"get", "describe"} & set(command.split()) for command in each.check)
            assert "None" not in each.message
            assert "()" not in each.message


@pytest.mark.parametrize(
    ("title", "confidence"),
    [
        ("default deny of the namespace, the caller is known", Confidence.LIKELY),
        (
            "a worker that the same policy denies got no answer: certain, and no other check is misled",
            Confidence.CERTAIN,
        ),
        ("the same refused, as kube-router does", Confidence.LIKELY),
    ],
)
def test_confidence(title: str, confidence: Confidence) -> None:
    """Policies are proof of intent only; silence from a vantage that they deny as well is proof of enforcement."""
    (written,) = [case for case in CASES if case.title == title]
    root = judged(written).root_cause

    assert root is not None
    assert root.confidence is confidence


def test_the_worker_that_policies_deny_is_told() -> None:
    """A routing verdict without a measurement says that policies do not admit the worker."""
    (written,) = [case for case in CASES if case.title.startswith("the caller is admitted and the worker is not")]

    assert judged(written).verdicts["routing"].summary == (
        "3 usable endpoints behind 80/TCP; not probed: policies do not admit the worker"
    )


@pytest.mark.parametrize("written", BROKEN, ids=str)
def test_no_policy_is_made_anew(written: Written) -> None:
    """One that is stored with host bits in a block could not be: Kubernetes refuses to create it since 1.36."""
    fixes = [fix for each in judged(written).findings if each.code in CODES for fix in each.fixes]

    assert not [fix for fix in fixes if fix.removed or fix.replaced or "delete" in fix.rendered.split()]


def test_a_rule_for_everyone_is_not_opened_further() -> None:
    """A port that is added to a rule without peers would let its pods out to the whole world on it: this call has a policy."""
    (written,) = (each for each in CASES if "egress to everyone" in each.title)
    root = judged(written).root
    assert root is not None
    (fix,) = root.fixes

    assert fix.manifest is not None
    assert fix.manifest["spec"]["egress"] == [
        {"to": [{"ipBlock": {"cidr": "192.168.77.10/32"}}], "ports": [{"protocol": "TCP", "port": 6443}]}
    ]


def test_a_workload_on_the_host_network_is_admitted_from_all_its_nodes() -> None:
    """A DaemonSet calls from every node: the address of the one pod that was judged would leave the others out."""
    (written,) = (each for each in CASES if "edge-b is on the host network" in each.one("says"))
    root = judged(written).root
    assert root is not None
    (fix,) = root.fixes

    assert fix.manifest is not None
    (rule,) = fix.manifest["spec"]["ingress"]
    assert [each["ipBlock"]["cidr"] for each in rule["from"]] == ["192.168.77.12/32", "192.168.77.11/32"]
