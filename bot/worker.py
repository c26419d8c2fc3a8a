"""A worker: takes the runs of one cluster, and joins all that answering them needs. `python -m bot.worker` is the process.

It ends on SIGTERM: what is begun is finished, what cannot be finished in time goes to another worker.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from math import ceil
from typing import TYPE_CHECKING

import structlog
from aiohttp import web
from msgspec.structs import replace

from bot.answer import ReadScope, Runtime, answer
from bot.checks.engine.registry import load_checks
from bot.config import Config, read_config
from bot.errors import K8snetError, StoreUnreachableError
from bot.jobs.held import keep_held
from bot.jobs.keys import Timing
from bot.jobs.messages import Answer, Run, Step
from bot.jobs.names import Read, keep_names
from bot.jobs.probe_budget import AT_ONCE, ProbeBudget
from bot.jobs.progress import Progress
from bot.jobs.store import Store
from bot.jobs.work import work
from bot.logs import start_logs
from bot.model.names import Names
from bot.model.probe import Observation, Probe
from bot.model.probe_result import ProbeResult
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.result.answer import Answered
from bot.model.result.diagnosis import Diagnosis, OpenGap
from bot.model.result.error import answer_error
from bot.model.snapshot import Snapshot
from bot.reports.codes import findings
from bot.usecases.from_caller import Plans
from bot.usecases.given import Beside

if TYPE_CHECKING:
    from bot.usecases.kept import Kept

log = structlog.get_logger()

_KEEP_SECONDS = 3600.0

Make = Callable[[Config], AbstractAsyncContextManager[Runtime]]


@asynccontextmanager
async def live(config: Config, environ: Mapping[str, str] = os.environ) -> AsyncIterator[Runtime]:
    """Open this worker's cluster. Raises SettingError and ClusterUnreachableError where it cannot begin."""
    from bot.cluster.live import ClusterWide  # noqa: PLC0415 (a sandbox's worker loads no Kubernetes)
    from bot.cluster.transport import Cluster  # noqa: PLC0415 (as above)
    from bot.cluster.watching.watches import watching  # noqa: PLC0415 (as above)
    from bot.measuring import with_callers_pod  # noqa: PLC0415 (as above)
    from bot.runtime import live_runtime  # noqa: PLC0415 (as above)
    from bot.usecases.kept import Kept  # noqa: PLC0415 (as above)

    async with Cluster(name=config.cluster) as cluster, AsyncExitStack() as stack:
        place, watches, kept = config.namespace or cluster.default_namespace, None, None
        if config.watch:
            kept = await stack.enter_async_context(_forgotten_in_time(Kept()))
            watches = await stack.enter_async_context(
                watching(cluster, namespace=place, most_mb=config.watch_megabytes, relieve=kept.forget)
            )
        runtime = live_runtime(
            cluster,
            namespace=config.namespace,
            probe=config.probe,
            deadline=config.deadline,
            cache=ClusterWide(),
            watches=watches,
            environ=environ,
        )
        yield replace(with_callers_pod(runtime, cluster, config), kept=kept)


@asynccontextmanager
async def _forgotten_in_time(kept: "Kept") -> AsyncIterator["Kept"]:
    """Have the rows of the last table forgotten each hour: they hold the objects, too, that were replaced since."""

    async def forgetting() -> None:
        while True:
            await asyncio.sleep(_KEEP_SECONDS)
            kept.forget()

    task = asyncio.create_task(forgetting())
    try:
        yield kept
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answer_run(run: Run, runtime: Runtime) -> Answer:
    """Answer a run; an error of ours is an answer too. Raises what is none of ours: whoever calls logs it and apologizes."""
    try:
        return Answer(run.id, await answer(run.request, runtime))
    except K8snetError as error:
        log.info("told the asker", error=error.kind, reason=str(error))
        return Answer(run.id, answer_error(error))


async def answer_within_budget(run: Run, runtime: Runtime, budget: ProbeBudget) -> Answer:
    """Answer a run; of who has had many measured, without probes, and the answer says so."""
    if not (runtime.measure or runtime.beside) or not (wait := await budget.seconds_until_free(run)):
        return await answer_run(run, runtime)
    found = await answer_run(run, replace(runtime, measure=None, beside=None, search_beside=None))
    if not isinstance(found.result, Diagnosis):
        return found
    why = f"{AT_ONCE} questions of the same asker were measured just now; the next one is in {ceil(wait)} s"
    told = replace(found.result, gaps=(*found.result.gaps, OpenGap("probes", why, is_asked=True)))
    return replace(found, result=told)


