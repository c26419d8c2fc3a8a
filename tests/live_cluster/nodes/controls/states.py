"""Healthy workloads whose pods went through something, or are more than what serves."""

from tests.live_cluster.nodes.controls.words import READY, Body, Control, body, deployment, service, stateful, template
from tests.live_cluster.nodes.faults.words import CONTAINER, IMAGE, replace

NEVER_MIND = {"exec": {"command": ["sh", "-c", "test $(hostname) = members-0"]}, "periodSeconds": 1}


def _budget(name: str, least: int) -> Body:
    spec = {"minAvailable": least, "selector": {"matchLabels": {"app": name}}}
    return body("PodDisruptionBudget", name, "policy/v1", spec=spec)


def _failed(name: str, app: str) -> Body:
    """A pod of nobody that has ended with an error and is kept."""
    whole = template(app, args=["-exit", "1"], readinessProbe=None, labels={"tier": "batch"})
    return body("Pod", name, labels=whole["metadata"]["labels"], spec={**whole["spec"], "restartPolicy": "Never"})


STATES = (
    Control(
        "headless, one member not ready",
        "members",
        (
            service("members", clusterIP="None", ports=[{"name": "http", "port": 8080}]),
            stateful("members", 2, readinessProbe=NEVER_MIND),
        ),
        port=8080,
    ),
    Control(
        "a disruption budget that allows none",
        "budgeted",
        (service("budgeted"), deployment("budgeted"), _budget("budgeted", 1)),
    ),
    Control(
        "Events of a slow start that went well",
        "slow-start",
        (service("slow-start"), deployment("slow-start", command=["sh", "-c", "sleep 4; exec /serve"])),
    ),
    Control(
        "a failed pod with the Service's labels",
        "with-failed",
        (service("with-failed"), deployment("with-failed", labels={"tier": "web"}), _failed("batch", "with-failed")),
        actions=(("wait", "pod/batch", "--for=jsonpath={.status.phase}=Failed", "--timeout=180s"),),
    ),
    Control(
        "a paused Deployment with a change that waits",
        "paused",
        (service("paused"), deployment("paused")),
        actions=(
            ("rollout", "pause", "deploy/paused"),
            replace("deploy/paused", f"{CONTAINER}/image", "k8snet.test/absent:1"),
        ),
    ),
    Control(
        "all three probes, and the first takes a while",
        "probed",
        (
            service("probed"),
            deployment(
                "probed",
                command=["sh", "-c", "sleep 2; exec /serve"],
                startupProbe={**READY, "failureThreshold": 30},
                livenessProbe=READY,
            ),
        ),
    ),
    Control(
        "a quota used up by something else",
        "capped",
        (
            service("capped"),
            deployment("capped"),
            body("ResourceQuota", "no-more-settings", spec={"hard": {"configmaps": "1"}}),
        ),
    ),
    Control(
        "two containers, and only one is probed",
        "helped",
        (
            service("helped"),
            deployment("helped", beside=[{"name": "helper", "image": IMAGE, "args": ["-port", "9000"]}]),
        ),
    ),
    Control(
        "a rollback that left its revisions",
        "rolled-back",
        (service("rolled-back"), deployment("rolled-back")),
        actions=(
            replace("deploy/rolled-back", f"{CONTAINER}/args", ["-exit", "3"]),
            ("wait", "deploy/rolled-back", "--for=jsonpath={.status.unavailableReplicas}=1", "--timeout=180s"),
            ("rollout", "undo", "deploy/rolled-back"),
            ("rollout", "status", "deploy/rolled-back", "--timeout=180s"),
        ),
    ),
)
