"""Findings of many Services that are one thing to mend are one cause."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of
from tests.judge.test_order_of_causes import cluster, crashing

PULLED = 'failed to pull and unpack image "{image}": failed to resolve reference "{image}": {why}'
SILENT, MISSING = "dial tcp 203.0.113.7:443: i/o timeout", "not found"


def workload(name: str, image: str, why: str) -> list[dict[str, Any]]:
    """Return a Service and its only pod, whose image is not pulled for this reason."""
    said = PULLED.format(image=image, why=why)
    waiting = {"waiting": {"reason": "ImagePullBackOff", "message": said}}
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name, "controller": True}
    labels = {"app": name}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{name}-0", "namespace": "shop", "labels": labels, "ownerReferences": [owner]},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": image}]},
        "status": {
            "phase": "Pending",
            "conditions": [{"type": "Ready", "status": "False"}],
            "containerStatuses": [{"name": "app", "ready": False, "restartCount": 0, "state": waiting}],
        },
    }
    spec = {"clusterIP": f"10.96.40.{len(name)}", "selector": labels, "ports": [{"port": 80}]}
    return [{"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": spec}, pod]


def told(*documents: dict[str, Any]) -> Triage:
    return triage(case_of(Written("test", "", {}, list(documents))).snapshot, at=NOW)


def reached(found: Triage) -> list[list[str]]:
    return [[each.name for each in cause.services] for cause in found.causes]


@pytest.mark.parametrize(
    ("images", "why", "causes"),
    [
        pytest.param(("a.example/x:1", "a.example/y:1"), SILENT, [["cart", "orders"]], id="one registry is silent"),
        pytest.param(("x:1", "library/y:1"), SILENT, [["cart", "orders"]], id="Docker Hub by its two kinds of names"),
        pytest.param(("a.example/x:1", "b.example/y:1"), SILENT, [["cart"], ["orders"]], id="two registries"),
        pytest.param(
            ("a.example/x:1", "a.example/y:1"), MISSING, [["cart"], ["orders"]], id="two tags that are not there"
        ),
        pytest.param(
            ("a.example/x:1", "b.example/y:1"), "no space left on device", [["cart", "orders"]], id="one disk is full"
        ),
    ],
)
def test_what_a_registry_or_a_disk_does_to_many_is_one_cause(
    images: tuple[str, str], why: str, causes: list[list[str]]
) -> None:
    """It names the others; an image that does not exist is its own matter."""
    found = told(*workload("cart", images[0], why), *workload("orders", images[1], why))

    assert reached(found) == causes
    assert ("The same is so of" in found.causes[0].finding.message) == (len(causes) == 1)


def test_what_waits_for_a_webhook_is_told_with_what_ails_the_webhook() -> None:
    """Its pods crash: that is the one cause, for its own Service and for the workload whose pods are refused."""
    refused = (
        'Internal error occurred: failed calling webhook "a.mesh": failed to call webhook: Post '
        '"https://injector.shop.svc:443/inject": no endpoints available for service "injector"'
    )
    injector = workload("injector", "a.example/x:1", MISSING)
    labels = {"app": "cart"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "cart", "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
        "status": {
            "conditions": [
                {
                    "type": "ReplicaFailure",
                    "status": "True",
                    "reason": "FailedCreate",
                    "message": refused,
                    "lastTransitionTime": "2026-11-23T03:41:00Z",
                }
            ]
        },
    }
    found = told(*injector, deployment, workload("cart", "a.example/x:1", MISSING)[0])

    assert [(each.finding.code, sorted(one.name for one in each.services)) for each in found.causes] == [
        ("APP-003", ["cart", "injector"])
    ]


def test_a_caller_that_has_not_begun_is_told_with_its_node() -> None:
    """Its sandbox gets no network, as those of the Service's pods on that node: the node is the cause."""
    said = 'Failed to create pod sandbox: plugin type="calico" failed (add): Unauthorized'
    placed = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-11-23T03:20:00Z"}
    documents: list[dict[str, Any]] = []
    for name, app, owner in (("cart-0", "cart", "cart"), ("cart-1", "cart", "cart"), ("worker-0", "worker", "worker")):
        made_by = [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": owner, "controller": True}]
        env = [{"name": "CART_ADDR", "value": "cart:80"}] if app == "worker" else []
        waits = name != "cart-1"
        documents.append(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {
                    "name": name,
                    "namespace": "shop",
                    "creationTimestamp": "2026-11-23T03:20:00Z",
                    "labels": {"app": app},
                    "ownerReferences": made_by,
                },
                "spec": {"nodeName": "node-1" if waits else "node-2", "containers": [{"name": "app", "env": env}]},
                "status": {
                    "phase": "Pending" if waits else "Running",
                    "podIP": "" if waits else "10.244.1.60",
                    "conditions": [placed, {"type": "Ready", "status": str(not waits)}],
                },
            }
        )
        if waits:
            documents.append(
                {
                    "apiVersion": "v1",
                    "kind": "Event",
                    "metadata": {"name": f"{name}.1", "namespace": "shop"},
                    "involvedObject": {"kind": "Pod", "namespace": "shop", "name": name},
                    "reason": "FailedCreatePodSandBox",
                    "message": said,
                    "lastTimestamp": "2026-11-23T03:59:00Z",
                }
            )
    spec = {"clusterIP": "10.96.40.9", "selector": {"app": "cart"}, "ports": [{"port": 80}]}
    cart = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cart", "namespace": "shop"}, "spec": spec}

    found = told(cart, *documents)

    assert [(each.finding.code, str(each.finding.about)) for each in found.causes] == [("RTE-009", "Node node-1")]


