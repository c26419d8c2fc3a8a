"""How many requests a question makes, whatever is wrong: 20 cold, 12 warm; kinds of optional APIs are counted apart."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cluster.live import COLD, FOLLOW, WARM, ClusterWide, read
from bot.cluster.reading.schedule import USED_UP
from bot.cluster.transport import Cluster
from bot.model.question.question import Question, Source
from bot.model.snapshot import Snapshot
from tests.reader.healthy import CALLER, OBJECTS, Api, healthy, kubeconfig
from tests.reader.objects import Json, meta, service

OPTIONAL = "/apis/cilium.io/"
FROM_POD, FROM_WORKLOAD = Source(namespace="web", pod=CALLER), Source(namespace="web", workload="deploy/checkout")
BY_NAME = Source(namespace="web", pod="checkout")


def _workload(name: str, namespace: str) -> Json:
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "app"}]}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    return {"metadata": meta(name, namespace), "spec": spec}


def world(**changed: Any) -> dict[str, list[Json]]:
    """Return the objects of a sound cluster, with some kinds changed."""
    deployments = [_workload("checkout", "web"), _workload("user-service", "shop")]
    return {**OBJECTS, "deployments": deployments, **changed}


def _crashing(number: int = 1, kind: str = "Deployment") -> Json:
    """Return a crashing pod of a workload; a Deployment's is a ReplicaSet's with a hash in its labels."""
    pod = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "user-service-1")
    last = {"terminated": {"exitCode": 1, "reason": "Error"}}
    status = {"name": "app", "ready": False, "restartCount": 9, "state": {"waiting": {}}, "lastState": last}
    conditions = [{"type": "Ready", "status": "False"}]
    owner = {"kind": "ReplicaSet" if kind == "Deployment" else kind, "name": "user-service-5d6f", "controller": True}
    metadata = {**pod["metadata"], "name": f"user-service-{number}", "ownerReferences": [owner]}
    if kind == "Deployment":
        metadata["labels"] = {**metadata["labels"], "pod-template-hash": "5d6f"}
    return {
        **pod,
        "metadata": metadata,
        "status": {**pod["status"], "conditions": conditions, "containerStatuses": [status]},
    }


def _ready_again(ended: datetime) -> Json:
    """Return a pod whose container ended at a moment for the third time, and is ready."""
    pod = _crashing()
    last = {"terminated": {"exitCode": 2, "reason": "Error", "finishedAt": ended.isoformat()}}
    status = {"name": "app", "ready": True, "restartCount": 3, "state": {"running": {}}, "lastState": last}
    conditions = [{"type": "Ready", "status": "True"}]
    return {**pod, "status": {**pod["status"], "conditions": conditions, "containerStatuses": [status]}}


def _waiting(**spec: Any) -> Json:
    """Return a pod that waits for its volume, or for what its init container's command names."""
    pod = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "user-service-1")
    status = {"phase": "Pending", "conditions": [{"type": "Ready", "status": "False"}]}
    return {**pod, "spec": {**pod["spec"], **spec}, "status": status}


CLAIMING = _waiting(volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}])
AWAITING = _waiting(initContainers=[{"name": "wait", "command": ["sh", "-c", "until nc -z db 5432; do sleep 2; done"]}])
_REVISION = {"metadata": {**meta("user-service-5d6f", "shop"), "labels": {"app": "user-service"}}}
_OTHER_PODS = [each for each in OBJECTS["pods"] if each["metadata"]["namespace"] != "shop"]
_KINDS = ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController")
WORLDS = {
    "sound": world(),
    "typo": world(services=[service(selector={"app": "user-servce"}), *OBJECTS["services"][1:]]),
    "crashing": world(pods=[_crashing(), *_OTHER_PODS]),
    "crashing of all kinds": world(pods=[*(_crashing(*each) for each in enumerate(_KINDS)), *_OTHER_PODS]),
    "waiting for a volume": world(pods=[CLAIMING, *_OTHER_PODS]),
    "without kube-proxy": world(
        services=[service(selector={"app": "user-servce"}), *OBJECTS["services"][1:]],
        pods=[each for each in OBJECTS["pods"] if each["metadata"]["labels"].get("k8s-app") != "kube-proxy"],
    ),
    "no such Service": world(services=OBJECTS["services"][1:]),
}
# Clusters whose `checkout` is another kind of workload.
CALLERS = {
    "StatefulSet": world(deployments=[], statefulsets=[_workload("checkout", "web")]),
    "DaemonSet": world(deployments=[], daemonsets=[_workload("checkout", "web")]),
}
DNS = OBJECTS["services"][1]
DNS_DEPLOYMENTS = "deployments in openshift-dns"  # its pods are not in this cluster, so it is down
QUESTIONS = {
    "alone": Question(service="user-service", namespace="shop"),
    "from a pod": Question(service="user-service", namespace="shop", source=FROM_POD),
    "from a workload": Question(service="user-service", namespace="shop", source=FROM_WORKLOAD),
    "from a workload named like a pod": Question(service="user-service", namespace="shop", source=BY_NAME),
    "from a namespace": Question(service="user-service", namespace="shop", source=Source(namespace="web")),
    "unplaced": Question(service="user-service"),
}


