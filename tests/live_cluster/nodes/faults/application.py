"""Faults of the application: pods that do not start, do not get ready, or answer wrongly."""

from typing import Any

from tests.live_cluster.nodes.faults.words import (
    CONTAINER,
    IMAGE,
    THREE,
    Action,
    Fault,
    made,
    merge,
    remove,
    replace,
    signal,
)

PROBE = f"{CONTAINER}/readinessProbe/httpGet"
DEPLOYMENT = "Deployment/storefront"
ROLLED_OUT: Action = ("rollout", "status", "deploy/storefront", "--timeout=180s")


def _of_template(name: str, code: str, path: str, value: object, **more: Any) -> Fault:
    """A template that was changed for the worse: all pods are made anew and none gets ready."""
    inject = (replace("deploy/storefront", path, value),)
    return Fault(name, inject, "refused", code, "application", DEPLOYMENT, **more)


APPLICATION = (
    _of_template("readiness wrong port", "APP-008", f"{PROBE}/port", 9090),
    _of_template("readiness wrong path", "APP-008", f"{PROBE}/path", "/ready"),
    Fault(
        name="readiness slow start",
        inject=(
            replace("deploy/storefront", f"{CONTAINER}/readinessProbe/initialDelaySeconds", 12),
            replace("deploy/storefront", f"{CONTAINER}/command", ["sh", "-c", "sleep 11; exec /serve -port 8080"]),
        ),
        traffic="refused",
        code="RTE-006",
        layer="application",
        about="Deployment/storefront",
        mends=False,  # it only takes time, and the answer says until when
    ),
    _of_template("crash loop", "APP-001", f"{CONTAINER}/args", ["-exit", "3"]),
    Fault(
        name="out of memory",
        inject=(
            replace("deploy/storefront", f"{CONTAINER}/resources", {"limits": {"memory": "32Mi"}}),
            replace("deploy/storefront", f"{CONTAINER}/args", ["-leak"]),
        ),
        traffic="refused",
        code="APP-002",
        layer="application",
        about=DEPLOYMENT,
    ),
    _of_template("missing image", "APP-003", f"{CONTAINER}/image", "k8snet.test/absent:1"),
    _of_template(
        "missing config",
        "APP-004",
        f"{CONTAINER}/envFrom",
        [{"configMapRef": {"name": "storefront-settings"}}],
    ),
    _of_template(
        "init container fails",
        "APP-006",
        "/spec/template/spec/initContainers",
        [{"name": "migrate", "image": IMAGE, "args": ["-exit", "4"]}],
    ),
    _of_template(
        "no node fits",
        "APP-005",
        "/spec/template/spec/nodeSelector",
        {"disk": "ssd"},
        mends=False,  # whether the node or the wish is wrong, only its owner knows
        undo=(merge("deploy/storefront", {"spec": {"template": {"spec": {"nodeSelector": None}}}}),),
    ),
    Fault(
        name="scaled to zero",
        inject=(("scale", "deploy/storefront", "--replicas=0"),),
        traffic="refused",
        code="APP-017",
        layer="application",
        about=DEPLOYMENT,
    ),
    Fault(
        name="one of three refuses",
        before=THREE,
        inject=(signal("storefront-1", "USR1"),),
        traffic="answer+refused",
        code="APP-013",
        layer="application",
        about="StatefulSet/storefront",
    ),
    Fault(
        name="one of three fails",
        before=THREE,
        inject=(signal("storefront-1", "HUP"),),
        traffic="answer+500",
        code="APP-013",
        layer="application",
        about="StatefulSet/storefront",
    ),
    Fault(
        name="one of three hangs",
        before=THREE,
        inject=(signal("storefront-1", "USR2"),),
        traffic="answer+timeout",
        code="APP-013",
        layer="application",
        about="StatefulSet/storefront",
    ),
    Fault(
        name="the only pod hangs",
        before=(*THREE, ("scale", "sts/storefront", "--replicas=1")),
        inject=(signal("storefront-0", "USR2"),),
        traffic="timeout",
        code="APP-011",
        layer="application",
        about="StatefulSet/storefront",
    ),
    Fault(
        name="all fail",
        before=THREE,
        inject=tuple(signal(f"storefront-{each}", "HUP") for each in range(3)),
        traffic="500",
        code="APP-014",
        layer="application",
        about="StatefulSet/storefront",
        mends=False,
        undo=(("delete", "pod", "-l", "app=storefront"), ("rollout", "status", "sts/storefront", "--timeout=180s")),
    ),
    Fault(
        name="ready without looking",
        inject=(
            remove("deploy/storefront", f"{CONTAINER}/readinessProbe"),
            replace("deploy/storefront", f"{CONTAINER}/args", ["-port", "9090"]),
            ROLLED_OUT,
        ),
        traffic="refused",
        code="APP-012",
        layer="application",
        about=DEPLOYMENT,
        mends=False,  # the program's own arguments
        undo=(("apply", "-f", "shop.yaml"), ROLLED_OUT),
        is_long=True,
    ),
    Fault(
        name="fails and is ready",
        inject=(replace("deploy/storefront", f"{CONTAINER}/args", ["-port", "8080", "-fail-every", "1"]), ROLLED_OUT),
        traffic="500",
        code="APP-012",
        layer="application",
        about=DEPLOYMENT,
        mends=False,
        undo=(replace("deploy/storefront", f"{CONTAINER}/args", ["-port", "8080"]), ROLLED_OUT),
        is_long=True,
    ),
)

# It is told after five minutes: until then an autoscaler may just have begun.
BLIND = Fault(
    name="autoscaler without a metrics API",
    early=(
        made(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            "storefront",
            spec={
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "storefront"},
                "maxReplicas": 4,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}},
                    }
                ],
            },
        ),
    ),
    inject=(),
    traffic="answer",
    code="APP-016",
    layer="application",
    about="HorizontalPodAutoscaler/storefront",
    mends=False,  # a metrics server is no matter of this namespace
    patience=400,
    undo=(("delete", "hpa", "storefront", "--ignore-not-found"),),
    ask="storefront -n NAMESPACE --from NAMESPACE/client --symptom slow",
    is_long=True,
)
