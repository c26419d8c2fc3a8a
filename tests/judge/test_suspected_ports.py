"""Which contradictions between a Service and what its pods declare a triage tells, where nobody is seen to call it."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of
from tests.judge.test_order_of_causes import crashing

WRITTEN = NOW - timedelta(minutes=24)
LABELS = {"app": "mesh"}


def when(ago: timedelta) -> str:
    return f"{NOW - ago:%Y-%m-%dT%H:%M:%SZ}"


def ready(born: timedelta, *numbers: int, probed: int | None = None) -> dict[str, Any]:
    """Return a ready pod that declares these ports, and a readiness probe on one of them."""
    probe = {"readinessProbe": {"httpGet": {"port": probed}}} if probed else {}
    ports = [{"containerPort": each, "protocol": "TCP"} for each in numbers]
    condition = {"type": "Ready", "status": "True", "lastTransitionTime": when(born)}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "mesh-0", "namespace": "shop", "labels": LABELS, "creationTimestamp": when(born)},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "mesh:1", "ports": ports, **probe}]},
        "status": {
            "phase": "Running",
            "podIP": "10.244.0.91",
            "podIPs": [{"ip": "10.244.0.91"}],
            "conditions": [condition],
            "containerStatuses": [{"name": "app", "ready": True, "state": {"running": {"startedAt": when(born)}}}],
        },
    }


def service(*ports: tuple[str, int, int], by: str = "kubectl-client-side-apply") -> dict[str, Any]:
    """Return a Service that was applied a week ago; `by` wrote its ports later."""
    spec = {"f:selector": {}, "f:ports": {}}
    entry = {"operation": "Update", "fieldsType": "FieldsV1"}
    first = {
        **entry,
        "manager": "kubectl-client-side-apply",
        "time": when(timedelta(days=6)),
        "fieldsV1": {"f:spec": spec},
    }
    later = {**entry, "manager": by, "time": f"{WRITTEN:%Y-%m-%dT%H:%M:%SZ}", "fieldsV1": {"f:spec": {"f:ports": {}}}}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "mesh", "namespace": "shop", "managedFields": [first, later]},
        "spec": {
            "clusterIP": "10.96.9.9",
            "selector": LABELS,
            "ports": [{"name": name, "port": port, "targetPort": target} for name, port, target in ports],
        },
    }


def told(*documents: dict[str, Any]) -> Triage:
    return triage(case_of(Written("test", "", {}, list(documents))).snapshot, at=NOW)


def test_a_container_may_declare_less_than_it_serves() -> None:
    """One of Istio is probed on a port that no Service has, and serves two that its Deployment does not declare."""
    ports = (("grpc-xds", 15010, 15010), ("https-dns", 15012, 15012), ("http-monitoring", 15014, 15014))
    pod = ready(timedelta(days=6), 8080, 15010, 15017, probed=8080)

    assert told(service(*ports), pod).causes == ()


def test_a_port_of_metrics_that_nobody_asked_for_is_no_cause() -> None:
    ports = (("db", 6379, 6380), ("http-monitoring", 15014, 15014))
    found = told(service(*ports), ready(timedelta(days=6), 8080, probed=8080))

    assert [(each.finding.code, "15014" in each.finding.message) for each in found.causes] == [("RTE-010", False)]


def test_a_port_that_was_changed_under_its_pods_is_told_since_then() -> None:
    found = told(service(("http", 80, 9999), by="OpenAPI-Generator"), ready(timedelta(days=3), 8086))

    assert [(each.finding.code, each.since, each.is_old) for each in found.causes] == [("RTE-010", WRITTEN, False)]
    assert "OpenAPI-Generator wrote the Service's ports" in found.causes[0].finding.message


@pytest.mark.parametrize(
    ("by", "born"),
    [
        pytest.param("kubectl-client-side-apply", timedelta(days=3), id="who wrote all of it"),
        pytest.param("kubectl-edit", timedelta(minutes=5), id="the pods are newer"),
    ],
)
def test_what_did_not_change_under_its_pods_is_no_cause(by: str, born: timedelta) -> None:
    assert told(service(("http", 80, 9999), by=by), ready(born, 8086)).causes == ()


@pytest.mark.parametrize(
    ("born", "is_old"),
    [pytest.param(timedelta(days=30), True, id="as long"), pytest.param(timedelta(days=3), False, id="new")],
)
def test_what_contradicts_since_both_were_made_is_as_old_as_the_later(born: timedelta, *, is_old: bool) -> None:
    """A chart's port that its own probe contradicts, on which nobody has worked since."""
    known = service(("http", 1030, 1030))
    made = known["metadata"]["managedFields"][0]
    known["metadata"]["managedFields"] = [{**made, "time": when(timedelta(days=30))}]

    found = told(known, ready(born, 2025, probed=2025))

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("RTE-010", is_old)]


def test_a_change_to_a_declared_port_is_sound() -> None:
    assert told(service(("http", 80, 8086), by="kubectl-edit"), ready(timedelta(days=3), 8086)).causes == ()


@pytest.mark.parametrize(
    ("ports", "declared", "codes"),
    [
        pytest.param([("", 9090, 9999)], 9090, ["RTE-010"], id="a port of metrics by its number alone"),
        pytest.param([("http", 8086, 9999)], 8086, ["RTE-010"], id="another one"),
        pytest.param([("http", 80, 8080)], 80, [], id="that of the web, which is copied along"),
        pytest.param([("http", 8086, 9999), ("old", 81, 8086)], 8086, [], id="another port leads there"),
        pytest.param([("", 9090, 9090)], 9090, [], id="it is sent there"),
    ],
)
def test_pods_that_declare_the_number_of_the_service(
    ports: list[tuple[str, int, int]], declared: int, codes: list[str]
) -> None:
    """Nobody is seen to call it."""
    found = told(service(*ports), ready(timedelta(days=3), declared))

    assert [each.finding.code for each in found.causes] == codes


