"""Processes of their own, so that they can be killed: `python -m tests.chaos.processes slack|worker`.

They are the product's. Only Slack's rates are not kept to: a thousand questions would take an hour, and the rates are
tried elsewhere. The worker reads the sample cluster and measures nothing.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.answer import Runtime
from bot.cluster.dump import read_dump
from bot.config import Config, read_config
from bot.model.question.question import Question
from bot.model.question.resolve import resolve
from bot.model.snapshot import Snapshot
from bot.worker import serve
from handlers import client, process

SAMPLE = Path(__file__).parents[2] / "playground/sample"


@asynccontextmanager
async def sample(_config: Config) -> AsyncIterator[Runtime]:
    """Yield a runtime that reads the sample cluster."""
    snapshot = read_dump([str(SAMPLE)])

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return resolve(question, snapshot), snapshot

    async def read_scope(_namespaces: tuple[str, ...]) -> Snapshot:
        return snapshot

    yield Runtime(read, read_scope)


def main(which: str) -> int:
    """Run one of them until it is killed."""
    if which == "worker":
        asyncio.run(serve(read_config(os.environ), sample))
        return 0
    client.POST_SECONDS = client.UPDATE_SECONDS = 0.01
    return process.main()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
