"""Faults of pods that never get to serve: refused by the API, without their volumes, killed, or waiting for somebody else."""

import json
from typing import Any

from tests.live_cluster.nodes.faults.words import CONTAINER, Action, Fault, made, replace

DEPLOYMENT = "Deployment/storefront"
TEMPLATE = "/spec/template/spec"
PODS_GONE: Action = ("delete", "pod", "-l", "app=storefront")
AGAIN: Action = ("rollout", "restart", "deploy/storefront")
ROLLED_OUT: Action = ("rollout", "status", "deploy/storefront", "--timeout=60s")


def _volume(source: dict[str, Any]) -> tuple[Action, ...]:
    """Give the pods a volume, in one patch: each is a revision of its own."""
    container = {"name": "storefront", "volumeMounts": [{"name": "settings", "mountPath": "/settings"}]}
    spec = {"volumes": [{"name": "settings", **source}], "containers": [container]}
    patch = {"spec": {"template": {"spec": spec}}}
    return (("patch", "deploy", "storefront", "-p", json.dumps(patch)),)


def _of_template(name: str, code: str, *inject: Action, **more: Any) -> Fault:
    return Fault(name, inject, "refused", code, "application", DEPLOYMENT, **more)


def _refused(name: str, *refuse: Action, allow: tuple[Action, ...], **more: Any) -> Fault:
    """Pods that are no longer let into the namespace: those that are there are deleted, and none follows."""
    undo = (*allow, AGAIN, ROLLED_OUT)
    return _of_template(name, "APP-021", *refuse, PODS_GONE, mends=False, undo=undo, **more)


LIVENESS = {"httpGet": {"path": "/alive", "port": 8080}, "periodSeconds": 1, "failureThreshold": 1}

STARTING = (
    _of_template("ConfigMap of a volume missing", "APP-007", *_volume({"configMap": {"name": "storefront-settings"}})),
    _of_template("Secret of a volume missing", "APP-007", *_volume({"secret": {"secretName": "storefront-key"}})),
    _of_template(
        "killed by its liveness probe",
        "APP-009",
        replace("deploy/storefront", f"{CONTAINER}/livenessProbe", LIVENESS),
        is_long=True,
    ),
    _refused(
        "quota used up",
        made("v1", "ResourceQuota", "small", spec={"hard": {"pods": "1"}}),
        allow=(("delete", "quota", "small", "--ignore-not-found"),),
    ),
)
