"""The command line and Slack refuse the same questions in the same words: one grammar, one request, one answer."""

import asyncio
import os
import shlex
import sys
from pathlib import Path

import pytest

from bot import cli
from bot.answer import Runtime
from bot.cluster.dump import read_dump
from bot.cluster.transport import Cluster
from bot.errors import K8snetError
from bot.jobs.messages import Run
from bot.model.question.grammar import parse
from bot.model.question.question import Question
from bot.model.question.request import request_of
from bot.model.question.resolve import resolve, resolve_source
from bot.model.result.error import AnswerError, answer_error
from bot.model.snapshot import Snapshot
from bot.runtime import live_runtime
from bot.worker import answer_run
from handlers.language import understand
from tests.cli.program import CLUSTER, ROOT
from tests.reader.healthy import healthy, kubeconfig

BAD = (
    "check -n nope",
    "check -n shpo",
    "digest for nope",
    "digest soon",
    "digest daily 09:00",
    "dns 10.96.0.20",
    "dns",
    "path shop/cart-1",
    "path shop/crat-1 to web",
    "path shop/cart-1 to pod/no-such-pod",
    "path shop/cart-1 to web in shop port nope",
    "why",
    "why web_1",
    "why web port 99999",
    "why 10.9.9.9",
    "why web staging",
    "why web symptom sad",
)


async def refused_in_slack(words: str) -> AnswerError:
    """What the Slack process or, behind it, a worker says: it reads these objects."""
    snapshot = read_dump([CLUSTER])

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return resolve_source(resolve(question, snapshot), snapshot), snapshot

    async def read_scope(_namespaces: tuple[str, ...]) -> Snapshot:
        return snapshot

    try:
        reading = understand(words)
        assert reading is not None
        request = request_of(reading.command)
    except K8snetError as error:
        return answer_error(error)
    run = Run("r", request.question, request.kind, namespaces=request.namespaces, pod=request.pod)
    found = (await answer_run(run, Runtime(read, read_scope))).result
    assert isinstance(found, AnswerError), found
    return found


@pytest.mark.parametrize("words", BAD)
async def test_same_refusal(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Sentence, hint and suggestions are those of the worker; the exit code is that of a usage error."""
    error = await refused_in_slack(words)

    code = cli.run([*shlex.split(words), "--dump", CLUSTER])

    near = f"Did you mean: {', '.join(error.suggestions)}?" if error.suggestions else ""
    hints = [" ".join(filter(None, [near, error.hint]))] if near or error.hint else []
    assert capsys.readouterr().err.splitlines() == [f"k8snet: {error.sentence}", *hints]
    assert code == 2


@pytest.mark.parametrize("words", ["check -n shpo", "digest for nope", "path shop/web-1 to nope in shop"])
async def test_same_refusal_of_a_live_cluster(words: str, tmp_path: Path) -> None:
    """A worker and the command line read the same API server, and say the same of what is not there."""
    async with healthy() as api:
        (tmp_path / "kubeconfig").write_text(kubeconfig(api))
        async with Cluster(kubeconfig=str(tmp_path / "kubeconfig")) as cluster:
            runtime = live_runtime(cluster, namespace="shop", probe=False, deadline=5.0)
            request = request_of(parse(words))
            run = Run("r", request.question, request.kind, namespaces=request.namespaces)
            error = (await answer_run(run, runtime)).result
        command = (sys.executable, "-m", "bot", *shlex.split(words))
        environ = {**os.environ, "KUBECONFIG": str(tmp_path / "kubeconfig")}
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=environ, stderr=asyncio.subprocess.PIPE)
        complained = (await process.communicate())[1].decode()

    assert isinstance(error, AnswerError), error
    assert complained.splitlines()[0] == f"k8snet: {error.sentence}"
    assert error.hint in complained
    assert process.returncode == 2