def calling(address: str, is_ready: str) -> dict[str, Any]:
    env = [{"name": "CA_ADDR", "value": address}]
    return {
        "kind": "Pod",
        "metadata": {"name": "checkout-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "env": env}]},
        "status": {
            "conditions": [{"type": "Ready", "status": is_ready, "lastTransitionTime": when(timedelta(days=5))}]
        },
    }


@pytest.mark.parametrize(
    ("is_ready", "codes"),
    [
        pytest.param("True", [], id="and is ready all the same"),
        pytest.param("False", ["RTE-010"], id="and is not ready"),
    ],
)
def test_a_port_that_is_called_and_not_declared(is_ready: str, codes: list[str]) -> None:
    """Istio's control plane before 1.23: CA_ADDR names port 15012, and its Deployment declares 8080, 15010 and 15017."""
    caller = calling("mesh.shop.svc:15012", is_ready)
    ports = (("grpc-xds", 15010, 15010), ("https-dns", 15012, 15012))

    found = told(service(*ports), ready(timedelta(days=6), 8080, 15010, probed=8080), caller)

    assert [each.finding.code for each in found.causes if each.finding.code == "RTE-010"] == codes


@pytest.mark.parametrize(
    ("is_ready", "others", "codes"),
    [
        pytest.param("True", [("query", 16686, 16686)], [], id="and is ready all the same"),
        pytest.param("False", [("query", 16686, 16686)], ["RTE-013"], id="and is not ready"),
        pytest.param("True", [("query", 16686, 9999)], ["RTE-013"], id="and no other port leads to a declared one"),
    ],
)
def test_a_port_that_is_called_and_declared_for_tcp(
    is_ready: str, others: list[tuple[str, int, int]], codes: list[str]
) -> None:
    """Jaeger in DeathStarBench: the container declares 6831 without a protocol, and it takes UDP there."""
    jaeger = service(("agent", 6831, 6831), *others)
    jaeger["spec"]["ports"][0]["protocol"] = "UDP"
    pod = ready(timedelta(days=6), 6831, 16686)

    found = told(jaeger, pod, calling("mesh.shop.svc:6831", is_ready))

    assert [each.finding.code for each in found.causes if each.finding.code == "RTE-013"] == codes


@pytest.mark.parametrize(
    ("probed", "codes"),
    [
        pytest.param(8080, [], id="a probe passes on another port, and shows nothing of this one"),
        pytest.param(7882, ["RTE-013"], id="a probe passes on this one, so TCP is spoken there"),
    ],
)
def test_a_media_port_that_is_declared_for_tcp(probed: int, codes: list[str]) -> None:
    """A server of media, whose chart leaves UDP out where it declares the port; nobody in the cluster calls it."""
    media = service(("media", 7882, 7882))
    media["spec"]["ports"][0]["protocol"] = "UDP"

    found = told(media, ready(timedelta(days=6), 8080, 7882, probed=probed))

    assert [each.finding.code for each in found.causes] == codes


@pytest.mark.parametrize(
    ("by", "first"),
    [
        pytest.param("kubectl-edit", "RTE-013", id="changed as its caller began to fail"),
        pytest.param("kubectl-client-side-apply", "APP-001", id="so since it was made, before its caller failed"),
    ],
)
def test_a_protocol_that_was_changed_comes_before_who_fails_since_then(by: str, first: str) -> None:
    media = service(("", 7882, 7882), by=by)
    if by == "kubectl-client-side-apply":
        media["metadata"]["managedFields"].pop()
    media["spec"]["ports"][0]["protocol"] = "UDP"
    caller = crashing("player", ("MEDIA", "mesh:7882"), ago=timedelta(minutes=23), address="10.244.0.92")

    found = told(media, ready(timedelta(days=6), 7882, probed=7882), *caller)

    assert [each.finding.code for each in found.causes][:1] == [first]


def kept(number: int) -> dict[str, Any]:
    """Return the ReplicaSet of a revision whose pods declared this port."""
    owner = {"kind": "Deployment", "name": "mesh", "controller": True}
    labels = {**LABELS, "pod-template-hash": "a77"}
    declared = {"name": "app", "image": "mesh:0", "ports": [{"containerPort": number, "protocol": "TCP"}]}
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {"name": "mesh-a77", "namespace": "shop", "labels": labels, "ownerReferences": [owner]},
        "spec": {"replicas": 0, "template": {"metadata": {"labels": labels}, "spec": {"containers": [declared]}}},
    }


@pytest.mark.parametrize(
    ("before", "codes"),
    [
        pytest.param(9999, ["RTE-010"], id="the revision before declared what is sent to"),
        pytest.param(8086, [], id="it declared what it does now"),
    ],
)
def test_a_port_that_a_rollout_moved_is_told(before: int, codes: list[str]) -> None:
    pod = ready(timedelta(minutes=24), 8086)
    owner = {"kind": "ReplicaSet", "name": "mesh-b78", "controller": True}
    pod["metadata"] |= {"labels": {**LABELS, "pod-template-hash": "b78"}, "ownerReferences": [owner]}
    unchanged = service(("http", 80, 9999), by="kubectl-client-side-apply")

    assert [each.finding.code for each in told(unchanged, pod, kept(before)).causes] == codes
