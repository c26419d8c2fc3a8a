"""What a triage reads beside a table: what happened, and which hosts containers are told to call; and what it drops."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.compact import Interner
from bot.cluster.documents import snapshot_from
from bot.cluster.dump import read_dump
from bot.cluster.namespaced import read_scope
from bot.cluster.redaction import redacted
from bot.cluster.transport import Cluster
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.kube.pods import Container, Pod
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from bot.reports.triage_text import triage_text
from bot.usecases.triage import triage
from tests.reader.healthy import CALLER, OBJECTS, Api, forbidden, healthy, kubeconfig
from tests.reader.objects import Json, meta

SECRET = "hunter2"
VARIABLES = {
    "USERS_URL": f"http://u:{SECRET}@user-service.shop:80/x?{SECRET}",
    "CACHE": "cache:6379",
    "PAYMENTS_HOST": "payments.pay.svc.cluster.local",
    "DB_PASSWORD": f"{SECRET}:5432",
    "API_KEY": f"http://{SECRET}",
    "SENTRY": "https://sentry.example.com/1",
    "MODE": SECRET,
}
KEPT = {"USERS_URL": "user-service.shop:80", "CACHE": "cache:6379", "PAYMENTS_HOST": "payments.pay.svc.cluster.local"}


def telling(name: str) -> Json:
    """Return a pod whose container is told these variables."""
    env = [{"name": key, "value": value} for key, value in VARIABLES.items()]
    known = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == name)
    return {**known, "spec": {**known["spec"], "containers": [{"name": "app", "env": env}]}}


def variables(snapshot: Snapshot, pod: str, namespace: str) -> dict[str, str]:
    known = snapshot.pod(namespace, pod)
    assert known is not None
    env = (known.spec.containers or ())[0].env or ()
    return {each.name: each.value or "" for each in env}


def right(found: dict[str, str]) -> None:
    assert found.keys() == KEPT.keys()
    assert all(host in found[name] for name, host in KEPT.items())
    assert SECRET not in json.dumps(found)


async def test_live(tmp_path: Path) -> None:
    """Of a cluster: Events, the nodes' agents, and hosts; a table reads none of these."""
    event = {
        "kind": "Event",
        "metadata": {"name": "checkout-1.1", "namespace": "web"},
        "involvedObject": {"kind": "Pod", "name": CALLER, "namespace": "web"},
        "reason": "FailedMount",
        "message": 'configmap "x" not found',
    }
    async with healthy() as api:
        pods = [telling(CALLER) if each["metadata"]["name"] == CALLER else each for each in OBJECTS["pods"]]
        api.objects = {**OBJECTS, "pods": pods, "events": [event]}
        shown, plain = await _scope(api, tmp_path, calls=True), await _scope(api, tmp_path, calls=False)

    right(variables(shown, CALLER, "web"))
    assert variables(plain, CALLER, "web") == {}
    assert ([each.reason for each in shown.events], plain.events) == (["FailedMount"], ())
    assert shown.pod("kube-system", "kube-proxy-1") is not None


async def _scope(api: Api, folder: Path, *, calls: bool) -> Snapshot:
    path = folder / "kubeconfig"
    path.write_text(kubeconfig(api, "web"))
    async with Cluster(kubeconfig=str(path)) as cluster:
        return await read_scope(cluster, ("web",), calls=calls)


def test_dump(tmp_path: Path) -> None:
    """Of saved objects the same."""
    path = tmp_path / "dump.json"
    items: list[Any] = [{"apiVersion": "v1", "kind": "Pod", **telling(CALLER)}, *OBJECTS["nodes"]]
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))

    right(variables(read_dump([str(path)], calls=True), CALLER, "web"))
    assert variables(read_dump([str(path)]), CALLER, "web") == {}


@pytest.mark.parametrize("host", ["", ANY_SERVICE])
def test_the_fold_keeps_what_redaction_keeps(host: str) -> None:
    """The two ways, for many objects and for few, are one rule."""
    document = {"apiVersion": "v1", "kind": "Pod", **telling(CALLER)}
    whole = snapshot_from([document], taken_at=datetime(2026, 11, 2, tzinfo=UTC))
    folded = Interner(host)(whole.pods[0])
    apart = redacted(whole, host).pods[0]

    assert _containers(folded) == _containers(apart)


