"""Answers from a live cluster: one event loop a command, one connection a cluster."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.checks.engine.registry import all_checks
from bot.cluster.live import read, read_scope
from bot.cluster.transport import Cluster
from bot.commands.parse import Manner, Place
from bot.commands.saved import DEFAULT_NAMESPACE, run_id
from bot.commands.waiting import still_reading
from bot.model.caller import caller_resolv_conf
from bot.model.dns.search import Step
from bot.model.probe import Observation, Probe, Vantage
from bot.model.question.question import Question
from bot.model.result.diagnosis import Diagnosis
from bot.model.snapshot import Snapshot
from bot.probes.run import run
from bot.probes.vantage import find_vantage
from bot.probes.walk import walk
from bot.usecases.diagnose import LONGEST_SILENCE, diagnose, reading_seconds

T = TypeVar("T")
_A_MOMENT = 0.1  # seconds for a lookup where reading has used up all others
Walked = tuple[Question, Snapshot, tuple[Step, ...] | None, Vantage]


def diagnose_live(question: Question, where: Place, how: Manner) -> Diagnosis:
    """Read, measure and judge. Raises UsageError for what cannot be asked, ClusterUnreachable."""

    async def answer(cluster: Cluster) -> Diagnosis:
        async def read_for(asked: Question) -> tuple[Question, Snapshot]:
            seconds = reading_seconds(how.deadline, probes=how.probe)
            return await read(cluster, asked, default_namespace=cluster.default_namespace, seconds=seconds)

        async def measure(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
            return await run(probes, deadline=seconds)

        return await diagnose(
            question,
            read=read_for,
            run=measure if how.probe else None,
            vantage=find_vantage(os.environ),
            run_id=run_id(),
            deadline=how.deadline,
        )

    return with_cluster(where, answer)


def resolve_live(question: Question, where: Place, how: Manner) -> Walked:
    """Read what the caller's resolver is told, and ask what it would ask; no steps where nothing may be measured."""

    async def answer(cluster: Cluster) -> Walked:
        began, place = time.monotonic(), cluster.default_namespace
        seconds = reading_seconds(how.deadline, probes=how.probe)
        resolved, snapshot = await read(cluster, question, default_namespace=place, seconds=seconds)
        if not how.probe:
            return resolved, snapshot, None, Vantage()
        conf, port = caller_resolv_conf(resolved, snapshot), snapshot.dns.port_number
        left = how.deadline - (time.monotonic() - began)
        steps = await walk(question.name, conf, port=port, deadline=max(left, _A_MOMENT))
        return resolved, snapshot, steps, find_vantage(os.environ)

    return with_cluster(where, answer)


def read_live(question: Question, where: Place) -> tuple[Question, Snapshot]:
    """Read what a diagnosis of this question would read."""

    async def answer(cluster: Cluster) -> tuple[Question, Snapshot]:
        place = cluster.default_namespace
        return await read(cluster, question, default_namespace=place, seconds=LONGEST_SILENCE)

    return with_cluster(where, answer)


def read_scope_live(where: Place, namespaces: tuple[str, ...], *, everything: bool) -> tuple[Snapshot, tuple[str, ...]]:
    """Read namespaces whole; with none named, the one of the context, or with `everything` all of them.

    It may take long; it ends when the API server has been silent for ten seconds.
    """

    async def answer(cluster: Cluster) -> tuple[Snapshot, tuple[str, ...]]:
        scope = () if everything else namespaces or (cluster.default_namespace or DEFAULT_NAMESPACE,)
        loading = asyncio.create_task(asyncio.to_thread(all_checks))  # the server is busy meanwhile
        snapshot = await read_scope(cluster, scope or None, seconds=LONGEST_SILENCE)
        await loading
        return snapshot, scope

    return with_cluster(where, answer)


def with_cluster(where: Place, answer: Callable[[Cluster], Awaitable[T]]) -> T:
    """Connect, answer, disconnect.

    What is read is handed over beside the task: a task's result is put into a string when `asyncio.run` gives SIGINT back
    (`signal` names an unknown handler by its repr), which takes seconds for a large cluster.
    """
    given: list[T] = []

    async def connected() -> None:
        async with Cluster(context=where.context, kubeconfig=where.kubeconfig) as cluster, still_reading(cluster):
            given.append(await answer(cluster))

    asyncio.run(connected())
    return given[0]
