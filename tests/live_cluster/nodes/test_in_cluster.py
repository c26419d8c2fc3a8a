"""k8snet as its users run it: both processes and the store as pods of the chart, asked in Slack, answering from inside.

Real are the image (but for where its Python comes from), chart, service account, DNS, kube-proxy and policies. Slack is the
fake one, with its lint; what is said there is read as a person reads it.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from playground.demo import Story, ask
from playground.fake_slack import FakeSlack
from tests.live_cluster.nodes import release
from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.images import Image
from tests.live_cluster.nodes.layout import CONTROL
from tests.live_cluster.nodes.netns_socket import listener
from tests.live_cluster.nodes.store import store
from tests.live_cluster.nodes.traffic import expect

# One event loop for all: the pods' connections to the fake Slack live in it from test to test.
pytestmark = [pytest.mark.nodes, pytest.mark.asyncio(loop_scope="module")]

HERE = Path(__file__).parent
_LOOK = 10  # seconds between two looks of a kubelet, for readiness and for memory
_PODS = 4  # of the release: two of Slack, a worker, the store
SPACE = "shop"
WORKER = ("-n", release.NAMESPACE, "exec", "deploy/k8snet-worker", "--")
ONLY_THE_CLIENT = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "NetworkPolicy",
    "metadata": {"name": "only-the-client"},
    "spec": {
        "podSelector": {"matchLabels": {"app": "storefront"}},
        "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "client"}}}]}],
    },
}


@dataclass(frozen=True)
class Release:
    """k8snet installed, and a Slack to ask it in. Whatever takes time is waited for in a thread: the Slack is in ours."""

    cluster: RealCluster
    slack: FakeSlack

    async def ask(self, words: str, channel: str = "#shop-dev", *, in_thread: str = "", patience: float = 30.0) -> str:
        """What Ana sees once her question is answered."""
        return await ask(self.slack, Story("", channel, words, in_thread), patience)

    async def ask_in_time(
        self, words: str, channel: str = "#shop-dev", *, in_thread: str = ""
    ) -> tuple[str, dict[str, Any]]:
        """What Ana sees, and its diagnosis, where no look-up was late: on a busy machine one may be, so three are made."""
        for _ in range(3):
            told = await self.ask(words, channel, in_thread=in_thread)
            diagnosis = await self.diagnosis()
            if not any(_is_late(each) for each in diagnosis["observations"]):
                break
        return told, diagnosis

    async def kubectl(self, *words: str, **more: Any) -> str:
        return await asyncio.to_thread(self.cluster.kubectl, *words, **more)

    async def diagnosis(self) -> dict[str, Any]:
        return await asyncio.to_thread(release.last_diagnosis, self.cluster)

    async def traffic(self, word: str) -> None:
        await asyncio.to_thread(expect, self.cluster, f"{SPACE}/client", "http://storefront", word, count=4)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def installed(
    real_cluster: RealCluster, program_image: Image, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Release]:
    """The release beside the shop; every message that the fake Slack saw was legal."""
    folder = tmp_path_factory.mktemp("images")
    its_store = await asyncio.to_thread(store, folder)
    await asyncio.to_thread(release.load, real_cluster, [its_store], folder)
    async with FakeSlack(listener=listener(real_cluster.ground_pid(), CONTROL)) as slack:
        try:
            await asyncio.to_thread(release.install, real_cluster, slack, program_image, its_store)
            await slack.connected(2)
            yield Release(real_cluster, slack)
        finally:
            await asyncio.to_thread(release.remove, real_cluster)
        assert slack.lint_errors == []


@pytest_asyncio.fixture(loop_scope="module")
async def shop(installed: Release) -> AsyncIterator[Release]:
    """The healthy shop, made anew where a test has broken it."""
    kubectl = installed.kubectl
    await kubectl("create", "namespace", SPACE, check=False)
    await kubectl("-n", SPACE, "apply", "-f", "-", input=(HERE / "shop.yaml").read_text())
    await kubectl("-n", SPACE, "rollout", "status", "deploy/storefront", "--timeout=180s")
    await kubectl("-n", SPACE, "wait", "pod/client", "--for=condition=Ready", "--timeout=180s")
    await installed.traffic("answer")
    yield installed
    await kubectl("-n", SPACE, "delete", "netpol", "--all")


async def test_the_worker_pod_measures(shop: Release) -> None:
    """All three layers are green by DNS, TCP and HTTP from the pod of the worker; the thread says so, and nothing is open."""
    told, diagnosis = await shop.ask_in_time("why storefront in shop fresh")
    worker = await shop.kubectl(
        "-n", release.NAMESPACE, "get", "pods", "-l", "app.kubernetes.io/component=worker", "-o", "name"
    )

    print(told)
    assert "all three checks pass" in told
    assert f"seen from `k8snet/{worker.strip().removeprefix('pod/')}`" in told
    assert {each["basis"] for each in diagnosis["verdicts"].values()} == {"probed"}
    assert {each["probe"]["probe"] for each in diagnosis["observations"]} == {"dns", "tcp", "http"}
    assert diagnosis["gaps"] == []


@pytest.mark.parametrize("part", ["slack", "worker"])
async def test_a_pod_is_ready_as_soon_as_it_serves(installed: Release, part: str) -> None:
    """Seconds after saying so in its log, at most one more look of the kubelet (10 s) later, where the store comes last."""
    kubectl, label = installed.kubectl, f"app.kubernetes.io/component={part}"
    pod = json.loads(await kubectl("-n", release.NAMESPACE, "get", "pods", "-l", label, "-o", "json"))["items"][0]
    (is_ready,) = (each for each in pod["status"]["conditions"] if each["type"] == "Ready")
    told = await kubectl("-n", release.NAMESPACE, "logs", pod["metadata"]["name"])
    (serves,) = (line for line in map(json.loads, told.splitlines()) if line["event"] == "ready")
    waited = datetime.fromisoformat(is_ready["lastTransitionTime"]) - datetime.fromisoformat(serves["timestamp"])

    assert waited.total_seconds() < _LOOK + 6


@pytest.mark.parametrize(
    ("part", "lines"),
    [
        ("worker", ("ok    in-cluster", "ok    networkpolicies", "-     Slack: no tokens here", "1 worker")),
        ("slack", ("ok    Slack: k8snet in Acme", "ok    Socket Mode", "1 worker", "-     no service account here")),
    ],
)
async def test_the_doctor_is_content(installed: Release, part: str, lines: tuple[str, ...]) -> None:
    """In either pod: exit code 0, no fault, and what belongs to the other kind of process is none."""
    command = f"kubectl -n {release.NAMESPACE} exec deploy/k8snet-{part} -- k8snet doctor"
    done = await asyncio.to_thread(installed.cluster.shell, command)

    assert (done.returncode, "  no    " in done.stdout) == (0, False), done.stdout + done.stderr
    assert [line for line in lines if line not in done.stdout] == [], done.stdout


async def test_a_typo_is_named_and_mended_by_what_the_thread_prints(shop: Release) -> None:
    """The thread names cause and object; its command makes traffic flow, and the button's new answer is green."""
    await shop.kubectl(
        "-n", SPACE, "patch", "svc", "storefront", "--type=merge", "-p", '{"spec":{"selector":{"app":"storefrnt"}}}'
    )
    await shop.traffic("refused")
    told = await shop.ask("why storefront in shop fresh")
    assert "(certain, RTE-001)" in told
    assert "selects app=storefrnt,version=v1; 2 ready pods carry app=storefront" in told

    command = re.search(r"┃ (kubectl -n shop patch .*)", told)
    assert command, told
    done = await asyncio.to_thread(shop.cluster.shell, command[1])
    assert done.returncode == 0, done.stderr
    await shop.traffic("answer")
    slack, root = shop.slack, shop.slack.messages("#shop-dev")[-1]
    (answer,) = slack.thread("#shop-dev", root.ts)
    await slack.person("ana").click(answer, "Show Evidence")
    await slack.until(lambda: slack.person("ana").views)
    assert "storefrnt" in slack.screen(slack.person("ana").view)
    await slack.person("ana").click(answer, "Re-Run")
    await slack.until(lambda: "2 of 2 backends answer 200" in slack.transcript("#shop-dev").split("\n\n")[-1], 10)
    assert len(slack.thread("#shop-dev", root.ts)) == 1


