"""What was once told wrongly of the kubelet's words, or not at all: each state is judged as a whole, as a dump shows it."""

from typing import Any

import pytest

from bot.checks.engine.judge import Judgement
from tests.checks.pod_documents import PODS, RUNC, asked, crashing, events, pods

REFUSED = 'pods "db-0" is forbidden: exceeded quota: team, requested: pods=1, used: pods=3, limited: pods=3'
RESTRICTED = (
    'pods "user-service-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false '
    '(container "app" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "app" '
    'must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "app" must set '
    'securityContext.runAsNonRoot=true), seccompProfile (pod or container "app" must set securityContext.seccompProfile.type '
    'to "RuntimeDefault" or "Localhost")'
)
PROBE = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 10}
UNREADY = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-23T03:51:00Z"}
RUNS = {"running": {"startedAt": "2026-11-23T03:51:00Z"}}


def root_words(found: Judgement) -> str:
    assert found.root is not None
    return f"{found.root.message} {[each.value for each in found.root.evidence]}"


def database(*more: dict[str, Any]) -> Judgement:
    """A Service of a StatefulSet's pods, in a dump that has no StatefulSets."""
    spec = {
        "clusterIP": "10.96.40.1",
        "clusterIPs": ["10.96.40.1"],
        "selector": {"app": "db"},
        "ports": [{"port": 5432}],
    }
    service = {"kind": "Service", "metadata": {"name": "db", "namespace": "shop"}, "spec": spec}
    return asked([service, *more], ask="db -n shop --from shop/checkout-1")


def test_refused_pods_of_a_workload_that_the_dump_lacks() -> None:
    """Its Events are there: the selector finds nothing because of them."""
    said = f"create Pod db-0 in StatefulSet db failed error: {REFUSED}"
    found = database(*events("FailedCreate", said, "db", kind="StatefulSet"))

    assert found.root is not None
    assert (found.root.code, str(found.root.confidence)) == ("APP-021", "likely")
    assert REFUSED in found.root.message


def test_refused_pods_of_another_workload_explain_nothing() -> None:
    """The selector is what is known to be wrong then."""
    found = database(*events("FailedCreate", f"Error creating: {REFUSED}", "queue", kind="StatefulSet"))

    assert found.root is not None
    assert found.root.code == "RTE-001"


def test_a_sentence_is_whole_however_long() -> None:
    """What has to be changed stands at its end."""
    found = asked(
        events("FailedCreate", f"Error creating: {RESTRICTED}", "user-service", kind="Deployment"),
        *(f"Pod shop/{each}" for each in PODS),
    )

    assert '"RuntimeDefault" or "Localhost")' in root_words(found)


def test_words_of_a_runtime_that_nobody_knows_are_told_and_not_the_back_off() -> None:
    """The kubelet waits as after any crash; the last end says why nothing started."""
    found = asked(crashing(f"{RUNC}a word that is new: unknown", "StartError", 128))

    assert found.root is not None
    assert found.root.code == "APP-004"
    assert "a word that is new" in found.root.message
    assert "back-off" not in found.root.message


def test_of_two_readiness_probes_the_one_that_fails_is_told() -> None:
    """The Event says whose it is (`fieldPath`)."""
    proxy = {"name": "proxy", "image": "envoy:1", "readinessProbe": {"httpGet": {"path": "/ready", "port": 9901}}}
    app = {"name": "app", "image": "user:1", "readinessProbe": PROBE, "ports": [{"containerPort": 8080}]}
    statuses = [
        {"name": "app", "ready": True, "started": True, "state": RUNS},
        {"name": "proxy", "ready": False, "started": True, "state": RUNS},
    ]
    failing = pods(phase="Running", conditions=[UNREADY], containerStatuses=statuses)
    said = "Readiness probe failed: HTTP probe failed with statuscode: 503"
    documents = [{**each, "spec": {"containers": [app, proxy]}} for each in failing]
    found = asked([*documents, *events("Unhealthy", said, field="spec.containers{proxy}")])

    assert "proxy" in root_words(found)
    assert "503" in root_words(found)


@pytest.mark.parametrize("is_sidecar", [False, True])
def test_a_startup_probe_that_fails_is_told_with_its_words(is_sidecar: bool) -> None:
    """Of a sidecar, too, which is no init container that has not finished."""
    startup = {**PROBE, "failureThreshold": 90}
    own = {"name": "app", "image": "user:1", "ports": [{"containerPort": 8080}]}
    begun = {"name": "proxy" if is_sidecar else "app", "ready": False, "started": False, "state": RUNS}
    waits = {"name": "app", "ready": False, "state": {"waiting": {"reason": "PodInitializing"}}}
    sidecar = {"name": "proxy", "image": "envoy:1", "restartPolicy": "Always", "startupProbe": startup}
    if is_sidecar:
        spec = {"initContainers": [sidecar], "containers": [own]}
        made = pods(phase="Pending", conditions=[UNREADY], initContainerStatuses=[begun], containerStatuses=[waits])
    else:
        spec = {"containers": [{**own, "startupProbe": startup}]}
        made = pods(phase="Running", conditions=[UNREADY], containerStatuses=[begun])
    field = "spec.initContainers{proxy}" if is_sidecar else "spec.containers{app}"
    said = "Startup probe failed: HTTP probe failed with statuscode: 503"
    found = asked(
        [*({**each, "spec": {"nodeName": "node-1", **spec}} for each in made), *events("Unhealthy", said, field=field)]
    )
    told = " ".join(each.message for each in found.findings)

    assert "HTTP probe failed with statuscode: 503" in told
    assert "init container" not in told
    assert ("sidecar proxy has not started" in told) == is_sidecar


def test_a_bare_pod_that_failed_says_with_which_exit_code() -> None:
    """No workload makes another one, and its last words are all there is."""
    ended = {
        "terminated": {"exitCode": 3, "reason": "Error", "message": "cannot bind", "finishedAt": "2026-11-23T03:51:00Z"}
    }
    status = {
        "phase": "Failed",
        "conditions": [UNREADY],
        "containerStatuses": [{"name": "db", "ready": False, "state": ended}],
    }
    pod = {
        "kind": "Pod",
        "metadata": {"name": "db", "namespace": "shop", "labels": {"app": "db"}},
        "spec": {"nodeName": "node-1", "restartPolicy": "Never", "containers": [{"name": "db", "image": "db:1"}]},
        "status": status,
    }
    found = database(pod)

    assert found.root is not None
    assert 'container db ended with exit code 3, saying "cannot bind"' in found.root.message


def test_a_pod_that_still_serves_while_it_ends_is_a_pod_of_this_cluster() -> None:
    """Its endpoint is terminating and takes traffic."""
    going = [
        {"kind": "Pod", "metadata": {"name": each, "namespace": "shop", "deletionTimestamp": "2026-11-23T04:09:00Z"}}
        for each in PODS
    ]
    found = asked(going)

    assert found.root is not None
    assert found.root.code == "RTE-007"
    assert not any("no pods of this cluster" in each.because for each in found.hops)