def _containers(pod: Pod) -> tuple[Container, ...]:
    return tuple(pod.spec.containers or ())


DATABASE = "db"


def _beside() -> dict[str, list[Json]]:
    """Return a caller of another namespace's database, an Ingress, and a namespace that nothing calls."""
    env = [{"name": "DB_ADDR", "value": f"{DATABASE}.data:5432"}, {"name": "SITE", "value": "https://example.com"}]
    caller = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == CALLER)
    telling = {**caller, "spec": {**caller["spec"], "containers": [{"name": "app", "env": env}]}}
    others = [each for each in OBJECTS["pods"] if each is not caller and each["metadata"]["name"] != "coredns-1"]
    dns = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "coredns-1")
    others.append({**dns, "spec": {**dns["spec"], "containers": [{"name": "coredns", "image": "coredns"}]}})
    database = {
        "metadata": meta(DATABASE, "data"),
        "spec": {"clusterIP": "10.96.7.7", "selector": {"app": DATABASE}, "ports": [{"port": 5432}]},
    }
    idle = {"metadata": meta("idle", "other"), "spec": {"clusterIP": "10.96.7.8", "ports": [{"port": 1}]}}
    backend = {"service": {"name": "checkout-svc", "port": {"number": 80}}}
    ingress = {"metadata": meta("web", "web"), "spec": {"defaultBackend": backend}}
    return {
        **OBJECTS,
        "pods": [*others, telling],
        "services": [*OBJECTS["services"], database, idle],
        "namespaces": [*OBJECTS["namespaces"], *({"metadata": meta(each)} for each in ("data", "other", "com"))],
        "ingresses": [ingress],
    }


async def test_what_is_called_in_another_namespace_is_read(tmp_path: Path) -> None:
    """Only the namespaces that are named; so a dependency that is broken there is the root."""
    async with healthy() as api:
        api.objects = _beside()
        found = await _scope(api, tmp_path, calls=True)
        asked = [each for each in api.asked if "/namespaces/" in each]

    assert found.service("data", DATABASE) is not None
    assert not any("/other/" in each for each in asked)
    told = triage(found, at=found.taken_at, namespaces=("web",))
    assert {(each.finding.code, each.finding.about.name) for each in told.causes} == {
        ("RTE-001", DATABASE),
        ("ING-002", "web"),
    }


async def test_what_may_not_be_read_in_another_namespace_is_not_sound(tmp_path: Path) -> None:
    """A database that nobody may look at is unknown, and named."""
    async with healthy(forbidden, lambda each: "/namespaces/data/" in each) as api:
        api.objects = {**_beside(), "ingresses": []}
        found = triage(await _scope(api, tmp_path, calls=True), at=datetime.now(UTC), namespaces=("web",))

    assert (found.causes, found.outcome, found.unread) == ((), Status.UNKNOWN, ("data",))
    assert "the Services of namespace data could not be listed" in triage_text(found)


def taking_variables_from(*names: str) -> dict[str, list[Json]]:
    """Return a caller whose variables come from ConfigMaps of these names; the first has the database's address."""
    known = _beside()
    caller = known["pods"].pop()
    sources = [{"configMapRef": {"name": each}} for each in names]
    container = {"name": "app", "envFrom": sources}
    data = {"DB_ADDR": f"{DATABASE}.data:5432", "DB_PASSWORD": SECRET, "MODE": SECRET}
    config = {"metadata": meta(names[0], "web"), "data": data}
    return {
        **known,
        "pods": [*known["pods"], {**caller, "spec": {**caller["spec"], "containers": [container]}}],
        "configmaps": [*known["configmaps"], config],
        "ingresses": [],
    }


