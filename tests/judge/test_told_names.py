"""What a pod that fails is told beside what leads to a Service: a slip of its rollout, a name that only its init container is
told, a server that declares no port, and another set's member behind one's own Service.
"""

from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_new_revisions import revision
from tests.judge.test_order_of_causes import cluster, crashing, order, service
from tests.judge.test_unnamed_roots import MINUTES, Documents

RIGHT, SLIP = "http://user-service", "http://user-servcie"


def first(*documents: dict[str, Any]) -> tuple[str, str]:
    """Return code and object of the first cause."""
    found: Triage = triage(cluster(*documents), at=NOW, namespaces=("shop",))
    return found.causes[0].finding.code, found.causes[0].finding.about.name


def told(pod: dict[str, Any], host: str) -> dict[str, Any]:
    """Return the pod, told this host, and by a second variable the Service itself."""
    env = [{"name": "GRAPHQL_URL", "value": host}, {"name": "REST_URL", "value": RIGHT}]
    pod["spec"]["containers"][0]["env"] = env
    return pod


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        pytest.param(RIGHT, SLIP, ("DNS-010", "user-servcie"), id="of this rollout"),
        pytest.param(SLIP, SLIP, ("APP-001", "checkout"), id="as before"),
    ],
)
def test_a_slip_beside_what_leads_there(before: str, now: str, expected: tuple[str, str]) -> None:
    old, new = told(revision("a77", "", is_ready=True), before), told(revision("b78", "", is_ready=False), now)

    assert first(service("checkout"), old, new) == expected


def starting(host: str, *, is_done: bool) -> dict[str, Any]:
    """Return a pod of a new revision whose init container is told this host."""
    pod = revision("b78", "user-service", is_ready=False)
    env = [{"name": "LEDGER_DATABASE_HOST", "value": host}]
    pod["spec"]["initContainers"] = [{"name": "wait", "image": "sh:1", "env": env}]
    state = {"terminated": {"exitCode": 0}} if is_done else {"running": {"startedAt": "2026-11-23T03:52:00Z"}}
    pod["status"]["initContainerStatuses"] = [{"name": "wait", "ready": is_done, "state": state}]
    if not is_done:
        pod["status"]["containerStatuses"] = [{"name": "app", "state": {"waiting": {"reason": "PodInitializing"}}}]
        pod["status"]["phase"] = "Pending"
    return pod


def test_what_an_init_container_is_told_counts_until_it_has_ended() -> None:
    old = starting("user-service", is_done=True)
    ready = revision("a77", "user-service", is_ready=True)
    old = {**ready, "spec": {**old["spec"]}}

    assert first(service("checkout"), old, starting("user-servcie", is_done=False)) == ("DNS-010", "user-servcie")
    assert first(service("checkout"), old, starting("user-servcie", is_done=True)) == ("APP-001", "checkout")


def ledger(name: str, *ports: int) -> dict[str, Any]:
    labels = {"app": name}
    container = {"name": "app", "image": "ledger:1", "ports": [{"containerPort": each} for each in ports]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
    }


@pytest.mark.parametrize(
    ("host", "server", "expected"),
    [
        pytest.param("http://zdb:5001", ledger("zdb"), ("DNS-010", "zdb"), id="a server that declares no port"),
        pytest.param("http://zdb:5001", ledger("zdb", 7000), ("APP-001", "checkout-0"), id="one that declares another"),
        pytest.param("http://zdb", ledger("zdb"), ("APP-001", "checkout-0"), id="a name without a port"),
        pytest.param("http://zdb:4317", ledger("zdb"), ("APP-001", "checkout-0"), id="a collector of traces"),
    ],
)
def test_a_service_that_is_gone_while_its_server_declares_no_port(
    host: str, server: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert first(*crashing("checkout", ("PLACE", host), ago=8 * MINUTES, address="10.244.0.77"), server) == expected


def behind_one_service(caller: str) -> Documents:
    """Return sets of one headless Service; the caller's pod crashes and is told a member that `zdb` no longer has."""
    labels = {"net": "all"}
    made = crashing(caller, ("PEERS", "zdb-1.all.shop.svc.cluster.local"), ago=8 * MINUTES, address="10.244.0.77")
    pod = made[1]
    pod["metadata"] |= {
        "labels": labels,
        "ownerReferences": [{"kind": "StatefulSet", "name": caller, "controller": True}],
    }
    own = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "all", "namespace": "shop"}}
    own |= {"spec": {"clusterIP": "None", "selector": labels}}
    other = crashing("zdb", ago=8 * MINUTES, address="10.244.0.78")[1]
    other["metadata"] |= {
        "labels": labels,
        "ownerReferences": [{"kind": "StatefulSet", "name": "zdb", "controller": True}],
    }
    other["spec"] |= {"hostname": "zdb-0", "subdomain": "all"}
    other["status"] |= {"containerStatuses": [], "conditions": [{"type": "Ready", "status": "True"}]}
    sets = [
        {
            "apiVersion": "apps/v1",
            "kind": "StatefulSet",
            "metadata": {"name": name, "namespace": "shop"},
            "spec": {
                "replicas": 1,
                "serviceName": "all",
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}},
            },
        }
        for name in {caller, "zdb"}
    ]
    return [own, *([other] if caller != "zdb" else []), pod, *sets]


