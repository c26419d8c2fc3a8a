"""The table of reading: whatever a check needs is a row, whatever is a row serves something, and every row is reached."""

import ast
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.checks.engine.judge import needed
from bot.cluster import reading
from bot.cluster.collector import Held, Holding
from bot.cluster.live import ClusterWide, read
from bot.cluster.namespaced import read_scope
from bot.cluster.reading.need import BASIS, Known, Need, Where
from bot.cluster.reading.rows import (
    AGENTS,
    CLASSES,
    CLUSTER,
    DNS,
    DNS_DOWN,
    FINDING,
    FOLLOWED,
    FOLLOWED_ADDRESS,
    QUESTION,
    SCOPE_CAUSES,
    SCOPE_REST,
    SCOPE_ROUTES,
    SCOPE_SERVICES,
    TABLE,
)
from bot.cluster.resources import Resource
from bot.cluster.transport import Cluster
from bot.errors import K8snetError
from bot.model.dns.node_local import NODE_LOCAL_ADDRESS
from bot.model.gaps import (
    CALLER_SETTINGS,
    ENGINE,
    KUBELET_SETTINGS,
    NAMED_SERVICES,
    NODE_AGENTS,
    OTHER_AGENTS,
    OTHER_PODS,
    SIMILAR_PODS,
    SIMILAR_SERVICES,
)
from bot.model.kube.pods import Pod
from bot.model.question.question import Question, Source, Symptom
from tests.reader.healthy import CALLER, OBJECTS, Api, forbidden, healthy, kubeconfig
from tests.reader.objects import Json, dns_service, meta, node, service, with_network
from tests.reader.test_budget import AWAITING, FROM_POD, FROM_WORKLOAD, WORLDS, world
from tests.reader.test_caller_settings import configured
from tests.reader.test_dns_configuration import moved_dns
from tests.reader.test_triage_reading import taking_variables_from, waiting_for_a_volume

PARTS = {
    "question": (*CLUSTER, *DNS, *AGENTS, *FINDING, *QUESTION, *DNS_DOWN),
    "followed": (*FOLLOWED_ADDRESS, *FOLLOWED),
    "scope": (*CLUSTER, *DNS, SCOPE_SERVICES, *SCOPE_REST, *SCOPE_ROUTES, *SCOPE_CAUSES, *CLASSES),
}
# Needs of no check: hops ask for the first and the last, hints of checks come of the others.
HINTS = {
    *(NODE_AGENTS, OTHER_AGENTS, OTHER_PODS, SIMILAR_SERVICES, SIMILAR_PODS),
    *(CALLER_SETTINGS, NAMED_SERVICES, KUBELET_SETTINGS, ENGINE),
}
ASKING = {"found", "was_asked", "was_refused"}  # methods of Known
NOT_OF_A_SCOPE = {
    "events",
    "logs",
    "source",
    "autoscalers",
    "volumes",
    "dependencies",
}  # they explain one Service, not a table


def test_what_checks_need_is_read() -> None:
    """Every need and every use of every check is a row of a question, and of a scope but for what explains one Service."""
    assert needed() <= {each.need for part in ("question", "followed") for each in PARTS[part]}
    assert needed() - NOT_OF_A_SCOPE <= {each.need for each in PARTS["scope"]}


def test_every_row_serves_something() -> None:
    """What is read is needed or used by a check, or is one of the few hints."""
    told = {need for each in TABLE for need in (each.need, each.cut, each.left_out) if need}

    assert told == needed() | HINTS


@pytest.mark.parametrize("part", PARTS)
def test_rows_come_after_rows_above_them(part: str) -> None:
    """So there is an order; and what an answer rests on waits for nothing that may be left out."""
    rows = PARTS[part]
    above: dict[str, Need] = {}
    for each in rows:
        assert above.keys() >= set(each.after), each.name
        assert each.name not in above
        if each.priority == BASIS or each.kept:
            assert all(above[name].priority == BASIS for name in each.after), each.name
        above[each.name] = each


