"""The worker of the demo: the product's own, but it reads the sample cluster instead of an API server.

What it measures is real: DNS, TCP and HTTP go to the sample network on loopback.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from bot.answer import Runtime
from bot.config import Config, read_config
from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.search.resolver import Resolver
from bot.model.names import Names
from bot.model.probe import Observation, Probe, Vantage, VantageKind
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from bot.probes.run import run
from bot.probes.walk import walk
from bot.usecases.saved import names_in, resolved_in
from bot.worker import serve
from playground.sample import FOLDER, FOLDER_VARIABLE, sample_snapshot


@asynccontextmanager
async def sample(config: Config) -> AsyncIterator[Runtime]:
    """Yield a runtime that reads the sample cluster and measures the sample network."""
    folder = Path(os.environ.get(FOLDER_VARIABLE, FOLDER))

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return resolved_in(question, sample_snapshot(question, folder), config.namespace)

    async def read_scope(_namespaces: tuple[str, ...]) -> Snapshot:
        return replace(sample_snapshot(folder=folder), cluster=config.cluster)

    async def names() -> Names:
        return replace(names_in(sample_snapshot(folder=folder), datetime.now(UTC)), cluster=config.cluster)

    async def measure(probes: tuple[Probe, ...], seconds: float) -> tuple[Observation, ...]:
        return await run(probes, deadline=seconds, may_call=lambda _: True)  # the sample network is on loopback

    async def ask(
        name: str, conf: ResolvConf, port: int, seconds: float, resolvers: tuple[Resolver, ...]
    ) -> tuple[SearchStep, ...]:
        return await walk(name, conf, port=port, deadline=seconds, resolvers=resolvers)

    vantage = Vantage(kind=VantageKind.WORKER)
    yield Runtime(read, read_scope, measure, ask, vantage, config.deadline, names=names)


if __name__ == "__main__":
    asyncio.run(serve(read_config(os.environ), sample))
