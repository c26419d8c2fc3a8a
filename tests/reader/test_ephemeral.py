"""A container beside a caller's, from asking to result: what an API server and a kubelet may answer on good and bad days.

The container is `k8snet probe` itself, in a process of its own. A real API server and real nodes: tests/live_cluster.
"""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.cluster.ephemeral.container import name_of
from bot.cluster.ephemeral.measure import Manner, measure_in_pod
from bot.cluster.transport import Cluster
from bot.model.probe import DnsQuery, HttpGet, Outcome, Probe, TcpConnect
from bot.model.probe_order import Search
from bot.model.probe_result import ProbeResult
from tests.probes.listeners import answering, dns_server
from tests.reader.serving import serving
from tests.reader.test_transport import kubeconfig

ROOT = Path(__file__).parents[2]
OWN_CONF = Path("/etc/resolv.conf").read_text()
POD = "/api/v1/namespaces/shop/pods/checkout-1"
PROBES: tuple[Probe, ...] = (TcpConnect("127.0.0.1", 80, pod="users-1", tries=3),)
RUNS: dict[str, Any] = {"running": {"startedAt": "2026-11-28T18:00:00Z"}}


class Node:
    """An API server with one pod and its kubelet. What a test sets differs from a good day."""

    def __init__(self) -> None:
        self.allowed, self.patch_status, self.patch_taken = True, 200, True
        self.pod: dict[str, Any] = {
            "metadata": {"name": "checkout-1", "namespace": "shop", "uid": "u1"},
            "spec": {"nodeName": "n1", "containers": [{"name": "app"}], "ephemeralContainers": []},
            "status": {"phase": "Running"},
        }
        self.states: list[dict[str, Any]] = [{"waiting": {"reason": "ContainerCreating"}}, RUNS]
        self.ended: dict[str, Any] = {"exitCode": 0, "reason": "Completed"}
        self.log: bytes | None = None  # None: what the program writes
        self.log_status = 200
        self.patches: list[dict[str, Any]] = []
        self.asked: list[str] = []

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if request.method == "POST":
            return web.json_response({"status": {"allowed": self.allowed}}, status=201)
        if request.method == "PATCH":
            return await self.patched(request)
        if request.path == f"{POD}/log":
            if self.log_status != 200:
                return _refusal(self.log_status, "Get https://n1:10250/containerLogs: connect: connection refused")
            return web.Response(body=await self.written() if self.log is None else self.log)
        if request.path == POD:
            return web.json_response(self.seen())
        return _refusal(404, "not found")

    async def patched(self, request: web.BaseRequest) -> web.StreamResponse:
        patch = await request.json()
        self.patches.append(patch)
        if self.patch_taken:
            self.pod["spec"]["ephemeralContainers"] += patch["spec"]["ephemeralContainers"]
        if self.patch_status != 200:
            return _refusal(
                self.patch_status, 'admission webhook "gate.example" denied the request: no debug containers'
            )
        return web.json_response(self.pod)

    def seen(self) -> dict[str, Any]:
        """The pod as the next look finds it: its container a step further."""
        added = self.pod["spec"]["ephemeralContainers"]
        if not added:
            return self.pod
        state = self.states.pop(0) if self.states else {"terminated": self.ended}
        says = [{"name": each["name"], "state": state} for each in added]
        return {**self.pod, "status": {**self.pod["status"], "ephemeralContainerStatuses": says}}

    async def written(self) -> bytes:
        """Run what the container runs, in a process of its own."""
        words = self.pod["spec"]["ephemeralContainers"][-1]["args"]
        command = [sys.executable, "-m", "bot", *words]
        done = await asyncio.to_thread(subprocess.run, command, cwd=ROOT, capture_output=True, check=True)
        return bytes(done.stdout)


def _refusal(status: int, message: str) -> web.Response:
    return web.json_response({"kind": "Status", "message": message}, status=status)


@pytest.fixture
def node() -> Node:
    return Node()


