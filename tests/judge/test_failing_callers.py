"""A caller that fails itself: what keeps its own calls from a sound Service is told, before what it shows for that."""

from datetime import timedelta
from typing import Any

import pytest

from bot.model.result.triage import Triage
from bot.usecases.triage import triage
from tests.checks.manifests import NOW
from tests.judge.test_order_of_causes import cluster, crashing, service, when

MINUTES = timedelta(minutes=1)


def failing(
    url: str, *, born: timedelta = 9 * MINUTES, began: timedelta = 8 * MINUTES, message: str = ""
) -> list[dict[str, Any]]:
    """Return a Service whose only pod, made so long ago, has crashed since, and is told to call this."""
    service, pod = crashing("api", ("USERS_URL", url), ago=began, address="10.244.9.9")
    pod["metadata"]["creationTimestamp"] = when(NOW - born)
    if message:
        pod["status"]["containerStatuses"][0]["lastState"]["terminated"]["message"] = message
    return [service, pod]


def only_web() -> dict[str, Any]:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "only-web", "namespace": "shop"},
        "spec": {
            "podSelector": {"matchLabels": {"app": "user-service"}},
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}],
        },
    }


def codes(found: Triage) -> list[str]:
    return [each.finding.code for each in found.causes]


def told(*documents: dict[str, Any]) -> Triage:
    return triage(cluster(*documents), at=NOW, namespaces=("shop",))


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://user-servcie", "APP-024", id="a slip in the name"),
        pytest.param("http://user-service:8080", "APP-024", id="a port that the Service does not have"),
        pytest.param("http://user-service.shop.cluster.local", "APP-024", id="a name without svc"),
    ],
)
def test_a_wrong_host_comes_before_the_crash_of_whoever_was_told_it(url: str, expected: str) -> None:
    found = told(*failing(url))

    assert codes(found) == [expected, "APP-001"]
    assert [(each.name, "api" in str(found.causes[0].callers)) for each in found.causes[1].depends_on] == [
        ("user-service", True)
    ]


def test_a_policy_comes_before_the_crash_of_whoever_it_cuts_off() -> None:
    found = told(*failing("http://user-service", born=timedelta(days=30)), only_web())

    assert codes(found) == ["NPL-001", "APP-001"]


def test_what_a_pod_has_run_with_for_long_does_not_make_it_fail_now() -> None:
    found = told(*failing("http://user-servcie", born=timedelta(days=30)))

    assert codes(found) == ["APP-001", "APP-024"]
    assert found.causes[0].depends_on == ()


@pytest.mark.parametrize(
    ("ago", "first"),
    [
        pytest.param(9 * MINUTES, "APP-024", id="just before"),
        pytest.param(timedelta(days=20), "APP-001", id="long before"),
    ],
)
def test_ports_that_were_written_since_come_before_the_crash_of_whoever_calls_them(ago: timedelta, first: str) -> None:
    """It is not its caller that changed, which has run for a month."""
    written = {"manager": "kubectl-edit", "operation": "Update", "time": when(NOW - ago), "fieldsType": "FieldsV1"}
    meta = {
        "name": "user-service",
        "namespace": "shop",
        "managedFields": [{**written, "fieldsV1": {"f:spec": {"f:ports": {}}}}],
    }

    found = told(*failing("http://user-service:8080", born=timedelta(days=30)), {"kind": "Service", "metadata": meta})

    assert codes(found)[0] == first


def test_a_service_that_was_moved_comes_before_the_crash_of_whoever_has_its_short_name() -> None:
    """Its callers run as ever, with what they were told: it is not they that changed."""
    moved, space = service("zdb", 70), {"kind": "Namespace", "metadata": {"name": "data"}}
    moved["metadata"].update(namespace="data", creationTimestamp=when(NOW - 9 * MINUTES))
    long_ago = {**moved, "metadata": {**moved["metadata"], "creationTimestamp": when(NOW - timedelta(days=30))}}
    old = [*failing("http://zdb", born=timedelta(days=30)), workload("api", 8080)]
    old[1]["metadata"]["ownerReferences"] = [{"kind": "StatefulSet", "name": "api", "controller": True}]

    old.append(selecting("api-metrics", "none", "172.20.200.71"))
    old[-1]["spec"]["selector"] = {"app": "api"}

    assert codes(told(*old, space, moved)) == ["DNS-011", "APP-001"]
    assert codes(told(*old, space, long_ago)) == ["APP-001", "DNS-011"]


def workload(name: str, port: int, **labels: str) -> dict[str, Any]:
    """Return a StatefulSet whose pods declare a port."""
    containers = [{"name": "app", "image": "app:1", "ports": [{"containerPort": port}]}]
    template = {"metadata": {"labels": {"role": name, **labels}}, "spec": {"containers": containers}}
    spec = {"replicas": 1, "selector": {"matchLabels": {"role": name}}, "template": template}
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
        "status": {"replicas": 1, "readyReplicas": 1},
    }


