"""The engine: what a worker does with one run. Reading and measuring are given to it, so a dump or a sandbox will do.

Every error of bot.errors becomes an answer: an asker is told in words, never left without an answer. What is none of
ours is left to the caller, who logs it and apologizes.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

import structlog
from msgspec import Struct
from msgspec.structs import replace

from bot.config import Config
from bot.errors import K8snetError, UnknownName
from bot.jobs.messages import Answer, AnswerError, Kind, Run
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search import Step
from bot.model.probe import Observation, Probe, Vantage
from bot.model.question.question import Question
from bot.model.question.resolve import resolve_source
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.usecases.diagnose import DEADLINE, LONGEST_SILENCE, Read, diagnose, now, reading_seconds
from bot.usecases.diagnose import Run as Measure
from bot.usecases.digest import digest
from bot.usecases.refusals import expect_services, no_name, two_ends

log = structlog.get_logger()


class Engine(Protocol):
    """Answers a run; what went wrong is in the answer."""

    async def diagnose(self, run: Run) -> Answer: ...


class Senses(Struct, frozen=True):
    """How an engine reads and measures. Without `measure` and `walk` nothing is sent, and verdicts rest on objects."""

    read: Read
    read_scope: Callable[[tuple[str, ...]], Awaitable[Snapshot]]
    measure: Measure | None = None
    walk: Callable[[str, ResolvConf, int], Awaitable[tuple[Step, ...]]] | None = None
    vantage: Vantage = Vantage()
    deadline: float = DEADLINE  # seconds of one question, reading included


class DiagnosingEngine:
    """The one engine: a run's kind decides what is made of it."""

    def __init__(self, senses: Senses) -> None:
        self._senses = senses

    async def diagnose(self, run: Run) -> Answer:
        """Answer a run. Raises what is no error of ours."""
        try:
            if run.kind is Kind.DIGEST or (run.kind is Kind.CHECK and not _names_one(run.question)):
                return await self._digest(run)
            if run.kind is Kind.DNS:
                return await self._resolve(run)
            if run.kind is Kind.PATH:
                return await self._path(run)
            return await self._diagnose(run)
        except K8snetError as error:
            log.info("told the asker", error=type(error).__name__, reason=str(error))
            return Answer(run.id, error=told(error))

    async def _diagnose(self, run: Run) -> Answer:
        senses = self._senses
        diagnosis = await diagnose(
            run.question,
            read=senses.read,
            run=senses.measure,
            vantage=senses.vantage,
            run_id=run.id,
            deadline=senses.deadline,
        )
        return Answer(run.id, diagnosis=diagnosis)

    async def _digest(self, run: Run) -> Answer:
        at, began = now(), time.monotonic()
        snapshot = await self._senses.read_scope(run.namespaces)
        expect_services(snapshot, run.namespaces)
        took_ms = round((time.monotonic() - began) * 1000)
        # Two seconds for ten thousand Services, in which heartbeats and other questions must not stand still.
        made = await asyncio.to_thread(
            digest, snapshot, at=at, took_ms=took_ms, namespaces=run.namespaces, since=run.since
        )
        return Answer(run.id, digest=made)

    async def _path(self, run: Run) -> Answer:
        from bot.usecases.path import path  # noqa: PLC0415 (only for `path`)

        question, target, snapshot = await self._ends(run)
        if question.source is None:
            raise two_ends()
        found = path(snapshot, question.source, target, question.port, question.protocol)
        return Answer(run.id, path=replace(found, assumed=question.assumed))

    async def _ends(self, run: Run) -> tuple[Question, Ref | str, Snapshot]:
        """Read what a path touches: one Service; or, to a pod or an IP, the namespaces whole that it may lie in."""
        question, senses = run.question, self._senses
        if question.service:
            resolved, snapshot = await senses.read(question)
            return resolved, Ref("Service", resolved.service, resolved.namespace), snapshot
        caller = question.source.namespace if question.source else ""
        asked = replace(question, namespace=question.namespace or caller or "default")
        if question.address:
            snapshot = await senses.read_scope(())
            return resolve_source(asked, snapshot), question.address, snapshot
        namespace, _, pod = run.notes.get("to_pod", "").rpartition("/")
        place = namespace or asked.namespace
        snapshot = await senses.read_scope(tuple(dict.fromkeys((caller or place, place))))
        return resolve_source(asked, snapshot), Ref("Pod", pod, place), snapshot

    async def _resolve(self, run: Run) -> Answer:
        from bot.model.caller import caller_resolv_conf, calling_namespace  # noqa: PLC0415 (only for `dns`)
        from bot.model.dns.records import walk_saved  # noqa: PLC0415 (as above)
        from bot.model.result.resolution import Resolution  # noqa: PLC0415 (as above)

        name = run.question.name or run.question.service
        if not name:
            raise no_name(run.question.address)
        question, snapshot = await self._senses.read(run.question)
        conf, walk = caller_resolv_conf(question, snapshot), self._senses.walk
        steps = await walk(name, conf, snapshot.dns.port_number) if walk else walk_saved(name, conf, snapshot)
        found = Resolution(
            name=name,
            namespace=calling_namespace(question),
            source=question.source,
            conf=conf,
            steps=steps,
            vantage=self._senses.vantage if walk else Vantage(),
            is_probed=walk is not None,
        )
        return Answer(run.id, resolution=found)


def _names_one(question: Question) -> bool:
    return bool(question.service or question.address)


def told(error: K8snetError) -> AnswerError:
    """Put an error of ours into words for the asker."""
    suggestions = error.suggestions if isinstance(error, UnknownName) else ()
    return AnswerError(type(error).__name__, str(error), hint=error.hint, suggestions=suggestions)


@asynccontextmanager
async def live(config: Config, environ: Mapping[str, str] = os.environ) -> AsyncIterator[DiagnosingEngine]:
    """Make the engine of this worker's cluster. Raises SettingError and ClusterUnreachable where it cannot begin."""
    from bot.cluster.live import ClusterWide, read, read_scope  # noqa: PLC0415 (only here are Kubernetes and sockets loaded)
    from bot.cluster.transport import Cluster  # noqa: PLC0415 (as above)
    from bot.probes.run import run  # noqa: PLC0415 (as above)
    from bot.probes.vantage import find_vantage  # noqa: PLC0415 (as above)
    from bot.probes.walk import walk  # noqa: PLC0415 (as above)

    async with Cluster(name=config.cluster) as cluster:
        cache = ClusterWide()  # nodes, namespaces and DNS, for half a minute and all runs of this worker

        async def read_for(question: Question) -> tuple[Question, Snapshot]:
            seconds = reading_seconds(config.deadline, probes=config.probe)
            return await read(cluster, question, default_namespace=config.namespace, cache=cache, seconds=seconds)

        async def read_all(namespaces: tuple[str, ...]) -> Snapshot:
            return await read_scope(cluster, namespaces or None, seconds=LONGEST_SILENCE)

        async def measure(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
            return await run(probes, deadline=seconds)

        async def ask(name: str, conf: ResolvConf, port: int) -> tuple[Step, ...]:
            return await walk(name, conf, port=port, deadline=config.deadline)

        vantage = find_vantage(environ)
        if config.probe:
            yield DiagnosingEngine(Senses(read_for, read_all, measure, ask, vantage, config.deadline))
        else:
            yield DiagnosingEngine(Senses(read_for, read_all, vantage=vantage, deadline=config.deadline))