def waiting(name: str, **status: Any) -> list[dict[str, Any]]:
    """Return a Service and its only pod, which is in this state."""
    known, pod = workload(name, "a.example/x:1", MISSING)
    return [
        known,
        {**pod, "status": {"phase": "Pending", "conditions": [{"type": "Ready", "status": "False"}], **status}},
    ]


def unplaced(name: str, said: str) -> list[dict[str, Any]]:
    """Return a Service and its only pod, of which the scheduler says this."""
    refused = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": said}
    known, pod = waiting(name, conditions=[{**refused, "lastTransitionTime": "2026-11-23T03:20:00Z"}])
    return [known, {**pod, "spec": {"containers": [{"name": "app", "image": "x"}]}}]


def uncreated(name: str, said: str) -> list[dict[str, Any]]:
    """Return a Service and its only pod, whose container cannot be created."""
    state = {"waiting": {"reason": "CreateContainerConfigError", "message": said}}
    return waiting(name, containerStatuses=[{"name": "app", "ready": False, "restartCount": 0, "state": state}])


def refused(name: str, said: str) -> list[dict[str, Any]]:
    """Return a Service and its Deployment, whose pods the API server refuses."""
    labels = {"app": name}
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": said}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
        "status": {"conditions": [{**failure, "lastTransitionTime": "2026-11-23T03:41:00Z"}]},
    }
    return [workload(name, "x", MISSING)[0], deployment]


_CORDONED = "0/2 nodes are available: 2 node(s) were unschedulable."
_QUOTA = 'pods "x" is forbidden: exceeded quota: {}, requested: pods=1, used: pods=9, limited: pods=9'
_SECRET = 'secret "{}" not found'


@pytest.mark.parametrize(
    ("make", "first", "second", "is_one"),
    [
        pytest.param(unplaced, _CORDONED, _CORDONED, True, id="cordoned nodes"),
        pytest.param(
            unplaced,
            "0/2 nodes are available: 2 Insufficient cpu.",
            "0/2 nodes are available: 2 Insufficient cpu.",
            False,
            id="a request of its own",
        ),
        pytest.param(uncreated, _SECRET.format("common"), _SECRET.format("common"), True, id="one Secret"),
        pytest.param(uncreated, _SECRET.format("a"), _SECRET.format("b"), False, id="two Secrets"),
        pytest.param(refused, _QUOTA.format("compute"), _QUOTA.format("compute"), True, id="one quota"),
        pytest.param(refused, _QUOTA.format("compute"), _QUOTA.format("objects"), False, id="two quotas"),
    ],
)
def test_what_keeps_several_from_starting_is_one_cause(make: Any, first: str, second: str, *, is_one: bool) -> None:
    """What there is to mend is one thing, and each of them is named."""
    found = told(*make("cart", first), *make("orders", second))

    assert [sorted(each) for each in reached(found)] == ([["cart", "orders"]] if is_one else [["cart"], ["orders"]])


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        pytest.param("zdb", ["APP-001"], id="its members write down who takes calls"),
        pytest.param("other", ["APP-001", "RTE-014"], id="somebody else does"),
    ],
)
def test_a_service_without_selector_is_down_with_the_members_of_its_name(name: str, codes: list[str]) -> None:
    """Patroni's: nobody leads while all of them crash."""
    pod = crashing("zdb", ago=timedelta(minutes=9), address="10.244.0.72")[1]
    owner = {"kind": "StatefulSet", "name": "zdb", "controller": True}
    pod["metadata"] |= {"labels": {"cluster-name": "zdb"}, "ownerReferences": [owner]}
    made = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "zdb", "namespace": "shop"},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"cluster-name": "zdb"}},
            "template": {"metadata": {"labels": {"cluster-name": "zdb"}}, "spec": {"containers": [{"name": "app"}]}},
        },
    }
    led = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"clusterIP": "172.20.200.8", "ports": [{"port": 5432}]},
    }

    found = triage(cluster(made, pod, led), at=NOW, namespaces=("shop",))

    assert sorted(each.finding.code for each in found.causes) == codes
    assert ([each.name for each in found.causes[0].services] == [name]) is (codes == ["APP-001"])
