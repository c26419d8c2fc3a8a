"""A live cluster for the command line: one event loop a command, one connection a cluster."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec.structs import replace

from bot.answer import DEFAULT_NAMESPACE, ReadScope, Runtime, answer
from bot.checks.engine.registry import load_checks
from bot.cluster.live import read, read_scope
from bot.cluster.transport import Cluster
from bot.commands.parse import Manner, Place
from bot.commands.waiting import still_reading
from bot.model.question.question import Question
from bot.model.question.request import Request
from bot.model.result.answer import Answered
from bot.model.snapshot import Snapshot
from bot.runtime import live_runtime
from bot.usecases.diagnose import LONGEST_SILENCE

T = TypeVar("T")


def ask_live(request: Request, where: Place, how: Manner) -> Answered:
    """Answer a request about a cluster. Raises UsageError for what cannot be asked, ClusterUnreachableError."""

    async def asked(cluster: Cluster) -> Answered:
        return await answer(request, _runtime(cluster, how, wants_caller=request.from_caller))

    return with_cluster(where, asked)


def _runtime(cluster: Cluster, how: Manner, *, wants_caller: bool) -> Runtime:
    place = cluster.default_namespace
    runtime = live_runtime(cluster, namespace=place, probe=how.probe, deadline=how.deadline)
    if wants_caller:
        from bot.config import read_config  # noqa: PLC0415 (only where a container is to be added)
        from bot.measuring import with_callers_pod  # noqa: PLC0415 (as above)

        runtime = with_callers_pod(runtime, cluster, read_config(os.environ))

    def loading(read: ReadScope) -> ReadScope:
        async def read_all(namespaces: tuple[str, ...]) -> Snapshot:
            checks = asyncio.create_task(asyncio.to_thread(load_checks))  # the server is busy meanwhile
            snapshot = await read(namespaces)
            await checks
            return snapshot

        return read_all

    triage = loading(runtime.read_triage) if runtime.read_triage else None
    scope = (place or DEFAULT_NAMESPACE,)
    return replace(runtime, read_scope=loading(runtime.read_scope), read_triage=triage, default_scope=scope)


def read_live(question: Question, where: Place) -> tuple[Question, Snapshot]:
    """Read what a diagnosis of this question would read."""

    async def asked(cluster: Cluster) -> tuple[Question, Snapshot]:
        place = cluster.default_namespace
        return await read(cluster, question, default_namespace=place, seconds=LONGEST_SILENCE)

    return with_cluster(where, asked)


def read_all_live(where: Place) -> Snapshot:
    """Read the whole cluster. It may take long; it ends when the API server has been silent for ten seconds."""

    async def asked(cluster: Cluster) -> Snapshot:
        return await read_scope(cluster, None, seconds=LONGEST_SILENCE)

    return with_cluster(where, asked)


def with_cluster(where: Place, asked: Callable[[Cluster], Awaitable[T]]) -> T:
    """Connect, ask, disconnect.

    What is read is handed over beside the task: a task's result is put into a string when `asyncio.run` gives SIGINT back
    (`signal` names an unknown handler by its repr), which takes seconds for a large cluster.
    """
    given: list[T] = []

    async def connected() -> None:
        async with Cluster(context=where.context, kubeconfig=where.kubeconfig) as cluster, still_reading(cluster):
            given.append(await asked(cluster))

    asyncio.run(connected())
    return given[0]