async def asked(node: Node, folder: Path, probes: tuple[Probe, ...] = PROBES, *, seconds: float = 20.0) -> ProbeResult:
    async with serving(node.handle) as url, Cluster(kubeconfig=kubeconfig(folder, url)) as cluster:
        manner = Manner("k8snet:1", seconds)
        return await measure_in_pod(cluster, "shop", "checkout-1", probes, run_id="01JDB2", manner=manner, seconds=2.0)


async def test_what_the_container_found_by_name_comes_back(node: Node, tmp_path: Path) -> None:
    """Each step of the search by the pod's own resolv.conf, which is this machine's."""
    node.log = (
        b'{"line":"began","resolv_conf":"nameserver 10.96.0.10\\nsearch shop.svc.cluster.local"}\n'
        b'{"line":"stepped","step":{"name":"users.shop.svc.cluster.local","a":{"outcome":"answered","addresses":["10.0.0.1"]},'
        b'"aaaa":{"outcome":"nodata"}}}\n{"line":"ended","lines":1}\n'
    )
    async with serving(node.handle) as url, Cluster(kubeconfig=kubeconfig(tmp_path, url)) as cluster:
        found = await measure_in_pod(
            cluster,
            "shop",
            "checkout-1",
            (),
            run_id="01JDB2",
            manner=Manner("k8snet:1", 20.0),
            seconds=2.0,
            search=Search("users", ("glibc",)),
        )
    order = json.loads(node.patches[0]["spec"]["ephemeralContainers"][0]["args"][1])

    assert (found.why, [each.name for each in found.steps]) == ("", ["users.shop.svc.cluster.local"])
    assert (order["version"], order["search"]) == (2, {"name": "users", "resolvers": ["glibc"]})


async def test_what_the_container_saw_comes_back(node: Node, tmp_path: Path) -> None:
    """By its log, with the pod's own resolv.conf; asked again with the same run it is read again, and not added again."""
    async with dns_server(answering("10.0.0.1")) as names:
        probes = (*PROBES, DnsQuery("users.", "127.0.0.9", names), HttpGet("169.254.169.254", 80))
        found = await asked(node, tmp_path, probes)
        again = await asked(node, tmp_path, probes)

    assert found.why == ""
    assert [each.outcome for each in found.observations] == [Outcome.NOT_RUN] * 3  # none of them may be called
    assert "loopback" in found.observations[0].detail["error"]
    assert found.resolv_conf == OWN_CONF
    assert again == found
    assert len(node.patches) == 1