def selecting(name: str, role: str, address: str) -> dict[str, Any]:
    known = service(name)
    known["spec"].update(selector={"role": role}, clusterIP=address)
    return known


@pytest.mark.parametrize(
    ("url", "beside", "is_told"),
    [
        pytest.param("http://zdb:27017", [], True, id="no Service has an address"),
        pytest.param("http://zdb:27017", [selecting("zdb-hl", "zdb-mongos", "None")], True, id="a headless one"),
        pytest.param("http://zdb:3306", [], False, id="another port"),
        pytest.param(
            "http://zdb:27017", [selecting("mongos", "zdb-mongos", "172.20.200.77")], False, id="another Service"
        ),
    ],
)
def test_a_missing_service_is_told_by_a_workload_of_a_longer_name(
    url: str, beside: list[dict[str, Any]], is_told: bool
) -> None:
    found = told(*failing(url), workload("zdb-mongos", 27017), *beside)

    assert [each for each in codes(found) if each != "RTE-004"] == ["DNS-010", "APP-001"][not is_told :]


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        pytest.param("user-service.prod", True, id="a name of several words"),
        pytest.param("http://user-service.prod:80", True, id="at the Service's port"),
        pytest.param("http://user-service.prod:81", False, id="at another port"),
        pytest.param("http://user-service.prod", False, id="a site, maybe"),
        pytest.param("user-service.io", False, id="of a country"),
        pytest.param("user-service.dev:80", False, id="a usual domain"),
        pytest.param("other-service.prod:80", False, id="no Service of its own namespace"),
    ],
)
def test_a_service_of_its_own_namespace_that_is_put_into_one_that_is_not_there(url: str, *, is_told: bool) -> None:
    found = told(*failing(url))

    assert codes(found) == (["DNS-010", "APP-001"] if is_told else ["APP-001"])


@pytest.mark.parametrize(
    ("url", "is_told"),
    [
        pytest.param("http://zdb-service:80", True, id="its port"),
        pytest.param("zdb-svc", True, id="without a port"),
        pytest.param("http://zdb-service:9999", False, id="another port"),
        pytest.param("http://zdb-metrics:80", False, id="another thing"),
    ],
)
def test_a_word_too_many_in_the_name_of_a_service(url: str, *, is_told: bool) -> None:
    """Who says `zdb-service` and fails means the Service `zdb`."""
    found = [each for each in codes(told(*failing(url), service("zdb", 70))) if each not in ("RTE-001", "RTE-004")]

    assert found == (["DNS-010", "APP-001"] if is_told else ["APP-001"])


def test_a_service_that_is_gone_is_no_slip_of_one_that_is_there() -> None:
    """The workload of just this name has no Service; where one selects it, the name is a slip of that one's."""
    beside = [workload("user-servcie", 8080), *failing("http://user-servcie:8080")]

    assert codes(told(*beside))[0] == "DNS-010"
    assert codes(told(*beside, selecting("users", "user-servcie", "172.20.200.77")))[0] == "APP-024"


def test_a_workload_that_only_its_probe_says_to_serve_tells_a_missing_service() -> None:
    known = workload("zdb-web", 8000)
    container = known["spec"]["template"]["spec"]["containers"][0]
    container["ports"], container["readinessProbe"] = None, {"httpGet": {"port": 8000}}

    assert codes(told(*failing("http://zdb:8000"), known))[0] == "DNS-010"