async def _asked(folder: Path, objects: dict[str, list[Json]], question: str) -> tuple[list[Snapshot], list[int]]:
    """Return what a first question and the next one of a worker read, and in how many requests."""
    async with healthy() as api:
        api.objects = objects
        path = folder / "kubeconfig"
        path.write_text(kubeconfig(api))
        cache, snapshots, counts = ClusterWide(), [], []
        async with Cluster(kubeconfig=str(path)) as cluster:
            for _ in range(2):
                before = _counted(api)
                _, snapshot = await read(cluster, QUESTIONS[question], cache=cache)
                snapshots.append(snapshot)
                counts.append(_counted(api) - before)
    return snapshots, counts


@pytest.mark.parametrize("objects", WORLDS)
@pytest.mark.parametrize("question", QUESTIONS)
async def test_requests_are_few(tmp_path: Path, objects: str, question: str) -> None:
    """Within its requests; what there were none left for is a gap, and nothing else is."""
    snapshots, (cold, warm) = await _asked(tmp_path, WORLDS[objects], question)

    assert cold <= COLD
    assert warm <= WARM
    assert all(each.why == USED_UP for snapshot in snapshots for each in snapshot.gaps)
    assert cold == COLD or not snapshots[0].gaps
    assert warm == WARM or not snapshots[1].gaps


@pytest.mark.parametrize("kind", CALLERS)
async def test_caller_of_any_kind(tmp_path: Path, kind: str) -> None:
    """Whatever kind a bare name stands for: it is found, within the requests."""
    snapshots, (cold, warm) = await _asked(tmp_path, CALLERS[kind], "from a workload named like a pod")

    assert cold <= COLD
    assert warm <= WARM
    assert [[each.kind for each in snapshot.workloads] for snapshot in snapshots] == [[kind], [kind]]


@pytest.mark.parametrize("question", QUESTIONS)
async def test_dns_that_must_be_looked_for(tmp_path: Path, question: str) -> None:
    """Outside of kube-system it costs six requests at most, once, and the Service none of its hints."""
    dns = {**DNS, "metadata": {**DNS["metadata"], "namespace": "openshift-dns", "name": "dns-default", "labels": {}}}
    services = WORLDS["typo"]["services"][:1]
    snapshots, (cold, warm) = await _asked(tmp_path, world(services=[*services, dns]), question)
    usual, _ = await _asked(tmp_path, WORLDS["typo"], question)

    assert cold <= COLD + 6
    assert warm <= WARM
    assert {each.what for each in snapshots[0].gaps} <= {each.what for each in usual[0].gaps} | {DNS_DEPLOYMENTS}


async def test_what_pods_wait_for_is_read(tmp_path: Path) -> None:
    """An init container's command names a Service: it is read, with its pods, in at most eight requests more."""
    database, others = service(name="db", selector={"app": "db"}), _OTHER_PODS
    objects = world(pods=[AWAITING, *others], services=[*OBJECTS["services"], database])
    snapshots, (cold, warm) = await _asked(tmp_path, objects, "from a pod")

    assert cold <= COLD + FOLLOW
    assert warm <= WARM + FOLLOW
    for snapshot in snapshots:
        assert snapshot.service("shop", "db")
        assert snapshot.has("dependencies")
        (init,) = next(each for each in snapshot.pods if each.name == "user-service-1").spec.init_containers or ()
        assert (init.command, init.args) == (("nc -z db 5432",), None)


@pytest.mark.parametrize(("ended", "is_read"), [(timedelta(seconds=20), True), (timedelta(days=40), False)])
async def test_pod_that_is_ready_between_two_ends(tmp_path: Path, ended: timedelta, *, is_read: bool) -> None:
    """A container that is killed again and again is ready in between: its workload and revisions are read all the same."""
    objects = world(pods=[_ready_again(datetime.now(UTC) - ended), *_OTHER_PODS], replicasets=[_REVISION])
    (cold, _), _ = await _asked(tmp_path, objects, "alone")

    assert (bool(cold.deployments), bool(cold.replica_sets)) == (is_read, is_read)


async def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    """The hint that is worth least goes first: logs, then revisions, then workloads."""
    (cold, _), _ = await _asked(tmp_path, WORLDS["crashing of all kinds"], "from a pod")

    left = [(each.need, each.what) for each in cold.gaps]
    assert ("logs", "pods/log in shop") in left
    assert ("workloads", "replicasets in shop") in left
    assert cold.deployments


@pytest.mark.parametrize("question", QUESTIONS)
async def test_sound_cluster_is_read_whole(tmp_path: Path, question: str) -> None:
    """Whoever calls, nothing is left out where nothing is wrong."""
    snapshots, _ = await _asked(tmp_path, WORLDS["sound"], question)

    assert [each.gaps for each in snapshots] == [(), ()]


async def test_only_callers_that_are_read_have_requests_set_aside(tmp_path: Path) -> None:
    """Whoever calls from a namespace without being named costs nothing: as much is read as without a caller."""
    (alone, _), _ = await _asked(tmp_path, WORLDS["typo"], "alone")
    (called, _), _ = await _asked(tmp_path, WORLDS["typo"], "from a namespace")

    assert {each.kind for each in called.listed or () if each.namespace == "shop"} >= {"StatefulSet.apps", "Pod"}
    assert len(called.gaps) <= len(alone.gaps) + 2  # the policies and Events of its namespace


def _counted(api: Api) -> int:
    return sum(not each.startswith(OPTIONAL) for each in api.asked)
