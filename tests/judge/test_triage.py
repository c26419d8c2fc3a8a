"""Triage: the few root causes of what is broken, each once, the gravest and most shared first, the old ones last."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.model.question.question import Question, Source, Symptom
from bot.model.result.status import Status
from bot.model.result.triage import Triage
from bot.model.snapshot import Snapshot
from bot.reports.triage_text import triage_text
from bot.usecases.triage import triage
from tests.checks.manifests import NOW, Written, case_of

APP, DNS = "user-service", "kube-dns"


def service(name: str, app: str, *, changed: datetime | None = None) -> dict[str, Any]:
    """Return a Service whose selector was written at a moment."""
    fields = {"f:spec": {"f:selector": {}}}
    entry = {"manager": "kubectl-edit", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": fields}
    managed = [{**entry, "time": f"{changed:%Y-%m-%dT%H:%M:%SZ}"}] if changed else []
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "shop", "managedFields": managed},
        "spec": {"clusterIP": "10.96.9.9", "selector": {"app": app}, "ports": [{"port": 80, "targetPort": 8080}]},
    }


def cluster(*documents: dict[str, Any], **headers: list[str]) -> Snapshot:
    return case_of(Written("test", "", dict(headers), list(documents))).snapshot


def pods(created: datetime) -> list[dict[str, Any]]:
    """Return the pods of the base cluster as made at a moment: what was written to a Service after it began with that."""
    made = {"namespace": "shop", "creationTimestamp": f"{created:%Y-%m-%dT%H:%M:%SZ}"}
    return [{"kind": "Pod", "metadata": {"name": f"user-service-{number}", **made}} for number in (1, 2, 3)]


def codes(found: Triage) -> list[str]:
    return [each.finding.code for each in found.causes]


def test_nothing_is_broken() -> None:
    """A sound cluster has no cause, and what it rests on is counted."""
    found = triage(cluster(), at=NOW)

    assert (found.causes, found.outcome) == ((), Status.OK)
    assert found.totals.services == found.totals.ok


def test_sound_is_said_for_nobody_in_particular() -> None:
    """Without a caller an `ok` says that what policies and DNS do to one caller was not looked at."""
    alone = triage_text(triage(cluster(), at=NOW))
    called = triage(cluster(), at=NOW, asked=Question(source=Source(namespace="shop", pod="checkout-1")))

    assert "no fault was found" in alone
    assert "Nobody was said to call" in alone
    assert "Nobody was said to call" not in triage_text(called)


def test_shared_cause_is_told_once() -> None:
    """DNS that is down is one cause with every Service, and comes before a typo that hurts one."""
    dropped = ["Pod kube-system/coredns-1", "Pod kube-system/coredns-2"]
    found = triage(cluster(service("carts", "user-servce"), drop=dropped), at=NOW)

    assert codes(found)[0] == "DNS-001"
    assert {each.name for each in found.causes[0].services} >= {APP, DNS}
    assert len(codes(found)) == len(set(codes(found)))
    assert found.causes[0].share == pytest.approx(len(found.causes[0].services) / found.totals.services, abs=0.001)


def test_old_faults_come_last() -> None:
    """What has been so for a week is told apart: it was there before anybody was called."""
    fresh, old = NOW - timedelta(minutes=12), NOW - timedelta(days=30)
    found = triage(
        cluster(
            *pods(NOW - timedelta(days=60)),
            service("a-forgotten", "user-servce", changed=old),
            service("b-forgotten", "user-servicex", changed=old),
            service("carts", "usr-service", changed=fresh),
        ),
        at=NOW,
    )

    assert [(each.services[0].name, each.is_old) for each in found.causes] == [
        ("carts", False),
        ("a-forgotten", True),
        ("b-forgotten", True),
    ]
    assert found.causes[0].since == fresh


def test_newest_comes_first_among_equals() -> None:
    """Of causes as grave and as shared, the one that began last is the likelier reason for the call."""
    early, late = NOW - timedelta(hours=20), NOW - timedelta(minutes=5)
    documents = [service("a", "user-servce", changed=early), service("b", "user-servicex", changed=late)]
    found = triage(cluster(*pods(NOW - timedelta(days=60)), *documents), at=NOW)

    assert [each.services[0].name for each in found.causes] == ["b", "a"]


def test_scope_holds() -> None:
    """Only Services of the namespaces that were asked about are judged."""
    found = triage(cluster(service("carts", "user-servce")), at=NOW, namespaces=("kube-system",))

    assert found.causes == ()
    assert {each.namespace for each in found.services} == {"kube-system"}


def test_unreadable_is_not_sound() -> None:
    """Services that could not be judged leave the answer open, and it says which."""
    found = triage(cluster(gap=["pods shop"]), at=NOW)

    assert found.outcome is Status.UNKNOWN
    assert APP in [each.name for each in found.unknown]
    assert found.causes == ()


def test_services_unjudged_for_one_reason_are_told_together() -> None:
    """Twelve of them are one line, not twelve that hide what else stands there."""
    made = [service(f"carts-{number}", "carts") for number in range(12)]
    for number, each in enumerate(made, 1):
        each["spec"]["clusterIP"] = f"10.96.9.{number}"
    said = triage_text(triage(cluster(*made, gap=["pods shop"]), at=NOW), width=400)

    (line,) = (each for each in said.splitlines() if "carts-0" in each)
    assert "and 8 more: " in line
    assert "carts-5" not in said


def test_unready_pods_are_one_cause_for_each_service_that_selects_them() -> None:
    """What there is to mend is in the pods; a Service whose own selector is wrong has that beside it."""
    unready = {
        "kind": "Pod",
        "metadata": {"names": [f"{APP}-{number}" for number in (1, 2, 3)], "namespace": "shop"},
        "status": {"conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:50:00Z"}]},
    }
    found = triage(cluster(unready, service("outside", APP), service("carts", "user-servce")), at=NOW)
    (shared,) = (each for each in found.causes if each.finding.code == "RTE-004")

    assert {each.name for each in shared.services} == {APP, "outside"}
    assert "The same is so of Service shop/" in shared.finding.message
    assert sorted(codes(found)) == ["RTE-001", "RTE-004"]


def test_symptom_narrows() -> None:
    """What would explain the complaint comes first, though something else is broken longer or wider."""
    refusing = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "closed", "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": APP}}, "policyTypes": ["Ingress"]},
    }
    snapshot = cluster(service("carts", "user-servce", changed=NOW - timedelta(minutes=1)), refusing)
    silent = triage(snapshot, at=NOW, asked=Question(symptom=Symptom.TIMEOUT))

    assert codes(silent) == ["NPL-001", "RTE-001"]
    assert codes(triage(snapshot, at=NOW)) == ["RTE-001", "NPL-001"]


def test_a_caller_is_judged() -> None:
    """With a caller, policies are judged for it: one that admits somebody else only is a cause."""
    policy = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "only-web", "namespace": "shop"},
        "spec": {
            "podSelector": {"matchLabels": {"app": APP}},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}],
        },
    }
    snapshot = cluster(policy)
    called = triage(snapshot, at=NOW, asked=Question(source=Source(namespace="shop", pod="checkout-1")))

    assert codes(triage(snapshot, at=NOW)) == []
    assert codes(called) == ["NPL-001"]


def test_same_input_same_answer() -> None:
    """Nothing depends on the order in which objects came."""
    documents = [service("a", "user-servce"), service("b", "user-servicex"), service("c", "usr-service")]
    at = datetime(2026, 11, 24, tzinfo=UTC)

    assert triage(cluster(*documents), at=at) == triage(cluster(*reversed(documents)), at=at)


NOTE = "endpoints.kubernetes.io/last-change-trigger-time"


def forgotten(name: str, *, noted: datetime | None) -> list[dict[str, Any]]:
    """Return a Service that selects nobody, by whom it was written unknown, and its empty slice with the controller's note."""
    annotations = {NOTE: f"{noted:%Y-%m-%dT%H:%M:%SZ}"} if noted else {}
    labels = {
        "kubernetes.io/service-name": name,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    made = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4", "endpoints": []}
    metadata = {"name": f"{name}-x", "namespace": "shop", "labels": labels, "annotations": annotations}
    return [service(name, "nobody-at-all"), {**made, "metadata": metadata}]


@pytest.mark.parametrize(("noted", "is_old"), [(timedelta(days=30), True), (timedelta(hours=1), False), (None, False)])
def test_an_empty_slice_tells_since_when(noted: timedelta | None, is_old: bool) -> None:
    """The controller's note is the last change; where it dropped it (a pod was deleted), nobody knows."""
    moment = NOW - noted if noted else None
    found = triage(cluster(*forgotten("carts", noted=moment)), at=NOW)

    assert [(each.finding.code, each.since, each.is_old) for each in found.causes] == [("RTE-001", moment, is_old)]


@pytest.mark.parametrize(
    ("generation", "made", "is_old"),
    [(1, timedelta(days=30), True), (1, timedelta(hours=1), True), (2, timedelta(days=30), False)],
)
def test_a_workload_that_was_made_with_no_replicas_is_no_news(generation: int, made: timedelta, is_old: bool) -> None:
    """Where nothing of its spec was changed since, which its generation tells, and nobody calls it, however young it is."""
    labels = {"app": "on-demand"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "on-demand",
            "namespace": "shop",
            "generation": generation,
            "creationTimestamp": (NOW - made).isoformat(),
        },
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
    }

    found = triage(cluster(service("on-demand", "on-demand"), deployment), at=NOW)

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("APP-017", is_old)]


