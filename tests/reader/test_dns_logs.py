"""What the live reader adds when the cluster's DNS is not ready: its workloads, and what its pods said last."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.checks.engine.judge import judge
from bot.cluster.live import COLD, read
from bot.cluster.reading.schedule import USED_UP
from bot.cluster.transport import Cluster
from bot.model.case import Case
from bot.model.question.question import Question
from tests.reader.objects import Json, corefile, dns_service, meta, node, pod, service
from tests.reader.serving import serving
from tests.reader.test_transport import kubeconfig

LAST_WORDS = "/etc/coredns/Corefile:2 - Error during parsing: Unknown directive 'proxy'\n"
ACCOUNT = "system:serviceaccount:kube-system:coredns"
FORBIDDEN = f'endpointslices.discovery.k8s.io is forbidden: User "{ACCOUNT}" cannot list resource\n'


class Api:
    """An API server on loopback with a few objects and logs; `logs_asked` are the logs that were read."""

    def __init__(self) -> None:
        self.objects: list[Json] = [
            service(),
            pod(),
            node(),
            dns_service(),
            corefile(".:53 {\n  proxy . 1.1.1.1\n}\n"),
            {"kind": "Namespace", "metadata": meta("shop")},
        ]
        self.log = ""
        self.logs_asked: list[tuple[str, str]] = []
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        parts = request.path.strip("/").split("/")
        if parts == ["apis"]:
            return web.json_response({"kind": "APIGroupDiscoveryList", "items": []})
        if parts[-1] == "log":
            self.logs_asked.append((parts[-2], request.query["previous"]))
            last = self.log.splitlines(keepends=True)[-int(request.query["tailLines"]) :]
            return web.Response(text="".join(last)[: int(request.query["limitBytes"])])
        namespace = parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-1] else ""
        if parts[-2] == "configmaps":
            named = [each for each in self._of(parts[-2], namespace) if each["metadata"]["name"] == parts[-1]]
            return web.json_response(named[0]) if named else web.json_response({}, status=404)
        return web.json_response({"items": [each for each in self._of(parts[-1], namespace) if _fits(each, request)]})

    def _of(self, plural: str, namespace: str) -> list[Json]:
        return [
            each
            for each in self.objects
            if f"{each['kind'].lower()}s" == plural and each["metadata"].get("namespace", "") in (namespace, "")
        ]


def _fits(each: Json, request: web.BaseRequest) -> bool:
    """The two forms of label selectors that are used here: `key=value` and `key in (…)`."""
    selector = request.query.get("labelSelector", "")
    labels = each["metadata"].get("labels", {})
    if " in " in selector:
        return selector.partition(" in ")[0] in labels
    key, _, value = selector.partition("=")
    return not key or labels.get(key) == value


def dns_pod(**status: Any) -> Json:
    """A DNS pod that is not ready."""
    known = pod("coredns-1", "kube-system", **{"k8s-app": "kube-dns"})
    known["status"] |= {"conditions": [{"type": "Ready", "status": "False"}]}
    known["status"]["containerStatuses"] = [{"name": "coredns", "ready": False, **status}]
    return known


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    known = Api()
    async with serving(known.handle) as known.url:
        yield known


async def asked(api: Api, folder: Path) -> Case:
    async with Cluster(kubeconfig=kubeconfig(folder, api.url)) as cluster:
        question, snapshot = await read(cluster, Question(service="user-service", namespace="shop"))
    assert snapshot.requests <= COLD
    return Case(question, snapshot)


async def test_crashed_dns_pods_say_why(api: Api, tmp_path: Path) -> None:
    """The log of the run that crashed is read, and names the broken Corefile as the root (DNS-004)."""
    api.log = LAST_WORDS
    waiting, last = {"waiting": {"reason": "CrashLoopBackOff"}}, {"terminated": {"exitCode": 1}}
    api.objects.append(dns_pod(restartCount=4, state=waiting, lastState=last))

    case = await asked(api, tmp_path)

    assert api.logs_asked == [("coredns-1", "true")]
    root = judge(case, strict=True).root_cause
    assert root is not None
    assert root.code == "DNS-004"


async def test_running_dns_pods_say_why(api: Api, tmp_path: Path) -> None:
    """A DNS pod that runs unready has no run before: its present log is read (DNS-006)."""
    api.log = FORBIDDEN
    api.objects.append(dns_pod(restartCount=0, state={"running": {"startedAt": "2026-11-23T03:30:00Z"}}))

    case = await asked(api, tmp_path)

    assert api.logs_asked == [("coredns-1", "false")]
    root = judge(case, strict=True).root_cause
    assert root is not None
    assert root.code == "DNS-006"


async def test_logs_for_which_no_request_is_left_are_a_gap(
    api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last rows are decided once everything else is known: what they leave out is told as well."""
    monkeypatch.setattr("bot.cluster.live.WARM", 0)
    api.objects.append(dns_pod(restartCount=0, state={"running": {"startedAt": "2026-11-23T03:30:00Z"}}))

    case = await asked(api, tmp_path)

    assert api.logs_asked == []
    assert ("logs", USED_UP) in {(each.need, each.why) for each in case.snapshot.gaps}


async def test_a_line_said_again_and_again_hides_no_other(api: Api, tmp_path: Path) -> None:
    """CoreDNS says at each readiness probe that it is not ready, and seldom why: the reason is still found."""
    api.log = FORBIDDEN + '[INFO] plugin/ready: Plugins not ready: "kubernetes"\n' * 150
    api.objects.append(dns_pod(restartCount=0, state={"running": {"startedAt": "2026-11-23T03:30:00Z"}}))

    root = judge(await asked(api, tmp_path), strict=True).root_cause

    assert root is not None
    assert root.code == "DNS-006"


async def test_a_log_that_is_gone_is_no_log(api: Api, tmp_path: Path) -> None:
    """The kubelet says so in the place of the log, with status 200, while it replaces a container."""
    api.log = "unable to retrieve container logs for containerd://9bb2be909a5bf1bd9e6961f6966c05cc"
    waiting, last = {"waiting": {"reason": "CrashLoopBackOff"}}, {"terminated": {"exitCode": 1}}
    api.objects.append(dns_pod(restartCount=4, state=waiting, lastState=last))

    case = await asked(api, tmp_path)

    assert api.logs_asked == [("coredns-1", "true")]
    assert case.snapshot.logs == ()


async def test_dns_scaled_to_zero_is_known(api: Api, tmp_path: Path) -> None:
    """Without any DNS pod its Deployment is read, so that the command to scale it up can be printed (DNS-001)."""
    template = {"metadata": {"labels": {"k8s-app": "kube-dns"}}}
    spec = {"replicas": 0, "selector": {"matchLabels": {"k8s-app": "kube-dns"}}, "template": template}
    api.objects.append({"kind": "Deployment", "metadata": meta("coredns", "kube-system"), "spec": spec})

    found = judge(await asked(api, tmp_path), strict=True)

    assert found.root_cause is not None
    assert str(found.root_cause.about) == "Deployment kube-system/coredns"
    commands = [fix.command for each in found.findings if each.code == "DNS-001" for fix in each.fix]
    assert commands == ["kubectl -n kube-system scale deploy/coredns --replicas=2"]


async def test_healthy_dns_costs_nothing(api: Api, tmp_path: Path) -> None:
    """No log and no workload is read while all DNS pods are ready."""
    known = pod("coredns-1", "kube-system", **{"k8s-app": "kube-dns"})
    api.objects.append(known)

    case = await asked(api, tmp_path)

    assert api.logs_asked == []
    assert case.dns.pods
