"""What Kubernetes 1.34 says of pods that never begin, are refused, end or are left behind: each state is judged as a whole.

The sentences are letter by letter those of two real nodes; what differs each time is a name in capitals.
`test_kubelet_words.py` has those that are read by themselves.
"""

from typing import Any

import pytest

from bot.model.result.finding import Severity
from tests.checks.pod_documents import (
    NO_HELP,
    NO_VICTIM,
    PODS,
    RUNC,
    asked,
    claim,
    crashing,
    deployment,
    events,
    mounting,
    pods,
    rejected,
    root_of,
    unscheduled,
)

UNBOUND = "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"
ROWS = {
    "projected volume": (
        mounting(
            'MountVolume.SetUp failed for volume "v" : [configmap "settings" not found, secret "creds" not found]'
        ),
        "APP-007",
        "ConfigMap settings",
    ),
    "hostPath is no directory": (
        mounting(
            'MountVolume.SetUp failed for volume "v" : hostPath type check failed: /etc/hostname is not a directory'
        ),
        "APP-007",
        "/etc/hostname is not a directory",
    ),
    "hostPath is no file": (
        mounting('MountVolume.SetUp failed for volume "v" : hostPath type check failed: /etc is not a file'),
        "APP-007",
        "/etc is not a file",
    ),
    "hostPath is no socket": (
        mounting(
            'MountVolume.SetUp failed for volume "v" : hostPath type check failed: /run/docker.sock is not a socket file'
        ),
        "APP-007",
        "/run/docker.sock is not a socket file",
    ),
    "CSI driver that is not there": (
        mounting(
            'AttachVolume.Attach failed for volume "pv-csi" : timed out waiting for external-attacher of disk.csi.example.com '
            "CSI driver to attach volume vol-1",
            "FailedAttachVolume",
        ),
        "APP-007",
        "disk.csi.example.com",
    ),
    "claim missing": (
        unscheduled('0/2 nodes are available: persistentvolumeclaim "data" not found. not found'),
        "APP-007",
        "PersistentVolumeClaim data does not exist",
    ),
    "class missing": (
        [
            *unscheduled(UNBOUND),
            *claim(
                "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found', "Warning", storageClassName="fast"
            ),
        ],
        "APP-007",
        "fast",
    ),
    "no default class": (
        [
            *unscheduled(UNBOUND),
            *claim("FailedBinding", "no persistent volumes available for this claim and no storage class is set"),
        ],
        "APP-007",
        "no storage class is set",
    ),
    "provisioner not there": (
        [
            *unscheduled(UNBOUND),
            *claim(
                "ExternalProvisioning",
                "Waiting for a volume to be created either by the external provisioner 'disk.csi.example.com' or "
                "manually by the "
                "system administrator. If volume creation is delayed, please verify that the provisioner is running "
                "and correctly "
                "registered.",
            ),
        ],
        "APP-007",
        "disk.csi.example.com",
    ),
    "binding took ten minutes": (
        unscheduled(
            'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded', "SchedulerError"
        ),
        "APP-007",
        "its claim was not bound in time",
    ),
    "no volume for a class without provisioner": (
        unscheduled(f"0/2 nodes are available: 2 node(s) didn't find available persistent volumes to bind. {NO_HELP}"),
        "APP-007",
        "not bound",
    ),
    "sandbox killed for memory": (
        mounting(
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to create containerd task: failed to create "
            f"shim task: {RUNC}container init was OOM-killed (memory limit too low?): unknown",
            "FailedCreatePodSandBox",
        ),
        "RTE-009",
        "memory limit too low",
    ),
    "sandbox stopped": (
        mounting(
            "Failed to create pod sandbox: rpc error: code = Unknown desc = failed to start sandbox container task "
            '"ID": cannot '
            "start a stopped process: unknown",
            "FailedCreatePodSandBox",
        ),
        "RTE-009",
        "cannot start a stopped process",
    ),
    "no network plugin": (
        mounting(
            'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "ID": '
            "cni plugin "
            "not initialized",
            "FailedCreatePodSandBox",
        ),
        "RTE-009",
        "cni plugin not initialized",
    ),
    "a mount over a file of the image": (
        crashing(
            f"failed to create containerd task: failed to create shim task: {RUNC}error during container init: error mounting "
            '"/var/lib/kubelet/pods/UID/volume-subpaths/v/app/0" to rootfs at "/etc/passwd": mount …: not a directory: unknown',
            "StartError",
            128,
        ),
        "APP-004",
        "a subPath of a volume cannot be prepared|a mount joins a file and a directory",
    ),
    "user of the image is a name": (
        pods(
            {
                "waiting": {
                    "reason": "CreateContainerConfigError",
                    "message": "container has runAsNonRoot and image has non-numeric user (app), cannot verify user "
                    "is non-root "
                    '(pod: "POD_NS(UID)", container: app)',
                }
            }
        ),
        "APP-004",
        "runAsNonRoot forbids the user",
    ),
    "cpu": (unscheduled(f"0/2 nodes are available: 2 Insufficient cpu. {NO_HELP}"), "APP-005", "2 lack cpu"),
    "node selector": (
        unscheduled(f"0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. {NO_HELP}"),
        "APP-005",
        "node selector or affinity",
    ),
    "anti-affinity": (
        unscheduled(f"0/2 nodes are available: 2 node(s) didn't match pod anti-affinity rules. {NO_VICTIM}"),
        "APP-005",
        "anti-affinity",
    ),
    "spread": (
        unscheduled(
            "0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints (missing required label). "
            f"{NO_HELP}"
        ),
        "APP-005",
        "spread",
    ),
    "gated": (
        [
            {**each, "spec": {**each["spec"], "schedulingGates": [{"name": "example.com/quota"}]}}
            for each in unscheduled("Scheduling is blocked due to non-empty scheduling gates", "SchedulingGated")
        ],
        "APP-005",
        "scheduling gate example.com/quota has not been removed",
    ),
    "the registry fails by itself now, and refused minutes ago": (
        [
            *pods(
                {
                    "waiting": {
                        "reason": "ErrImagePull",
                        "message": "pulling from host HOST failed with status code [manifests 2]: 500 Internal Server Error",
                    }
                }
            ),
            *events("Failed", 'Failed to pull image "X": dial tcp 127.0.0.1:5999: connect: connection refused'),
        ],
        "APP-003",
        "an error of its own (500)",
    ),
    "AppArmor": (
        rejected("AppArmor", "Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host"),
        "APP-022|RTE-004",
        "AppArmor is not enabled on the host",
    ),
    "sysctl": (
        rejected("SysctlForbidden", 'Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted'),
        "APP-022|RTE-004",
        "net.core.somaxconn",
    ),
    "node too small": (
        rejected(
            "OutOfcpu",
            "Pod was rejected: Node didn't have enough resource: cpu, requested: 64000, used: 1250, capacity: 2000",
        ),
        "APP-022|RTE-004",
        "requested: 64000",
    ),
    "node does not match": (
        rejected(
            "NodeAffinity",
            "Pod was rejected: Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
        ),
        "APP-022|RTE-004",
        "Predicate NodeAffinity failed",
    ),
    "emptyDir over its limit": (
        rejected("Evicted", 'Usage of EmptyDir volume "v" exceeds the limit "5Mi". '),
        "APP-022",
        "exceeds the limit",
    ),
    "ephemeral storage": (
        rejected("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 5Mi. "),
        "APP-022",
        "exceeds the total limit of containers 5Mi",
    ),
    "a pod's deadline": (
        rejected("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"),
        "APP-022|RTE-004",
        "longer than the specified deadline",
    ),
    "ends with 0": (crashing("", "Completed", 0), "APP-001", "exit code 0"),
    "over its memory": (crashing("", "OOMKilled", 137), "APP-002", "OOMKilled"),
    "termination message": (
        crashing("cannot open config: no such key db.url", "Error", 1),
        "APP-001",
        "no such key db.url",
    ),
    "postStart hook": (
        [
            *crashing("", "Completed", 0),
            *events("FailedPostStartHook", "PostStartHook failed", field="spec.containers{app}"),
            *events("Killing", "FailedPostStartHook", field="spec.containers{app}"),
        ],
        "APP-001",
        'postStart hook fails ("PostStartHook failed")',
    ),
    "killed by liveness": (
        [
            *crashing("", "Completed", 0),
            *events("Killing", "Container app failed liveness probe, will be restarted", field="spec.containers{app}"),
        ],
        "APP-009",
        "liveness probe",
    ),
    "killed by startup": (
        [
            *crashing("", "Error", 2),
            *events("Killing", "Container app failed startup probe, will be restarted", field="spec.containers{app}"),
        ],
        "APP-009",
        "startup probe",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_state(row: str) -> None:
    """The cause is the root, and the words that tell it are in the answer."""
    documents, codes, words = ROWS[row]
    root = root_of(documents, codes)

    told = f"{root.message} {[each.value for each in root.evidence]}"
    assert any(each in told for each in words.split("|")), told


@pytest.mark.parametrize(
    ("documents", "code", "words"),
    [
        (
            deployment(
                {
                    "type": "Progressing",
                    "status": "False",
                    "reason": "ReplicaSetCreateError",
                    "message": 'Failed to create new replica set "app-77d566c4b7": replicasets.apps "app-77d566c4b7" '
                    "is forbidden: "
                    "exceeded quota: team, requested: count/replicasets.apps=1, used: count/replicasets.apps=0, limited: "
                    "count/replicasets.apps=0",
                }
            ),
            "APP-021",
            "limited: count/replicasets.apps=0",
        ),
        (
            deployment(
                {
                    "type": "Progressing",
                    "status": "Unknown",
                    "reason": "DeploymentPaused",
                    "message": "Deployment is paused",
                },
                paused=True,
            ),
            "RTE-004",
            "it is paused",
        ),
    ],
)
def test_no_pod_was_made(documents: list[dict[str, Any]], code: str, words: str) -> None:
    """Of the workload alone its conditions say why."""
    found = asked(documents, *(f"Pod shop/{each}" for each in PODS))

    assert found.root is not None
    assert found.root.code == code, found.root.message
    assert words in found.root.message


REFUSED = 'pods "migrate-bq54v" is forbidden: exceeded quota: team, requested: pods=1, used: pods=0, limited: pods=0'
JOB_ENDS = [
    ("FailedCreate", REFUSED),
    ("BackoffLimitExceeded", "Job has reached the specified backoff limit"),
    ("DeadlineExceeded", "Job was active longer than specified deadline"),
]


@pytest.mark.parametrize(("reason", "message"), JOB_ENDS)
def test_a_job_that_failed(reason: str, message: str) -> None:
    """A Service of a Job's pods: what the Job ended with is told; its pods are gone, or ended."""
    head = "Error creating: " if reason == "FailedCreate" else ""
    labels = {"app": "migrate"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "migrate", "image": "m:1"}]}}
    job = {
        "kind": "Job",
        "apiVersion": "batch/v1",
        "metadata": {"name": "migrate", "namespace": "shop", "uid": "u-migrate"},
        "spec": {"template": template},
        "status": {
            "failed": 1,
            "conditions": [{"type": "Failed", "status": "True", "reason": reason, "message": message}],
        },
    }
    spec = {"clusterIP": "10.96.12.9", "selector": labels, "ports": [{"port": 80, "targetPort": 8080}]}
    service = {"kind": "Service", "metadata": {"name": "migrate", "namespace": "shop", "uid": "u-m"}, "spec": spec}
    found = asked([job, service, *events(reason, f"{head}{message}", "migrate", kind="Job")], ask="migrate -n shop")

    assert found.root is not None
    assert message in found.root.message or any(message in str(each.value) for each in found.root.evidence), found.root


def test_redirect_that_the_kubelet_does_not_follow() -> None:
    """Ready, and an Event that warns: no fault."""
    warned = (
        "Readiness probe warning: Probe terminated redirects, Response body: "
        '<a href="http://login.example.com/signin">Found</a>.'
    )
    found = asked(events("ProbeWarning", warned, field="spec.containers{app}"))

    assert [each.code for each in found.findings if each.severity is not Severity.INFO] == []


def test_a_cache_that_was_not_filled_yet() -> None:
    """Once, harmless, under load."""
    said = (
        'MountVolume.SetUp failed for volume "kube-api-access-27xqd" : failed to sync configmap cache: timed out '
        "waiting for the condition"
    )
    found = asked(events("FailedMount", said))

    assert found.root is None