async def test_a_mention_is_answered_in_its_thread(shop: Release) -> None:
    asked = "why storefront in shop from client fresh"
    told, _ = await shop.ask_in_time(asked, "#incidents", in_thread="the shop is slow")

    assert "backends answer 200" in told
    assert "seen from `k8snet/k8snet-worker-" in told
    assert len(shop.slack.thread("#incidents", shop.slack.messages("#incidents")[-1].ts)) == 2


async def test_a_policy_that_keeps_only_the_worker_out_blames_nobody(shop: Release) -> None:
    """The client gets through and the worker does not: its time-outs are no verdict on the shop."""
    await shop.kubectl("-n", SPACE, "apply", "-f", "-", input=json.dumps(ONLY_THE_CLIENT))
    await _until_kept_out(shop)
    await shop.traffic("answer")
    told, diagnosis = await shop.ask_in_time("why storefront in shop from shop/client fresh")

    print(told)
    assert told.count("not probed: policies do not admit the worker") == 2
    assert diagnosis["outcome"] == "ok"
    assert [each for each in diagnosis["findings"] if each["severity"] != "info"] == []
    assert diagnosis["verdicts"]["routing"]["basis"] == diagnosis["verdicts"]["application"]["basis"] == "config"


async def test_memory_is_within_the_bars(shop: Release) -> None:
    """After all the questions above: Slack processes ≤ 80 MB, a worker ≤ 110 MB. A kubelet looks every ten seconds.

    `kubectl exec … k8snet doctor`, above, is a second program in the pod: with it the Slack pod had 111 MB, alone 57.
    """
    now = datetime.now(UTC)
    for _ in range(240):
        used = await asyncio.to_thread(release.memory, shop.cluster, now)
        if len(used) == _PODS and min(used.values()) > 1e6:
            break
        await asyncio.sleep(0.5)
    print({name: f"{size / 1e6:.0f} MB" for name, size in used.items()})

    assert {name.split("-")[1] for name in used} == {"slack", "worker", "valkey"}
    assert all(1e6 < size < (110e6 if "worker" in name else 80e6) for name, size in used.items()), used


