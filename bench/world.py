"""A made-up cluster as manifests, the same at every run: Services of five pods, a few of them broken. Pure.

Namespaces hold 10 to 40 Services, as in a shop with some teams. Of 40 Services one selects nothing and one has a crashing
pod. Pods have the weight of real ones: probes, limits, volumes, conditions, and the managed fields that the server adds.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import Any, NamedTuple

from msgspec import Struct

Body = dict[str, Any]
REPLICAS = 5
SIZES = (10, 20, 30, 40)  # Services of a namespace, in turn
TYPO, CRASH, EVERY = 3, 7, 40
_SINCE = "2026-11-02T08:00:00Z"
_DNS_LABELS = {"k8s-app": "kube-dns"}


class Written(NamedTuple):
    """One object to create at a path; `status` is written by a second request."""

    path: str
    body: Body
    status: Body | None = None


class Place(NamedTuple):
    """One Service's number, name and namespace."""

    number: int
    namespace: str

    @property
    def name(self) -> str:
        return f"service-{self.number}"

    @property
    def labels(self) -> dict[str, str]:
        return {"app": self.name, "app.kubernetes.io/name": self.name, "app.kubernetes.io/part-of": self.namespace}

    @property
    def is_typo(self) -> bool:
        return self.number % EVERY == TYPO

    @property
    def is_crashing(self) -> bool:
        return self.number % EVERY == CRASH


class World(Struct, frozen=True):
    """How large a cluster is."""

    services: int
    nodes: int

    def __str__(self) -> str:
        return f"{self.services:,} Services and {self.services * REPLICAS:,} pods on {self.nodes} nodes"

    def waves(self) -> Iterator[Iterator[Written]]:
        """What must exist before the next wave: namespaces, then all else."""
        yield iter(
            [_made("/api/v1/namespaces", {"kind": "Namespace", "metadata": {"name": each}}) for each in self.spaces]
        )
        yield self._objects()

    @property
    def spaces(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.namespace for each in self.places()))

    def places(self) -> Iterator[Place]:
        """Every Service's place, namespace by namespace."""
        number = 0
        for space, size in enumerate(cycle(SIZES)):
            for _ in range(size):
                if number == self.services:
                    return
                yield Place(number, f"team-{space}")
                number += 1

    def place(self, remainder: int) -> Place:
        """The Service in the middle of the cluster whose number leaves this remainder by EVERY."""
        middle = self.services // 2
        return next(each for each in self.places() if each.number >= middle and each.number % EVERY == remainder)

    def _objects(self) -> Iterator[Written]:
        yield from (_node(number) for number in range(self.nodes))
        yield from _dns(self.nodes)
        for space in self.spaces:
            yield from _policies(space)
        for place in self.places():
            yield from _behind(place, self.nodes)


NORMAL = World(services=1_000, nodes=100)
BIG = World(services=10_000, nodes=1_000)


def _made(path: str, body: Body, status: Body | None = None) -> Written:
    return Written(path, body, status)


def _in(namespace: str, plural: str, api: str = "/api/v1") -> str:
    return f"{api}/namespaces/{namespace}/{plural}"


def _meta(name: str, namespace: str, labels: dict[str, str] | None = None, **more: Any) -> Body:
    return {"name": name, "namespace": namespace, "labels": labels or {}, **more}


def _node(number: int) -> Written:
    """Its kubelet is said to be at a closed port of loopback: a log is refused at once, and nothing leaves the machine."""
    conditions = [{"type": kind, "status": "False"} for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastTransitionTime": _SINCE}
    labels = {"topology.kubernetes.io/zone": f"zone-{number % 3}", "kubernetes.io/hostname": f"node-{number}"}
    status = {
        "conditions": [*conditions, ready],
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 1}},
        "nodeInfo": _node_info(),
        "images": [{"names": [f"registry.example/image-{each}:1.0"], "sizeBytes": 10_000_000} for each in range(50)],
    }
    body = {"kind": "Node", "metadata": {"name": f"node-{number}", "labels": labels}, "spec": {}, "status": status}
    return _made("/api/v1/nodes", body)


