"""The configuration of the cluster's DNS is read where the DNS pods, and the node-local caches, have it mounted from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.checks.engine.judge import judge
from bot.cluster.archive import write_snapshot
from bot.cluster.decode_lean import WatchedPod
from bot.cluster.live import ClusterWide, read
from bot.cluster.namespaced import read_scope
from bot.cluster.transport import Cluster
from bot.cluster.watching.fold import WatchedFold
from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.configured import configured_cache
from bot.model.dns.corefile_places import corefile_places
from bot.model.dns.kubelet_config import KUBELET_CONFIG, KubeletDns, kubelet_dns
from bot.model.dns.node_local import cache_address
from bot.model.kube.workloads import ConfigMap
from bot.model.question.question import Question
from bot.model.result.finding import Layer
from bot.model.result.status import Status
from bot.model.snapshot import Snapshot
from tests.reader.healthy import OBJECTS, Api, forbidden, healthy, kubeconfig
from tests.reader.objects import Json, corefile, meta
from tests.reader.test_budget import FROM_POD, world

ASKED = Question(service="user-service", namespace="shop", source=FROM_POD)
COREFILE = ".:53 {\n  kubernetes cluster.local\n  forward . 1.1.1.1\n}\n"
CACHE = "cluster.local:53 {\n  bind 169.254.25.10\n  forward . __PILLAR__CLUSTER__DNS__\n}\n"
STUBS = {"metadata": meta("kube-dns", "kube-system"), "data": {"stubDomains": '{"corp.example": ["10.9.9.9"]}'}}


def config(name: str, **data: str) -> Json:
    return {"metadata": meta(name, "kube-system"), "data": data}


def mounting(pod: Json, args: list[str], *configs: str, key: str = "", path: str = "") -> Json:
    """Return a pod whose container serves DNS, and has the ConfigMaps below /etc/dns-of-ours."""
    items = {"items": [{"key": key, "path": path}]} if key else {}
    mounts = [{"name": each, "mountPath": f"/etc/dns-of-ours{'/custom' * bool(at)}"} for at, each in enumerate(configs)]
    volumes = [
        {"name": each, "configMap": {"name": each, **(items if not at else {})}} for at, each in enumerate(configs)
    ]
    ports = [{"containerPort": 53, "protocol": "UDP", "name": "dns"}]
    container = {"name": "coredns", "args": args, "ports": ports, "volumeMounts": mounts}
    return {**pod, "spec": {**pod["spec"], "containers": [container], "volumes": volumes}}


def dns_pod(*configs: str, args: tuple[str, ...] = ("-conf", "/etc/dns-of-ours/main"), **how: str) -> Json:
    pod = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "coredns-1")
    return mounting(pod, list(args), *configs, **how)


def cache_pod() -> Json:
    pod = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "kube-proxy-1")
    own = {**pod, "metadata": {**pod["metadata"], "name": "cache-1", "labels": {"k8s-app": "node-local-dns"}}}
    args = ["-localip", "169.254.25.10", "-basecorefile", "/etc/dns-of-ours/Corefile"]
    return mounting(own, args, "nodelocaldns", "kube-dns")


def with_pods(*pods: Json, configs: list[Json]) -> dict[str, list[Json]]:
    names = {each["metadata"]["name"] for each in pods}
    others = [each for each in OBJECTS["pods"] if each["metadata"]["name"] not in names]
    return world(pods=[*others, *pods], configmaps=configs)


async def asked(
    folder: Path, objects: dict[str, list[Json]], refused: Callable[[str], bool] = lambda _: False
) -> tuple[Snapshot, Api]:
    async with healthy(forbidden, refused) as api:
        api.objects = objects
        path = folder / "kubeconfig"
        path.write_text(kubeconfig(api))
        async with Cluster(kubeconfig=str(path)) as cluster:
            _, snapshot = await read(cluster, ASKED, cache=ClusterWide())
        return snapshot, api


def corefile_of(snapshot: Snapshot) -> str:
    place = cluster_dns(snapshot).place
    return place.text if place else ""


@pytest.mark.parametrize(
    ("pod", "configs", "wanted"),
    [
        (dns_pod("coredns", key="Corefile", path="main"), [config("coredns", Corefile=COREFILE)], COREFILE),
        (
            dns_pod("ours", key="zones", path="main"),
            [config("ours", zones=COREFILE), config("coredns", Corefile="x")],
            COREFILE,
        ),
        (dns_pod("ours", key="a", path="Corefile", args=()), [config("ours", a=COREFILE, Corefile="x")], COREFILE),
        (dns_pod("gone"), [config("coredns", Corefile=COREFILE)], COREFILE),
        (OBJECTS["pods"][2], [config("coredns", Corefile=COREFILE)], COREFILE),
    ],
)
async def test_corefile_is_the_one_that_dns_pods_mount(
    tmp_path: Path, pod: Json, configs: list[Json], wanted: str
) -> None:
    """By `-conf`, items and keys; where the pods do not tell, or what they mount is not there, by the usual name."""
    snapshot, _ = await asked(tmp_path, with_pods(pod, configs=configs))

    assert corefile_of(snapshot) == wanted
    assert snapshot.zone.rstrip(".") == "cluster.local"


async def test_usual_cluster_makes_no_more_requests(tmp_path: Path) -> None:
    """What kubeadm's pods mount was asked for from the beginning; what comes with a pod's token configures nothing."""
    pod = dns_pod("coredns", key="Corefile", path="main")
    token = {"name": "token", "projected": {"sources": [{"configMap": {"name": "kube-root-ca.crt"}}]}}
    pod["spec"]["volumes"].append(token)
    pod["spec"]["containers"][0]["volumeMounts"].append({"name": "token", "mountPath": "/var/run/secrets"})
    _, api = await asked(tmp_path, with_pods(pod, configs=[config("coredns", Corefile=COREFILE)]))

    assert len([each for each in api.asked if "/configmaps/" in each]) == 1


async def test_imports_and_caches_are_read_as_they_are_mounted(tmp_path: Path) -> None:
    """A second ConfigMap of the DNS pods; the caches' template with its own address; stub domains; the file keeps them all."""
    text = COREFILE.replace(".:53 {\n", ".:53 {\n  import custom/*.override\n")
    custom: dict[str, Any] = {"mine.override": "hosts {\n 10.9.9.9 a.example\n}\n", "secret": "password: hunter2"}
    configs = [config("ours", main=text), config("more", **custom), config("nodelocaldns", Corefile=CACHE), STUBS]
    snapshot, _ = await asked(tmp_path, with_pods(dns_pod("ours", "more"), cache_pod(), configs=configs))

    place, cache = cluster_dns(snapshot).place, configured_cache(snapshot)
    assert place is not None
    assert place.files.texts["/etc/dns-of-ours/custom/mine.override"] == custom["mine.override"]
    assert cache is not None
    assert {each.zone for each in cache.corefile.servers} == {"cluster.local.", "corp.example."}
    assert cache_address(snapshot) == "169.254.25.10"
    assert b"hunter2" not in write_snapshot(snapshot, ASKED)
    assert b"a.example" in write_snapshot(snapshot, ASKED)