def at_zero(*others: dict[str, Any], called: bool) -> Triage:
    """Return the triage of a workload at zero whose spec was changed nobody knows when, and of one that is called."""
    labels = {"app": "on-demand"}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "on-demand", "namespace": "shop", "generation": 4},
        "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}},
    }
    hosts = [APP, *(["on-demand"] if called else [])]
    env = [{"name": f"HOST_{at}_ADDR", "value": f"{each}:80"} for at, each in enumerate(hosts)]
    caller = {"kind": "Pod", "metadata": {"name": "checkout-1", "namespace": "shop"}}
    caller["spec"] = {"containers": [{"name": "app", "env": env}]}
    return triage(cluster(service("on-demand", "on-demand"), deployment, caller, *others), at=NOW)


def scaled(ago: timedelta) -> dict[str, Any]:
    """Return the Event of a Deployment that was scaled down."""
    about = {"kind": "Deployment", "namespace": "shop", "name": "on-demand"}
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "on-demand.1", "namespace": "shop"},
        "involvedObject": about,
        "type": "Normal",
        "reason": "ScalingReplicaSet",
        "message": "Scaled down replica set on-demand-5d4f from 2 to 0",
        "lastTimestamp": (NOW - ago).isoformat(),
    }


def paused(ago: timedelta) -> dict[str, Any]:
    """Return an autoscaler that may not scale, since its workload is at zero."""
    disabled = {"type": "ScalingActive", "status": "False", "reason": "ScalingDisabled"}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "on-demand", "namespace": "shop"},
        "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "on-demand"}, "maxReplicas": 3},
        "status": {"conditions": [{**disabled, "lastTransitionTime": (NOW - ago).isoformat()}]},
    }


