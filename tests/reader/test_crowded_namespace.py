"""A question in a namespace of thousands: bounded requests, and nothing is said of pods that were not read."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from bot.cluster.live import COLD, read
from bot.cluster.transport import Cluster
from bot.model.probe import Vantage
from bot.model.question.question import Question
from bot.model.result.diagnosis import Diagnosis
from bot.usecases.diagnose import diagnose
from tests.reader.objects import Json, dns_service, meta, node, pod, service
from tests.reader.serving import serving
from tests.reader.test_transport import kubeconfig

READ = 500  # pods of one page
DNS_NAMES = ("kube-dns",)
DNS_SLICE = {
    "metadata": {**meta("kube-dns-1", "kube-system"), "labels": {"kubernetes.io/service-name": "kube-dns"}},
    "addressType": "IPv4",
    "ports": [{"name": "dns", "port": 53, "protocol": "UDP"}],
    "endpoints": [{"addresses": ["10.244.0.2"], "conditions": {"ready": True}}],
}
DNS = {
    "services": [dns_service()],
    "endpointslices": [DNS_SLICE],
    "pods": [pod("coredns-1", "kube-system", **{"k8s-app": "kube-dns"})],
}


class Crowd:
    """An API server on loopback, with lists in pages: a Service with a slip in its selector among many workloads."""

    def __init__(self) -> None:
        self.url = ""
        self.objects: dict[str, list[Json]] = {
            "services": [service(selector={"app": "user-servce"})],
            "nodes": [node()],
            "namespaces": [{"metadata": meta("shop")}],
        }

    def fill(self, workloads: int) -> None:
        """Workloads with one pod each; the one that was meant comes last."""
        names = [*(f"a-{number}" for number in range(workloads - 1)), "user-service"]
        self.objects["deployments"] = [_deployment(each) for each in names]
        self.objects["pods"] = [_pod_of(each, number) for number, each in enumerate(names)]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/configmaps/coredns"):
            return web.json_response({}, status=404)
        name = request.query.get("fieldSelector", "").partition("metadata.name=")[2]
        key, _, value = request.query.get("labelSelector", "").partition("=")
        key = key.partition(" in ")[0]
        objects = DNS if "/kube-system/" in request.path else self.objects
        known = objects.get(request.path.rpartition("/")[2], [])
        named = [each for each in known if name in ("", each["metadata"]["name"])]
        fitting = [
            each for each in named if not key or each["metadata"].get("labels", {}).get(key) in (value, *DNS_NAMES)
        ]
        begin = int(request.query.get("continue", "0"))
        end = begin + int(request.query.get("limit", "1"))
        more = {"continue": str(end)} if end < len(fitting) else {}
        page = {"kind": "List", "apiVersion": "v1", "metadata": {"resourceVersion": "7", **more}}
        return web.Response(body=msgspec.json.encode({**page, "items": fitting[begin:end]}))


def _pod_of(deployment: str, number: int) -> Json:
    known = pod(f"{deployment}-5d6f-1", **{"app": deployment, "pod-template-hash": "5d6f"})
    owner = {"kind": "ReplicaSet", "name": f"{deployment}-5d6f", "controller": True}
    known["metadata"]["ownerReferences"] = [owner]
    address = f"10.245.{number // 250}.{number % 250 + 1}"
    known["status"] |= {"podIP": address, "podIPs": [{"ip": address}]}
    return known


def _deployment(name: str) -> Json:
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "app"}]}}
    return {"metadata": meta(name, "shop"), "spec": {"selector": {"matchLabels": labels}, "template": template}}


@pytest.fixture
async def crowd() -> AsyncIterator[Crowd]:
    known = Crowd()
    async with serving(known.handle) as known.url:
        yield known


async def asked(crowd: Crowd, folder: Path, service: str = "user-service") -> Diagnosis:
    async with Cluster(kubeconfig=kubeconfig(folder, crowd.url)) as cluster:
        question = Question(service=service, namespace="shop")
        return await diagnose(question, read=lambda each: read(cluster, each), run=None, vantage=Vantage())


@pytest.mark.parametrize("workloads", [READ, READ + 1, 2000])
async def test_selector_slip(crowd: Crowd, tmp_path: Path, workloads: int) -> None:
    """The workload is found by its template where its pods were not read; then nothing is proved, and the risk says why."""
    crowd.fill(workloads)
    diagnosis = await asked(crowd, tmp_path)
    root = diagnosis.root

    assert root is not None
    assert root.code == "RTE-001"
    assert diagnosis.api_requests <= COLD
    (fix,) = root.fix
    assert "app" in fix.command
    assert (fix.proof is not None) == (workloads == READ)
    assert ("not all of shop were read" in (fix.risk or "")) == (workloads > READ)


async def test_more_workloads_than_are_read(crowd: Crowd, tmp_path: Path) -> None:
    """Whatever was meant may be among the rest: no fix, less confidence, and the gap is told."""
    crowd.fill(2001)
    diagnosis = await asked(crowd, tmp_path)

    assert diagnosis.root is not None
    assert (diagnosis.root.code, diagnosis.root.confidence, diagnosis.root.fix) == ("RTE-001", "likely", ())
    assert diagnosis.api_requests <= COLD
    assert "deployments in shop" in [each.what for each in diagnosis.told_gaps]


async def test_nothing_similar(crowd: Crowd, tmp_path: Path) -> None:
    """How many pods there are is not known, so it is not said."""
    crowd.fill(READ + 100)
    crowd.objects["services"] = [service("invoices", selector={"app": "billing"})]
    diagnosis = await asked(crowd, tmp_path, "invoices")

    assert diagnosis.root is not None
    assert "no pod in shop carries that" in diagnosis.root.message
    assert "500" not in diagnosis.root.message
    assert all("of those that were read" in each.note for each in diagnosis.root.evidence[1:])


@pytest.mark.parametrize("services", [4999, 5001])
async def test_mistyped_name(crowd: Crowd, tmp_path: Path, services: int) -> None:
    """All names of a namespace are compared, as many as Kubernetes is tested with; of more, it is said that there are."""
    crowd.objects["services"] = [*(service(f"a-{number}") for number in range(services - 1)), service("user-service")]
    diagnosis = await asked(crowd, tmp_path, "user-servic")
    root = diagnosis.root

    assert root is not None
    assert (root.code, diagnosis.api_requests <= COLD) == ("DNS-010", True)
    assert ("did you mean user-service?" in root.message) == (services == 4999)
    assert ("of those that were read" in root.evidence[0].note) == (services == 5001)
