"""The words in which a healthy oddity is told. Rule: data only; what is done with it is in `test_silence`."""

from dataclasses import dataclass, field
from typing import Any

from tests.live_cluster.nodes.faults.words import ADMIN_TIERS, IMAGE, Action

Body = dict[str, Any]
SPACE = "silence"
IN_SPACE = {"matchLabels": {"kubernetes.io/metadata.name": SPACE}}
READY = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1}


@dataclass(frozen=True)
class Control:
    """`objects` are there beforehand; `actions` are done right before the question, and `undo` afterwards.

    `service` is asked about, as a caller from `source`, with `more` words; traffic from there to `url` is answered.
    `is_long` is for what CI has no time for.
    """

    name: str
    service: str
    objects: tuple[Body, ...] = field(hash=False)
    actions: tuple[Action, ...] = ()
    undo: tuple[Action, ...] = ()
    port: int = 80
    outcome: str = "ok"
    source: str = f"{SPACE}/client"
    more: str = ""
    is_long: bool = False

    @property
    def url(self) -> str:
        return f"http://{self.service}:{self.port}"

    @property
    def ask(self) -> str:
        words = f"{self.service} -n {SPACE} --port {self.port} {self.more}"
        return f"{words} --from {self.source}" if self.source else words


def body(kind: str, name: str, api: str = "v1", labels: Body | None = None, **rest: Any) -> Body:
    metadata = {"name": name, "namespace": SPACE, "labels": labels or {}}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **rest}


def service(name: str, app: str = "", **spec: Any) -> Body:
    ports = [{"name": "http", "port": 80, "targetPort": 8080}]
    return body("Service", name, spec={"selector": {"app": app or name}, "ports": ports, **spec})


def template(app: str, **more: Any) -> Body:
    """A pod's template; its `labels`, words of its spec and containers `beside` are told by their names."""
    labels = {"app": app, **more.pop("labels", {})}
    of_pod = {
        key: more.pop(key) for key in ("hostNetwork", "initContainers", "nodeSelector", "nodeName") if key in more
    }
    grace, beside = more.pop("grace", 0), more.pop("beside", [])
    container = {"name": "main", "image": IMAGE, "args": ["-port", "8080"], "readinessProbe": READY, **more}
    spec = {"terminationGracePeriodSeconds": grace, "containers": [container, *beside], **of_pod}
    return {"metadata": {"labels": labels}, "spec": spec}


def deployment(name: str, replicas: int = 1, *, app: str = "", spec: Body | None = None, **pod: Any) -> Body:
    made = template(app or name, **pod)
    whole = {"replicas": replicas, "selector": {"matchLabels": made["metadata"]["labels"]}, "template": made}
    return body("Deployment", name, "apps/v1", spec={**whole, **(spec or {})})


def stateful(name: str, replicas: int, **pod: Any) -> Body:
    spec = {"replicas": replicas, "serviceName": name, "podManagementPolicy": "Parallel"}
    spec |= {"selector": {"matchLabels": {"app": name}}, "template": template(name, **pod)}
    return body("StatefulSet", name, "apps/v1", spec=spec)


def policy(name: str, app: str, namespace: str = SPACE, **spec: Any) -> Body:
    pods = {"matchLabels": {"app": app}} if app else {}
    made = body("NetworkPolicy", name, "networking.k8s.io/v1", spec={"podSelector": pods, **spec})
    made["metadata"]["namespace"] = namespace
    return made


def administrators(app: str, *ingress: Body) -> Body:
    """A policy of the admin tier for the pods of one app."""
    subject = {"pods": {"namespaceSelector": IN_SPACE, "podSelector": {"matchLabels": {"app": app}}}}
    spec = {"tier": "Admin", "priority": 20, "subject": subject, "ingress": list(ingress)}
    return {"apiVersion": ADMIN_TIERS, "kind": "ClusterNetworkPolicy", "metadata": {"name": app}, "spec": spec}


def job(kind: str, name: str, app: str) -> Body:
    pod = template(app, args=None, command=["true"], readinessProbe=None)
    pod["spec"]["restartPolicy"] = "Never"
    spec: Body = {"template": pod}
    if kind == "CronJob":
        spec = {"schedule": "0 0 1 1 *", "suspend": True, "jobTemplate": {"spec": spec}}
    return body(kind, name, "batch/v1", spec=spec)


def caller(name: str, role: str, **spec: Any) -> Body:
    """A pod on n1 that listens nowhere."""
    container = {"name": "client", "image": IMAGE, "args": ["-refuse"]}
    whole = {"nodeName": "n1", "terminationGracePeriodSeconds": 0, "containers": [container], **spec}
    return body("Pod", name, labels={"role": role}, spec=whole)


NAMED = [{"name": "http", "containerPort": 8080}]
ON_N1 = {"kubernetes.io/hostname": "n1"}
CLIENT = caller("client", "client")