def _node_info() -> Body:
    names = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "architecture")
    versions = {"kubeletVersion": "v1.34.4", "kubeProxyVersion": "", "operatingSystem": "linux"}
    return {**dict.fromkeys(names, "0f0f0f0f-1111-2222"), **versions}


# --- the cluster's DNS


def _dns(nodes: int) -> Iterator[Written]:
    space = "kube-system"
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    spec = {"clusterIP": "10.96.0.10", "selector": _DNS_LABELS, "ports": ports}
    yield _made(
        _in(space, "services"), {"kind": "Service", "metadata": _meta("kube-dns", space, _DNS_LABELS), "spec": spec}
    )
    plugin = "kubernetes cluster.local in-addr.arpa ip6.arpa {\n        pods insecure\n    }"
    corefile = f".:53 {{\n    errors\n    ready\n    {plugin}\n}}\n"
    yield _made(
        _in(space, "configmaps"),
        {"kind": "ConfigMap", "metadata": _meta("coredns", space), "data": {"Corefile": corefile}},
    )
    pods = [(f"coredns-{each}", f"10.244.255.{each + 2}", f"node-{each % nodes}") for each in range(2)]
    for name, address, node in pods:
        yield _pod(_meta(name, space, _DNS_LABELS), address, node)
    yield _slice("kube-dns", space, pods, [{"name": "dns", "port": 53, "protocol": "UDP"}, ports[1]])


# --- one Service and what is behind it


def _behind(place: Place, nodes: int) -> Iterator[Written]:
    name, space = place.name, place.namespace
    selector = {"app": f"{name}x" if place.is_typo else name}
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}]
    service = {
        "kind": "Service",
        "metadata": _meta(name, space, place.labels),
        "spec": {"selector": selector, "ports": ports},
    }
    yield _made(_in(space, "services"), service)
    yield from _workload(place)
    pods = [_pod_of(place, replica, nodes) for replica in range(REPLICAS)]
    for pod, address, node, ready in pods:
        yield _pod(pod, address, node, ready=ready)
    behind = [] if place.is_typo else [(pod["name"], address, node) for pod, address, node, _ in pods]
    unready = {pod["name"] for pod, _, _, ready in pods if not ready}
    yield _slice(name, space, behind, [{"name": "http", "port": 8080, "protocol": "TCP"}], unready)


def _pod_of(place: Place, replica: int, nodes: int) -> tuple[Body, str, str, bool]:
    number = place.number * REPLICAS + replica
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{place.name}-5d6f", "controller": True}
    owner["uid"] = f"00000000-0000-4000-8000-{place.number:012d}"
    labels = {**place.labels, "pod-template-hash": "5d6f"}
    meta = _meta(f"{place.name}-5d6f-{replica}", place.namespace, labels, ownerReferences=[owner])
    ready = not (place.is_crashing and replica == 0)
    return meta, f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", f"node-{number % nodes}", ready


def _workload(place: Place) -> Iterator[Written]:
    """A Deployment and the ReplicaSet it made, both as their controllers leave them."""
    name, space = place.name, place.namespace
    labels = place.labels
    template = {"metadata": {"labels": labels}, "spec": _POD_SPEC}
    spec = {"replicas": REPLICAS, "selector": {"matchLabels": {"app": name}}, "template": template}
    counts = dict.fromkeys(("replicas", "readyReplicas", "availableReplicas"), REPLICAS - place.is_crashing)
    status = {**counts, "replicas": REPLICAS, "observedGeneration": 1}
    deployment = {"kind": "Deployment", "metadata": _meta(name, space, labels), "spec": spec}
    yield _made(_in(space, "deployments", "/apis/apps/v1"), deployment, {**status, "updatedReplicas": REPLICAS})
    owner = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name, "uid": "0", "controller": True}
    meta = _meta(f"{name}-5d6f", space, labels, ownerReferences=[owner])
    yield _made(
        _in(space, "replicasets", "/apis/apps/v1"), {"kind": "ReplicaSet", "metadata": meta, "spec": spec}, status
    )


