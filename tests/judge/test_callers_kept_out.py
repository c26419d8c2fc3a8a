"""Callers that are kept out: since when by a policy, whom it means by a label that no namespace carries, and whose others fail.

Members that are gone, and a webhook, which the API server calls.
"""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, crashing, when

APP = "user-service"
MONTHS, MINUTES = timedelta(days=80), timedelta(minutes=21)


def policy(ago: timedelta, *peers: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "only", "namespace": "shop", "creationTimestamp": when(NOW - ago), "generation": 1},
        "spec": {
            "podSelector": {"matchLabels": {"app": APP}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": list(peers)}],
        },
    }


def revision(name: str, ago: timedelta, labels: dict[str, str]) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"proxy-{name}",
            "namespace": "shop",
            "creationTimestamp": when(NOW - ago),
            "labels": {"app": "proxy", **labels, "pod-template-hash": name},
            "ownerReferences": [{"kind": "Deployment", "name": "proxy", "controller": True}],
        },
        "spec": {"replicas": 0},
    }


def proxy(labels: dict[str, str], namespace: str = "shop") -> dict[str, Any]:
    """Return a ready pod of the newest revision, which calls the Service."""
    env = [{"name": "USERS_URL", "value": f"http://{APP}.shop"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "proxy-22-1",
            "namespace": namespace,
            "creationTimestamp": when(NOW - MINUTES),
            "labels": {"app": "proxy", **labels, "pod-template-hash": "22"},
            "ownerReferences": [{"kind": "ReplicaSet", "name": "proxy-22", "controller": True}],
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "env": env if namespace == "shop" else []}]},
        "status": {"phase": "Running", "podIP": "10.244.9.4", "conditions": [{"type": "Ready", "status": "True"}]},
    }


def seen(found: Triage) -> list[tuple[str, bool]]:
    return [(each.finding.code[:3], each.is_old) for each in found.causes]


ADMITTED, OTHER = {"access": "true"}, {"version": "2"}
ACCESS = {"podSelector": {"matchLabels": ADMITTED}}


@pytest.mark.parametrize(
    ("before", "now", "is_old"),
    [
        pytest.param(ADMITTED, {}, False, id="the label is gone since the last revision"),
        pytest.param({}, {}, True, id="it never had one"),
        pytest.param(OTHER, {}, True, id="another label is gone"),
    ],
)
def test_an_old_policy_keeps_out_who_lost_a_label(before: dict[str, str], now: dict[str, str], is_old: bool) -> None:
    revisions = revision("11", MONTHS, before), revision("22", MINUTES, now)

    found = triage(cluster(policy(MONTHS, ACCESS), *revisions, proxy(now)), at=NOW)

    assert seen(found) == [("NPL", is_old)]
    assert ("changed with their revision of 2026-11-23 03:39 UTC" in found.causes[0].finding.message) is not is_old


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        pytest.param(
            {"namespaceSelector": {"matchLabels": {"name": "edge"}}}, [("NPL", False)], id="by a label of no namespace"
        ),
        pytest.param(
            {"namespaceSelector": {"matchLabels": {"name": "nowhere"}}}, [], id="a namespace that is not there"
        ),
        pytest.param({"namespaceSelector": {"matchLabels": {"team": "edge"}}}, [], id="by a label that it carries"),
    ],
)
def test_a_policy_means_the_namespace_that_is_called_so(peer: dict[str, Any], expected: list[tuple[str, bool]]) -> None:
    """Its routes are of a kind that is not read (Traefik's), so nothing else shows that it calls."""
    namespace = {"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "edge", "labels": {"team": "edge"}}}

    assert seen(triage(cluster(policy(MINUTES, peer), namespace, proxy({}, "edge")), at=NOW)) == expected


def api(**labels: str) -> list[dict[str, Any]]:
    """Return a Service and its crashing pod, of which nobody sees whom it calls."""
    front, pod = crashing("api", ago=timedelta(minutes=20), address="10.244.0.71")
    pod["metadata"]["labels"] |= labels
    return [front, pod]


ELSEWHERE = {"namespaceSelector": {"matchLabels": {"team": "elsewhere"}}}


@pytest.mark.parametrize(
    ("peers", "codes"),
    [
        pytest.param(
            [{**ELSEWHERE, "podSelector": {"matchLabels": {"app": "api"}}}], ["NPL-005", "APP-001"], id="both"
        ),
        pytest.param(
            [ELSEWHERE, {"podSelector": {"matchLabels": {"app": "api"}}}], ["APP-001"], id="either, which admits it"
        ),
        pytest.param(
            [{**ELSEWHERE, "podSelector": {"matchLabels": {"app": "probe"}}}], ["APP-001"], id="both of nobody"
        ),
        pytest.param(
            [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "api"}}}], ["APP-001"], id="of any place"
        ),
    ],
)
def test_a_policy_that_wants_a_place_and_labels_at_once_means_its_own_neighbour(
    peers: list[dict[str, Any]], codes: list[str]
) -> None:
    """One item asks for a namespace in which no pod has these labels: those of the policy's own namespace have them."""
    found = triage(cluster(policy(MINUTES, *peers), *api()), at=NOW, namespaces=("shop",))

    assert [each.finding.code for each in found.causes] == codes


