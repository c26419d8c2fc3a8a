"""What Kubernetes 1.34 says of lost nodes, evictions, hooks, sidecars and placement: each state is judged as a whole.

The sentences are letter by letter those of two real nodes; what differs each time is a name in capitals. Begins of containers,
refusals and ends: `test_kubelet_states.py`.
"""

from typing import Any

import pytest

from bot.model.result.finding import Severity
from tests.checks.pod_documents import (
    CREATING,
    NO_HELP,
    NO_VICTIM,
    PODS,
    SCHEDULED,
    asked,
    crashing,
    events,
    mounting,
    pods,
    root_of,
    unscheduled,
)

Documents = list[dict[str, Any]]
NOT_READY = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:50:00Z"}
INSIDE = {"type": "ContainersReady", "status": "True"}
RUNS = {"running": {"startedAt": "2026-11-23T03:00:05Z"}}
UP = [{"name": "app", "ready": True, "started": True, "restartCount": 0, "state": RUNS}]
SILENT = "Kubelet stopped posting node status."
NO_NETWORK = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns "
    "error: cni plugin not initialized"
)


def node(name: str, status: str, reason: str, message: str, *taints: str) -> dict[str, Any]:
    """A node whose Ready condition says this for ten minutes."""
    ready = {"type": "Ready", "status": status, "reason": reason, "message": message}
    condition = {**ready, "lastTransitionTime": "2026-11-23T03:50:00Z"}
    spec = {"taints": [{"key": f"node.kubernetes.io/{each}", "effect": "NoExecute"} for each in taints]}
    return {"kind": "Node", "metadata": {"name": name}, "spec": spec, "status": {"conditions": [condition]}}


def lost(*more: dict[str, Any], **status: Any) -> Documents:
    """Both nodes are silent: the pods' Ready is False without reason or message, and their containers stay as they were."""
    nodes = [node(each, "Unknown", "NodeStatusUnknown", SILENT, "unreachable") for each in ("node-1", "node-2")]
    left = pods(phase="Running", conditions=[NOT_READY, INSIDE], containerStatuses=UP, **status)
    return [*nodes, *left, *events("NodeNotReady", "Node is not ready"), *more]


def going(documents: Documents) -> Documents:
    """The taint manager has marked the pods, and nobody is there to end them."""
    gone = {"deletionTimestamp": "2026-11-23T03:56:00Z"}
    marked = {
        "type": "DisruptionTarget",
        "status": "True",
        "reason": "DeletionByTaintManager",
        "message": "Taint manager: deleting due to NoExecute taint",
        "lastTransitionTime": "2026-11-23T03:55:00Z",
    }
    return [
        {
            **each,
            "metadata": {**each["metadata"], **gone},
            "status": {**each["status"], "conditions": [*each["status"]["conditions"], marked]},
        }
        if each["kind"] == "Pod"
        else each
        for each in documents
    ]


def with_sidecar(state: dict[str, Any]) -> Documents:
    """A native sidecar of the pods in this state, the application beside it sound."""
    sidecar = {
        "name": "proxy",
        "image": "envoy:1",
        "restartPolicy": "Always",
        "livenessProbe": {"httpGet": {"port": 9000}},
    }
    held = {"name": "proxy", "ready": False, "started": False, "restartCount": 9, **state}
    made = pods(phase="Running", conditions=[SCHEDULED, NOT_READY], initContainerStatuses=[held], containerStatuses=UP)
    return [{**each, "spec": {"initContainers": [sidecar]}} for each in made]


def gated() -> Documents:
    """Everything inside is ready, and a readiness gate has no condition."""
    kind = "target-health.elbv2.k8s.aws/app"
    said = f'corresponding condition of pod readiness gate "{kind}" does not exist.'
    made = pods(
        phase="Running",
        conditions=[INSIDE, {**NOT_READY, "reason": "ReadinessGatesNotReady", "message": said}],
        containerStatuses=UP,
    )
    return [{**each, "spec": {"readinessGates": [{"conditionType": kind}]}} for each in made]