async def test_configuration_that_may_not_be_read_is_a_gap(tmp_path: Path) -> None:
    """Nobody can tell then what the cache does with a name."""
    configs = [corefile(COREFILE), config("nodelocaldns", Corefile=CACHE), STUBS]
    objects = with_pods(dns_pod("coredns", key="Corefile", path="main"), cache_pod(), configs=configs)
    snapshot, _ = await asked(tmp_path, objects, lambda each: each.endswith("/configmaps/nodelocaldns"))

    assert [each.need for each in snapshot.gaps] == ["corefile"]


def test_watches_keep_what_a_dns_server_mounts() -> None:
    """They drop mounts, which differ in every replica; volumes and their items say enough. Of another pod nothing is kept."""
    text = COREFILE.replace(".:53 {\n", ".:53 {\n  import custom/*.override\n")
    known = msgspec.convert(dns_pod("ours", "more", key="a", path="main"), WatchedPod)
    folded = WatchedFold()(known)
    configs = [
        msgspec.convert(each, ConfigMap)
        for each in (config("ours", a=text, b="x"), config("more", **{"c.override": "any"}))
    ]

    (place,) = corefile_places((folded,), configs, "kube-system", ())
    assert (place.key, place.text) == ("a", text)
    assert place.files.texts["/etc/coredns/custom/c.override"] == "any"
    (container,) = folded.spec.containers or ()
    assert container.volume_mounts is None

    other = mounting(OBJECTS["pods"][0], [], "ours")
    other["spec"]["containers"][0]["ports"] = []
    other["spec"]["containers"][0]["name"] = "app"
    assert WatchedFold()(msgspec.convert(other, WatchedPod)).spec.volumes is None