@pytest.mark.parametrize(
    ("others", "called", "is_old"),
    [
        pytest.param((), False, True, id="nobody calls it, and nobody knows since when"),
        pytest.param((), True, False, id="it is called"),
        pytest.param((scaled(timedelta(minutes=9)),), False, False, id="an Event tells that it just was"),
        pytest.param((paused(timedelta(minutes=9)),), False, False, id="its autoscaler was paused a moment ago"),
        pytest.param((paused(timedelta(days=30)),), True, True, id="its autoscaler was paused a month ago"),
    ],
)
def test_a_workload_at_zero_may_be_meant(others: tuple[dict[str, Any], ...], called: bool, is_old: bool) -> None:
    """What people do on purpose, too, is told as new where somebody misses it or it just happened."""
    assert [(each.finding.code, each.is_old) for each in at_zero(*others, called=called).causes] == [
        ("APP-017", is_old)
    ]


@pytest.mark.parametrize(
    ("restarts", "message", "is_old"),
    [
        (5000, "back-off 5m0s restarting failed container=app", True),
        (5000, "back-off 1m0s restarting failed container=app", False),
        (12, "back-off 5m0s restarting failed container=app", False),
    ],
)
def test_restarts_tell_of_weeks(restarts: int, message: str, is_old: bool) -> None:
    """Ready turns with every start; so many restarts with the kubelet's longest wait between them take more than a week."""
    turned = f"{NOW - timedelta(minutes=3):%Y-%m-%dT%H:%M:%SZ}"
    status = {
        "conditions": [{"type": "Ready", "status": "False", "lastTransitionTime": turned}],
        "containerStatuses": [
            {
                "name": "app",
                "restartCount": restarts,
                "state": {"waiting": {"reason": "CrashLoopBackOff", "message": message}},
                "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "finishedAt": turned}},
            }
        ],
    }
    crashing = [{**pod, "status": status} for pod in pods(NOW - timedelta(days=60))]
    found = triage(cluster(*crashing), at=NOW)

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("APP-001", is_old)]