def test_conditions_name_rows_that_there_are() -> None:
    """A row is asked for by its name: a slip would read as `nothing was found`."""
    folder = Path(reading.__file__).parent
    called = [
        node
        for path in (*folder.glob("*.py"), folder.parent / "live.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ASKING
    ]
    named = {each.value for node in called for each in node.args if isinstance(each, ast.Constant)}

    assert len(named) > 8
    assert named <= {each.name for each in TABLE}


# --- every row is reached


def _dns(name: str, labels: dict[str, str]) -> Json:
    known = dns_service()
    return {**known, "metadata": {**known["metadata"], "namespace": "dns", "name": name, "labels": labels}}


def _down() -> dict[str, list[Json]]:
    """A DNS whose pod has crashed."""
    pod = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "coredns-1")
    last = {"terminated": {"exitCode": 1}}
    container = {"name": "coredns", "restartCount": 1, "state": {"waiting": {}}, "lastState": last}
    status = {**pod["status"], "conditions": [], "containerStatuses": [container]}
    others = [each for each in OBJECTS["pods"] if each is not pod]
    return {"pods": [*others, {**pod, "status": status}], "endpointslices": OBJECTS["endpointslices"][:1]}


def mounting(name: str, **labels: str) -> Json:
    """Return a DNS server that mounts a ConfigMap of an unusual name."""
    known = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == name)
    metadata = {**known["metadata"], "labels": labels or known["metadata"]["labels"]}
    volumes = [{"name": "config", "configMap": {"name": "dns-of-ours"}}]
    spec = {**known["spec"], "containers": [{"name": "dns", "image": "coredns"}], "volumes": volumes}
    return {**known, "metadata": metadata, "spec": spec}


def _asking_a_cache() -> list[Json]:
    """The pods, whose own settings name the node-local DNS cache."""
    config = {"nameservers": [NODE_LOCAL_ADDRESS]}
    return [{**each, "spec": {**each["spec"], "dnsConfig": config}} for each in OBJECTS["pods"]]


ALIAS = {**service(), "spec": {"type": "ExternalName", "externalName": "users.shop"}}
ALONE = Question(service="user-service", namespace="shop")


def _made_by(*kinds: str) -> dict[str, list[Json]]:
    """Return a sound cluster whose pods were made by workloads of these kinds."""
    known = WORLDS["crashing of all kinds"]
    ready = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "user-service-1")["status"]
    makers = [(each, each["metadata"].get("ownerReferences", [{}])[0].get("kind", "")) for each in known["pods"]]
    pods = [{**each, "status": ready} if maker else each for each, maker in makers if maker in ("", *kinds)]
    return {**known, "pods": pods}


def _told_apart() -> dict[str, list[Json]]:
    """Return a sound cluster whose caller and callee are told one host, and one port apart, where it listens."""
    env = [{"name": "USERS_HOST", "value": "user-service.shop"}, {"name": "USERS_PORT", "value": "8080"}]
    known = [each for each in OBJECTS["pods"] if each["metadata"]["namespace"] in ("shop", "web")]
    told = [{**each, "spec": {**each["spec"], "containers": [{"name": "app", "env": env}]}} for each in known]
    return world(pods=[*told, *(each for each in OBJECTS["pods"] if each not in known)])


def _copied() -> dict[str, list[Json]]:
    """Return a cluster with a Service that has another one's selector, and is called after a workload of its own."""
    owner = [{"kind": "StatefulSet", "name": "user-service", "controller": True}]
    pods = [
        {**each, "metadata": {**each["metadata"], "ownerReferences": owner}}
        if each["metadata"]["name"].startswith("user-service")
        else each
        for each in OBJECTS["pods"]
    ]
    labels = {"app": "cart"}
    spec = {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}}}
    cart = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("cart", "shop"), "spec": spec}
    services = [*OBJECTS["services"], service("cart", selector={"app": "user-service"})]
    return world(services=services, pods=pods, deployments=[cart])