def test_a_member_that_was_taken_away_is_called_behind_ones_own_service() -> None:
    """Of its own peers a set does without some, and lists of them are longer in sound clusters."""
    assert first(*behind_one_service("web")) == ("DNS-024", "zdb")
    assert first(*behind_one_service("zdb"))[0] == "APP-001"


def settings(written: str, **data: str) -> dict[str, Any]:
    """Return a ConfigMap whose REST_URL was last written then."""
    fields = {"f:data": {f"f:{each}": {} for each in data}}
    entry = {"manager": "helm", "operation": "Update", "time": written, "fieldsType": "FieldsV1", "fieldsV1": fields}
    metadata = {"name": "settings", "namespace": "shop", "managedFields": [entry]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("2026-11-23T03:50:30Z", ("RTE-012", "user-service"), id="since the ready ones were made"),
        pytest.param("2026-11-23T03:55:00Z", ("APP-001", "checkout"), id="since it was made itself"),
        pytest.param("2026-11-01T03:50:00Z", ("APP-001", "checkout"), id="long before"),
    ],
)
def test_a_port_that_a_configmap_was_given(written: str, expected: tuple[str, str]) -> None:
    """Another variable leads there at the port that there is: it speaks for a pod that was always told so."""
    config = settings(written, REST_URL=f"{RIGHT}:8089", SEARCH_URL=f"{RIGHT}:80")
    env_from = [{"configMapRef": {"name": "settings"}}]
    pods = [revision("a77", "", is_ready=True), revision("b78", "", is_ready=False)]
    for each in pods:
        each["spec"]["containers"][0] |= {"env": [], "envFrom": env_from}

    assert first(service("checkout"), config, *pods) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        pytest.param("http://zdb:80", ["zdb"], id="it wrote down what it was told"),
        pytest.param("http://zdb:9999", [], id="a port that is not there, which it did without"),
    ],
)
def test_what_an_ended_init_container_was_told_shows_who_depends_on_whom(host: str, expected: list[str]) -> None:
    """Nothing else shows who calls whom."""
    caller = crashing("checkout", ago=8 * MINUTES, address="10.244.0.77")
    pod = caller[1]
    pod["spec"]["initContainers"] = [{"name": "config", "image": "sh:1", "env": [{"name": "PLACE", "value": host}]}]
    state = {"terminated": {"exitCode": 0, "finishedAt": "2026-11-23T03:40:00Z"}}
    pod["status"]["initContainerStatuses"] = [{"name": "config", "ready": True, "state": state}]
    found = triage(
        cluster(*caller, *crashing("zdb", ago=20 * MINUTES, address="10.244.0.78")), at=NOW, namespaces=("shop",)
    )

    assert dict(order(found))["checkout"] == expected


def odd(born: str) -> dict[str, Any]:
    """Return a ready pod of another program behind the sample's Service."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "batch-0",
            "namespace": "shop",
            "creationTimestamp": born,
            "labels": {"app": "user-service", "role": "batch"},
            "ownerReferences": [{"kind": "StatefulSet", "name": "batch", "controller": True}],
        },
        "spec": {"nodeName": "node-1", "containers": [{"name": "batch", "ports": [{"containerPort": 9464}]}]},
        "status": {
            "phase": "Running",
            "podIP": "10.244.0.91",
            "podIPs": [{"ip": "10.244.0.91"}],
            "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": born}],
        },
    }


@pytest.mark.parametrize(
    ("born", "expected"),
    [
        pytest.param("2026-11-23T03:50:00Z", "RTE-003", id="just before its callers failed"),
        pytest.param("2026-11-20T03:50:00Z", "APP-001", id="days before"),
    ],
)
def test_pods_of_another_program_come_before_the_callers_that_fail_since(born: str, expected: str) -> None:
    caller = crashing("checkout", ("USERS", f"{RIGHT}:80"), ago=8 * MINUTES, address="10.244.0.77")

    assert first(*caller, odd(born))[0] == expected


def two_ports(name: str) -> dict[str, Any]:
    made = service(name, 33)
    made["spec"]["ports"] = [
        {"name": each, "port": port, "targetPort": 8080} for each, port in (("a", 2888), ("b", 3888))
    ]
    made["spec"]["selector"] = {"app": "user-service"}
    return made


@pytest.mark.parametrize(
    ("host", "code"), [pytest.param("ledgers", "APP-024", id="a slip"), pytest.param("ledger", "APP-001", id="right")]
)
def test_which_of_several_ports_is_called_says_nothing_of_a_name(host: str, code: str) -> None:
    made = crashing("checkout", ("LEDGER_SERVERS", host), ago=8 * MINUTES, address="10.244.0.77")

    assert first(*made, two_ports("ledger"))[0] == code
