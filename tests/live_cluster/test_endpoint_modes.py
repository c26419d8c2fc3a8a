"""The endpoints of a caller's node: as a row says, as k8snet computes, and as the rules of real kube-proxies lead to them.

`endpoint_modes.yaml` has the rows. Their slices are the real controller's; the rules are those of today's Kubernetes, in both
modes of kube-proxy.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.checks.engine.judge import judge
from bot.cluster.documents import snapshot_from
from bot.model.case import Case
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from bot.model.views.backends import Backends
from tests.live_cluster.control_plane import ControlPlane
from tests.live_cluster.service_proxies import Entry, ServiceProxy, service_proxies, unfit

pytestmark = pytest.mark.cluster
ROWS = yaml.safe_load((Path(__file__).parent / "endpoint_modes.yaml").read_text())
SPACE, PORT = "modes", 80
ZONES = {"a1": "a", "a2": "a", "a3": "a", "b1": "b"}
PROXIES = (("a1", "iptables"), ("a1", "nftables"), ("a3", "nftables"), ("b1", "iptables"))
ADDRESSES = {each["name"]: f"10.244.250.{number}" for number, each in enumerate(ROWS["pods"], 1)}
ADDRESSES |= {f"{name}-six": address.replace("10.244.250.", "fd00:10:244::") for name, address in ADDRESSES.items()}
KINDS = ("services", "endpointslices", "pods")


@pytest.fixture(scope="module")
def ground(control_plane: ControlPlane, eventually: Callable[..., None]) -> Iterator[ControlPlane]:
    """The nodes and pods of all rows."""
    if not isinstance(control_plane, ControlPlane):
        pytest.skip("pods and nodes without kubelets are made in a cluster of our own alone")
    if lacking := unfit():
        pytest.skip(lacking)
    plane = control_plane
    _write(plane, [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}, *map(_node, ZONES)])
    eventually(lambda: plane.kubectl("-n", SPACE, "get", "serviceaccount", "default", "-o", "name", check=False))
    pods = [_pod(each) for each in ROWS["pods"]]
    _write(plane, pods)
    _write(plane, pods, "--server-side", "--force-conflicts", "--subresource=status")
    ending = [each["name"] for each in ROWS["pods"] if each.get("terminating")]
    plane.kubectl("-n", SPACE, "delete", "pods", *ending, "--wait=false")
    yield plane
    plane.kubectl("-n", SPACE, "delete", "pods", "--all", "--force", "--grace-period=0")
    plane.kubectl("delete", "ns", SPACE, "--wait=false")
    plane.kubectl("delete", "nodes", *ZONES)


@pytest.fixture(scope="module")
def proxies(ground: ControlPlane) -> Iterator[tuple[ServiceProxy, ...]]:
    """The kube-proxies of three nodes."""
    with service_proxies(ground, PROXIES) as started:
        yield started


@pytest.fixture(scope="module")
def modes(ground: ControlPlane, proxies: tuple[ServiceProxy, ...], eventually: Callable[..., None]) -> ControlPlane:
    """The Services of all rows, with the endpoints that the controller makes of them.

    A zone that its Node has before a kube-proxy starts may never reach it (findings: kube-proxy-may-never-learn-its-zone):
    nodes are given their zones as a cloud provider gives them, later.
    """
    eventually(lambda: all(each.has_written() for each in proxies), what="every kube-proxy has written its first rules")
    _write(ground, [_node(name, zone) for name, zone in ZONES.items()])
    _write(ground, [each for row in ROWS["services"] for each in _service(row)])
    eventually(lambda: _has_zones(ground), what="the controller knows the zone of every node")
    return ground


def test_rules_lead_where_the_model_says(
    modes: ControlPlane, proxies: tuple[ServiceProxy, ...], eventually: Callable[..., None]
) -> None:
    """Every row on every node: expected, computed and written rules are one set."""
    asked = [(row, proxy, _expected(row, proxy.node)) for row in ROWS["services"] for proxy in proxies]
    wrong: list[str] = []

    def agree() -> bool:
        read = _read(modes)
        wrong[:] = [each for row, proxy, expected in asked for each in _differ(read, row, proxy, expected)]
        return not wrong

    try:
        eventually(agree)
    except AssertionError:
        pytest.fail("\n".join(wrong))


def test_rules_keep_a_client_as_long_as_the_service_says(
    modes: ControlPlane, proxies: tuple[ServiceProxy, ...], eventually: Callable[..., None]
) -> None:
    """`sessionAffinityConfig` is in the rules of both modes, and for its own Service alone."""
    read = _read(modes)
    sticky, other = (_entry(read, row) for name in ("sticky", "far") for row in ROWS["services"] if row["name"] == name)
    eventually(lambda: all(len(proxy.endpoints(each)) == 2 for proxy in proxies for each in (sticky, other)))

    assert {proxy.affinity(sticky) for proxy in proxies} == {90}
    assert {proxy.affinity(other) for proxy in proxies} == {0}
    service = read.service(SPACE, "sticky")
    assert service is not None
    assert service.affinity_seconds == 90


def test_a_service_made_again_has_its_pods(modes: ControlPlane, eventually: Callable[..., None]) -> None:
    """The printed command for a wrong family works as it stands, and keeps of the object what k8snet does not read."""
    modes.kubectl("-n", SPACE, "annotate", "svc", "six-of-four", "example.com/team=shop")
    found = judge(Case(Question(service="six-of-four", namespace=SPACE), _read(modes))).root
    assert found is not None
    assert found.code == "RTE-025"
    path = f"{modes.binaries}:{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "KUBECONFIG": str(modes.kubeconfig)}
    done = subprocess.run(["sh", "-ec", found.fixes[0].rendered], env=environ, capture_output=True, text=True)  # noqa: PLW1510 (told below)
    assert done.returncode == 0, done.stderr

    def is_mended() -> bool:
        case = Case(Question(service="six-of-four", namespace=SPACE), _read(modes))
        return case.service is not None and len(case.backends.all_usable) == 1

    eventually(is_mended)
    kept = modes.kubectl("-n", SPACE, "get", "svc", "six-of-four", "-o", "jsonpath={.metadata.annotations}")
    assert json.loads(kept)["example.com/team"] == "shop"


def _differ(read: Snapshot, row: dict[str, Any], proxy: ServiceProxy, expected: frozenset[str]) -> Iterator[str]:
    where = f"{row['says']}, on {proxy.node}"
    computed, ruled = _computed(read, row, proxy.node), proxy.endpoints(_entry(read, row))
    if computed != expected:
        yield f"{where}: computed {sorted(computed)}, expected {sorted(expected)}"
    if ruled != expected:
        yield f"{where}: {proxy.mode} has {sorted(ruled)}, expected {sorted(expected)}"


def _expected(row: dict[str, Any], node: str) -> frozenset[str]:
    words = (row.get(node) or row["every"]).split()
    named = [each.partition(":") for each in words if each != "nobody"]
    return frozenset(_place(ADDRESSES.get(name, name), int(port or 8080)) for name, _, port in named)


def _place(address: str, port: int) -> str:
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _computed(read: Snapshot, row: dict[str, Any], node: str) -> frozenset[str]:
    service = read.service(SPACE, row["name"])
    assert service is not None
    entered = True if row.get("node port") else None  # by the node's port, its externalTrafficPolicy counts
    found = Backends(read, service, service.ports, node, entered_local=entered).all_usable
    return frozenset(_place(each.address, each.port) for each in found)


def _entry(read: Snapshot, row: dict[str, Any]) -> Entry:
    service = read.service(SPACE, row["name"])
    assert service is not None
    return Entry("", service.ports[0].node_port or 0) if row.get("node port") else Entry(service.cluster_ips[0], PORT)


def _read(plane: ControlPlane) -> Snapshot:
    found = json.loads(plane.kubectl("-n", SPACE, "get", ",".join(KINDS), "-o", "json"))["items"]
    found += json.loads(plane.kubectl("get", "nodes", "-o", "json"))["items"]
    return snapshot_from(found, taken_at=datetime.now(UTC))


def _write(plane: ControlPlane, objects: list[dict[str, Any]], *words: str) -> None:
    plane.kubectl("apply", *words, "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def _has_zones(plane: ControlPlane) -> bool:
    """Return whether endpoints are in the zones of their nodes; the controller looks again at each Service that changes."""
    slices = json.loads(plane.kubectl("-n", SPACE, "get", "endpointslices", "-o", "json"))["items"]
    found = [each for made in slices for each in made["endpoints"] or () if "nodeName" in each]
    if found and all(each.get("zone") == ZONES[each["nodeName"]] for each in found):
        return True
    plane.kubectl("-n", SPACE, "annotate", "services", "--all", "--overwrite", f"example.com/looked={time.monotonic()}")
    return False


def _node(name: str, zone: str = "") -> dict[str, Any]:
    labels = {"kubernetes.io/hostname": name, **({"topology.kubernetes.io/zone": zone} if zone else {})}
    address = {"type": "InternalIP", "address": f"192.168.90.{sorted(ZONES).index(name) + 1}"}
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "message": "kubelet is posting ready status"}
    status = {"addresses": [address], "conditions": [ready], "allocatable": {"cpu": "8", "memory": "16Gi"}}
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": labels}, "status": status}


def _pod(row: dict[str, Any]) -> dict[str, Any]:
    ports = [{"name": name, "containerPort": port} for name, port in row["ports"].items()]
    left = {"stand-in/left-alone": "its status is written by the test"}
    ready = [{"type": "Ready", "status": str(not row.get("unready"))}]
    address = ADDRESSES[row["name"]]
    ips = [address, *([ADDRESSES[f"{row['name']}-six"]] if row.get("dual") else [])]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": row["name"], "namespace": SPACE, "labels": row["labels"], "annotations": left},
        "spec": {"nodeName": row["node"], "containers": [{"name": "app", "image": "app", "ports": ports}]},
        "status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": each} for each in ips], "conditions": ready},
    }


def _service(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    ports = [{"name": "http", "port": PORT, "targetPort": row.get("target", "http")}]
    spec = {"ports": ports, **row.get("spec", {}), **({"selector": row["selector"]} if "selector" in row else {})}
    yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": row["name"], "namespace": SPACE}, "spec": spec}
    for number, each in enumerate(row.get("slices", ())):
        yield {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {
                "name": f"{row['name']}-{number}",
                "namespace": SPACE,
                "labels": {"kubernetes.io/service-name": row["name"]},
            },
            "addressType": each.get("family", "IPv4"),
            "ports": [each["port"]],
            "endpoints": [{"addresses": [address]} for address in each["addresses"]],
        }