@pytest.mark.parametrize(
    ("ports", "codes"),
    [
        pytest.param([], ["NPL-001", "APP-001"], id="none of its ports is open"),
        pytest.param([{"port": 9443}], ["APP-001"], id="one of them is"),
    ],
)
def test_a_host_without_a_port_is_called_at_one_that_policies_may_leave_open(
    ports: list[dict[str, Any]], codes: list[str]
) -> None:
    """Which of the Service's ports is meant nobody knows; that all of them are closed decides all the same."""
    several = {"kind": "Service", "metadata": {"name": APP, "namespace": "shop"}}
    several["spec"] = {"ports": [{"name": "http", "port": 80, "targetPort": 8080}, {"name": "tls", "port": 9443}]}
    closed = policy(MINUTES, {"podSelector": {"matchLabels": {"app": "nobody"}}})
    closed["spec"]["ingress"] += [{"ports": ports}] if ports else []
    front, pod = api()
    pod["spec"]["containers"][0]["env"] = [{"name": "SEARCH_HOSTS", "value": APP}]

    found = triage(cluster(several, closed, front, pod), at=NOW, namespaces=("shop",))

    assert [each.finding.code for each in found.causes] == codes


def named(replicas: int, *, is_ready: bool = False) -> list[dict[str, Any]]:
    """Return a StatefulSet of two members, now of so many, and a caller that names both."""
    hosts = ",".join(f"db-{number}.db-headless:5432" for number in range(2))
    made, caller = crashing("api", ("DB_HOSTS", hosts), ago=timedelta(minutes=8), address="10.244.0.71")
    if is_ready:
        caller["status"]["containerStatuses"] = [{"name": "app", "ready": True, "state": {"running": {}}}]
        for each in caller["status"]["conditions"]:
            each["status"] = "True"
    labels = {"app": "db"}
    owner = {"kind": "StatefulSet", "name": "db", "controller": True}
    members = [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"db-{at}", "namespace": "shop", "labels": labels, "ownerReferences": [owner]},
            "spec": {
                "nodeName": "node-1",
                "hostname": f"db-{at}",
                "subdomain": "db-headless",
                "containers": [{"name": "app"}],
            },
            "status": {
                "phase": "Running",
                "podIP": f"10.244.9.{at}",
                "podIPs": [{"ip": f"10.244.9.{at}"}],
                "conditions": [{"type": "Ready", "status": "True"}],
            },
        }
        for at in range(replicas)
    ]
    spec = {"replicas": replicas, "serviceName": "db-headless", "selector": {"matchLabels": labels}}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app"}]}}
    maker = {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db", "namespace": "shop"}}
    headless = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "db-headless", "namespace": "shop"},
        "spec": {"clusterIP": "None", "selector": labels, "ports": [{"port": 5432}]},
    }
    return [made, caller, *members, {**maker, "spec": {**spec, "template": template}}, headless]


@pytest.mark.parametrize(
    ("documents", "first"),
    [
        pytest.param(named(1), "DNS-024", id="one was taken away"),
        pytest.param(named(2), "APP-001", id="both are there"),
        pytest.param(named(1, is_ready=True), "", id="who is ready does without"),
    ],
)
def test_a_member_that_its_statefulset_makes_no_more(documents: list[dict[str, Any]], first: str) -> None:
    """Redis with Sentinel was scaled down, and its callers still ask for a quorum of all."""
    found = triage(cluster(*documents), at=NOW, namespaces=("shop",))

    assert next((each.finding.code for each in found.causes), "") == first


def test_a_member_that_only_an_ended_init_container_was_told() -> None:
    """It wrote the list of members down when all were there, and who reads that calls the one that was taken away."""
    documents = named(1)
    spec, status = documents[1]["spec"], documents[1]["status"]
    spec["initContainers"] = [{"name": "config", "image": "sh:1", "env": spec["containers"][0].pop("env")}]
    ended = {"terminated": {"exitCode": 0, "finishedAt": "2026-11-23T03:00:00Z"}}
    status["initContainerStatuses"] = [{"name": "config", "ready": True, "state": ended}]

    found = triage(cluster(*documents), at=NOW, namespaces=("shop",))

    assert found.causes[0].finding.code == "DNS-024"


def refused(url: str, ago: timedelta) -> dict[str, Any]:
    """Return what an operator says of an object of its own kind, which the API server did not take."""
    said = f'failed to submit: failed calling webhook "mutate.example.com": failed to call webhook: Post "{url}": no endpoints'
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "hourly.1", "namespace": "spark"},
        "involvedObject": {"kind": "SparkApplication", "name": "hourly", "namespace": "spark"},
        "type": "Warning",
        "reason": "SubmissionFailed",
        "message": said,
        "lastTimestamp": when(NOW - ago),
    }


@pytest.mark.parametrize(
    ("url", "ago", "told"),
    [
        pytest.param("https://webhook.shop.svc:80/mutate", MINUTES, ["APP-001"], id="it crashes"),
        pytest.param("https://user-service.shop.svc:80/mutate", MINUTES, [], id="it is sound again"),
        pytest.param("https://webhook.shop.svc:80/mutate", timedelta(hours=3), [], id="that was hours ago"),
    ],
)
def test_a_webhook_of_another_namespace_that_keeps_objects_out(url: str, ago: timedelta, told: list[str]) -> None:
    """Nothing else of the namespace that is asked about shows it."""
    webhook = crashing("webhook", ago=timedelta(minutes=40), address="10.244.0.71")
    worker = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "ui", "namespace": "spark"},
        "spec": {
            "clusterIP": "172.20.200.5",
            "ports": [{"port": 80}],
            "type": "ExternalName",
            "externalName": "a.example.com",
        },
    }

    found = triage(cluster(*webhook, worker, refused(url, ago)), at=NOW, namespaces=("spark",))

    assert [each.finding.code for each in found.causes] == told