KILLED = {
    "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container=proxy"}},
    "lastState": {"terminated": {"exitCode": 137, "reason": "Error", "finishedAt": "2026-11-23T03:58:00Z"}},
}
ROWS: dict[str, tuple[Documents, str, str]] = {
    "kubelet killed": (lost(), "RTE-008", SILENT),
    "kubelet killed, five minutes later": (going(lost()), "RTE-008", SILENT),
    "CNI configuration gone, and a new pod": (
        [
            *(node(each, "False", "KubeletNotReady", NO_NETWORK, "not-ready") for each in ("node-1", "node-2")),
            *pods(CREATING, podIP=None, podIPs=None),
            *events("NetworkNotReady", f"network is not ready: {NO_NETWORK}"),
        ],
        "RTE-008|RTE-009",
        "cni plugin not initialized",
    ),
    "liveness kill of a native sidecar": (
        [
            *with_sidecar(KILLED),
            *events("Killing", "Init container proxy failed liveness probe", field="spec.initContainers{proxy}"),
            *events(
                "Unhealthy",
                "Liveness probe failed: HTTP probe failed with statuscode: 500",
                field="spec.initContainers{proxy}",
            ),
        ],
        "APP-009",
        "HTTP probe failed with statuscode: 500",
    ),
    "PV of another node": (
        unscheduled(f"0/2 nodes are available: 2 node(s) didn't match PersistentVolume's node affinity. {NO_HELP}"),
        "APP-005|APP-007",
        "didn't match PersistentVolume's node affinity",
    ),
    "claim applied together with the pod": (
        unscheduled(
            'running PreFilter plugin "VolumeBinding": error getting PVC "NS/data": could not find v1.PersistentVolumeClaim '
            '"NS/data"',
            "SchedulerError",
        ),
        "APP-005|APP-007",
        "could not find v1.PersistentVolumeClaim",
    ),
    "memory": (
        unscheduled(f"0/2 nodes are available: 2 Insufficient memory. {NO_HELP}"),
        "APP-005",
        "Insufficient memory",
    ),
    "GPU": (
        unscheduled(f"0/2 nodes are available: 2 Insufficient nvidia.com/gpu. {NO_HELP}"),
        "APP-005",
        "Insufficient nvidia.com/gpu",
    ),
    "hostPort": (
        unscheduled(
            "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. no new claims to "
            f"deallocate, {NO_VICTIM}"
        ),
        "APP-005",
        "didn't have free ports",
    ),
    "taints": (
        unscheduled(f"0/2 nodes are available: 2 node(s) had untolerated taint(s). {NO_HELP}"),
        "APP-005",
        "untolerated taint",
    ),
    "too many pods": (unscheduled(f"0/2 nodes are available: 2 Too many pods. {NO_HELP}"), "APP-005", "Too many pods"),
    "preempted, and its successor finds no room": (
        [
            *unscheduled(f"0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, {NO_VICTIM}"),
            *events("Preempted", "Preempted by pod UID on node n1", "user-service-0"),
        ],
        "APP-022|APP-005",
        "Insufficient cpu",
    ),
    "readiness gate unset": (gated(), "RTE-005", "target-health.elbv2.k8s.aws/app"),
    "a pull secret is missing": (
        [
            *pods(
                {
                    "waiting": {
                        "reason": "ErrImagePull",
                        "message": 'pull access denied, repository "X" may require authorization',
                    }
                }
            ),
            *events(
                "FailedToRetrieveImagePullSecret",
                "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
            ),
        ],
        "APP-003",
        "regcred",
    ),
    "key missing in a volume": (
        mounting('MountVolume.SetUp failed for volume "v" : references non-existent secret key: tls.crt'),
        "APP-007",
        "references non-existent secret key: tls.crt",
    ),
    "ignores SIGTERM after a startup probe's kill": (
        [
            *crashing("", "Error", 137),
            *events("Killing", "Container app failed startup probe, will be restarted", field="spec.containers{app}"),
            *events(
                "Unhealthy",
                'Startup probe failed: Get "http://PODIP:8080/": dial tcp PODIP:8080: connect: connection refused',
                field="spec.containers{app}",
            ),
        ],
        "APP-009",
        "connect: connection refused",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_state(row: str) -> None:
    """The cause is the root, and the words that tell it are in the answer."""
    documents, codes, words = ROWS[row]
    root = root_of(documents, codes)

    told = f"{root.message} {[(each.value, each.note) for each in root.evidence]}"
    assert words in told, told


def test_a_pre_stop_hook_that_fails_stops_no_call() -> None:
    """It is asked at a pod's end alone."""
    found = asked(events("FailedPreStopHook", "PreStopHook failed", PODS[0], field="spec.containers{app}"))

    assert [each.code for each in found.findings if each.severity is not Severity.INFO] == []
    assert found.root is None


def test_pods_on_a_node_of_which_only_the_network_is_gone_serve_on() -> None:
    """New pods get no address there; those that ran before stay ready, so that this is no failure yet."""
    found = asked([node("node-1", "False", "KubeletNotReady", NO_NETWORK, "not-ready")])

    assert found.root is None or found.root.severity is not Severity.FAIL


def test_node_name_of_no_node() -> None:
    """Neither condition nor Event: the pod garbage collector takes it away, and a new one comes."""
    made = [{**each, "spec": {"nodeName": "node-9"}} for each in pods(podIP=None, podIPs=None, conditions=None)]
    found = asked(made)

    assert found.root is not None
    assert "node-9" in found.root.message
