"""The ground itself: what every later claim about traffic rests on, each seen from a client pod on a real node."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.traffic import expect, send

pytestmark = pytest.mark.nodes

HERE = Path(__file__).parent
SPACE = "ground"
CLIENT = f"{SPACE}/client"
SERVERS = {
    "far": {"nodeName": "n2"},
    "guarded": {},
    "loopback": {"args": ["-host", "127.0.0.1"]},
    "secure": {"args": ["-tls"]},
    "flaky": {"args": ["-fail-every", "4"]},
    "silent": {"args": ["-hang"]},
    "crashing": {"args": ["-exit", "3"]},
    "hungry": {"args": ["-leak"], "resources": {"limits": {"memory": "32Mi"}}},
}
CLIENTS = {"client": {}, "friend": {"role": "friend"}, "hermit": {"role": "hermit"}}


@pytest.fixture(scope="module")
def ground(real_cluster: RealCluster) -> Iterator[RealCluster]:
    """A namespace with all servers and clients, those that can be ready being so; clients are on n1."""
    real_cluster.kubectl("create", "namespace", SPACE)
    real_cluster.kubectl("-n", SPACE, "apply", "-f", str(HERE / "ground.yaml"))
    pods = [_pod(name, {"app": name}, **words) for name, words in SERVERS.items()]
    pods += [_pod(name, labels, nodeName="n1", args=["-refuse"]) for name, labels in CLIENTS.items()]
    real_cluster.apply(json.dumps({"apiVersion": "v1", "kind": "List", "items": pods}))
    real_cluster.kubectl("-n", SPACE, "rollout", "status", "deploy/web", "--timeout=180s")
    able = [f"pod/{name}" for name in (*SERVERS, *CLIENTS) if name not in {"crashing", "hungry"}]
    real_cluster.kubectl("-n", SPACE, "wait", "--for=condition=Ready", *able, "--timeout=180s")
    yield real_cluster
    real_cluster.kubectl("delete", "namespace", SPACE, "--wait=false")


def test_a_name_resolves_and_the_service_balances(ground: RealCluster) -> None:
    """Requests to a ClusterIP by its short name are answered by both pods, which are on different nodes."""
    assert len(expect(ground, CLIENT, "http://web", "answer", count=40).who) == 2


def test_a_pod_answers_across_nodes(ground: RealCluster) -> None:
    """Each pod of web answers at its own address, from the node of the client and from the other."""
    pods = _get(ground, "pods", "-l", "app=web")
    assert {pod["spec"]["nodeName"] for pod in pods} == {"n1", "n2"}
    for pod in pods:
        seen = expect(ground, CLIENT, f"http://{pod['status']['podIP']}:8080", "answer")
        assert seen.who == {pod["metadata"]["name"]}


def test_an_unknown_name(ground: RealCluster) -> None:
    """A Service that does not exist is NXDOMAIN, not a time-out."""
    expect(ground, CLIENT, "http://web.no-such-namespace.svc.cluster.local", "no-such-name")


def test_no_endpoints(ground: RealCluster) -> None:
    """kube-proxy rejects what is sent to a Service without endpoints; the kernel sends few such answers a second."""
    expect(ground, CLIENT, "http://web-nobody", "refused", count=1)


def test_wrong_target_port(ground: RealCluster) -> None:
    """Where nobody listens, the pod's kernel refuses."""
    expect(ground, CLIENT, "http://web-wrong-port", "refused")


def test_listening_on_loopback_only(ground: RealCluster) -> None:
    """A server on 127.0.0.1 is not reached through its Service."""
    expect(ground, CLIENT, "http://loopback", "refused")


def test_policy_denies_and_allows(ground: RealCluster) -> None:
    """A denied client times out; an allowed one is answered, by the name of a port."""
    expect(ground, CLIENT, "http://guarded", "timeout")
    expect(ground, f"{SPACE}/friend", "http://guarded", "answer")


def test_egress_without_dns(ground: RealCluster) -> None:
    """A client that may not ask the DNS fails on names, and is answered where it uses the address."""
    (web,) = _get(ground, "services", "--field-selector=metadata.name=web")
    expect(ground, f"{SPACE}/hermit", "http://web", "no-dns")
    expect(ground, f"{SPACE}/hermit", f"http://{web['spec']['clusterIP']}", "answer")
    expect(ground, f"{SPACE}/hermit", f"http://{_address(ground, 'flaky')}:8080", "timeout")


def test_readiness_takes_a_pod_out(ground: RealCluster) -> None:
    """While the kubelet calls a pod unready, the other answers alone; it comes back afterwards."""
    out, other = (pod["metadata"]["name"] for pod in _get(ground, "pods", "-l", "app=web"))
    ground.client(f"{SPACE}/{out}", "touch", "/tmp/unready")
    _until(lambda: expect(ground, CLIENT, "http://web", "answer", count=30).who == {other})
    ground.client(f"{SPACE}/{out}", "rm", "/tmp/unready")
    _until(lambda: expect(ground, CLIENT, "http://web", "answer", count=30).who == {out, other})