async def test_container_is_one_that_any_namespace_takes(node: Node, tmp_path: Path) -> None:
    await asked(node, tmp_path)
    (patch,) = node.patches
    (added,) = patch["spec"]["ephemeralContainers"]

    assert patch["metadata"] == {"uid": "u1"}
    assert added["name"] == "k8snet-01jdb2"
    assert (added["image"], added["args"][0]) == ("k8snet:1", "probe")
    assert added["securityContext"] == {
        "runAsNonRoot": True,
        "privileged": False,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert not added.keys() & {"resources", "targetContainerName", "ports", "livenessProbe", "lifecycle", "env"}


async def test_pod_of_root_gets_a_user_of_ours(node: Node, tmp_path: Path) -> None:
    """Its containers would inherit root, and one that must not be root would not start."""
    node.pod["spec"]["securityContext"] = {"runAsUser": 0}
    await asked(node, tmp_path)

    assert node.patches[0]["spec"]["ephemeralContainers"][0]["securityContext"]["runAsUser"] == 65532


def test_name_is_a_dns_label_whatever_the_run_is_called() -> None:
    for run in ("01JDB2Q4W6Z8R3", "schedule:Ana/x_1.2", "x" * 200):
        assert re.fullmatch(r"k8snet-[a-z0-9-]{0,55}[a-z0-9]", name_of(run)), name_of(run)


async def test_without_permission_nothing_is_sent(node: Node, tmp_path: Path) -> None:
    """And the rule that is missing is said."""
    node.allowed = False
    found = await asked(node, tmp_path)

    assert found.why == "this account may not add ephemeral containers to pods in shop"
    assert found.grant == '- {apiGroups: [""], resources: ["pods/ephemeralcontainers"], verbs: ["patch"]}'
    assert [each.split()[0] for each in node.asked] == ["POST"]


async def test_webhook_that_refuses_is_quoted(node: Node, tmp_path: Path) -> None:
    node.patch_status, node.patch_taken = 400, False
    found = await asked(node, tmp_path)

    assert 'admission webhook "gate.example" denied the request: no debug containers' in found.why
    assert found.grant == ""


async def test_container_that_was_taken_though_the_answer_broke(node: Node, tmp_path: Path) -> None:
    """A server that restarts at that moment: the pod itself says whether it was, and it is not sent twice."""
    node.patch_status = 503
    assert (await asked(node, tmp_path)).why == ""
    assert len(node.patches) == 1


async def test_container_that_was_not_taken_by_a_broken_server(node: Node, tmp_path: Path) -> None:
    node.patch_status, node.patch_taken = 503, False
    assert (await asked(node, tmp_path)).why.startswith("the API server did not take the container: ")
    assert len(node.patches) == 1


@pytest.mark.parametrize(
    ("ended", "why"),
    [
        ({"exitCode": 137, "reason": "OOMKilled"}, "the pod's memory limit left no room for the probe"),
        ({"exitCode": 1, "reason": "Error"}, "it wrote no result (exit code 1)"),
        (
            {"exitCode": 128, "reason": "StartError", "message": 'exec: "k8snet": not found'},
            'the container did not run (StartError: exec: "k8snet": not found)',
        ),
    ],
)
async def test_container_that_ends_without_result(node: Node, tmp_path: Path, ended: dict[str, Any], why: str) -> None:
    node.ended, node.log = ended, b"Traceback: boom\n"
    found = await asked(node, tmp_path)

    assert found.why.startswith(why)
    assert found.observations == ()


async def test_older_image_says_itself_that_it_is(node: Node, tmp_path: Path) -> None:
    """Its program may know another version of orders, or no such command at all."""
    node.log, node.ended = b'{"line":"refused","why":"This program carries out orders of version 0"}\n', {"exitCode": 2}
    assert (await asked(node, tmp_path)).why == "This program carries out orders of version 0 (exit code 2)"
    node.log = b"k8snet: I know no command 'probe'.\n"
    assert (await asked(node, tmp_path)).why == "it wrote no result (exit code 2)"


async def test_part_of_a_result_is_kept(node: Node, tmp_path: Path) -> None:
    node.log = b'{"line":"began","resolv_conf":""}\n{"line":"seen","at":0,"outcome":"timeout"}\n{"line":"se'
    found = await asked(node, tmp_path)

    assert [each.outcome for each in found.observations] == [Outcome.TIMEOUT]
    assert found.why == "its result was cut short"


async def test_log_that_cannot_be_read(node: Node, tmp_path: Path) -> None:
    node.log_status = 500
    assert (await asked(node, tmp_path)).why.startswith("its log could not be read: Get https://n1:10250")


async def test_waiting_has_an_end(node: Node, tmp_path: Path) -> None:
    """And it is said how far the container came."""
    node.states = [{"waiting": {"reason": "ContainerCreating"}}] * 99
    assert (
        await asked(node, tmp_path, seconds=0.5)
    ).why == "the container was not started within 0 s (ContainerCreating)"
    node.states = [RUNS] * 99
    assert "had not ended" in (await asked(node, tmp_path, seconds=0.5)).why


async def test_pod_that_goes_away_meanwhile(node: Node, tmp_path: Path) -> None:
    node.states = [RUNS] * 99
    node.pod["metadata"]["deletionTimestamp"] = "2026-11-28T18:00:00Z"
    assert (await asked(node, tmp_path)).why == "the pod is being deleted"