TOLD_APART = (_told_apart(), Question(service="user-service", namespace="shop", source=FROM_POD))
ASKED: tuple[tuple[dict[str, list[Json]], Question], ...] = (
    (WORLDS["sound"], Question(service="user-service", namespace="shop", source=FROM_POD)),
    (WORLDS["sound"], Question(service="user-service", namespace="shop", source=FROM_WORKLOAD)),
    (WORLDS["sound"], Question(service="user-service")),
    (WORLDS["sound"], Question(service="user-service", namespace="shop", symptom=Symptom.SLOW)),
    (WORLDS["sound"], Question(service="user-service", namespace="shop", symptom=Symptom.SERVER_ERROR)),
    (WORLDS["sound"], Question(address="192.0.2.1")),
    (WORLDS["sound"], Question(name="user-service.shop.example")),
    (WORLDS["sound"], Question(name="7.12.96.10.in-addr.arpa")),
    (WORLDS["sound"], Question(service="user-service", namespace="shop", source=Source("web", pod="nobody"))),
    *(
        (
            WORLDS["sound"],
            Question(service="user-service", namespace="shop", source=Source("web", workload=f"{each}/x")),
        )
        for each in ("rs", "rc")
    ),
    *(
        (WORLDS[each], ALONE)
        for each in ("typo", "no such Service", "crashing", "crashing of all kinds", "waiting for a volume")
    ),
    (world(pods=[AWAITING, *OBJECTS["pods"][1:]]), ALONE),
    (world(pods=_asking_a_cache()), Question(service="user-service", namespace="shop", source=FROM_POD)),
    (world(services=[ALIAS, *OBJECTS["services"][1:]]), ALONE),
    (world(**_down()), ALONE),
    (configured(), Question(service="user-service", namespace="shop", source=FROM_POD)),
    (world(pods=[mounting("coredns-1"), mounting("kube-proxy-1", **{"k8s-app": "node-local-dns"})]), ALONE),
    (world(services=[service(), _dns("other", {"k8s-app": "kube-dns"})]), ALONE),
    (world(services=[service(), _dns("dns-default", {})]), ALONE),
    (moved_dns("10.96.77.20"), ALONE),
    TOLD_APART,
    (_copied(), Question(service="cart", namespace="shop")),
    (WORLDS["sound"], Question(service="user-service", namespace="shop", name="db-7.user-service.shop")),
    *(
        (_made_by(*kinds), Question(service="user-service", namespace="shop", symptom=Symptom.SLOW))
        for kinds in (("ReplicaSet", "StatefulSet"), ("Deployment", "DaemonSet"), ("ReplicationController",))
    ),
    (world(nodes=[with_network(node(), "CiliumIsUp")]), ALONE),
    (world(nodes=[with_network(node(), "FlannelIsUp")]), ALONE),
)


class _Checkout:
    """What holds one pod, the caller, by a watch."""

    breaks = 0

    def held(self, *_: Any) -> Held | None:
        return None

    def one(self, resource: Resource, _: str, name: str) -> Held | None:
        found = msgspec.convert(next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == CALLER), Pod)
        return Held((found,), 0.0) if resource.held and name == CALLER else None

    def remember(self, *_: Any) -> None:
        pass


class _Backends(_Checkout):
    """What holds the pods of the Service by a watch, without what they are told."""

    def held(self, resource: Resource, namespace: str = "", *_: Any) -> Held | None:
        if resource.plural != "pods" or namespace != "shop":
            return None
        return Held(msgspec.convert([{**each, "spec": {}} for each in OBJECTS["pods"][:1]], tuple[Pod, ...]), 0.0)

    def one(self, *_: Any) -> Held | None:
        return None


async def _read(
    api: Api,
    folder: Path,
    objects: dict[str, list[Json]],
    question: Question,
    watches: Holding | None = None,
) -> None:
    api.objects = objects
    path = folder / "kubeconfig"
    path.write_text(kubeconfig(api))
    async with Cluster(kubeconfig=str(path)) as cluster:
        with suppress(K8snetError):  # nobody is called so, nothing has that address
            await read(cluster, question, cache=ClusterWide(), watches=watches)


async def test_every_row_is_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a question, or a scope, that makes the request of each row."""
    reached: set[str] = set()

    def ask(_: Known, row: Need, wheres: Iterable[Where], known: Any = Known.ask) -> None:
        reached.add(row.name)
        known(_, row, wheres)

    monkeypatch.setattr(Known, "ask", ask)
    for objects, question in ASKED:
        async with healthy() as api:
            await _read(api, tmp_path, objects, question)
    async with healthy() as api:
        await _read(api, tmp_path, *ASKED[0], _Checkout())
    async with healthy() as api:
        await _read(api, tmp_path, *TOLD_APART, _Backends())
    async with healthy(forbidden, lambda each: each.startswith("/api/v1/services")) as api:
        await _read(api, tmp_path, WORLDS["sound"], Question(service="user-service"))
        async with Cluster(kubeconfig=str(tmp_path / "kubeconfig")) as cluster:
            await read_scope(cluster, ("shop",))
            await read_scope(cluster, ("shop",), calls=True)
    async with healthy() as api:
        api.objects = waiting_for_a_volume(taking_variables_from("app-env", "more-env"))
        (tmp_path / "kubeconfig").write_text(kubeconfig(api, "web"))
        async with Cluster(kubeconfig=str(tmp_path / "kubeconfig")) as cluster:
            await read_scope(cluster, ("web",), calls=True)

    assert reached == {each.name for each in TABLE}