Note = Callable[[Step], Awaitable[None]]


def noting(runtime: Runtime, note: Note) -> Runtime:
    """Return a runtime that notes when it begins to read, to measure and to judge."""

    async def read(question: Question) -> tuple[Question, Snapshot]:
        await note(Step.READING)
        found = await runtime.read(question)
        await note(Step.JUDGING)
        return found

    def noted(read: ReadScope) -> ReadScope:
        async def read_scope(namespaces: tuple[str, ...]) -> Snapshot:
            await note(Step.READING)
            found = await read(namespaces)
            await note(Step.JUDGING)
            return found

        return read_scope

    async def measured(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        await note(Step.MEASURING)
        seen = await runtime.measure(probes, seconds) if runtime.measure else ()
        await note(Step.JUDGING)
        return seen

    def beside(run_id: str) -> Beside:
        assert runtime.beside
        measure = runtime.beside(run_id)

        async def both(pod: Ref, plans: Plans, seconds: float) -> tuple[ProbeResult, tuple[Observation, ...]]:
            await note(Step.MEASURING)
            seen = await measure(pod, plans, seconds)
            await note(Step.JUDGING)
            return seen

        return both

    return replace(
        runtime,
        read=read,
        read_scope=noted(runtime.read_scope),
        read_triage=noted(runtime.read_triage) if runtime.read_triage else None,
        measure=measured if runtime.measure else None,
        beside=beside if runtime.beside else None,
    )


async def in_a_thread(work: Callable[[], Answered]) -> Answered:
    """Do long work beside the event loop."""
    return await asyncio.to_thread(work)


async def serve(
    config: Config, make: Make = live, *, stop: asyncio.Event | None = None, timing: Timing | None = None
) -> None:
    """Answer runs until `stop` is set or SIGTERM comes. `make` opens what is read; it is closed at the end."""
    stop = stop or _on_signals()
    async with make(config) as given, _health(config), Store(config.redis_url) as store:
        runtime, progress = replace(given, aside=in_a_thread), Progress(store)
        budget = ProbeBudget(store, config.cluster)

        async def answered(run: Run) -> Answer:
            async with progress.noting(run.id) as note:
                return await answer_within_budget(run, noting(runtime, note), budget)

        log.info("ready", cluster=config.cluster, concurrency=config.concurrency)
        telling = (
            [asyncio.create_task(keep_names(store, config.cluster, _told(runtime.names)))] if runtime.names else []
        )
        if runtime.held:
            name = f"{config.pod_name or 'worker'}-{os.getpid()}"
            telling.append(asyncio.create_task(keep_held(store, config.cluster, name, runtime.held)))
        try:
            await work(config, answered, stop=stop, timing=timing)
        finally:
            for task in telling:
                task.cancel()
            await asyncio.gather(*telling, return_exceptions=True)


def _told(names: Read) -> Read:
    """Return what reads the names of a cluster, with the codes and names of the checks that judge it here."""

    async def read() -> Names:
        load_checks()  # before a question needs them
        return replace(await names(), findings=findings())

    return read


@asynccontextmanager
async def _health(config: Config) -> AsyncIterator[None]:
    """/healthz: the event loop turns. /readyz: the store answers, so that runs can come."""
    if not config.health_port:
        yield
        return
    async with Store(config.redis_url) as store:
        app = web.Application()
        app.add_routes([web.get("/healthz", _alive), web.get("/readyz", _ready(store))])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, port=config.health_port).start()
            yield
        finally:
            await runner.cleanup()


async def _alive(_request: web.Request) -> web.Response:
    return web.Response(text="ok\n")


def _ready(store: Store) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def ready(_request: web.Request) -> web.Response:
        try:
            await store.ping()
        except StoreUnreachableError as error:
            return web.Response(status=503, text=f"{error}\n")
        return web.Response(text="ok\n")

    return ready


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


def main() -> None:
    """Run a worker with the settings of the environment; a wrong setting is one sentence and exit code 2."""
    try:
        config = read_config(os.environ)
        start_logs(config.log_level)
        asyncio.run(serve(config))
    except K8snetError as error:
        sys.stderr.write(f"k8snet worker: {error}{f' {error.hint}' if error.hint else ''}\n")
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
