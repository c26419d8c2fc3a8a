"""k8snet installed as its users do it: images on the nodes, a namespace, a Secret with tokens, `helm install`.

Slack is the fake one, on the control plane's address inside of the cluster's network. What differs from the chart's own values
is the images' place, Slack's address, and that the store has no volume, since no volumes are provisioned here.
"""

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from playground.fake_slack import FakeSlack
from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.images import Image, write_archive
from tests.live_cluster.nodes.layout import NODES, repository

NAMESPACE = "k8snet"
PARTS = ("deploy/k8snet-slack", "deploy/k8snet-worker", "statefulset/k8snet-valkey")


@dataclass(frozen=True)
class Worker:
    """The process of the worker's pod, which can be held in the middle of what it does."""

    cluster: RealCluster
    node: str

    @classmethod
    def of(cls, cluster: RealCluster) -> Self:
        """The one that runs now."""
        part = ("-l", "app.kubernetes.io/component=worker", "-o", "jsonpath={.items[0].spec.nodeName}")
        return cls(cluster, cluster.kubectl("-n", NAMESPACE, "get", "pods", *part))

    def hold(self) -> None:
        """Stop it: it answers nothing, and does not hear what it is told."""
        self._signal("STOP")

    def go_on(self) -> None:
        """Let it go on, if it is there still."""
        self._signal("CONT")

    def runs(self) -> bool:
        """Whether it has taken a question from the queue and not answered it. Asked beside it, since it may be held."""
        code = """if True:
            import os, redis
            from bot.jobs.keys import queue_name
            store = redis.Redis.from_url(os.environ["REDIS_URL"])
            print(store.llen(f"saq:{queue_name(os.environ['K8SNET_CLUSTER'])}:active"))
        """
        told = self.cluster.kubectl("-n", NAMESPACE, "exec", "deploy/k8snet-worker", "--", "python", "-c", code)
        return told.strip() != "0"

    def _signal(self, name: str) -> None:
        """The node has processes of its own: none of another cluster is seen there."""
        self.cluster.on(self.node, "sh", "-c", f"pkill -{name} -f '[b]in/k8snet worker' || true")


def load(cluster: RealCluster, images: Sequence[Image], folder: Path) -> None:
    """Write the images into an archive, import it into every node, and remove it: it is large."""
    archive = folder / "k8snet.tar"
    write_archive(archive, images)
    with ThreadPoolExecutor() as pool:
        words = ("ctr", "-n", "k8s.io", "images", "import", str(archive))
        list(pool.map(lambda node: cluster.on(node, *words), NODES))
    archive.unlink()


def install(cluster: RealCluster, slack: FakeSlack, program: Image, store: Image) -> None:
    """As docs/install.md says; comes back when all pods are ready."""
    tokens = [f"--from-literal={name}={value}" for name, value in slack.environ.items() if name.endswith("_TOKEN")]
    cluster.kubectl("create", "namespace", NAMESPACE)
    cluster.kubectl("-n", NAMESPACE, "create", "secret", "generic", "k8snet-slack", *tokens)
    repository_, _, tag = program.reference.rpartition(":")
    values = {
        "cluster": "real",
        "image": {"repository": repository_, "tag": tag},
        "slack": {"baseUrl": slack.base_url},
        "valkey": {"image": store.reference, "storage": ""},
    }
    file = cluster.home / "values.json"
    file.write_text(json.dumps(values))
    chart = repository() / "charts/k8snet"
    done = cluster.shell(f"helm install k8snet {chart} -n {NAMESPACE} --values {file} --wait --timeout 80s")
    assert done.returncode == 0, f"{done.stderr}\n{trouble(cluster)}"


def last_diagnosis(cluster: RealCluster) -> dict[str, Any]:
    """The newest answer in the store, read by a worker, who is the only one that may talk to it."""
    code = """if True:
        import os, redis
        store = redis.Redis.from_url(os.environ["REDIS_URL"])
        print(store.get(max(store.keys("k8snet:answer:*"))).decode())
    """
    told = cluster.kubectl("-n", NAMESPACE, "exec", "deploy/k8snet-worker", "--", "python", "-c", code)
    diagnosis: dict[str, Any] = json.loads(told)["result"]
    return diagnosis


def memory(cluster: RealCluster, since: datetime) -> dict[str, int]:
    """Bytes in use of each pod of the release, as its kubelet counts them for `kubectl top` and for eviction.

    Only of pods at which it has looked since that moment: one in which `kubectl exec` ran a command is counted with it.
    """
    paths = (f"/api/v1/nodes/{node}/proxy/stats/summary" for node in NODES)
    pods = [pod for path in paths for pod in json.loads(cluster.kubectl("get", "--raw", path))["pods"]]
    own = (pod for pod in pods if pod["podRef"]["namespace"] == NAMESPACE and "memory" in pod)
    seen = (pod for pod in own if datetime.fromisoformat(pod["memory"]["time"]) > since)
    return {pod["podRef"]["name"]: pod["memory"]["workingSetBytes"] for pod in seen}


def remove(cluster: RealCluster) -> None:
    cluster.shell(f"helm uninstall k8snet -n {NAMESPACE}")
    cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false", check=False)


def trouble(cluster: RealCluster) -> str:
    """What one would look at first when pods do not come up."""
    space = ("-n", NAMESPACE)
    told = [cluster.kubectl(*space, "get", "pods", "-o", "wide"), cluster.kubectl(*space, "get", "events")]
    told += [cluster.kubectl(*space, "logs", part, "--tail=20", check=False) for part in PARTS]
    return "\n".join(told)