def _slice(
    name: str, space: str, pods: list[tuple[str, str, str]], ports: list[Body], unready: set[str] | None = None
) -> Written:
    labels = {
        "kubernetes.io/service-name": name,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    endpoints = [
        {
            "addresses": [address],
            "conditions": {
                "ready": pod not in (unready or ()),
                "serving": pod not in (unready or ()),
                "terminating": False,
            },
            "nodeName": node,
            "targetRef": {"kind": "Pod", "name": pod, "namespace": space},
        }
        for pod, address, node in pods
    ]
    meta = _meta(f"{name}-7bzjx", space, labels)
    body = {"kind": "EndpointSlice", "metadata": meta, "addressType": "IPv4", "endpoints": endpoints, "ports": ports}
    return _made(_in(space, "endpointslices", "/apis/discovery.k8s.io/v1"), body)


def _policies(space: str) -> Iterator[Written]:
    """As teams begin: own namespace only, and whoever says that it may."""
    rules = {
        "own-namespace": [{"from": [{"podSelector": {}}]}],
        "known-callers": [{"from": [{"namespaceSelector": {"matchLabels": {"calls": space}}}]}],
    }
    for name, ingress in rules.items():
        spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress}
        body = {"kind": "NetworkPolicy", "metadata": _meta(name, space), "spec": spec}
        yield _made(_in(space, "networkpolicies", "/apis/networking.k8s.io/v1"), body)


# --- pods


def _pod(meta: Body, address: str, node: str, *, ready: bool = True) -> Written:
    body = {"kind": "Pod", "metadata": meta, "spec": {**_POD_SPEC, "nodeName": node}}
    return _made(_in(meta["namespace"], "pods"), body, _pod_status(address, ready=ready))


def _container() -> Body:
    ready = {"httpGet": {"path": "/ready", "port": "http"}, "periodSeconds": 10}
    env = [{"name": f"SETTING_{each}", "value": f"value-{each}"} for each in range(12)]
    mounts = [{"name": "config", "mountPath": "/etc/app"}, {"name": "tmp", "mountPath": "/tmp"}]
    return {
        "name": "app",
        "image": "registry.example/shop/app:3.2.0",
        "ports": [{"name": "http", "containerPort": 8080}, {"name": "metrics", "containerPort": 9090}],
        "env": [*env, {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
        "readinessProbe": ready,
        "livenessProbe": {**ready, "failureThreshold": 5},
        "volumeMounts": mounts,
    }


def _pod_status(address: str, *, ready: bool) -> Body:
    word = "True" if ready else "False"
    kinds = {"PodReadyToStartContainers": "True", "Initialized": "True", "PodScheduled": "True"}
    kinds |= {"Ready": word, "ContainersReady": word}
    why = {} if ready else {"reason": "ContainersNotReady", "message": "containers with unready status: [app]"}
    ended = {"exitCode": 1, "reason": "Error", "startedAt": _SINCE, "finishedAt": _SINCE}
    waiting = {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}
    return {
        "phase": "Running",
        "podIP": address,
        "podIPs": [{"ip": address}],
        "hostIP": "127.0.0.1",
        "startTime": _SINCE,
        "qosClass": "Burstable",
        "conditions": [
            {"type": kind, "status": said, "lastTransitionTime": _SINCE, **(why if said == "False" else {})}
            for kind, said in kinds.items()
        ],
        "containerStatuses": [
            {
                "name": "app",
                "image": "registry.example/shop/app:3.2.0",
                "imageID": f"registry.example/shop/app@sha256:{'0' * 64}",
                "containerID": f"containerd://{'0' * 64}",
                "ready": ready,
                "started": ready,
                "restartCount": 0 if ready else 12,
                "state": {"running": {"startedAt": _SINCE}} if ready else {"waiting": waiting},
                "lastState": {} if ready else {"terminated": ended},
            }
        ],
    }


_TOKEN = {"name": "kube-api-access", "projected": {"sources": [{"serviceAccountToken": {"path": "token"}}]}}
_VOLUMES = (_TOKEN, {"name": "config", "configMap": {"name": "app-config"}}, {"name": "tmp", "emptyDir": {}})
_POD_SPEC = {"serviceAccountName": "default", "containers": [_container()], "volumes": _VOLUMES}