@pytest.mark.parametrize(
    ("part", "how"),
    [("worker", ()), ("worker", ("--grace-period=0", "--force")), ("valkey", ())],
    ids=["worker told to stop", "worker killed", "store lost with all in it"],
)
async def test_a_question_outlives_a_pod(shop: Release, part: str, how: tuple[str, ...]) -> None:
    """A pod is deleted in the middle of a question: the thread gets its answer all the same, once."""
    await shop.kubectl("-n", SPACE, "apply", "-f", "-", input=json.dumps(ONLY_THE_CLIENT))
    await _until_kept_out(shop)  # so that a question takes seconds
    asked, worker = await _in_the_middle(shop)
    what = ("pod", "-l", f"app.kubernetes.io/component={part}")
    await shop.kubectl("-n", release.NAMESPACE, "delete", *what, "--wait=false", *how)
    await asyncio.to_thread(worker.go_on)
    told = await asked

    # What it could still read and measure after it was held is its own affair: a verdict of all three layers is one.
    assert all(f"{layer} · " in told for layer in ("DNS", "Routing", "Application")), told
    assert len(shop.slack.thread("#shop-dev", shop.slack.messages("#shop-dev")[-1].ts)) == 1
    for each in release.PARTS:
        await shop.kubectl("-n", release.NAMESPACE, "rollout", "status", each, "--timeout=180s")


async def test_the_store_is_for_the_release_alone(shop: Release) -> None:
    """It has no password: a policy of the chart keeps everybody else out."""
    store = f"http://k8snet-valkey.{release.NAMESPACE}:6379"
    await asyncio.to_thread(expect, shop.cluster, f"{SPACE}/client", store, "timeout", count=1)


async def test_logs_hold_neither_bugs_nor_tokens(installed: Release) -> None:
    """After all of this: JSON lines with no traceback and no secret in them."""
    for part in ("slack", "worker"):
        words = ("logs", "-l", f"app.kubernetes.io/component={part}", "--tail=-1")
        told = await installed.kubectl("-n", release.NAMESPACE, *words)
        lines = [json.loads(line) for line in told.splitlines()]

        assert {"ready"} <= {line["event"] for line in lines}
        assert [line for line in lines if "exception" in line] == []
        assert installed.slack.bot_token not in told
        assert installed.slack.app_token not in told


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("list pods -A", "yes"),
        ("get configmaps/coredns -n kube-system", "yes"),
        ("get secrets -A", "no"),
        ("get configmaps/other -n kube-system", "no"),
        ("create pods -n k8snet", "no"),
        ("patch services -n shop", "no"),
    ],
)
async def test_the_service_account_may_read_and_no_more(installed: Release, words: str, answer: str) -> None:
    who = f"--as=system:serviceaccount:{release.NAMESPACE}:k8snet-worker"

    assert (await installed.kubectl("auth", "can-i", *words.split(), who, check=False)).strip() == answer


async def _in_the_middle(shop: Release) -> tuple[asyncio.Task[str], release.Worker]:
    """Ask, and hold the worker once it has the question: until it goes on, the question is neither waiting nor over."""
    worker = await asyncio.to_thread(release.Worker.of, shop.cluster)
    for _ in range(5):
        asked = asyncio.create_task(shop.ask("why storefront in shop fresh", patience=90))
        while not asked.done():
            await asyncio.to_thread(worker.hold)
            if await asyncio.to_thread(worker.runs):
                return asked, worker
            await asyncio.to_thread(worker.go_on)
            await asyncio.sleep(0.1)  # so long it does its work
    pytest.fail("each question was over before its worker was held")


async def _until_kept_out(shop: Release) -> None:
    """A policy takes a moment to arrive at the nodes. A name that is not found yet is no sign of it."""
    code = """if True:
        import socket
        try:
            pods = socket.getaddrinfo("storefront.shop", 80, socket.AF_INET, socket.SOCK_STREAM)
        except OSError:
            raise SystemExit(print("no name"))
        s = socket.socket()
        s.settimeout(1)
        print(s.connect_ex(pods[0][4]))
    """
    for _ in range(50):
        if await shop.kubectl(*WORKER, "python", "-c", code) not in ("0\n", "no name\n"):
            return
        await asyncio.sleep(0.2)
    pytest.fail("the policy does not keep the worker out")


def _is_late(observation: dict[str, Any]) -> bool:
    outcomes = (observation["outcome"], *observation.get("outcomes", ()))
    return observation["probe"]["probe"] == "dns" and "timeout" in outcomes
