"""How many requests a question makes, whatever is wrong: 20 cold, 12 warm; kinds of optional APIs are counted apart."""

from pathlib import Path
from typing import Any

import pytest

from bot.cluster.live import COLD, WARM, ClusterWide, read
from bot.cluster.transport import Cluster
from bot.model.question.question import Question, Source
from tests.reader.healthy import CALLER, OBJECTS, Api, healthy, kubeconfig
from tests.reader.objects import Json, meta, service

OPTIONAL = "/apis/cilium.io/"
FROM_POD, FROM_WORKLOAD = Source(namespace="web", pod=CALLER), Source(namespace="web", workload="deploy/checkout")


def _deployment(name: str, namespace: str, label: str) -> Json:
    template = {"metadata": {"labels": {"app": label}}, "spec": {"containers": [{"name": "app"}]}}
    spec = {"selector": {"matchLabels": {"app": label}}, "template": template}
    return {"kind": "Deployment", "metadata": meta(name, namespace), "spec": spec}


def _world(**changed: Any) -> dict[str, list[Json]]:
    deployments = [_deployment("checkout", "web", "checkout"), _deployment("user-service", "shop", "user-service")]
    return {**OBJECTS, "deployments": deployments, **changed}


def _crashing() -> Json:
    pod = next(each for each in OBJECTS["pods"] if each["metadata"]["name"] == "user-service-1")
    last = {"terminated": {"exitCode": 1, "reason": "Error"}}
    status = {"name": "app", "ready": False, "restartCount": 9, "state": {"waiting": {}}, "lastState": last}
    conditions = [{"type": "Ready", "status": "False"}]
    owner = {"kind": "ReplicaSet", "name": "user-service-5d6f", "controller": True}
    metadata = {**pod["metadata"], "ownerReferences": [owner]}
    metadata["labels"] = {**metadata["labels"], "pod-template-hash": "5d6f"}
    return {
        **pod,
        "metadata": metadata,
        "status": {**pod["status"], "conditions": conditions, "containerStatuses": [status]},
    }


_OTHER_PODS = [each for each in OBJECTS["pods"] if each["metadata"]["namespace"] != "shop"]
WORLDS = {
    "sound": _world(),
    "typo": _world(services=[service(selector={"app": "user-servce"}), *OBJECTS["services"][1:]]),
    "crashing": _world(pods=[_crashing(), *_OTHER_PODS]),
    "without kube-proxy": _world(
        services=[service(selector={"app": "user-servce"}), *OBJECTS["services"][1:]],
        pods=[each for each in OBJECTS["pods"] if each["metadata"]["labels"].get("k8s-app") != "kube-proxy"],
    ),
    "no such Service": _world(services=OBJECTS["services"][1:]),
}
QUESTIONS = {
    "alone": Question(service="user-service", namespace="shop"),
    "from a pod": Question(service="user-service", namespace="shop", source=FROM_POD),
    "from a workload": Question(service="user-service", namespace="shop", source=FROM_WORKLOAD),
    "unplaced": Question(service="user-service"),
}


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("question", QUESTIONS)
async def test_requests_are_few(tmp_path: Path, world: str, question: str) -> None:
    """What a first question asks for, and the next one of a worker."""
    async with healthy() as api:
        api.objects = WORLDS[world]
        path = tmp_path / "kubeconfig"
        path.write_text(kubeconfig(api))
        cache = ClusterWide()
        async with Cluster(kubeconfig=str(path)) as cluster:
            await read(cluster, QUESTIONS[question], cache=cache)
            cold = _counted(api)
            await read(cluster, QUESTIONS[question], cache=cache)

    assert cold <= COLD
    assert _counted(api) - cold <= WARM


def _counted(api: Api) -> int:
    return sum(not each.startswith(OPTIONAL) for each in api.asked)