DNS_DOWN = ["Pod kube-system/coredns-1", "Pod kube-system/coredns-2"]


def crashing(message: str) -> list[dict[str, Any]]:
    """Return the pods of the sample's Service, which end again and again with this message."""
    ended = {"exitCode": 1, "reason": "Error", "finishedAt": "2026-11-23T03:59:00Z", "message": message}
    container = {
        "name": "app",
        "ready": False,
        "restartCount": 9,
        "state": {"waiting": {"reason": "CrashLoopBackOff"}},
        "lastState": {"terminated": ended},
    }
    unready = [{"type": each, "status": "False"} for each in ("Ready", "ContainersReady")]
    status = {"conditions": unready, "containerStatuses": [container]}
    return [
        {"kind": "Pod", "metadata": {"name": f"{APP}-{at}", "namespace": "shop"}, "status": status} for at in (1, 2, 3)
    ]


@pytest.mark.parametrize(
    ("documents", "others"),
    [
        pytest.param([service("carts", "user-servce")], ["RTE-001"], id="a selector"),
        pytest.param(crashing("panic: no setting KAFKA_TOPIC"), ["APP-001"], id="a crash for another reason"),
        pytest.param(crashing("lookup db.data: no such host"), [], id="a crash for a lookup"),
        pytest.param(crashing(""), [], id="a crash without a word"),
        pytest.param([], [], id="nothing else"),
    ],
)
def test_what_dns_cannot_explain_stays_told(documents: list[dict[str, Any]], others: list[str]) -> None:
    """The cluster's DNS is the first cause, once, and hides no fault of another kind."""
    found = triage(cluster(*documents, drop=DNS_DOWN), at=NOW)

    assert codes(found) == ["DNS-001", *others]


def proxies(*sick: int) -> list[dict[str, Any]]:
    """Return the kube-proxy of both nodes, those of these numbers unready."""
    found = []
    for at in (1, 2):
        ready = {
            "type": "Ready",
            "status": "False" if at in sick else "True",
            "lastTransitionTime": "2026-11-23T03:00:00Z",
        }
        owner = {"apiVersion": "apps/v1", "kind": "DaemonSet", "name": "kube-proxy", "controller": True}
        waiting = {"waiting": {"reason": "CrashLoopBackOff"}} if at in sick else {"running": {}}
        container = {"name": "kube-proxy", "ready": at not in sick, "restartCount": 9 * (at in sick), "state": waiting}
        metadata = {
            "name": f"kube-proxy-{at}",
            "namespace": "kube-system",
            "labels": {"k8s-app": "kube-proxy"},
            "ownerReferences": [owner],
        }
        spec = {"nodeName": f"node-{at}", "hostNetwork": True, "containers": [{"name": "kube-proxy"}]}
        status = {
            "phase": "Running",
            "podIP": f"192.168.0.{at}",
            "conditions": [ready],
            "containerStatuses": [container],
        }
        found.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status})
    return found


@pytest.mark.parametrize("sick", [(), (1,), (1, 2)])
def test_an_agent_that_fails_on_several_nodes_is_told_once(sick: tuple[int, ...]) -> None:
    """It is the DaemonSet's fault, with the nodes that have it."""
    found = triage(cluster(*proxies(*sick)), at=NOW, namespaces=("shop",))

    assert codes(found) == ["RTE-032"][: len(sick)]
    assert ["It is the same on node-" in each.finding.message for each in found.causes] == [len(sick) > 1][: len(sick)]


