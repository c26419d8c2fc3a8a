"""Faults of pods that never get to serve: refused by the API, without their volumes, killed, or waiting for somebody else."""

import json
from typing import Any

from tests.live_cluster.nodes.faults.words import CONTAINER, IMAGE, Action, Fault, made, remove, replace

DEPLOYMENT = "Deployment/storefront"
TEMPLATE = "/spec/template/spec"
PODS_GONE: Action = ("delete", "pod", "-l", "app=storefront")
AGAIN: Action = ("rollout", "restart", "deploy/storefront")
ROLLED_OUT: Action = ("rollout", "status", "deploy/storefront", "--timeout=180s")


def _volume(source: dict[str, Any]) -> tuple[Action, ...]:
    """Give the pods a volume, in one patch: each is a revision of its own."""
    container = {"name": "storefront", "volumeMounts": [{"name": "settings", "mountPath": "/settings"}]}
    spec = {"volumes": [{"name": "settings", **source}], "containers": [container]}
    patch = {"spec": {"template": {"spec": spec}}}
    return (("patch", "deploy", "storefront", "-p", json.dumps(patch)),)


def _scratch(command: list[str] | None, mount: dict[str, str], volume: dict[str, Any]) -> Action:
    """Give the pods a volume of their own and a command that writes to it, in one patch; or take both away."""
    container = {"name": "storefront", "command": command, "volumeMounts": [mount]}
    patch = {"spec": {"template": {"spec": {"volumes": [volume], "containers": [container]}}}}
    return ("patch", "deploy", "storefront", "-p", json.dumps(patch))


def _of_template(name: str, code: str, *inject: Action, **more: Any) -> Fault:
    return Fault(name, inject, "refused", code, "application", DEPLOYMENT, **more)


def _refused(name: str, *refuse: Action, allow: tuple[Action, ...], **more: Any) -> Fault:
    """Pods that are no longer let into the namespace: those that are there are deleted, and none follows.

    What refuses may be there before: the API server needs a moment until it minds a new rule.
    """
    undo = (*allow, AGAIN, ROLLED_OUT)
    return _of_template(name, "APP-021", *refuse, PODS_GONE, mends=False, undo=undo, **more)


def _container(**words: Any) -> Action:
    """Change the container in one patch, which makes one revision; a probe is replaced whole."""
    changes = [{"op": "add", "path": f"{CONTAINER}/{name}", "value": value} for name, value in words.items()]
    return ("patch", "deploy", "storefront", "--type=json", "-p", json.dumps(changes))


