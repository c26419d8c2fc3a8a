"""A StatefulSet whose serviceName names no Service, beside a headless one of another name, is told by a triage."""

from typing import Any

import pytest

from bot.model.result.finding import Severity
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of
from tests.judge.test_order_of_causes import MINUTES
from tests.judge.test_order_of_causes import crashing as crashing_caller

LABELS = {"app": "ledger"}


def members(*, named: str = "ledger", service: str = "ledger-peers", ip: str = "None") -> list[dict[str, Any]]:
    """Return a StatefulSet that names one Service, its pod, and the Service that selects it."""
    address = "10.244.0.91"
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", "image": "ledger:1"}]}}
    made = {"namespace": "shop", "creationTimestamp": "2026-11-23T03:00:00Z"}
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "ledger", "controller": True}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "ledger-0", **made, "labels": LABELS, "ownerReferences": [owner]},
        "spec": {
            "nodeName": "node-1",
            "hostname": "ledger-0",
            "subdomain": named,
            "containers": [{"name": "app", "image": "ledger:1", "ports": [{"containerPort": 5432}]}],
        },
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T03:00:10Z"}],
            "containerStatuses": [
                {"name": "app", "ready": True, "state": {"running": {"startedAt": "2026-11-23T03:00:00Z"}}}
            ],
        },
    }
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": "ledger", **made},
            "spec": {
                "replicas": 1,
                "serviceName": named,
                "selector": {"matchLabels": LABELS},
                "template": template,
            },
        },
        pod,
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": service, "namespace": "shop"},
            "spec": {"clusterIP": ip, "selector": LABELS, "ports": [{"port": 5432}]},
        },
    ]


def crashing(count: int, **names: str) -> list[dict[str, Any]]:
    """Return so many members that crash since they were made."""
    owner, pod, service = members(**names)
    ended = {
        "exitCode": 1,
        "reason": "Error",
        "startedAt": "2026-11-23T04:50:00Z",
        "finishedAt": "2026-11-23T04:51:00Z",
    }
    state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}
    status = {"name": "app", "ready": False, "restartCount": 9, "state": state, "lastState": {"terminated": ended}}
    condition = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:00:10Z"}
    pods = [
        {
            **pod,
            "metadata": {**pod["metadata"], "name": f"ledger-{number}"},
            "spec": {**pod["spec"], "hostname": f"ledger-{number}"},
            "status": {
                **pod["status"],
                "podIP": f"10.244.0.{91 + number}",
                "podIPs": [{"ip": f"10.244.0.{91 + number}"}],
                "conditions": [condition],
                "containerStatuses": [status],
            },
        }
        for number in range(count)
    ]
    return [{**owner, "spec": {**owner["spec"], "replicas": count}}, *pods, service]


def calling(host: str) -> dict[str, Any]:
    """Return the sample's calling pod, told this host."""
    env = [{"name": "DB_HOST", "value": host}]
    metadata = {"name": "checkout-1", "namespace": "shop"}
    return {"kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "app", "env": env}]}}


def told(*documents: dict[str, Any]) -> list[tuple[str, str, Severity, int]]:
    found = triage(case_of(Written("test", "", {}, list(documents))).snapshot, at=NOW, namespaces=("shop",))
    return [
        (each.finding.code, str(each.finding.about), each.finding.severity, len(each.callers)) for each in found.causes
    ]


@pytest.mark.parametrize("host", ["ledger-0.ledger-peers", "ledger-0.ledger-peers.shop.svc.cluster.local"])
def test_who_calls_one_by_its_name_is_cut_off(host: str) -> None:
    """The name that its variable holds does not exist."""
    assert told(*members(), calling(host)) == [("DNS-024", "StatefulSet shop/ledger", Severity.FAIL, 1)]


@pytest.mark.parametrize(
    "documents",
    [
        pytest.param(members(named="ledger-peers"), id="the headless Service is the one named"),
        pytest.param(members(), id="nobody is known to call its pods, and all are ready"),
        pytest.param(
            [*members(named="ledger-peers"), calling("ledger-0.ledger-peers")], id="and a member is called by it"
        ),
        pytest.param(members(ip="172.20.200.77"), id="no headless Service: nobody wants names of pods"),
        pytest.param(members(named=""), id="no serviceName at all"),
    ],
)
def test_sound_ones_are_silent(documents: list[dict[str, Any]]) -> None:
    """Healthy look-alikes."""
    assert told(*documents) == []


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param(crashing(3), ["DNS-024", "APP-001"], id="peers that cannot find each other"),
        pytest.param(crashing(3, named="ledger-peers"), ["APP-001"], id="peers that can"),
        pytest.param(crashing(1), ["APP-001", "DNS-024"], id="a member without peers"),
    ],
)
def test_peers_without_names_crash_because_of_that(documents: list[dict[str, Any]], expected: list[str]) -> None:
    assert [code for code, *_ in told(*documents)] == expected


