"""A worker: takes the runs of one cluster, and joins all that answering them needs. `python -m bot.worker` is the process.

It ends on SIGTERM: what is begun is finished, what cannot be finished in time goes to another worker.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog
from aiohttp import web

from bot.answer import Engine, live
from bot.config import Config, read_config
from bot.errors import K8snetError, StoreUnreachable
from bot.jobs.keys import Timing
from bot.jobs.store import Store
from bot.jobs.work import work
from bot.logs import start_logs

log = structlog.get_logger()

Make = Callable[[Config], AbstractAsyncContextManager[Engine]]


async def serve(
    config: Config, make: Make = live, *, stop: asyncio.Event | None = None, timing: Timing | None = None
) -> None:
    """Answer runs until `stop` is set or SIGTERM comes. `make` gives the engine; it is closed at the end."""
    stop = stop or _on_signals()
    async with make(config) as engine, _health(config):
        log.info("ready", cluster=config.cluster, concurrency=config.concurrency)
        await work(config, engine.diagnose, stop=stop, timing=timing)


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
        except StoreUnreachable as error:
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