async def test_table_reads_the_corefile_that_dns_pods_mount(tmp_path: Path) -> None:
    """Whatever its ConfigMap and key are called; of another ConfigMap with such a key nothing is kept."""
    rule = COREFILE.replace("kubernetes cluster.local", "kubernetes elsewhere.example")
    configs = [config("ours", zones=rule), config("theirs", zones=rule)]
    async with healthy() as api:
        api.objects = with_pods(dns_pod("ours", key="zones", path="main"), configs=configs)
        path = tmp_path / "kubeconfig"
        path.write_text(kubeconfig(api))
        async with Cluster(kubeconfig=str(path)) as cluster:
            snapshot = await read_scope(cluster, ("shop",))

    assert corefile_of(snapshot) == rule
    assert [each.name for each in snapshot.config_maps] == ["ours"]


async def test_table_reads_the_caches_own_corefile(tmp_path: Path) -> None:
    """A rule of it may stand before the Service's name: a table does not call that ok, as an answer does not."""
    rule = 'template IN A cluster.local {\n    answer "{{ .Name }} 5 IN A 10.9.9.9"\n  }\n  forward'
    configs = [corefile(COREFILE), config("nodelocaldns", Corefile=CACHE.replace("forward", rule))]
    async with healthy() as api:
        api.objects = with_pods(cache_pod(), configs=configs)
        path = tmp_path / "kubeconfig"
        path.write_text(kubeconfig(api))
        async with Cluster(kubeconfig=str(path)) as cluster:
            snapshot = await read_scope(cluster, ("shop",))

    asked = Question(service="user-service", namespace="shop")
    verdict = judge(Case(asked, snapshot, in_table=True), strict=True).verdicts[Layer.DNS]
    assert (verdict.status, "whether the node-local cache or the DNS Service is asked" in str(verdict.summary)) == (
        Status.UNKNOWN,
        True,
    )


KUBELET = (
    "authentication: {webhook: {cacheTTL: 9s}}\nclusterDNS:\n- 10.96.0.10\nstaticPodPath: /etc/kubernetes/manifests\n"
)


def moved_dns(address: str) -> dict[str, list[Json]]:
    """Return a sound cluster whose DNS Service has another address."""
    services = [
        {**each, "spec": {**each["spec"], "clusterIP": address, "clusterIPs": [address]}}
        if each["metadata"]["name"] == "kube-dns"
        else each
        for each in OBJECTS["services"]
    ]
    return world(
        services=services, configmaps=[config("coredns", Corefile=COREFILE), config("kubelet-config", kubelet=KUBELET)]
    )


async def test_what_kubelets_write_is_read_where_the_dns_has_an_odd_address(tmp_path: Path) -> None:
    """Of that ConfigMap nothing but the nameservers stays, and whose address those are is looked for."""
    snapshot, api = await asked(tmp_path, moved_dns("10.96.77.20"))

    assert kubelet_dns(snapshot) == KubeletDns(KUBELET_CONFIG, ("10.96.0.10",))
    assert "/api/v1/services spec.clusterIP=10.96.0.10" in api.asked
    assert b"staticPodPath" not in write_snapshot(snapshot, ASKED)
    told = judge(Case(ASKED, snapshot))
    assert told.root is not None
    assert told.root.code == "DNS-008"


async def test_what_kubelets_write_is_not_asked_for_at_the_usual_address(tmp_path: Path) -> None:
    _, api = await asked(tmp_path, moved_dns("10.96.0.10"))

    assert not any("kubelet" in each for each in api.asked)


async def test_settings_of_kubelets_that_may_not_be_read_leave_the_dns_unknown(tmp_path: Path) -> None:
    snapshot, _ = await asked(tmp_path, moved_dns("10.96.77.20"), lambda each: "kubelet-config" in each)

    assert judge(Case(ASKED, snapshot)).verdicts[Layer.DNS].status is Status.UNKNOWN