def test_what_ails_an_agent_itself_is_told_with_what_it_does_not_do() -> None:
    """Where a Service selects its pods their crash is the root, and the nodes' trouble is no cause beside it."""
    spec = {"clusterIP": "None", "selector": {"k8s-app": "kube-proxy"}, "ports": [{"port": 10249}]}
    metrics = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "metrics", "namespace": "kube-system"}}
    found = triage(cluster(*proxies(1, 2), {**metrics, "spec": spec}), at=NOW)

    assert [each.finding.about.kind for each in found.causes] == ["DaemonSet"]


def test_the_dns_that_is_at_zero_is_one_cause() -> None:
    """What keeps its pods away is not told again as a fault that it hides."""
    dns = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "coredns", "namespace": "kube-system"},
        "spec": {
            "replicas": 0,
            "selector": {"matchLabels": {"k8s-app": "kube-dns"}},
            "template": {"metadata": {"labels": {"k8s-app": "kube-dns"}}},
        },
    }

    assert codes(triage(cluster(dns, drop=DNS_DOWN), at=NOW)) == ["DNS-001"]


def failing_beside() -> Snapshot:
    """Return a Service whose pod says 500, and the database of another namespace that it calls and that has no pod."""
    env = [{"name": "DB_HOST", "value": "db.data"}]
    caller = {"labels": {"app": "api"}, "namespace": "shop", "name": "api-0"}
    probe = {"readinessProbe": {"httpGet": {"path": "/", "port": 8080}}}
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:40:00Z"}
    running = {
        "name": "app",
        "ready": False,
        "restartCount": 0,
        "state": {"running": {"startedAt": "2026-11-22T00:00:00Z"}},
    }
    unready = {"phase": "Running", "podIP": "10.244.1.70", "conditions": [ready], "containerStatuses": [running]}
    spec = {
        "nodeName": "node-1",
        "containers": [{"name": "app", "env": env, "ports": [{"containerPort": 8080}], **probe}],
    }
    event = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "api-0.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "api-0", "fieldPath": "spec.containers{app}"},
        "reason": "Unhealthy",
        "message": "Readiness probe failed: HTTP probe failed with statuscode: 500",
        "lastTimestamp": "2026-11-23T03:59:00Z",
    }
    database = service("db", "db")
    database["metadata"]["namespace"], database["spec"]["clusterIP"] = "data", "10.96.9.10"
    return cluster(
        service("api", "api"),
        {"apiVersion": "v1", "kind": "Pod", "metadata": caller, "spec": spec, "status": unready},
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "data"}},
        database,
        event,
    )


def test_what_a_failing_member_calls_in_another_namespace_is_the_root() -> None:
    """Asked about the namespace of those who fail, as in the whole cluster."""
    found = triage(failing_beside(), at=NOW, namespaces=("shop",))

    assert [(each.finding.code, each.services[0].name, len(each.depends_on)) for each in found.causes] == [
        ("RTE-001", "db", 0),
        ("APP-014", "api", 1),
    ]


def test_what_takes_everything_down_was_not_so_for_weeks() -> None:
    """That the DNS's selector was written a month ago says only that it was not this that changed."""
    changed = service("kube-dns", "nobody", changed=NOW - timedelta(days=30))
    dns = {"kind": "Service", "metadata": {**changed["metadata"], "namespace": "kube-system"}}
    found = triage(cluster({**dns, "spec": {"selector": {"k8s-app": "coredns"}}}, service("carts", APP)), at=NOW)

    assert [(each.finding.code, each.is_old) for each in found.causes] == [("DNS-008", False)]


def test_what_who_asks_may_not_be_told_of_is_not_told() -> None:
    """Somebody whose rules are for one namespace hears that another one was not looked at, and nothing of it."""
    found = triage(replace(failing_beside(), visible=("shop",)), at=NOW, namespaces=("shop",))

    assert [(each.finding.code, each.services[0].name) for each in found.causes] == [("APP-014", "api")]
    assert found.unread == ("data",)
