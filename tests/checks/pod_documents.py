"""Pods that never begin, are refused or end, as documents for `manifests.Written`: for tests of the kubelet's words."""

from typing import Any

from bot.checks.engine.judge import Judgement
from bot.model.result.finding import Finding
from tests.checks.manifests import Written, judged

PODS = ("user-service-1", "user-service-2", "user-service-3")
CREATING: dict[str, Any] = {"waiting": {"reason": "ContainerCreating"}}
SCHEDULED = {"type": "PodScheduled", "status": "True"}
ASK = "user-service -n shop --from shop/checkout-1 --port 80"
RUNC = "OCI runtime create failed: runc create failed: unable to start container process: "
NO_HELP = (
    "no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling."
)
NO_VICTIM = "preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod."


def pods(state: dict[str, Any] | None = None, **status: Any) -> list[dict[str, Any]]:
    """The Service's pods, not ready for half an hour, their container in this state; None: there is none."""
    ready = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:30:00Z"}
    held = [{"name": "app", "ready": False, "restartCount": 0, "state": state}] if state else None
    given = {"phase": "Pending", "conditions": [SCHEDULED, ready], "containerStatuses": held, **status}
    spec = {"nodeName": None} if status.get("conditions") and given["phase"] == "Pending" else {}
    return [
        {"kind": "Pod", "metadata": {"name": each, "namespace": "shop"}, "spec": spec, "status": given} for each in PODS
    ]


def unscheduled(message: str, reason: str = "Unschedulable") -> list[dict[str, Any]]:
    """On no node, for the scheduler's reason."""
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": reason,
        "message": message,
        "lastTransitionTime": "2026-11-23T03:30:00Z",
    }
    return pods(conditions=[condition], podIP=None, podIPs=None)


def events(
    reason: str, message: str, *names: str, kind: str = "Pod", field: str = "", **more: Any
) -> list[dict[str, Any]]:
    """One Event of a minute ago about each object."""
    return [
        {
            "kind": "Event",
            "metadata": {"name": f"{each}-{reason}", "namespace": "shop"},
            "involvedObject": {"kind": kind, "namespace": "shop", "name": each, "fieldPath": field},
            "reason": reason,
            "message": message,
            "lastTimestamp": "2026-11-23T03:59:00Z",
            **more,
        }
        for each in names or PODS
    ]


def mounting(message: str, reason: str = "FailedMount") -> list[dict[str, Any]]:
    """Pods on their nodes whose volumes are not there."""
    return [*pods(CREATING, podIP=None, podIPs=None), *events(reason, message)]


def claim(reason: str, message: str, kind: str = "Normal", **spec: Any) -> list[dict[str, Any]]:
    """A claim of the pods that is not bound, and the Event that says why."""
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    meta = {"name": "data", "namespace": "shop"}
    return [
        *(
            {"kind": "Pod", "metadata": {"name": each, "namespace": "shop"}, "spec": {"volumes": volumes}}
            for each in PODS
        ),
        {
            "kind": "PersistentVolumeClaim",
            "apiVersion": "v1",
            "metadata": meta,
            "spec": spec,
            "status": {"phase": "Pending"},
        },
        *events(reason, message, "data", kind="PersistentVolumeClaim", type=kind),
    ]


def crashing(
    message: str,
    reason: str,
    code: int,
    waiting: str = "back-off 2m40s restarting failed container=app pod=POD_NS(UID)",
) -> list[dict[str, Any]]:
    """Containers that ended, and wait."""
    ended = {"exitCode": code, "reason": reason, "message": message, "finishedAt": "2026-11-23T03:58:00Z"}
    held = {
        "name": "app",
        "ready": False,
        "restartCount": 8,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": waiting}},
        "lastState": {"terminated": ended},
    }
    return pods(phase="Running", containerStatuses=[held])


def rejected(reason: str, message: str) -> list[dict[str, Any]]:
    """Pods that the kubelet turned away."""
    return pods(phase="Failed", reason=reason, message=message, podIP=None, podIPs=None)


def deployment(*conditions: dict[str, Any], **spec: Any) -> list[dict[str, Any]]:
    """The workload without any pod."""
    status = {"replicas": 0, "readyReplicas": 0, "conditions": list(conditions)}
    meta = {"name": "user-service", "namespace": "shop"}
    return [{"kind": "Deployment", "metadata": meta, "spec": spec, "status": status}]


def asked(documents: list[dict[str, Any]], *drop: str, ask: str = ASK) -> Judgement:
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for each in documents:  # a pod may be written in two parts
        key = (each["kind"], each["metadata"]["name"])
        known = merged.get(key, {})
        merged[key] = {**known, **each, "spec": {**known.get("spec", {}), **each.get("spec", {})}}
        if "status" in known and "status" not in each:
            merged[key]["status"] = known["status"]
    return judged(Written("here", "here", {"ask": [ask], "drop": list(drop)}, list(merged.values())))


def root_of(documents: list[dict[str, Any]], codes: str) -> Finding:
    """Return the root of these states, which is one of these codes."""
    found = asked(documents)

    assert found.root is not None, [each.because for each in found.hops if each.status != "ok"]
    assert found.root.code in codes.split("|"), found.root.message
    return found.root