@pytest.mark.once
def test_crash_loop(ground: RealCluster) -> None:
    """A container that ends at once is started again later and later, with its exit code and its last words in the log.

    The kubelet of 1.34 looks again every ten seconds, and then says CrashLoopBackOff; that of 1.37 looks again when the pause
    is over, or after a minute, so that a shorter pause shows the end itself (pkg/kubelet/pod_workers.go, completeWork).
    """
    _until(lambda: _backs_off(_container(ground, "crashing")))
    assert _container(ground, "crashing")["lastState"]["terminated"]["exitCode"] == 3
    # Asked while the next try begins, the kubelet has just thrown the last one away.
    _until(lambda: "told to exit with code 3" in ground.kubectl("-n", SPACE, "logs", "crashing", "--previous"))


@pytest.mark.once
def test_out_of_memory(ground: RealCluster) -> None:
    """A container that takes more than its limit is OOMKilled by its cgroup."""
    _until(lambda: _container(ground, "hungry")["lastState"].get("terminated", {}).get("reason") == "OOMKilled")


def test_local_traffic_without_a_local_endpoint(ground: RealCluster) -> None:
    """internalTrafficPolicy: Local drops what has no endpoint on the client's node."""
    expect(ground, CLIENT, "http://far", "timeout")
    expect(ground, CLIENT, f"http://{_address(ground, 'far')}:8080", "answer")


def test_headless(ground: RealCluster) -> None:
    """The name of a headless Service gives the pods' own addresses, and the pod's port is the one to use."""
    printed = ground.client(CLIENT, "nslookup", "-type=a", f"web-headless.{SPACE}.svc.cluster.local")
    for pod in _get(ground, "pods", "-l", "app=web"):
        assert pod["status"]["podIP"] in printed
    expect(ground, CLIENT, "http://web-headless:8080", "answer")


def test_tls(ground: RealCluster) -> None:
    """A TLS server answers https and tells plain HTTP that it is wrong here."""
    expect(ground, CLIENT, "https://secure", "answer")
    expect(ground, CLIENT, "http://secure:443", "400")


def test_one_request_in_four_fails(ground: RealCluster) -> None:
    """The share of 500s is the one asked for."""
    words = expect(ground, CLIENT, "http://flaky", "answer+500", count=40).words
    assert words == {"answer": 30, "500": 10}


def test_taken_and_never_answered(ground: RealCluster) -> None:
    """A server that hangs takes the connection: the time-out is HTTP's."""
    expect(ground, CLIENT, "http://silent", "timeout")


def test_kube_proxy_stopped(ground: RealCluster) -> None:
    """A node whose kube-proxy stands still does not hear of new Services; the others do."""
    with ground.stopped("n1", "kube-proxy"):
        ground.kubectl("-n", SPACE, "expose", "deploy/web", "--name=late", "--port=80", "--target-port=8080")
        late = ("endpointslices", "-l", "kubernetes.io/service-name=late")
        _until(lambda: any(each["endpoints"] for each in _get(ground, *late)))
        time.sleep(1)
        assert send(ground, CLIENT, "http://late").words.keys() == {"timeout"}
    expect(ground, CLIENT, "http://late", "answer")


@pytest.mark.once
def test_kubelet_stopped(ground: RealCluster) -> None:
    """A node whose kubelet stands still becomes NotReady, its pods are taken out of Services, and all comes back."""
    with ground.stopped("n2", "kubelet"):
        _until(lambda: _node_ready(ground, "n2") == "Unknown")
        _until(lambda: len(expect(ground, CLIENT, "http://web", "answer", count=30).who) == 1)
    _until(lambda: _node_ready(ground, "n2") == "True")
    _until(lambda: len(expect(ground, CLIENT, "http://web", "answer", count=30).who) == 2)


def _pod(name: str, labels: dict, **words: Any) -> dict:
    spec = {"terminationGracePeriodSeconds": 0, **{key: words.pop(key) for key in ("nodeName",) if key in words}}
    container = {"name": "main", "image": "k8snet.test/serve:1", "ports": [{"name": "http", "containerPort": 8080}]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": SPACE, "labels": labels},
        "spec": {**spec, "containers": [{**container, **words}]},
    }


def _get(cluster: RealCluster, kind: str, *words: str) -> list[dict]:
    return json.loads(cluster.kubectl("-n", SPACE, "get", kind, *words, "-o", "json"))["items"]


def _container(cluster: RealCluster, pod: str) -> dict:
    (found,) = _get(cluster, "pods", f"--field-selector=metadata.name={pod}")
    statuses = found["status"].get("containerStatuses") or [{"state": {}, "lastState": {}}]
    return statuses[0]


def _address(cluster: RealCluster, pod: str) -> str:
    return cluster.kubectl("-n", SPACE, "get", "pod", pod, "-o", "jsonpath={.status.podIP}")


def _node_ready(cluster: RealCluster, node: str) -> str:
    return cluster.kubectl("get", "node", node, "-o", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')


def _backs_off(status: dict[str, Any]) -> bool:
    """Whether a container waits for a start that is not the first."""
    waiting, ended = status["state"].get("waiting", {}), status["state"].get("terminated", {})
    return waiting.get("reason") == "CrashLoopBackOff" or (status["restartCount"] > 0 and ended.get("exitCode") == 3)


def _until(true: Callable[[], object], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"did not happen in {seconds} s"
        time.sleep(0.2)