def waiting_for_a_volume(known: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Return the same with a pod that waits for its claim, and an Ingress of a class."""
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    spec = {"nodeName": "", "containers": [{"name": "app"}], "volumes": [volume]}
    waiting = {"metadata": meta("waiting", "web"), "spec": spec, "status": {"phase": "Pending"}}
    ingress = {"metadata": meta("site", "web"), "spec": {"ingressClassName": "nginx"}}
    return {**known, "pods": [*known["pods"], waiting], "ingresses": [ingress]}


def _of_settings(asked: list[str]) -> list[str]:
    return [each for each in asked if "/namespaces/web/configmaps/" in each]


async def test_what_a_pod_waits_for_and_who_sends_calls_on_is_read(tmp_path: Path) -> None:
    """One request a claim, one for the controllers of all classes; of a namespace without either none."""
    async with healthy() as api:
        api.objects = taking_variables_from("app-env")
        await _scope(api, tmp_path, calls=True)
        before = list(api.asked)
        api.objects = waiting_for_a_volume(api.objects)
        api.asked.clear()
        await _scope(api, tmp_path, calls=True)

    names = "ingress-nginx,ingress-nginx-controller,nginx-ingress,nginx-ingress-controller"
    assert set(api.asked).difference(before) == {
        f"/api/v1/pods app.kubernetes.io/name in ({names})",
        "/api/v1/namespaces/web/persistentvolumeclaims/data",
        "/apis/storage.k8s.io/v1/storageclasses",
    }


async def test_a_config_map_that_a_container_reads_shows_a_call(tmp_path: Path) -> None:
    """By its name alone, and of it only the host is kept; one that is not there is no gap."""
    async with healthy() as api:
        api.objects = taking_variables_from("app-env", "not-there")
        found = await _scope(api, tmp_path, calls=True)
        asked = _of_settings(list(api.asked))

    assert len(asked) == 2
    assert found.service("data", DATABASE) is not None
    told = triage(found, at=found.taken_at, namespaces=("web",))
    assert {(each.finding.code, each.finding.about.name) for each in told.causes} == {("RTE-001", DATABASE)}
    kept = next(each for each in found.config_maps if each.name == "app-env")
    assert (list(kept.data or {}), SECRET in str(kept)) == (["DB_ADDR"], False)
    assert found.gaps == ()


async def test_the_name_of_a_variable_says_what_a_key_of_a_config_map_holds(tmp_path: Path) -> None:
    """`records: db.data` is a host for whoever takes it as DB_HOST; of the same key of another ConfigMap nothing is known."""
    value_from = {"configMapKeyRef": {"name": "app-env", "key": "records"}}
    async with healthy() as api:
        api.objects = taking_variables_from("app-env", "other-env")
        caller = api.objects["pods"][-1]
        caller["spec"]["containers"][0]["env"] = [{"name": "DB_HOST", "valueFrom": value_from}]
        api.objects["configmaps"][-1]["data"] = {"records": f"{DATABASE}.data", "motto": f"{DATABASE}.data"}
        found = await _scope(api, tmp_path, calls=True)

    assert found.service("data", DATABASE) is not None
    kept = next(each for each in found.config_maps if each.name == "app-env")
    assert kept.data == {"records": f"DB_HOST={DATABASE}.data"}


async def test_config_maps_that_may_not_be_read_are_asked_for_once(tmp_path: Path) -> None:
    """Most workers may not: what is configured there is a gap, and no Service is less known for it."""
    async with healthy(forbidden, lambda each: "/namespaces/web/configmaps/" in each) as api:
        api.objects = taking_variables_from(*(f"env-{each:02}" for each in range(9)))
        found = await _scope(api, tmp_path, calls=True)
        asked = _of_settings(list(api.asked))

    assert len(asked) == 1
    assert [each.need for each in found.gaps] == ["settings of the caller"]
    assert triage(found, at=found.taken_at, namespaces=("web",)).outcome is Status.OK


async def test_no_more_than_twenty_config_maps_are_read(tmp_path: Path) -> None:
    """The others are left out, and named."""
    async with healthy() as api:
        api.objects = taking_variables_from(*(f"env-{each:02}" for each in range(25)))
        found = await _scope(api, tmp_path, calls=True)
        asked = _of_settings(list(api.asked))

    assert len(asked) == 20
    assert [each.what for each in found.gaps] == [f"configmap env-{each}" for each in range(20, 25)]
