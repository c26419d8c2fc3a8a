"""Fixes that are needed together are printed together, with what they come to; one that is enough stands alone."""

from datetime import UTC, datetime
from typing import Any

from bot.checks.engine.judge import judge
from bot.model.case import Case
from bot.model.policy.rules import Direction
from bot.model.result.finding import FixLine
from bot.model.result.status import Status
from bot.usecases.diagnose import conclude
from bot.usecases.together import together
from bot.usecases.whatif import after, apply
from tests.checks.manifests import Written, case_of

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ASK = "user-service -n shop --from shop/checkout-1 --port 80"


def policy(name: str, way: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {}, "policyTypes": [way], **spec},
    }


FENCE = {
    "apiVersion": "policy.networking.k8s.io/v1alpha2",
    "kind": "ClusterNetworkPolicy",
    "metadata": {"name": "fence"},
    "spec": {
        "tier": "Admin",
        "priority": 10,
        "subject": {"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}},
        "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}],
    },
}
OUT, IN = policy("out", "Egress"), policy("in", "Ingress")


def case(*objects: dict[str, Any], ask: str = ASK) -> Case:
    return case_of(Written("test", "together", {"ask": [ask]}, list(objects)))


def fix(asked: Case) -> FixLine:
    found = conclude(asked, asked_at=NOW, took_ms=0)
    assert found.root is not None
    return found.root.fix[0]


def test_every_end_and_tier() -> None:
    """Lookups, egress, an admin tier and ingress: four commands, in the order in which each is found, and one proof."""
    told = fix(case(OUT, IN, FENCE))

    names = ("allow-dns-for-out", "-out-to-user-service", "let-checkout", "allow-checkout-to-user-service")
    assert [name in line for name, line in zip(names, told.command.splitlines(), strict=True)] == [True] * 4
    assert told.proof is not None
    assert told.proof.startswith(
        "with all 4 changes, which are needed together, the call is admitted: dns ok, routing ok, application ok"
    )
    assert "on 53/" in told.proof  # the lookups that others may make now
    assert "fence" in told.risk


def test_all_of_them_admit_in_the_model_and_no_one_less() -> None:
    """What is printed is what is needed: without any one of the changes the call is not admitted, or its lookups are not."""
    asked = case(OUT, IN)
    found = conclude(asked, asked_at=NOW, took_ms=0)
    assert found.root is not None
    first = found.root.fixes[0]
    joint = together(first, after(asked, first))

    assert joint is not None
    assert len(joint.fixes) == 3
    for left_out in joint.fixes:
        snapshot = asked.snapshot
        for each in joint.fixes:
            snapshot = snapshot if each is left_out else apply(snapshot, each) or snapshot
        assert judge(Case(asked.question, snapshot)).outcome is Status.FAIL
    assert _isolated(joint.then.case) == _isolated(asked)


def _isolated(asked: Case) -> set[tuple[Direction, str]]:
    policies = asked.policies
    return {
        (way, pod.name)
        for way in Direction
        for pod in asked.snapshot.pods
        if policies.isolating(way, policies.pod(pod))
    }


def test_one_that_is_enough_stands_alone() -> None:
    """Its command is one line, and its proof speaks of one change."""
    told = fix(case(IN))

    assert len(told.command.splitlines()) == 1
    assert told.proof is not None
    assert told.proof.startswith("with this change: dns ok, routing ok")


def test_what_has_no_printed_fix_is_told_as_still_there() -> None:
    """A caller that nothing tells from its neighbours gets no policy of its own: the lookups' fix says what there is still."""
    told = fix(case(OUT, IN, ask="user-service -n shop --from shop/ --port 80"))

    assert len(told.command.splitlines()) == 1
    assert told.proof is not None
    assert "there is still" in told.proof
