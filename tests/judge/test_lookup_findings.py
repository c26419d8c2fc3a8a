"""What `dns` finds on the way of a lookup is what `why` finds there; what programs make of the answers alone is no finding."""

from pathlib import Path

import pytest

from bot.model.case import Case
from bot.model.dns.records import walk_saved
from bot.model.result.resolution import Resolution
from bot.model.result.status import Status
from bot.usecases.lookup_findings import on_the_way
from tests.call.sights import policy
from tests.checks.manifests import Written, case_of, written_cases

CHECKS = Path(__file__).parents[1] / "checks"
CASES = [
    each
    for name in ("dns/cluster_zone_not_served", "dns/dns_excludes_namespace", "policy/dns_not_admitting_caller")
    for each in written_cases(CHECKS / f"{name}.yaml")
    if "saw" not in each.headers and "gap" not in each.headers and each.words("expect")
]
ON_THE_WAY = {"DNS-005", "DNS-031", "DNS-014", "NPL-003", "NPL-015", "NPL-016"}


def resolution(case: Case, name: str) -> Resolution:
    """Return the answer of `dns` without probes."""
    conf = case.caller.resolv_conf
    steps = walk_saved(name, conf, case.snapshot)
    found = on_the_way(case.question, case.snapshot, steps)
    return Resolution(
        name=name,
        namespace=case.caller.namespace,
        source=case.question.source,
        conf=conf,
        steps=steps,
        findings=found.findings,
        doubt=found.doubt,
    )


@pytest.mark.parametrize("written", CASES, ids=str)
def test_lookup_says_what_the_call_says(written: Written) -> None:
    """Shadowing rules and denied lookups are found by their names alone; the healthy look-alikes stay silent."""
    case = case_of(written)
    expected = {each for each in written.words("expect") if each in ON_THE_WAY}

    found = resolution(case, case.question.name)

    assert {each.code for each in found.findings if each.code in ON_THE_WAY} == expected
    assert (found.outcome in (Status.FAIL, Status.WARN)) == bool(expected)


def test_a_name_outside_is_denied_as_well() -> None:
    """Policies judge the lookup, whatever is looked up; a name of no Service has no record to judge."""
    closed = policy("kube-system", policyTypes=["Ingress"])
    case = case_of(
        Written("test", "", {"ask": ["www -n example --from shop/checkout-1 --name www.example.com"]}, [closed])
    )

    found = resolution(case, "www.example.com")

    assert [each.code for each in found.findings] == ["NPL-015"]
    assert found.outcome is Status.FAIL


def test_what_policies_say_is_not_known() -> None:
    """A policy that is not evaluated here may stop the lookup: the answer is no more than unknown."""
    cilium = {
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": {"name": "l7", "namespace": "shop"},
        "spec": {"endpointSelector": {"matchLabels": {"app": "checkout"}}},
    }
    ask = {"ask": ["user-service -n shop --from shop/checkout-1"]}

    found = resolution(case_of(Written("test", "", ask, [cilium])), "user-service")

    assert (found.outcome, found.findings) == (Status.UNKNOWN, ())
    assert "CiliumNetworkPolicy shop/l7" in found.doubt


def test_whether_a_server_is_there_is_not_shown_by_what_it_would_say() -> None:
    """The DNS Service keeps lookups on the caller's node, and no DNS pod is on it: what the objects hold nobody answers."""
    kept = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": "kube-system"},
        "spec": {"internalTrafficPolicy": "Local"},
    }
    moved = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "coredns-1", "namespace": "kube-system"}}
    ask = {"ask": ["user-service -n shop --from shop/checkout-1"]}

    found = resolution(
        case_of(Written("test", "", ask, [kept, {**moved, "spec": {"nodeName": "node-2"}}])), "user-service"
    )

    assert (found.outcome, [each.code for each in found.findings]) == (Status.FAIL, ["DNS-038"])
    assert "node-1 has no DNS pod" in found.findings[0].message
