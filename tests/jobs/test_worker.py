"""The worker as a whole: an engine fed from objects, errors in words, and the process itself."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace

from bot.answer import Runtime
from bot.cluster.dump import read_dump
from bot.config import Config, read_config
from bot.errors import AmbiguousNameError, ClusterUnreachableError, ErrorKind
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Run
from bot.jobs.runs import decode
from bot.model.question.question import Question, Source
from bot.model.question.request import Kind
from bot.model.question.resolve import resolve
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.digest import Digest, Table
from bot.model.result.error import AnswerError, answer_error
from bot.model.result.path import PathAnswer
from bot.model.result.resolution import Resolution
from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest
from bot.worker import answer_run, in_a_thread, serve
from tests.jobs.conftest import FAST, Delivered, a_run, running, until
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Service
metadata: {name: user-service, namespace: shop, uid: u1, creationTimestamp: "2026-11-23T04:00:00Z"}
spec: {selector: {app: user-servce}, clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7], ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: user-1, namespace: shop, labels: {app: user-service}}
spec: {nodeName: n1, containers: [{name: app, ports: [{containerPort: 8080}]}]}
status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}], conditions: [{type: Ready, status: "True"}]}
"""


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    """A cluster whose Service selects nothing."""
    path = tmp_path / "objects.yaml"
    path.write_text(OBJECTS)
    return read_dump([str(path)])


@pytest.fixture
def runtime(snapshot: Snapshot) -> Runtime:
    """Reads these objects, measures nothing."""

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return resolve(question, snapshot, "default"), snapshot

    async def read_scope(namespaces: tuple[str, ...]) -> Snapshot:
        assert namespaces == ("shop",)
        return snapshot

    return Runtime(read, read_scope)


async def test_a_question_becomes_a_diagnosis_through_the_whole_chain(
    jobs: JobClient, config: Config, runtime: Runtime
) -> None:
    """Asked, queued, diagnosed, delivered: the diagnosis survives its way as JSON and names the cause."""

    @asynccontextmanager
    async def make(_config: Config) -> AsyncIterator[Runtime]:
        yield runtime

    delivered, stop = Delivered(), asyncio.Event()
    async with running(jobs.answers(delivered)), running(serve(config, make, stop=stop, timing=FAST)) as worker:
        run = a_run()
        await jobs.ask(run)
        await until(lambda: delivered.pairs)
        stop.set()
        await worker
    diagnosis = delivered.pairs[0][1].result
    assert isinstance(diagnosis, Diagnosis)
    assert diagnosis.root_cause is not None
    assert (diagnosis.id, diagnosis.outcome, diagnosis.root_cause.code) == (run.id, "fail", "RTE-001")
    assert diagnosis.root is not None
    assert diagnosis.root.fix[0].command.startswith("kubectl ")


async def test_each_kind_gets_its_form(runtime: Runtime) -> None:
    """What is answered has the type of its kind, and goes through the store as itself."""

    async def found(run: Run) -> Any:
        answer = await answer_run(run, runtime)
        assert msgspec.json.decode(msgspec.json.encode(answer), type=Answer) == answer
        return answer.result

    table = await found(a_run("", kind=Kind.CHECK, namespaces=("shop",)))
    assert isinstance(table, Table)
    assert [(each.name, each.outcome) for each in table.services] == [("user-service", "fail")]
    first = await found(a_run("", kind=Kind.DIGEST, namespaces=("shop",)))
    second = await found(a_run("", kind=Kind.DIGEST, namespaces=("shop",), since=first))
    assert isinstance(second, Digest)
    assert (len(second.new), len(second.ongoing)) == (0, len(first.new))
    caller = Source("shop", "user-1")
    ways = [
        Run("r", Question("user-service", "shop", 80, source=caller), Kind.PATH),
        Run("r", Question(namespace="shop", port=8080, source=caller), Kind.PATH, pod=Source("shop", "user-1")),
    ]
    for way, decision in zip(ways, ("unknown", "allow"), strict=True):
        path = await found(way)
        assert isinstance(path, PathAnswer), path
        assert path.decision == decision
    named = Run("r", Question(service="user-service", namespace="shop", name="user-service.shop"), Kind.DNS)
    resolved = await found(named)
    assert isinstance(resolved, Resolution)
    assert resolved.name == "user-service.shop"


