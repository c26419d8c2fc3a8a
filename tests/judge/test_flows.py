"""Which other flows a fix changes: all of them are found, those of large clusters too, and what is not counted is said."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.checks.engine.judge import judge
from bot.model.case import Case
from bot.model.kube.pods import Pod
from bot.model.policy.index import policy_index
from bot.model.refs import Ref
from bot.model.result.finding import Fix
from bot.model.snapshot import Snapshot
from bot.usecases.flows import other_flows
from bot.usecases.whatif import apply, proof
from tests.checks.manifests import Written, case_of, written_cases

POLICY = Path(__file__).parents[1] / "checks/policy"
CASES = [each for path in sorted(POLICY.glob("*.yaml")) for each in written_cases(path)]
NOBODY = "no other flow between the pods that were read changes"


def world(workloads: int = 0) -> Case:
    """Nobody is let in to user-service but who carries `tier: front`; with it, that many pods that do."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "front", "namespace": "shop"},
        "spec": {"podSelector": {}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"tier": "front"}}}]}]},
    }
    pods: list[dict[str, Any]] = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"more-{number}", "namespace": "shop", "labels": {"app": f"more-{number}"}},
            "spec": {"nodeName": "node-1", "containers": [{"name": "app"}]},
            "status": {"phase": "Running", "podIP": f"10.245.{number // 250}.{number % 250 + 1}"},
        }
        for number in range(workloads)
    ]
    ask = {"ask": ["user-service -n shop --from shop/checkout-1 --port 80"]}
    return case_of(Written("test", "world", ask, [policy, *pods]))


def opened(case: Case, peer: dict[str, Any]) -> Fix:
    """Let more than the caller in to more than the Service."""
    operation = {"op": "add", "path": "/spec/ingress/0/from/-", "value": peer}
    return Fix(case.snapshot.policies[0].ref, risk="", operations=(operation,))


def allowing(app: str) -> dict[str, Any]:
    """A new policy that lets all of the namespace in to one workload."""
    spec = {"podSelector": {"matchLabels": {"app": app}}, "ingress": [{"from": [{"podSelector": {}}]}]}
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    return {**kind, "metadata": {"name": "more", "namespace": "shop"}, "spec": spec}


def told(case: Case, fix: Fix) -> str:
    changed = apply(case.snapshot, fix)
    assert changed is not None
    return other_flows(case, changed, (fix,))


def test_what_opens_more_is_counted() -> None:
    """Whoever else is admitted, and replicas among themselves, is counted and the first three are named."""
    case = world()
    narrow = told(case, opened(case, {"podSelector": {"matchLabels": {"app": "checkout"}}}))
    wide = told(case, opened(case, {"namespaceSelector": {}}))

    assert narrow == "no other flow between the pods that were read changes"
    assert wide == (
        "4 other flows on 8080/TCP change, too: kube-system/coredns → shop/checkout is allowed, "
        "kube-system/coredns → shop/user-service is allowed, shop/user-service → shop/checkout is allowed and 1 more"
    )


def test_large_clusters_are_counted_and_larger_ones_say_that_they_are_not() -> None:
    """Only flows with an end that is touched are looked at; of too many the number of workloads is told."""
    case = world(workloads=150)
    one = Fix(Ref("NetworkPolicy", "more", "shop"), risk="", manifest=allowing("more-3"))

    assert told(case, one).startswith("151 other flows on 8080/TCP change, too: shop/checkout → shop/more-3 is allowed")
    assert told(case, opened(case, {"podSelector": {}})) == (
        "which other flows change was not counted: it touches 152 kinds of pods, of 153"
    )


def test_several_ports() -> None:
    """Where the question is about several ports, each is counted."""
    case = world()
    ports = [{"name": name, "port": number, "targetPort": number} for name, number in (("a", 80), ("b", 81))]
    both = apply(case.snapshot, Fix(Ref("Service", "user-service", "shop"), risk="", merge={"spec": {"ports": ports}}))
    assert both is not None
    asked = Case(replace(case.question, port=None), both)

    assert told(asked, opened(asked, {"namespaceSelector": {}})).startswith("8 other flows change, too: ")


@pytest.mark.parametrize("written", CASES, ids=str)
def test_none_is_missed(written: Written) -> None:
    """Looking at flows with a touched end finds as many as looking at all of them does."""
    case = case_of(written)
    for fix in (fix for each in judge(case).findings for fix in each.fixes):
        words = proof(case, fix) or ""
        changed = apply(case.snapshot, fix)
        if changed is not None and "other flow" in words:
            number = len(changed_flows(case, changed, fix))
            assert (f"; {number} other flow" if number else NOBODY) in words


def changed_flows(case: Case, after: Snapshot, fix: Fix) -> set[tuple[str, str, int, str]]:
    """Decide every flow between two pods, before and after."""
    before, numbers = (
        case.snapshot,
        {(each.port, port.protocol) for port in case.ports for each in case.backends.usable(port)},
    )
    spec = (fix.manifest or {}).get("spec", {})
    listed = [port for way in ("ingress", "egress") for rule in spec.get(way, ()) for port in rule.get("ports", ())]
    ports = numbers | {
        (each["port"], each.get("protocol", "TCP")) for each in listed if isinstance(each.get("port"), int)
    }
    old, new = policy_index(before), policy_index(after)
    pairs = ((one, other) for one in before.pods for other in before.pods if one is not other)
    found = {
        (workload(source), workload(target), *port)
        for source, target in pairs
        for port in ports
        if old.decide(old.pod(source), old.pod(target), *port).decision
        != new.decide(new.pod(source), new.pod(target), *port).decision
    }
    caller = case.caller.pod and workload(case.caller.pod)
    return found - {(caller, workload(pod), *port) for pod in case.backends.pods for port in numbers}


def workload(pod: Pod) -> str:
    return f"{pod.namespace}/{pod.workload.name if pod.workload else pod.name}"
