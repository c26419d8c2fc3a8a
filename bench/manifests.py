"""Manifests of a made-up cluster, status included: a Service with all that is behind it, a node, the DNS. Pure.

Pods have the weight of real ones: probes, limits, environment, volumes, conditions. What the API server itself adds (uid,
defaults, managedFields) is not here.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

Body = dict[str, Any]
REPLICAS = 5
_SINCE = "2026-11-02T08:00:00Z"
_DNS = "kube-system"
_DNS_LABELS = {"k8s-app": "kube-dns"}
_NODE_LABELS = {"type": "kwok"}  # kwok plays the kubelet of nodes with this label
_HTTP = {"name": "http", "port": 8080, "protocol": "TCP"}


class Place(NamedTuple):
    """One Service's number, namespace, and what is wrong with it."""

    number: int
    namespace: str
    is_typo: bool = False
    is_crashing: bool = False

    @property
    def name(self) -> str:
        return f"service-{self.number}"

    @property
    def labels(self) -> dict[str, str]:
        return {"app": self.name, "app.kubernetes.io/name": self.name, "app.kubernetes.io/part-of": self.namespace}

    @property
    def owner(self) -> str:
        """The name of its ReplicaSet."""
        return f"{self.name}-5d6f"

    @property
    def address(self) -> str:
        """Its ClusterIP; the first 4,096 are left to others."""
        return f"10.96.{16 + (self.number >> 8)}.{self.number & 255}"

    def uid(self, kind: int) -> str:
        return f"00000000-0000-4000-800{kind}-{self.number:012d}"


class Replica(NamedTuple):
    """A pod as slices speak of it."""

    name: str
    address: str
    node: str
    ready: bool = True


def service(place: Place, nodes: int) -> Iterator[Body]:
    """One Service and all that is behind it."""
    name, space = place.name, place.namespace
    ports = [{"name": "http", "port": 80, "protocol": "TCP", "targetPort": "http"}]
    selector = {"app": f"{name}x" if place.is_typo else name}
    spec = {"clusterIP": place.address, "selector": selector, "ports": ports}
    yield _object("v1", "Service", _meta(name, space, place.labels), spec=spec)
    yield from _workload(place)
    replicas = [_replica(place, each, nodes) for each in range(REPLICAS)]
    for each in replicas:
        yield _pod(_pod_meta(place, each), each)
    yield _slice(name, space, [] if place.is_typo else replicas, [_HTTP])


def _object(version: str, kind: str, metadata: Body, **parts: Any) -> Body:
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **parts}


def _meta(name: str, space: str, labels: dict[str, str] | None = None, **more: Any) -> Body:
    return {"name": name, "namespace": space, "labels": labels or {}, **more}


def _replica(place: Place, replica: int, nodes: int) -> Replica:
    number = place.number * REPLICAS + replica
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    ready = not (place.is_crashing and replica == 0)
    return Replica(f"{place.owner}-{replica}", address, f"node-{number % nodes}", ready)


def _workload(place: Place) -> Iterator[Body]:
    """A Deployment and the ReplicaSet it made, both as their controllers leave them."""
    name, space, labels = place.name, place.namespace, place.labels
    template = {"metadata": {"labels": labels}, "spec": _TEMPLATE}
    spec = {"replicas": REPLICAS, "selector": {"matchLabels": {"app": name}}, "template": template}
    counts = dict.fromkeys(("readyReplicas", "availableReplicas"), REPLICAS - place.is_crashing)
    status = {"replicas": REPLICAS, **counts, "observedGeneration": 1}
    meta = _meta(name, space, labels, uid=place.uid(1))
    yield _object("apps/v1", "Deployment", meta, spec=spec, status={**status, "updatedReplicas": REPLICAS})
    owner = _owner("Deployment", name, place.uid(1))
    meta = _meta(place.owner, space, labels, uid=place.uid(2), ownerReferences=[owner])
    yield _object("apps/v1", "ReplicaSet", meta, spec=spec, status=status)


def _owner(kind: str, name: str, uid: str) -> Body:
    return {"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": uid, "controller": True}