@pytest.mark.parametrize(
    ("url", "beside", "is_told"),
    [
        pytest.param("http://zdb-service.shop.svc.cluster.local:51200", [], True, id="no Service has it"),
        pytest.param("http://zdb-service:51201", [], False, id="it has another port"),
        pytest.param("http://orders-service:51200", [], False, id="it is called otherwise"),
        pytest.param("http://zdb-otel:51200", [], False, id="a collector, as charts name them in vain"),
        pytest.param(
            "http://zdb-service:51200", [selecting("zdb", "zdb-server", "172.20.200.77")], False, id="it has a Service"
        ),
        pytest.param("http://zdb-service:51200", [workload("zdb-worker", 51200)], False, id="two have the port"),
    ],
)
def test_a_missing_service_is_told_by_the_workload_that_has_its_port(
    url: str, beside: list[dict[str, Any]], is_told: bool
) -> None:
    """Its workload has another name: `zdb-service` was that of `zdb-server`."""
    found = told(*failing(url), workload("zdb-server", 51200), *beside)

    assert [each for each in codes(found) if each not in ("RTE-004", "RTE-001")] == ["DNS-010", "APP-001"][
        not is_told :
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://zdb:27017", ["DNS-010", "APP-006"], id="its Service is gone"),
        pytest.param("http://user-service", ["APP-006"], id="what it calls is there"),
    ],
)
def test_what_is_gone_comes_before_the_init_container_that_does_not_end(url: str, expected: list[str]) -> None:
    """Its command (`migrate up`) names nobody: the host stands in the variable of the application."""
    own, pod = failing(url)
    pod["spec"]["initContainers"] = [{"name": "migrate", "image": "app:1", "args": ["migrate", "up"]}]
    state = {"name": "migrate", "ready": False, "started": True, "restartCount": 0}
    pod["status"]["initContainerStatuses"] = [{**state, "state": {"running": {"startedAt": when(NOW - 9 * MINUTES)}}}]
    waiting = {"ready": False, "restartCount": 0, "state": {"waiting": {"reason": "PodInitializing"}}, "lastState": {}}
    pod["status"]["containerStatuses"][0].update(waiting)
    pod["status"]["phase"] = "Pending"
    admin = {
        **own,
        "metadata": {**own["metadata"], "name": "api-admin"},
        "spec": {**own["spec"], "clusterIP": "172.20.1.9"},
    }

    assert codes(told(own, admin, pod, workload("zdb-mongos", 27017))) == expected


def test_what_a_workload_is_labelled_with_is_no_service_that_it_calls_itself() -> None:
    """Its own Service was deleted; the name that its label has is that of its program."""
    label = {"app.kubernetes.io/name": "tracker"}
    own = workload("release-tracker", 8080, **label)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "release-tracker-0",
            "namespace": "shop",
            "labels": {"role": "release-tracker", **label},
            "ownerReferences": [{"kind": "StatefulSet", "name": "release-tracker", "controller": True}],
        },
        "spec": {
            "nodeName": "node-1",
            "containers": [{"name": "app", "image": "app:1", "env": [{"name": "SERVER", "value": "tracker"}]}],
        },
        "status": {"phase": "Running", "podIP": "10.244.9.7", "conditions": [{"type": "Ready", "status": "True"}]},
    }
    other = {**pod, "metadata": {**pod["metadata"], "name": "web", "labels": {"app": "web"}, "ownerReferences": []}}

    assert codes(told(own, pod)) == []
    assert codes(told(own, other)) == ["DNS-010"]


def test_who_gives_another_reason_fails_for_that_one() -> None:
    """The same with a reason that names what could not be reached, which is none of its own."""
    another = told(*failing("http://user-servcie", message="KeyError: 'SMTP_PASSWORD'"))
    same = told(*failing("http://user-servcie", message="dial tcp: lookup user-servcie: no such host"))

    assert codes(another) == ["APP-001", "APP-024"]
    assert codes(same)[0] == "APP-024"


@pytest.mark.parametrize("url", ["http://user-service", "http://user-service.shop:80", "https://example.com"])
def test_whose_calls_are_in_order_is_told_alone(url: str) -> None:
    assert codes(told(*failing(url))) == ["APP-001"]


def test_what_is_broken_for_all_is_told_once() -> None:
    """The failing Service that is called is no fault of the caller's way to it."""
    zdb = crashing("zdb", ago=9 * MINUTES, address="10.244.9.8")
    found = told(*failing("http://zdb"), *zdb)

    assert codes(found) == ["APP-001", "APP-001"]
    assert [each.callers for each in found.causes] == [(), ()]


def test_of_those_that_call_each_other_what_began_first_comes_first() -> None:
    """One of them is less sure than the others, and began in between."""
    names = ("cart", "orders", "search")
    documents: list[dict[str, Any]] = []
    for place, (name, ago) in enumerate(zip(names, (10, 8, 9), strict=True)):
        others = [(f"{each.upper()}_HOST", f"{each}:80") for each in names if each != name]
        documents += crashing(name, *others, ago=ago * MINUTES, address=f"10.244.9.{place + 11}")
    unready = documents[-1]
    unready["spec"]["containers"][0]["readinessProbe"] = {"httpGet": {"path": "/", "port": 8080}}
    unready["status"]["containerStatuses"] = [{"name": "app", "ready": False, "state": {"running": {}}}]
    failed = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": "search-0.1", "namespace": "shop"},
        "involvedObject": {"kind": "Pod", "namespace": "shop", "name": "search-0"},
        "type": "Warning",
        "reason": "Unhealthy",
        "message": "Readiness probe failed: HTTP probe failed with statuscode: 503",
        "count": 40,
        "lastTimestamp": when(NOW),
    }

    found = told(*documents, failed)

    assert found.causes[0].services[0].name == "cart"
