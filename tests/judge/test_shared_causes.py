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


def needing(name: str, host: str, *, crashes: bool = False) -> list[dict[str, Any]]:
    """Return a Service and its only pod, which waits in an init container for `host:port`, or crashes without it."""
    unready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:41:00Z"}
    known, pod = waiting(name, conditions=[unready])
    address, port = host.split(":")
    ended = {"exitCode": 1, "reason": "Error", "message": f"dial tcp: lookup {address}: no such host"}
    crash = {
        "name": "app",
        "ready": False,
        "restartCount": 7,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": {**ended, "finishedAt": "2026-11-23T03:59:00Z"}},
    }
    running = {"running": {"startedAt": "2026-11-23T03:40:00Z"}}
    waits = {"name": "until", "ready": False, "restartCount": 0, "state": running}
    command = ["sh", "-c", f"until nc -z {address} {port}; do sleep 2; done"]
    until = {"name": "until", "image": "busybox", "command": command}
    app: dict[str, Any] = {"name": "app", "image": "x"}
    if crashes:
        app["env"] = [{"name": "DB_HOST", "value": host}]
        pod["status"] |= {"phase": "Running", "containerStatuses": [crash]}
    else:
        pod["status"] |= {"initContainerStatuses": [waits]}
    return [known, {**pod, "spec": {"nodeName": "node-1", "initContainers": [until][crashes:], "containers": [app]}}]


LEFT = {  # of a Service that somebody deleted: its workload is there
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "db", "namespace": "shop"},
    "spec": {
        "replicas": 0,
        "selector": {"matchLabels": {"app": "db"}},
        "template": {
            "metadata": {"labels": {"app": "db"}},
            "spec": {"containers": [{"name": "db", "image": "x", "ports": [{"containerPort": 5432}]}]},
        },
    },
}


@pytest.mark.parametrize("crashes", [False, True])
def test_what_is_missing_is_one_cause_for_all_that_need_it(*, crashes: bool) -> None:
    """Three workloads wait for one Service that does not exist, or end without it: it is told once, with all of them."""
    names = ("cart", "orders", "web")
    found = told(LEFT, *(each for name in names for each in needing(name, "db:5432", crashes=crashes)))

    assert [(each.finding.code, str(each.finding.about)) for each in found.causes] == [("DNS-010", "Service shop/db")]
    assert sorted(reached(found)[0]) == list(names)
    said = "StatefulSet shop/cart, StatefulSet shop/orders and StatefulSet shop/web need it."
    assert said in found.causes[0].finding.message
    assert found.causes[0].since is not None


def test_two_that_wait_for_different_services_are_two_causes() -> None:
    """The look-alike: each waits for another one."""
    found = told(*needing("cart", "db:5432"), *needing("orders", "queue:5672"))

    assert sorted(each for one in reached(found) for each in one) == ["cart", "orders"]
    assert len({each.finding.about for each in found.causes}) == 2


def test_what_waits_for_a_service_that_is_there_is_told_by_itself() -> None:
    """The look-alike: the Service that both wait for is there and serves, so what they wait for is nobody's absence."""
    found = told(*needing("cart", "user-service:80"), *needing("orders", "user-service:80"))

    assert sorted(reached(found)) == [["cart"], ["orders"]]
    assert not any("need it" in each.finding.message for each in found.causes)


def on_node(name: str, node: str) -> dict[str, Any]:
    """Return a pod of a workload of its own that calls the sample's Service from a node."""
    made = [{"apiVersion": "apps/v1", "kind": "StatefulSet", "name": name, "controller": True}]
    env = [{"name": "USERS_URL", "value": "http://user-service"}]
    return {
        "kind": "Pod",
        "metadata": {"name": f"{name}-0", "namespace": "shop", "labels": {"app": name}, "ownerReferences": made},
        "spec": {"nodeName": node, "containers": [{"name": "app", "env": env}]},
    }


@pytest.mark.parametrize("nodes", [("node-7", "node-8"), ("node-7", "node-7")])
def test_a_service_that_stays_on_nodes_is_one_cause_for_all_nodes(nodes: tuple[str, str]) -> None:
    """One patch mends it for whoever calls, wherever he runs: it is told once, with each node."""
    local = {
        "kind": "Service",
        "metadata": {"name": "user-service", "namespace": "shop"},
        "spec": {"internalTrafficPolicy": "Local"},
    }
    found = told(local, on_node("cart", nodes[0]), on_node("orders", nodes[1]))
    ours = [each for each in found.causes if each.finding.code == "RTE-021"]

    assert [[one.name for one in each.callers] for each in ours] == [["cart", "orders"]]
    assert ("It is the same on node-8." in ours[0].finding.message) == (nodes[1] == "node-8")
    assert len(ours[0].finding.fix) == 1


def test_services_with_one_address_are_one_cause() -> None:
    """All of them are named, once; those with an address of their own are not."""
    twins = [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {
                "clusterIP": address,
                "clusterIPs": [address],
                "selector": {"app": "user-service"},
                "ports": [{"port": 80}],
            },
        }
        for name, address in (("a", "10.96.12.99"), ("b", "10.96.12.99"), ("c", "10.96.12.99"), ("d", "10.96.12.98"))
    ]
    found = told(*twins)
    ours = [each for each in found.causes if each.finding.code == "RTE-026"]

    assert [[one.name for one in each.services] for each in ours] == [["a", "b", "c"]]
    assert ours[0].finding.message == (
        "Services shop/a, shop/b and shop/c have one ClusterIP, 10.96.12.99: which of them answers there is chance."
    )
