"""The order of a triage's causes: a broken Service that others call comes first, what nothing calls later, old ones last."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.model.result.status import Status
from bot.model.result.triage import Triage
from bot.model.snapshot import Snapshot
from bot.reports.triage_text import triage_text
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of

CRASHING = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}}


def cluster(*documents: dict[str, Any], drop: tuple[str, ...] = ()) -> Snapshot:
    return case_of(Written("test", "", {"drop": list(drop)} if drop else {}, list(documents))).snapshot


def when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def service(name: str, number: int = 9) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "clusterIP": f"172.20.200.{number}",
            "selector": {"app": name},
            "ports": [{"port": 80, "targetPort": 8080}],
        },
    }


def crashing(name: str, *variables: tuple[str, str], ago: timedelta, address: str) -> list[dict[str, Any]]:
    """Return a Service, and its only pod, which has crashed since then."""
    env = [{"name": key, "value": value} for key, value in variables]
    since = {"status": "False", "lastTransitionTime": when(NOW - ago)}
    ended = {"exitCode": 1, "reason": "Error", "startedAt": when(NOW - timedelta(minutes=2)), "finishedAt": when(NOW)}
    status = {"name": "app", "ready": False, "restartCount": 9, "state": CRASHING, "lastState": {"terminated": ended}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{name}-0", "namespace": "shop", "labels": {"app": name}},
        "spec": {"nodeName": "node-1", "containers": [{"name": "app", "image": "app:1", "env": env}]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": each, **since} for each in ("Ready", "ContainersReady")],
            "containerStatuses": [status],
        },
    }
    return [service(name, int(address.rsplit(".", 1)[1])), pod]


def killed(pod: dict[str, Any]) -> dict[str, Any]:
    """Let a crash be a kill for memory."""
    pod["status"]["containerStatuses"][0]["lastState"]["terminated"].update(exitCode=137, reason="OOMKilled")
    return pod


def order(found: Triage) -> list[tuple[str, list[str]]]:
    return [(each.services[0].name, [one.name for one in each.depends_on]) for each in found.causes]


MINUTES = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("of_caller", "of_called", "expected"),
    [
        pytest.param(8 * MINUTES, 9 * MINUTES, [("zdb", []), ("api", ["zdb"])], id="began after"),
        pytest.param(9 * MINUTES, 8 * MINUTES, [("zdb", []), ("api", ["zdb"])], id="at about the same time"),
        pytest.param(60 * MINUTES, 8 * MINUTES, [("zdb", []), ("api", [])], id="long before: no consequence"),
        pytest.param(
            8 * MINUTES, timedelta(days=30), [("api", []), ("zdb", [])], id="what it calls is broken for weeks"
        ),
    ],
)
def test_what_is_called_comes_first(
    of_caller: timedelta, of_called: timedelta, expected: list[tuple[str, list[str]]]
) -> None:
    """Two that crash, one of which calls the other: that one is told first, if it can be why."""
    caller = crashing("api", ("DB_URL", "http://zdb:80"), ago=of_caller, address="10.244.0.71")
    called = crashing("zdb", ago=of_called, address="10.244.0.72")

    found = triage(cluster(*caller, *called), at=NOW, namespaces=("shop",))

    assert order(found) == expected
    assert ("it calls zdb, above" in triage_text(found)) is (expected[1][1] == ["zdb"])


def test_what_lies_below_a_circle_comes_before_it() -> None:
    """Two call each other, and one of them calls a third, which broke a little earlier: that is the root, read from either."""
    database = crashing("zdb", ago=10 * MINUTES, address="10.244.0.73")
    core = crashing(
        "core", ("DB_URL", "http://zdb:80"), ("JOBS", "http://jobs:80"), ago=8 * MINUTES, address="10.244.0.71"
    )
    jobs = crashing("jobs", ("CORE_URL", "http://core:80"), ago=8 * MINUTES, address="10.244.0.72")

    found = triage(cluster(*core, *jobs, *database), at=NOW, namespaces=("shop",))

    assert [each.services[0].name for each in found.causes] == ["zdb", "jobs", "core"]
    assert "it calls core, below, and" in triage_text(found)


def moved(name: str, *, born: timedelta, address: str) -> list[dict[str, Any]]:
    """Return a Service, and its only pod, which is ready by a probe of another port than the Service sends to."""
    since = when(NOW - born)
    probe = {"tcpSocket": {"port": 8081}}
    container = {"name": "app", "image": "app:2", "ports": [{"containerPort": 8081}], "readinessProbe": probe}
    running = {"name": "app", "ready": True, "restartCount": 0, "state": {"running": {"startedAt": since}}}
    ready = {"status": "True", "lastTransitionTime": since}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": f"{name}-0", "namespace": "shop", "labels": {"app": name}, "creationTimestamp": since},
        "spec": {"nodeName": "node-1", "containers": [container]},
        "status": {
            "phase": "Running",
            "podIP": address,
            "podIPs": [{"ip": address}],
            "conditions": [{"type": each, **ready} for each in ("Ready", "ContainersReady")],
            "containerStatuses": [running],
        },
    }
    return [service(name, int(address.rsplit(".", 1)[1])), pod]


@pytest.mark.parametrize(
    ("born", "words", "expected"),
    [
        pytest.param(10 * MINUTES, "", [("zdb", []), ("api", ["zdb"])], id="new pods, and the caller fails since"),
        pytest.param(10 * MINUTES, "dial tcp zdb:80: refused", [("zdb", []), ("api", ["zdb"])], id="and it says so"),
        pytest.param(10 * MINUTES, "no such table: users", [("api", []), ("zdb", [])], id="it says something else"),
        pytest.param(
            timedelta(days=3), "", [("zdb", []), ("api", ["zdb"])], id="old pods: who knows the Service's age"
        ),
        pytest.param(2 * MINUTES, "", [("api", []), ("zdb", [])], id="made after it failed"),
    ],
)
def test_a_port_that_nobody_declares_is_the_root_of_what_fails_since_its_pods_were_made(
    born: timedelta, words: str, expected: list[tuple[str, list[str]]]
) -> None:
    """By itself it is a suspicion, and a crash is certain."""
    own, pod = crashing("api", ("DB_URL", "http://zdb:80"), ago=8 * MINUTES, address="10.244.0.71")
    pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"] = words
    called = moved("zdb", born=born, address="10.244.0.72")

    found = triage(cluster(own, pod, *called), at=NOW, namespaces=("shop",))

    assert order(found) == expected
    assert sorted(each.finding.code for each in found.causes) == ["APP-001", "RTE-010"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(timedelta(days=3), [("api", []), ("zdb", [])], id="called like that for days"),
        pytest.param(9 * MINUTES, [("zdb", []), ("api", ["zdb"])], id="written since, by who wrote its selector"),
    ],
)
def test_a_port_that_was_long_written_so_is_no_root(written: timedelta, expected: list[tuple[str, list[str]]]) -> None:
    """Recorded is when the ports were written: a caller that begins to fail long after has another reason."""
    fields = {"f:spec": {"f:ports": {}, "f:selector": {}}}
    entry = {
        "manager": "k",
        "operation": "Update",
        "time": when(NOW - written),
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    own, pod = moved("zdb", born=timedelta(days=3), address="10.244.0.72")
    own["metadata"]["managedFields"] = [entry]
    caller = crashing("api", ("DB_URL", "http://zdb:80"), ago=8 * MINUTES, address="10.244.0.71")

    assert order(triage(cluster(*caller, own, pod), at=NOW, namespaces=("shop",))) == expected


def kill_loop(name: str, *, ago: timedelta, address: str) -> list[dict[str, Any]]:
    """Return a Service, and its only pod, which its liveness probe has killed since then, and which is up just now."""
    own, pod = crashing(name, ago=ago, address=address)
    pod["spec"]["containers"][0]["livenessProbe"] = {"exec": {"command": ["is-ready"]}}
    state = {"ready": True, "started": True, "state": {"running": {"startedAt": when(NOW - MINUTES)}}}
    pod["status"]["containerStatuses"][0].update(state)
    for each in pod["status"]["conditions"]:
        each["status"] = "True"
    said = {"Unhealthy": "Liveness probe failed: is-ready: not found", "Killing": "Container app failed liveness probe"}
    times = {"type": "Warning", "count": 9, "firstTimestamp": when(NOW - ago), "lastTimestamp": when(NOW - MINUTES)}
    events = [
        {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"name": f"{name}.{reason.lower()}", "namespace": "shop"},
            "involvedObject": {
                "kind": "Pod",
                "namespace": "shop",
                "name": f"{name}-0",
                "fieldPath": "spec.containers{app}",
            },
            "reason": reason,
            "message": message,
            **times,
        }
        for reason, message in said.items()
    ]
    return [own, pod, *events]


@pytest.mark.parametrize("is_served", [True, False], ids=["of a Service", "of a workload that no Service selects"])
@pytest.mark.parametrize(
    ("ago", "words", "expected"),
    [
        pytest.param(10 * MINUTES, "", ["APP-009", "APP-001"], id="since then"),
        pytest.param(10 * MINUTES, "no such table: users", ["APP-001", "APP-009"], id="for a reason of its own"),
        pytest.param(2 * MINUTES, "", ["APP-001", "APP-009"], id="that failed long before"),
    ],
)
def test_what_is_killed_again_and_again_is_the_root_of_what_calls_it(
    ago: timedelta, words: str, expected: list[str], *, is_served: bool
) -> None:
    """It is up between two kills, so by itself it is a warning."""
    own, pod = crashing("api", ("DB_URL", "http://zdb:80"), ago=8 * MINUTES, address="10.244.0.71")
    pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"] = words
    pod["metadata"]["ownerReferences"] = [
        {"kind": "StatefulSet", "apiVersion": "apps/v1", "name": "api", "controller": True}
    ]
    template = {"metadata": {"labels": {"app": "api"}}, "spec": pod["spec"]}
    maker = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "api", "namespace": "shop"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "api"}}, "template": template},
    }
    called = kill_loop("zdb", ago=ago, address="10.244.0.72")
    found = triage(cluster(*([own] if is_served else []), pod, maker, *called), at=NOW, namespaces=("shop",))

    assert [each.finding.code for each in found.causes] == expected
    assert [each.name for each in found.causes[expected.index("APP-001")].depends_on] == (
        ["zdb"] if expected[0] == "APP-009" else []
    )


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        pytest.param(9 * MINUTES, [("zdb", []), ("api", ["zdb"])], id="down before, though the last kill came after"),
        pytest.param(timedelta(days=30), [("api", []), ("zdb", [])], id="for weeks"),
    ],
)
def test_what_is_killed_for_memory_is_down_since_it_is_not_ready(
    ago: timedelta, expected: list[tuple[str, list[str]]]
) -> None:
    """The last of its kills is minutes old however long it has been so."""
    caller = crashing("api", ("DB_URL", "http://zdb:80"), ago=8 * MINUTES, address="10.244.0.71")
    db, pod = crashing("zdb", ago=ago, address="10.244.0.72")

    found = triage(cluster(*caller, db, killed(pod)), at=NOW, namespaces=("shop",))

    assert order(found) == expected
    assert [each.finding.code for each in found.causes if each.services[0].name == "zdb"] == ["APP-002"]
    assert found.causes[-1].is_old is (ago > timedelta(days=7))


def test_two_that_call_each_other_are_told_once_each() -> None:
    """A circle ends."""
    one = crashing("api", ("DB_URL", "http://zdb:80"), ago=8 * MINUTES, address="10.244.0.71")
    other = crashing("zdb", ("API_URL", "http://api:80"), ago=8 * MINUTES, address="10.244.0.72")

    found = triage(cluster(*one, *other), at=NOW, namespaces=("shop",))

    assert sorted(order(found)) == [("api", ["zdb"]), ("zdb", ["api"])]


def test_what_nothing_calls_comes_after_what_is_called() -> None:
    """Both select nothing, nobody knows since when, and one of them has a caller."""
    caller = {
        "kind": "Pod",
        "metadata": {"name": "checkout-1", "namespace": "shop"},
        "spec": {"containers": [{"name": "app", "env": [{"name": "USED_URL", "value": "http://used"}]}]},
    }

    found = triage(cluster(service("aaa-unused", 8), service("used", 9), caller), at=NOW, namespaces=("shop",))

    assert [name for name, _ in order(found)] == ["used", "aaa-unused"]


LOST = {
    "apiVersion": "v1",
    "kind": "Node",
    "metadata": {"name": "node-3"},
    "status": {
        "conditions": [
            {
                "type": "Ready",
                "status": "Unknown",
                "reason": "NodeStatusUnknown",
                "lastTransitionTime": when(NOW - 8 * MINUTES),
            }
        ]
    },
}
UNREADY = {
    "kind": "Pod",
    "metadata": {"names": ["user-service-2", "user-service-3"], "namespace": "shop"},
    "spec": {"nodeName": "node-3"},
    "status": {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": when(NOW - 8 * MINUTES)}]},
}


def test_a_lost_node_is_told_though_others_stand_in() -> None:
    """Its pods are unready, so every call goes to those that serve: a warning, with the Services that have fewer."""
    slices = [each for each in cluster().slices if each.namespace == "shop"]
    gone = {
        "kind": "EndpointSlice",
        "apiVersion": "discovery.k8s.io/v1",
        "metadata": {"name": slices[0].name, "namespace": "shop"},
        "endpoints": [
            {
                "addresses": list(each.addresses),
                "nodeName": "node-1" if each.node_name == "node-1" else "node-3",
                "conditions": {"ready": each.node_name == "node-1", "serving": each.node_name == "node-1"},
                "targetRef": {"kind": "Pod", "name": each.target_ref.name, "namespace": "shop"},
            }
            for each in slices[0].endpoints or ()
            if each.target_ref
        ],
    }

    found = triage(cluster(LOST, UNREADY, gone), at=NOW, namespaces=("shop",))

    assert [(each.finding.code, str(each.finding.severity)) for each in found.causes] == [("RTE-008", "warn")]
    assert [each.name for each in found.causes[0].services] == ["user-service"]
    assert (found.outcome, found.totals.ok) == (Status.WARN, found.totals.services)


def test_a_node_without_a_pod_of_a_service_is_nobodys_trouble() -> None:
    """What runs nothing that is called is no news to who asks what is broken."""
    spare = {**LOST, "metadata": {"name": "node-9"}}

    assert triage(cluster(spare), at=NOW, namespaces=("shop",)).causes == ()


def left_behind(*, made: timedelta, called: bool = False, pod: str = "api") -> list[dict[str, Any]]:
    """Return a Service made so long ago that selects nothing, and a pod that calls another one, or it, too."""
    metadata = {"name": "promo", "namespace": "shop", "creationTimestamp": when(NOW - made)}
    env = [{"name": "USERS_ADDR", "value": "user-service:80"}]
    env += [{"name": "PROMO_ADDR", "value": "promo:80"}] if called else []
    caller = {"kind": "Pod", "metadata": {"name": "checkout-1", "namespace": "shop"}}
    near = {"kind": "Pod", "metadata": {"name": "user-service-1", "namespace": "shop", "labels": {"app": pod}}}
    return [
        {**service("promo"), "metadata": metadata},
        {**caller, "spec": {"containers": [{"name": "app", "env": env}]}},
        *([near] if pod != "api" else []),
    ]


DAYS = timedelta(days=1)


@pytest.mark.parametrize(
    ("documents", "is_old"),
    [
        pytest.param(left_behind(made=90 * DAYS), True, id="nobody calls it, and nothing is like it"),
        pytest.param(left_behind(made=1 * DAYS), False, id="it was made yesterday"),
        pytest.param(left_behind(made=90 * DAYS, called=True), False, id="it is called"),
        pytest.param(left_behind(made=90 * DAYS, pod="promos"), False, id="a pod is a letter away"),
    ],
)
def test_a_service_that_was_left_behind(documents: list[dict[str, Any]], is_old: bool) -> None:
    """Who deletes a program often leaves its Service: where nobody calls it, it is told with what is known and old."""
    found = triage(cluster(*documents), at=NOW, namespaces=("shop",))

    assert [each.is_old for each in found.causes if each.services[0].name == "promo"] == [is_old]


def test_a_cluster_whose_dns_runs_outside_of_pods() -> None:
    """Its DNS Service is kept for tools, and selects nothing: who looks names up is not told of it as of something new."""
    gone = ("Pod kube-system/coredns-1", "Pod kube-system/coredns-2", "Deployment kube-system/coredns")
    caller = left_behind(made=90 * DAYS)[1]

    found = triage(cluster(caller, drop=gone), at=NOW, namespaces=("shop",))

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("RTE-001", True)]
    assert found.outcome is not Status.OK
