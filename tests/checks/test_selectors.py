"""Selectors that find nothing: hashes of revisions that are gone, pods of a StatefulSet, and owners that are not read."""

from typing import Any

import pytest

from bot.checks.engine.judge import Judgement
from bot.model.result.finding import Confidence, Finding
from tests.checks.manifests import Written, judged

PODS = [f"Pod shop/user-service-{number}" for number in (1, 2, 3)]
NO_DEPLOYMENT = ["Deployment shop/user-service"]
ROLLOUT = {"argo-rollouts.argoproj.io/managed-by-rollouts": "user-service"}


def service(selector: dict[str, str], **metadata: Any) -> dict[str, Any]:
    named = {"name": "user-service", "namespace": "shop", **metadata}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": named,
        "spec": {"selector": {"app": "user-service"} | selector},
    }


def pod(name: str, owner: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """A ready pod of `Kind/name`."""
    kind, _, of = owner.partition("/")
    named = {"name": name, "namespace": "shop", "labels": labels or {"app": "user-service"}}
    owners = [{"kind": kind, "name": of, "controller": True}]
    status = {
        "phase": "Running",
        "podIP": f"10.244.0.{70 + int(name[-1])}",
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    spec = {"nodeName": "node-1", "containers": [{"name": "app", "ports": [{"containerPort": 8080}]}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**named, "ownerReferences": owners},
        "spec": spec,
        "status": status,
    }


def revision(kind: str, name: str, owner: str, replicas: int) -> dict[str, Any]:
    """What a workload that is not read makes: one of its revisions."""
    of, _, called = owner.partition("/")
    named = {"name": name, "namespace": "shop", "ownerReferences": [{"kind": of, "name": called, "controller": True}]}
    labels = {"app": "user-service", "deployment": name}
    spec = {
        "replicas": replicas,
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app"}]}},
    }
    version = "v1" if kind == "ReplicationController" else "apps/v1"
    return {"apiVersion": version, "kind": kind, "metadata": named, "spec": spec}


def stateful(replicas: int) -> dict[str, Any]:
    labels = {"matchLabels": {"app": "user-service"}}
    template = {"metadata": {"labels": labels["matchLabels"]}, "spec": {"containers": [{"name": "app"}]}}
    spec = {"replicas": replicas, "selector": labels, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "shop"},
        "spec": spec,
    }


def member(number: int) -> dict[str, Any]:
    name = f"db-{number}"
    return pod(name, "StatefulSet/db", {"app": "user-service", "statefulset.kubernetes.io/pod-name": name})


def judge(*objects: dict[str, Any], gone: list[str] | None = None) -> Judgement:
    ask = "user-service -n shop --from shop/checkout-1 --port 80"
    return judged(Written("test", "selectors", {"ask": [ask], "drop": gone or []}, list(objects)))


def selected(hashes: dict[str, str], owner: str) -> dict[str, Any]:
    return pod("user-service-9", owner, {"app": "user-service", **hashes})


KRUISE, NEW = "CloneSet/user-service", {"rollouts-pod-template-hash": "new"}
CANARY = "ReplicaSet/user-service-new"
HASH = "pod-template-hash"
MISSES = [
    pytest.param(
        [service({HASH: "5d8d7f"})], [], Confidence.CERTAIN, {HASH: None}, id="hash of a Deployment's old revision"
    ),
    pytest.param(
        [service({"rollouts-pod-template-hash": "old"}), selected(NEW, CANARY)],
        PODS + NO_DEPLOYMENT,
        Confidence.CERTAIN,
        {"rollouts-pod-template-hash": None},
        id="hash of a Rollout's old revision, copied",
    ),
    pytest.param(
        [service({"rollouts-pod-template-hash": "old"}, annotations=ROLLOUT), selected(NEW, CANARY)],
        PODS + NO_DEPLOYMENT,
        Confidence.LIKELY,
        None,
        id="the same where the Rollout writes the selector",
    ),
    pytest.param(
        [service({"app": "user-servce"}), pod("user-service-9", KRUISE)],
        PODS + NO_DEPLOYMENT,
        Confidence.LIKELY,
        {"app": "user-service"},
        id="a slip among pods of a CloneSet",
    ),
    pytest.param(
        [service({"app": "accounts"}), pod("cart-9", "CloneSet/cart", {"app": "cart"})],
        PODS + NO_DEPLOYMENT,
        Confidence.LIKELY,
        None,
        id="a namespace with CloneSets, and nothing similar",
    ),
    pytest.param(
        [service({}, ownerReferences=[{"kind": "Revision", "name": "user-service-00001"}])],
        PODS + NO_DEPLOYMENT,
        Confidence.LIKELY,
        None,
        id="a Knative Revision at zero",
    ),
    pytest.param(
        [service({"app": "accounts"}), pod("cart-9", "Job/cart", {"app": "cart"})],
        PODS + NO_DEPLOYMENT,
        Confidence.CERTAIN,
        None,
        id="a Job is no server, and hides none",
    ),
    pytest.param(
        [service({"app": "accounts"}), pod("cart-9", "ReplicationController/cart", {"app": "cart"})],
        PODS + NO_DEPLOYMENT,
        Confidence.CERTAIN,
        None,
        id="ReplicationControllers are read",
    ),
    pytest.param(
        [service({"app": "accounts"}), pod("proxy-9", "Node/node-1", {"app": "proxy"})],
        PODS + NO_DEPLOYMENT,
        Confidence.CERTAIN,
        None,
        id="nor does a node's static pod",
    ),
]


@pytest.mark.parametrize(("objects", "gone", "confidence", "patch"), MISSES)
def test_misses(
    objects: list[dict[str, Any]], gone: list[str], confidence: Confidence, patch: dict[str, str | None] | None
) -> None:
    """How sure it is, and what is changed: a hash is taken out, a slip mended, a moved or unknown one left alone."""
    found = judge(*objects, gone=gone).root

    assert isinstance(found, Finding)
    assert (found.code, found.confidence) == ("RTE-001", confidence)
    assert [each.merge for each in found.fixes] == ([] if patch is None else [{"spec": {"selector": patch}}])


@pytest.mark.parametrize(("kind", "owner"), [("ReplicationController", "DeploymentConfig"), ("ReplicaSet", "Rollout")])
def test_an_owner_that_is_not_read_is_at_zero(kind: str, owner: str) -> None:
    """All of its revisions are at zero and make what the Service selects: the selector is right."""
    old, new = (revision(kind, f"user-service-{number}", f"{owner}/user-service", 0) for number in (1, 2))
    found = judge(service({}), old, new, gone=PODS + NO_DEPLOYMENT)

    assert found.root is not None
    assert (found.root.code, found.root.confidence, str(found.root.about)) == (
        "APP-017",
        Confidence.LIKELY,
        f"{owner} shop/user-service",
    )
    assert {name: str(each.status) for name, each in found.verdicts.items()} == {
        "dns": "ok",
        "routing": "fail",
        "application": "fail",
    }


def test_an_owner_with_a_revision_that_wants_pods_is_not_at_zero() -> None:
    """The revision that would be selected is an old one, and the newer one makes pods of other labels."""
    old = revision("ReplicaSet", "user-service-1", "Rollout/user-service", 0)
    new = revision("ReplicaSet", "user-service-2", "Rollout/user-service", 1)
    found = judge(service({}), old, new, gone=PODS + NO_DEPLOYMENT)

    assert found.root is not None
    assert found.root.code == "RTE-001"


@pytest.mark.parametrize(
    ("objects", "gone"),
    [
        pytest.param([service({}, annotations=ROLLOUT)], [], id="moved by a Rollout between two moves"),
        pytest.param(
            [service({"rollouts-pod-template-hash": "new"}, annotations=ROLLOUT), selected(NEW, CANARY)],
            PODS + NO_DEPLOYMENT,
            id="the hash of the revision that runs",
        ),
        pytest.param([service({}), pod("user-service-9", KRUISE)], PODS + NO_DEPLOYMENT, id="pods of a CloneSet"),
        pytest.param(
            [
                service({}),
                pod("user-service-9", "ReplicationController/user-service-2"),
                *(
                    revision(
                        "ReplicationController", f"user-service-{number}", "DeploymentConfig/user-service", number - 1
                    )
                    for number in (1, 2)
                ),
            ],
            PODS + NO_DEPLOYMENT,
            id="the second revision of a DeploymentConfig",
        ),
        pytest.param(
            [service({"statefulset.kubernetes.io/pod-name": "db-0"}), stateful(2), member(0), member(1)],
            PODS + NO_DEPLOYMENT,
            id="a Service of one pod",
        ),
    ],
)
def test_healthy(objects: list[dict[str, Any]], gone: list[str]) -> None:
    """What looks alike and works is silent."""
    judgement = judge(*objects, gone=gone)

    assert judgement.root is None
    assert {str(each.status) for each in judgement.verdicts.values()} == {"ok"}


@pytest.mark.parametrize(
    ("replicas", "said"),
    [
        pytest.param(2, "StatefulSet shop/db has no pod db-0 now", id="not there now"),
        pytest.param(0, "StatefulSet shop/db is scaled to 0 replicas", id="none wanted"),
    ],
)
def test_pod_of_a_stateful_set(replicas: int, said: str) -> None:
    """The selector of a Service of one pod is right while that pod is away, and is not turned to another one."""
    found = judge(
        service({"statefulset.kubernetes.io/pod-name": "db-0"}),
        stateful(replicas),
        member(1),
        gone=PODS + NO_DEPLOYMENT,
    )

    assert said in "\n".join(each.message for each in found.findings)
    assert "RTE-001" not in {each.code for each in found.findings}


def test_pod_that_a_stateful_set_does_not_make() -> None:
    """A number beyond its replicas, as after scaling down."""
    found = judge(
        service({"statefulset.kubernetes.io/pod-name": "db-5"}), stateful(2), member(0), gone=PODS + NO_DEPLOYMENT
    )

    assert found.root is not None
    assert "StatefulSet shop/db has 2 replicas, and db-5 is none of them" in found.root.message