def test_a_member_without_a_name_is_told_by_what_ails_its_workload() -> None:
    """Who calls one that crashes has no other thing to mend."""
    documents = crashing(1, named="ledger-peers")

    assert told(*documents, calling("ledger-0.ledger-peers")) == [
        ("APP-001", "StatefulSet shop/ledger", Severity.FAIL, 0)
    ]


@pytest.mark.parametrize(
    ("made", "first"),
    [
        pytest.param("2026-11-23T03:00:00Z", "DNS-024", id="just before"),
        pytest.param("2026-11-22T03:00:00Z", "APP-001", id="a day before"),
    ],
)
def test_names_that_went_come_before_the_crash_of_other_members(made: str, first: str) -> None:
    """The primary is ready, so that it has no name any more is a warning; its replicas, of another set, look it up."""
    owner, primary, peers = members()
    owner = {**owner, "metadata": {**owner["metadata"], "creationTimestamp": made}}
    labels = {**LABELS, "role": "replica"}
    replicas = [replica(each, labels) for each in crashing(2)[1:3]]
    own = {**peers, "metadata": {"name": "ledger-replicas", "namespace": "shop"}}
    own["spec"] = {**peers["spec"], "clusterIP": "172.20.9.9", "selector": labels}

    found = triage(case_of(Written("test", "", {}, [owner, primary, *replicas, peers, own])).snapshot, at=NOW)

    assert [each.finding.code for each in found.causes] == [first, *{"DNS-024", "APP-001"} - {first}]


def replica(pod: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    number = pod["metadata"]["name"].rpartition("-")[2]
    address = f"10.244.1.9{number}"
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "ledger-replicas", "controller": True}
    metadata = {**pod["metadata"], "name": f"ledger-replicas-{number}", "labels": labels, "ownerReferences": [owner]}
    status = {**pod["status"], "podIP": address, "podIPs": [{"ip": address}]}
    return {**pod, "metadata": metadata, "status": status}


def test_a_single_member_that_is_its_own_seed_crashes_without_its_name() -> None:
    owner, pod, service = crashing(1)
    container = {**pod["spec"]["containers"][0], "env": [{"name": "SEED_HOST", "value": "ledger-0.ledger-peers"}]}

    found = told(owner, {**pod, "spec": {**pod["spec"], "containers": [container]}}, service)

    assert [code for code, *_ in found] == ["DNS-024", "APP-001"]


def test_a_member_without_its_name_comes_before_the_crash_of_whoever_calls_it_by_that() -> None:
    """One caller names a port, and one does not, of a Service with several: the name is gone for both."""
    owner, pod, service = members()
    ports = [{"name": "sql", "port": 5432}, {"name": "metrics", "port": 9187}]
    service = {**service, "spec": {**service["spec"], "ports": ports}}
    host = "ledger-0.ledger-peers.shop.svc.cluster.local"
    web = crashing_caller("web", ("LEDGER_URL", f"http://{host}:5432"), ago=5 * MINUTES, address="10.244.9.8")
    api = crashing_caller("api", ("LEDGER_HOST", host), ago=8 * MINUTES, address="10.244.9.9")

    found = triage(case_of(Written("test", "", {}, [owner, pod, service, *web, *api])).snapshot, at=NOW)

    assert [each.finding.code for each in found.causes] == ["DNS-024", "APP-001", "APP-001"]