async def test_a_digest_leaves_the_loop_to_others(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand Services are two seconds of judging, in which heartbeats, health and other questions go on."""
    turns: list[float] = []

    def slow(*given: Any, **words: Any) -> Digest:
        time.sleep(0.3)
        return digest(*given, **words)

    async def turn() -> None:
        while True:
            turns.append(time.monotonic())
            await asyncio.sleep(0.01)

    monkeypatch.setattr("bot.usecases.digest.digest", slow)
    turning = asyncio.create_task(turn())
    busy = replace(runtime, aside=in_a_thread)
    answer = await answer_run(a_run("", kind=Kind.DIGEST, namespaces=("shop",)), busy)
    turning.cancel()

    assert isinstance(answer.result, Digest)
    assert len(turns) > 5


async def test_our_errors_are_told_with_hint_and_suggestions(runtime: Runtime) -> None:
    """A Service that does not exist in a namespace that was not named: suggestions reach the asker."""

    async def ambiguous(_question: Question) -> tuple[Question, Snapshot]:
        raise AmbiguousNameError(
            "I found user-service twice.", suggestions=("user-service.shop", "user-service.pay"), hint="Say which."
        )

    error = (await answer_run(a_run(), Runtime(ambiguous, runtime.read_scope))).result
    assert isinstance(error, AnswerError)
    assert error.kind is ErrorKind.AMBIGUOUS
    assert error.suggestions == ("user-service.shop", "user-service.pay")
    assert (error.sentence, error.hint) == ("I found user-service twice.", "Say which.")
    assert answer_error(ClusterUnreachableError()).sentence == "The cluster's API server did not answer."


async def test_what_is_no_error_of_ours_is_raised(runtime: Runtime) -> None:
    """The engine hides no bug; the job that runs it logs it and apologizes."""

    async def broken(_question: Question) -> tuple[Question, Snapshot]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await answer_run(a_run(), Runtime(broken, runtime.read_scope))


@asynccontextmanager
async def worker_process(tmp_path: Path, **environ: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`python -m bot.worker` with a kubeconfig whose API server does not exist."""
    kubeconfig = tmp_path / "kubeconfig"
    kubeconfig.write_text(
        json.dumps(
            {
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                "users": [{"name": "u", "user": {}}],
            }
        )
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot.worker",
        cwd=ROOT,
        env={"KUBECONFIG": str(kubeconfig), "HOME": str(tmp_path), "PATH": os.defpath, **environ},
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def test_the_process_answers_reports_its_health_and_stops(jobs: JobClient, url: str, tmp_path: Path) -> None:
    """A cluster that does not answer is an answer; /healthz and /readyz say ok; SIGTERM ends it with 0."""
    port = free_port()
    settings = {"REDIS_URL": url, "K8SNET_CLUSTER": "prod", "K8SNET_HEALTH_PORT": str(port)}
    delivered = Delivered()
    async with running(jobs.answers(delivered)), worker_process(tmp_path, **settings) as process:
        await jobs.ask(a_run())
        await until(lambda: delivered.pairs, 30)
        async with aiohttp.ClientSession() as session:
            for path in ("/healthz", "/readyz"):
                async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
                    assert (answer.status, await answer.text()) == (200, "ok\n")
        process.send_signal(signal.SIGTERM)
        assert process.stderr
        logs = [json.loads(line) for line in (await process.stderr.read()).splitlines()]
        assert await process.wait() == 0
    answer = delivered.pairs[0][1]
    assert isinstance(answer.result, AnswerError), answer
    assert answer.result.kind is ErrorKind.CLUSTER_UNREACHABLE
    run_lines = [each for each in logs if each.get("run") == delivered.ids[0]]
    assert {each["level"] for each in run_lines} == {"info"}


async def test_alive_but_not_ready_without_a_store(tmp_path: Path) -> None:
    """Without Redis the process lives and waits: /healthz 200, /readyz 503."""
    port = free_port()
    settings = {"REDIS_URL": f"unix://{tmp_path}/nobody", "K8SNET_HEALTH_PORT": str(port)}
    async with worker_process(tmp_path, **settings) as process, aiohttp.ClientSession() as session:
        await until(lambda: _status(session, port, "/healthz", 200), 20)
        await until(lambda: _status(session, port, "/readyz", 503))
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 0


async def _status(session: aiohttp.ClientSession, port: int, path: str, wanted: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status == wanted
    except aiohttp.ClientConnectionError:
        return False


async def test_a_wrong_setting_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    """Exit code 2, one line, no traceback."""
    async with worker_process(tmp_path, K8SNET_DEADLINE="soon") as process:
        _, errors = await process.communicate()
    assert (process.returncode, errors.decode()) == (
        2,
        'k8snet worker: K8SNET_DEADLINE is "soon": it must be a number.\n',
    )


def test_an_answer_decodes_as_it_was_encoded(runtime: Runtime) -> None:
    """What a worker writes is what a Slack process of the same version reads."""
    import msgspec

    answer = asyncio.run(answer_run(a_run(), runtime))
    again = msgspec.json.decode(msgspec.json.encode(answer), type=Answer)
    assert msgspec.json.encode(again) == msgspec.json.encode(answer)
    assert read_config({}).cluster == "default"


def test_an_answer_of_an_earlier_version_counts_as_unreadable() -> None:
    """Answers once had a field for each type; such a one in the store is absent, and its asker is told to ask again."""
    old = b'{"run_id":"r","diagnosis":null,"digest":null,"path":null,"resolution":null,"other":{},"error":null}'

    assert decode(old, Answer, "k8snet:answer:r") is None