HTTP: dict[str, Any] = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}
TCP = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
LIVENESS = {"httpGet": {"path": "/alive", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}

WAITING = 'until wget -q -O /dev/null http://database:5432/; do echo "waiting for database:5432"; sleep 1; done'
WAITS = {"name": "wait", "image": IMAGE, "command": ["sh", "-c", WAITING]}
# A server of gRPC that has no health service, beside the program, and asked for it by the program's probe: CoreDNS.
GRPC = {
    "name": "grpc",
    "image": "k8snet.test/coredns:1",
    "args": ["-conf", "/etc/coredns/Corefile"],
    "volumeMounts": [{"name": "corefile", "mountPath": "/etc/coredns"}],
}
PROBED = {"name": "storefront", "readinessProbe": {"httpGet": None, "grpc": {"port": 9000}}}
BESIDE_GRPC: Action = (
    *("patch", "deploy", "storefront", "-p"),
    json.dumps(
        {
            "spec": {
                "template": {
                    "spec": {
                        "containers": [PROBED, GRPC],
                        "volumes": [{"name": "corefile", "configMap": {"name": "corefile"}}],
                    }
                }
            }
        }
    ),
)

STARTING = (
    _of_template("ConfigMap of a volume missing", "APP-007", *_volume({"configMap": {"name": "storefront-settings"}})),
    _of_template("Secret of a volume missing", "APP-007", *_volume({"secret": {"secretName": "storefront-key"}})),
    _of_template(
        "claim not bound",
        "APP-007",
        made(
            "v1",
            "PersistentVolumeClaim",
            "storefront-data",
            spec={
                "accessModes": ["ReadWriteOnce"],
                "storageClassName": "fast",
                "resources": {"requests": {"storage": "1Gi"}},
            },
        ),
        *_volume({"persistentVolumeClaim": {"claimName": "storefront-data"}}),
        is_long=True,
    ),
    _of_template(
        "killed by its liveness probe",
        "APP-009",
        replace("deploy/storefront", f"{CONTAINER}/livenessProbe", LIVENESS),
        is_long=True,
    ),
    Fault(
        name="evicted by its own limit",
        inject=(
            _scratch(
                ["sh", "-c", "dd if=/dev/zero of=/scratch/file bs=1M count=9; exec /serve -port 8080"],
                {"name": "scratch", "mountPath": "/scratch"},
                {"name": "scratch", "emptyDir": {"sizeLimit": "1Mi"}},
            ),
            ROLLED_OUT,
        ),
        traffic="answer",  # between one eviction and the next: a kubelet measures volumes every one or two minutes
        patience=180,
        code="APP-022",
        layer="application",
        about=DEPLOYMENT,
        mends=False,  # how much it may write, only its owner knows
        undo=(
            _scratch(None, {"mountPath": "/scratch", "$patch": "delete"}, {"name": "scratch", "$patch": "delete"}),
            ROLLED_OUT,
        ),
        is_long=True,
    ),
    _of_template(
        "bound to loopback",
        "APP-010",
        remove("deploy/storefront", f"{CONTAINER}/readinessProbe"),
        replace("deploy/storefront", f"{CONTAINER}/args", ["-port", "8080", "-host", "127.0.0.1"]),
        mends=False,  # the program's own arguments
        undo=(("apply", "-f", "shop.yaml"), ROLLED_OUT),
        is_long=True,
    ),
    _refused(
        "quota used up",
        made("v1", "ResourceQuota", "small", spec={"hard": {"pods": "1"}}),
        allow=(("delete", "quota", "small", "--ignore-not-found"),),
    ),
    _refused(
        "LimitRange refuses",
        allow=(("delete", "limits", "tight", "--ignore-not-found"),),
        before=(
            replace("deploy/storefront", f"{CONTAINER}/resources", {"limits": {"memory": "64Mi"}}),
            ROLLED_OUT,
            made("v1", "LimitRange", "tight", spec={"limits": [{"type": "Container", "max": {"memory": "32Mi"}}]}),
        ),
        is_long=True,
    ),
    _refused(
        "ServiceAccount missing",
        replace("deploy/storefront", f"{TEMPLATE}/serviceAccountName", "storefront"),
        allow=(made("v1", "ServiceAccount", "storefront"),),
        is_long=True,
    ),
    _refused(
        "pod security refuses",
        allow=(("label", "namespace", "fault-pod-security-refuses", "pod-security.kubernetes.io/enforce-"),),
        before=(("label", "namespace", "fault-pod-security-refuses", "pod-security.kubernetes.io/enforce=restricted"),),
        is_long=True,
    ),
    Fault(
        name="TLS behind a plaintext port",
        inject=(_container(args=["-port", "8080", "-tls"], readinessProbe=TCP), ROLLED_OUT),
        traffic="400",
        code="APP-018",
        layer="application",
        about="Service/storefront",
        mends=False,  # which of the two should change, the server or its callers, only their owner knows
        undo=(_container(args=["-port", "8080"], readinessProbe=HTTP), ROLLED_OUT),
        is_long=True,
    ),
    Fault(
        name="called without its TLS",
        inject=(
            _container(
                args=["-port", "8080", "-tls"], readinessProbe={"httpGet": {**HTTP["httpGet"], "scheme": "HTTPS"}}
            ),
            ROLLED_OUT,
        ),
        traffic="400",
        code="APP-018",
        layer="application",
        about="Service/storefront",
        mends=False,
        undo=(_container(args=["-port", "8080"], readinessProbe=HTTP), ROLLED_OUT),
        ask="http://storefront -n NAMESPACE --from NAMESPACE/client",
        is_long=True,
    ),
    _of_template(
        "startup probe never passes",
        "APP-009",
        replace("deploy/storefront", f"{CONTAINER}/startupProbe", LIVENESS),
        is_long=True,
    ),
    _of_template(
        "command not in the image",
        "APP-004",
        replace("deploy/storefront", f"{CONTAINER}/command", ["/app/start"]),
        is_long=True,
    ),
    _of_template(
        "key of a ConfigMap missing",
        "APP-004",
        made("v1", "ConfigMap", "settings", data={"other": "1"}),
        replace(
            "deploy/storefront",
            f"{CONTAINER}/env",
            [{"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "mode"}}}],
        ),
        is_long=True,
    ),
    _of_template(
        "more memory than any node has",
        "APP-005",
        replace("deploy/storefront", f"{CONTAINER}/resources", {"requests": {"memory": "4Ti"}}),
        mends=False,
        undo=(replace("deploy/storefront", f"{CONTAINER}/resources", {}),),
        is_long=True,
    ),
    _of_template(
        "init container waits for a Service",
        "APP-006",
        replace("deploy/storefront", f"{TEMPLATE}/initContainers", [WAITS]),
        is_long=True,  # a minute, in which it may be working
    ),
    _of_template(
        "gRPC probe without its service",
        "APP-008",
        made("v1", "ConfigMap", "corefile", data={"Corefile": "grpc://.:9000 {\n    template ANY ANY\n}\n"}),
        BESIDE_GRPC,
        is_long=True,
    ),
)
