"""Objects as `kubectl get -o json` gives them, for dumps of every form."""

from typing import Any

Json = dict[str, Any]
TIME = "2026-11-23T04:00:00Z"


def service(name: str = "user-service", namespace: str = "shop", **spec: Any) -> Json:
    known = {"clusterIP": "10.96.12.7", "selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta(name, namespace), "spec": known}


def pod(name: str = "user-service-1", namespace: str = "shop", **labels: str) -> Json:
    status = {
        "phase": "Running",
        "podIP": "10.244.0.11",
        "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": "2026-11-23T03:30:00Z"}],
        "containerStatuses": None,
    }
    container = {"name": "app", "image": "shop/user", "ports": [{"containerPort": 8080}]}
    metadata = {**meta(name, namespace), "labels": labels or {"app": "user-service"}}
    spec = {"nodeName": "node-1", "containers": [container]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status}


def node(name: str = "node-1") -> Json:
    ready = {"type": "Ready", "status": "True", "lastHeartbeatTime": "2026-11-23T05:00:00Z"}
    return {"apiVersion": "v1", "kind": "Node", "metadata": meta(name), "status": {"conditions": [ready]}}


def dns_service() -> Json:
    ports = [{"port": 53, "protocol": "UDP", "name": "dns"}]
    known = service("kube-dns", "kube-system", clusterIP="10.96.0.10", selector={"k8s-app": "kube-dns"}, ports=ports)
    known["metadata"]["labels"] = {"k8s-app": "kube-dns"}
    return known


def corefile(text: str, name: str = "coredns") -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": meta(name, "kube-system"),
        "data": {"Corefile": text, "other": "dropped"},
    }


def meta(name: str, namespace: str = "") -> Json:
    return {"name": name, "creationTimestamp": TIME, **({"namespace": namespace} if namespace else {})}


SHOP = [service(), pod(), node(), dns_service()]


def with_network(known: Json, reason: str) -> Json:
    """Return a node on which a network plugin says that it is up."""
    up = {"type": "NetworkUnavailable", "status": "False", "reason": reason}
    return {**known, "status": {**known["status"], "conditions": [*known["status"]["conditions"], up]}}
