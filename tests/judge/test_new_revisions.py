"""Pods of a new revision may be told something else than those before, which still serve: their calls are judged, too."""

from typing import Any

import pytest

from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, crashing, service, when
from tests.judge.test_unnamed_roots import MINUTES


def revision(name: str, host: str, *, is_ready: bool, **spec: Any) -> dict[str, Any]:
    """Return a pod of Deployment checkout that is told this host."""
    _, pod = crashing("checkout", ("LEDGER_DATABASE_HOST", host), ago=8 * MINUTES, address=f"10.244.0.{name[-2:]}")
    owner = {"kind": "ReplicaSet", "name": f"checkout-{name}", "controller": True}
    born = when(NOW - (9000 if is_ready else 9) * MINUTES)
    pod["metadata"] |= {"name": f"checkout-{name}-x", "ownerReferences": [owner], "creationTimestamp": born}
    pod["metadata"]["labels"] |= {"pod-template-hash": name}
    pod["spec"] |= spec
    if is_ready:
        pod["status"]["containerStatuses"] = [{"name": "app", "ready": True, "state": {"running": {}}}]
        for each in pod["status"]["conditions"]:
            each["status"] = "True"
    return pod


@pytest.mark.parametrize(
    ("old", "new", "first"),
    [
        pytest.param(("a77", "user-service"), ("b78", "user-servcie"), "APP-024", id="a slip"),
        pytest.param(
            ("a77", "user-service"), ("b78", "user-service-primary"), "DNS-010", id="another name in its place"
        ),
        pytest.param(
            ("b78", "user-service"), ("a77", "user-service-primary"), "DNS-010", id="whichever is first by name"
        ),
        pytest.param(
            ("a77", "elsewhere"), ("b78", "user-service-primary"), "APP-001", id="no Service was meant before"
        ),
        pytest.param(("a77", "user-service"), ("b78", "user-service"), "APP-001", id="the same as ever"),
        pytest.param(("a77", "user-service"), ("b78", "db.example.com"), "APP-001", id="somewhere outside"),
    ],
)
def test_what_new_pods_are_told_comes_before_their_crash(
    old: tuple[str, str], new: tuple[str, str], first: str
) -> None:
    pods = (revision(*old, is_ready=True), revision(*new, is_ready=False))

    found = triage(cluster(service("checkout"), *pods), at=NOW, namespaces=("shop",))

    assert [each.finding.code for each in found.causes][:1] == [first]


def test_new_pods_that_are_ready_may_know_a_host_that_nobody_here_has() -> None:
    pods = (revision("a77", "user-service", is_ready=True), revision("b78", "user-service-primary", is_ready=True))

    assert triage(cluster(service("checkout"), *pods), at=NOW, namespaces=("shop",)).causes == ()


def test_new_pods_that_ask_their_nodes_dns() -> None:
    pods = (
        revision("a77", "user-service", is_ready=True),
        revision("b78", "user-service", is_ready=False, dnsPolicy="Default"),
    )

    found = triage(cluster(service("checkout"), *pods), at=NOW, namespaces=("shop",))

    assert [each.finding.code for each in found.causes][:1] == ["DNS-014"]


def test_what_a_revision_before_was_told_stands_in_its_template_too() -> None:
    """Its pods are gone, and the ReplicaSet that made them is kept."""
    pod, before = (
        revision("b78", "user-service-primary", is_ready=False),
        revision("a77", "user-service", is_ready=True),
    )
    owner = {"kind": "Deployment", "name": "checkout", "controller": True}
    labels = {"app": "checkout", "pod-template-hash": "a77"}
    kept = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "checkout-a77", "namespace": "shop", "labels": labels, "ownerReferences": [owner]},
        "spec": {"replicas": 0, "template": {"metadata": {"labels": labels}, "spec": before["spec"]}},
    }

    found = triage(cluster(service("checkout"), pod, kept), at=NOW, namespaces=("shop",))

    assert [each.finding.code for each in found.causes] == ["DNS-010", "APP-001"]


@pytest.mark.parametrize(
    ("before", "codes"),
    [
        pytest.param("user-service:80", ["RTE-012", "APP-001"], id="it was right before"),
        pytest.param("user-service:3333", ["APP-001"], id="it was so before"),
    ],
)
def test_a_port_that_was_changed_counts_beside_hosts_that_lead_there(before: str, codes: list[str]) -> None:
    """Who is told a Service twice, once rightly, may mean something else; not where this is what the rollout changed."""
    pods = (revision("a77", before, is_ready=True), revision("b78", "user-service:3333", is_ready=False))
    for each in pods:
        each["spec"]["containers"][0]["env"].append({"name": "USERS_URL", "value": "http://user-service:80"})

    found = triage(cluster(service("checkout"), *pods), at=NOW, namespaces=("shop",))

    assert [each.finding.code for each in found.causes] == codes


def test_new_pods_that_cannot_start_are_told_once() -> None:
    """No Service selects them, and that they call nobody is no news beside what keeps them."""
    old, new = revision("a77", "user-service", is_ready=True), revision("b78", "user-service", is_ready=False)
    waits = {"waiting": {"reason": "CreateContainerConfigError", "message": 'secret "ledger" not found'}}
    new["status"]["containerStatuses"] = [{"name": "app", "ready": False, "restartCount": 0, "state": waits}]

    found = triage(cluster(old, new), at=NOW, namespaces=("shop",))

    assert "APP-025" not in [each.finding.code for each in found.causes]