def _slice(name: str, space: str, replicas: list[Replica], ports: list[Body]) -> Body:
    labels = {
        "kubernetes.io/service-name": name,
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    endpoints = [
        {
            "addresses": [each.address],
            "conditions": {"ready": each.ready, "serving": each.ready, "terminating": False},
            "nodeName": each.node,
            "targetRef": {"kind": "Pod", "name": each.name, "namespace": space},
        }
        for each in replicas
    ]
    meta = _meta(f"{name}-7bzjx", space, labels)
    return _object("discovery.k8s.io/v1", "EndpointSlice", meta, addressType="IPv4", endpoints=endpoints, ports=ports)


# --- around Services


def namespace(name: str) -> Body:
    return _object("v1", "Namespace", {"name": name}, spec={"finalizers": ["kubernetes"]})


def policies(space: str) -> Iterator[Body]:
    """As teams begin: own namespace only, and whoever says that it may."""
    rules = {
        "own-namespace": [{"from": [{"podSelector": {}}]}],
        "known-callers": [{"from": [{"namespaceSelector": {"matchLabels": {"calls": space}}}]}],
    }
    for name, ingress in rules.items():
        spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": ingress}
        yield _object("networking.k8s.io/v1", "NetworkPolicy", _meta(name, space), spec=spec)


def node(number: int) -> Body:
    """Its kubelet is said to be at a closed port of loopback: a log is refused at once, and nothing leaves the machine."""
    name = f"node-{number}"
    conditions = [{"type": kind, "status": "False"} for kind in ("MemoryPressure", "DiskPressure", "PIDPressure")]
    ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastTransitionTime": _SINCE}
    labels = {**_NODE_LABELS, "topology.kubernetes.io/zone": f"zone-{number % 3}", "kubernetes.io/hostname": name}
    status = {
        "conditions": [*conditions, ready],
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 1}},
        "nodeInfo": _node_info(),
        "images": [{"names": [f"registry.example/image-{each}:1.0"], "sizeBytes": 10_000_000} for each in range(50)],
    }
    return _object("v1", "Node", {"name": name, "labels": labels}, spec={}, status=status)


def _node_info() -> Body:
    names = ("machineID", "systemUUID", "bootID", "kernelVersion", "osImage", "containerRuntimeVersion", "architecture")
    versions = {"kubeletVersion": "v1.37.2", "kubeProxyVersion": "", "operatingSystem": "linux"}
    return {**dict.fromkeys(names, "0f0f0f0f-1111-2222"), **versions}


def dns(nodes: int) -> Iterator[Body]:
    """The cluster's DNS: two pods, their Service and its Corefile."""
    named = [{"name": "dns", "protocol": "UDP"}, {"name": "dns-tcp", "protocol": "TCP"}]
    udp, tcp = ({**each, "port": 53} for each in named)
    spec = {"clusterIP": "10.96.0.10", "selector": _DNS_LABELS, "ports": [udp, tcp]}
    yield _object("v1", "Service", _meta("kube-dns", _DNS, _DNS_LABELS), spec=spec)
    plugin = "kubernetes cluster.local in-addr.arpa ip6.arpa {\n        pods insecure\n    }"
    corefile = f".:53 {{\n    errors\n    ready\n    {plugin}\n    forward . /etc/resolv.conf\n    cache 30\n}}\n"
    yield _object("v1", "ConfigMap", _meta("coredns", _DNS), data={"Corefile": corefile})
    replicas = [Replica(f"coredns-{each}", f"10.244.255.{each + 2}", f"node-{each % nodes}") for each in range(2)]
    for each in replicas:
        pod = _pod(_meta(each.name, _DNS, _DNS_LABELS), each)
        container = {
            **_container(),
            "ports": [*({**one, "containerPort": 53} for one in named), *_container()["ports"]],
        }
        yield {**pod, "spec": {**pod["spec"], "containers": [container]}}
    yield _slice("kube-dns", _DNS, replicas, [udp, tcp])


# --- pods


def _pod_meta(place: Place, replica: Replica) -> Body:
    labels = {**place.labels, "pod-template-hash": "5d6f"}
    owner = _owner("ReplicaSet", place.owner, place.uid(2))
    return _meta(replica.name, place.namespace, labels, ownerReferences=[owner])


def _pod(meta: Body, replica: Replica) -> Body:
    status = _status(replica.address, ready=replica.ready)
    return _object("v1", "Pod", meta, spec={**_POD_SPEC, "nodeName": replica.node}, status=status)


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


def _status(address: str, *, ready: bool) -> Body:
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
_TEMPLATE = {"serviceAccountName": "default", "containers": [_container()], "volumes": _VOLUMES}
_LOST = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_ADMITTED = {  # what admission adds to every pod
    "priority": 0,
    "preemptionPolicy": "PreemptLowerPriority",
    "tolerations": [
        {"key": each, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300} for each in _LOST
    ],
}
_POD_SPEC = {**_TEMPLATE, **_ADMITTED}
