"""A cluster written into etcd is the one that the API would have made of the same manifests, and stays as it was written."""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bench.world import World
from bot.cluster.live import read_scope
from bot.cluster.transport import Cluster
from bot.usecases.digest import digest
from tests.live_cluster.binaries import build
from tests.live_cluster.seeded import SeededPlane

pytestmark = pytest.mark.cluster

WORLD = World(services=80, nodes=3)
KINDS = ("Service", "EndpointSlice", "Deployment", "ReplicaSet", "NetworkPolicy", "Pod")
COPIES = "copies"  # the namespace of what is made by the API
# Given anew to every object, or another one here.
_OWN = {
    "metadata": ("uid", "resourceVersion", "creationTimestamp", "namespace"),
    "spec": ("clusterIP", "clusterIPs", "nodeName"),
}


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeededPlane]:
    binaries = Path(os.environ.get("K8SNET_TEST_BINARIES") or build())
    with SeededPlane(binaries, tmp_path_factory.mktemp("seeded"), WORLD.objects()) as plane:
        plane.kubectl("create", "namespace", COPIES)
        yield plane


def test_everything_is_served(plane: SeededPlane) -> None:
    """As many objects of each kind as were described, and those that the API server makes for itself."""
    described = Counter(each["kind"] for each in WORLD.objects())
    described["Service"] += 1  # default/kubernetes

    for kind in ("Service", "EndpointSlice", "Deployment", "ReplicaSet", "NetworkPolicy", "Pod", "Node"):
        assert len(_items(plane, kind)) == described[kind], kind


@pytest.mark.parametrize("kind", KINDS)
def test_an_object_is_what_the_api_makes_of_its_manifest(plane: SeededPlane, kind: str) -> None:
    """Defaults, generation and managedFields included; only identity, times and who wrote differ."""
    manifest = next(each for each in WORLD.objects() if each["kind"] == kind and _place(each) != "kube-system")
    meta = {key: value for key, value in manifest["metadata"].items() if key != "uid"}
    body = {**manifest, "metadata": {**meta, "namespace": COPIES}}
    if kind == "Service":
        body["spec"] = {key: value for key, value in body["spec"].items() if key != "clusterIP"}
    if kind == "Pod":
        body["spec"] = {**body["spec"], "nodeName": "of-nobody"}  # or kwok would run it before it has its status
    plane.kubectl("create", "-f", "-", input=json.dumps(body))
    if "status" in body:
        plane.kubectl("replace", "--subresource=status", "-f", "-", input=json.dumps(body))

    seeded, made = (_known(plane, kind, each, meta["name"]) for each in (_place(manifest), COPIES))

    assert seeded == made


async def test_broken_ones_are_broken_and_no_others(plane: SeededPlane) -> None:
    """Two selectors are mistyped and two Services have a crashing pod; the rest of the eighty are well."""
    async with Cluster(kubeconfig=plane.kubeconfig) as cluster:
        snapshot = await read_scope(cluster, WORLD.spaces)
    found = digest(snapshot, at=snapshot.taken_at, namespaces=WORLD.spaces)

    assert (found.totals.services, found.totals.fail, found.totals.warn) == (80, 2, 2)
    assert Counter(each.code for each in found.new) == {"RTE-001": 2, "APP-001": 2}


def test_a_pod_without_an_address_is_run(plane: SeededPlane, eventually: Callable[..., None]) -> None:
    """Kwok is the kubelet of the nodes; the crashing pod, which has an address, keeps crashing meanwhile."""
    space = WORLD.spaces[0]
    spec = {"nodeName": "node-0", "containers": [{"name": "app", "image": "app"}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "new", "namespace": space}, "spec": spec}
    plane.kubectl("create", "-f", "-", input=json.dumps(pod))

    eventually(lambda: _ready(plane, space, "new") == "True", what="the new pod is ready")
    crashing = next(each for each in WORLD.places() if each.is_crashing)
    assert _ready(plane, crashing.namespace, f"{crashing.owner}-0") == "False"


def test_nodes_are_alive(plane: SeededPlane) -> None:
    """Each has a lease that somebody holds."""
    leases = json.loads(plane.kubectl("-n", "kube-node-lease", "get", "lease", "-o", "json"))["items"]

    assert {each["metadata"]["name"] for each in leases} == {f"node-{number}" for number in range(WORLD.nodes)}
    assert all(each["spec"]["holderIdentity"] for each in leases)


def _items(plane: SeededPlane, kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(plane.kubectl("get", kind, "-A", "-o", "json"))["items"]
    return [each for each in found if _place(each) != COPIES]


def _ready(plane: SeededPlane, namespace: str, name: str) -> str:
    path = '{.status.conditions[?(@.type=="Ready")].status}'
    return plane.kubectl("-n", namespace, "get", "pod", name, "-o", f"jsonpath={path}")


def _place(manifest: dict[str, Any]) -> str:
    return str(manifest["metadata"].get("namespace", ""))


def _known(plane: SeededPlane, kind: str, namespace: str, name: str) -> dict[str, Any]:
    """The object as it is served, without what is its own."""
    text = plane.kubectl("-n", namespace, "get", kind, name, "-o", "json", "--show-managed-fields")
    known: dict[str, Any] = json.loads(text)
    written = {each.get("subresource", ""): each["fieldsV1"] for each in known["metadata"].pop("managedFields")}
    for part, keys in _OWN.items():
        known[part] = {key: value for key, value in known.get(part, {}).items() if key not in keys}
    return {**known, "written": written}
