"""What its own controller puts to sleep, and wakes when it is called, is told as known and old; what people stop is new."""

from datetime import timedelta
from typing import Any

import pytest

from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, when

REVISION = {"serving.knative.dev/revision": "hello-00001", "app": "hello-00001"}
FUNCTION = {"faas_function": "hello"}
NOTEBOOK = {"notebook-name": "churn", "statefulset": "churn"}
PLAIN = {"app": "hello"}


def at_zero(labels: dict[str, str], by: str, kind: str = "Deployment") -> list[dict[str, Any]]:
    """Return a Service whose workload somebody has scaled to zero 20 minutes ago."""
    written = {"f:spec": {"f:replicas": {}}}
    entry = {"manager": by, "operation": "Update", "time": when(NOW - timedelta(minutes=20)), "fieldsV1": written}
    workload = {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": "hello", "namespace": "shop", "generation": 4, "managedFields": [entry]},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app", "image": "app:1"}]}},
        },
    }
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "hello-private", "namespace": "shop"},
        "spec": {"clusterIP": "172.20.200.9", "selector": labels, "ports": [{"port": 80, "targetPort": 8012}]},
    }
    return [workload, service]


def made_at_zero(generation: int) -> list[dict[str, Any]]:
    """Return the same, written by a chart, and changed as often since as its generation says."""
    workload, service = at_zero(PLAIN, "helm")
    workload["metadata"]["generation"] = generation
    return [workload, service]


def of(owner: str) -> list[dict[str, Any]]:
    """Return the same, by the operator of a resource of this kind."""
    workload, service = at_zero(PLAIN, "manager", "StatefulSet")
    workload["metadata"]["ownerReferences"] = [{"kind": owner, "name": "hello", "controller": True}]
    return [workload, service]


def run(phase: str, restarts: str = "Never") -> list[dict[str, Any]]:
    """Return a run's pod, and the Service that was made for it alone."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "revenue-driver", "namespace": "shop", "labels": {"spark-role": "driver"}},
        "spec": {"nodeName": "node-1", "restartPolicy": restarts, "containers": [{"name": "app", "image": "spark:3"}]},
        "status": {"phase": phase, "podIP": "10.244.0.77"},
    }
    spec = {"clusterIP": "None", "selector": {"spark-role": "driver"}, "ports": [{"port": 7078}]}
    return [
        pod,
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "driver-svc", "namespace": "shop"}, "spec": spec},
    ]


def told(*documents: dict[str, Any]) -> list[tuple[str, bool]]:
    found = triage(cluster(*documents), at=NOW, namespaces=("shop",))
    return [(each.finding.code, each.is_old) for each in found.causes]


@pytest.mark.parametrize(
    ("documents", "is_old"),
    [
        pytest.param(at_zero(REVISION, "autoscaler"), True, id="a Revision that nobody calls"),
        pytest.param(at_zero(NOTEBOOK, "manager", "StatefulSet"), True, id="a stopped Notebook"),
        pytest.param(at_zero(FUNCTION, "faas-netes"), True, id="a function of OpenFaaS"),
        pytest.param(at_zero(PLAIN, "keda"), True, id="what KEDA scales"),
        pytest.param(of("PerconaXtraDBCluster"), True, id="what an operator was told to pause"),
        pytest.param(made_at_zero(1), True, id="what a chart made so, and nobody has changed since"),
        pytest.param(made_at_zero(2), False, id="what an upgrade changed"),
        pytest.param(of("Rollout"), False, id="whose number people write"),
        pytest.param(at_zero(REVISION, "kubectl-edit"), False, id="a Revision that somebody stopped by hand"),
        pytest.param(at_zero(PLAIN, "autoscaler"), False, id="what nothing wakes again"),
    ],
)
def test_what_sleeps_by_design_is_no_news(documents: list[dict[str, Any]], is_old: bool) -> None:
    assert told(*documents) == [("APP-017", is_old)]


def test_what_sleeps_and_is_called_by_its_name_is_news() -> None:
    """A private Service of a Revision wakes nobody."""
    caller = {
        "kind": "Pod",
        "metadata": {"name": "checkout-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "env": [{"name": "HELLO_URL", "value": "http://hello-private"}]}]},
    }

    assert told(caller, *at_zero(REVISION, "autoscaler")) == [("APP-017", False)]
    assert told(caller, *made_at_zero(1)) == [("APP-017", False)]


@pytest.mark.parametrize(
    ("documents", "is_old"),
    [
        pytest.param(run("Succeeded"), True, id="a run that ended well"),
        pytest.param(run("Failed"), False, id="one that did not"),
        pytest.param(run("Succeeded", restarts="Always"), False, id="what is meant to run on"),
        pytest.param(
            [
                *run("Succeeded"),
                {
                    "kind": "Pod",
                    "metadata": {"name": "checkout-1", "namespace": "shop"},
                    "spec": {"containers": [{"name": "app", "args": ["--driver=http://driver-svc:7078"]}]},
                },
            ],
            False,
            id="one that is called by name",
        ),
    ],
)
def test_a_run_that_is_over_is_no_news(documents: list[dict[str, Any]], is_old: bool) -> None:
    assert [each.is_old for each in triage(cluster(*documents), at=NOW, namespaces=("shop",)).causes] == [is_old]
