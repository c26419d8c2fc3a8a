"""Small clusters for the tests of planning and resolving: words of the model, made by hand."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from bot.cluster.documents import snapshot_from
from bot.model.case import Case
from bot.model.kube.endpoints import expected_slices
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot

NOW = datetime(2026, 11, 23, 4, 53, tzinfo=UTC)
Document = dict[str, Any]


def pod(
    name: str, ip: str, *, app: str = "api", ready: bool = True, node: str = "node-1", **container: Any
) -> Document:
    """One pod of `app` with one container."""
    spec = {"name": "app", "ports": [{"name": "http", "containerPort": 8080}], **container}
    return {
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop", "labels": {"app": app}},
        "spec": {"nodeName": node, "containers": [spec]},
        "status": {
            "phase": "Running",
            "podIP": ip,
            "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        },
    }


def service(name: str = "api", ip: str = "10.96.0.7", **spec: Any) -> Document:
    """One Service that selects `app: name`."""
    port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080}
    given = {"clusterIP": ip, "selector": {"app": name}, "ports": [port], **spec}
    return {"kind": "Service", "metadata": {"name": name, "namespace": "shop"}, "spec": given}


def cluster_dns(pods: int = 2) -> list[Document]:
    """The DNS Service and its pods."""
    ports = [{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "protocol": "TCP"}]
    labels = {"k8s-app": "kube-dns"}
    meta = {"name": "kube-dns", "namespace": "kube-system", "labels": labels}
    spec = {"clusterIP": "10.96.0.10", "selector": labels, "ports": ports}
    found: list[Document] = [{"kind": "Service", "metadata": meta, "spec": spec}]
    for number in range(pods):
        each = pod(f"coredns-{number}", f"10.244.9.{number + 1}", ports=[])
        each["metadata"] |= {"namespace": "kube-system", "labels": labels}
        found.append(each)
    return found


def snapshot(*documents: Document) -> Snapshot:
    """A Snapshot of these with the slices that the controller would write."""
    services = [msgspec.convert(each, Service) for each in documents if each["kind"] == "Service"]
    pods = [msgspec.convert(each, Pod) for each in documents if each["kind"] == "Pod"]
    slices = [
        {"kind": "EndpointSlice", **msgspec.to_builtins(found)}
        for each in services
        if each.spec.selector
        for found in expected_slices(each, [one for one in pods if one.namespace == each.namespace])
    ]
    return snapshot_from([*documents, *slices], taken_at=NOW)


def case(*documents: Document, name: str = "api", **question: Any) -> Case:
    """The case of a question about one Service of these objects and a cluster with DNS."""
    asked = Question(service=name, namespace="shop", name=name, **question)
    return Case(asked, snapshot(*cluster_dns(), *documents))
