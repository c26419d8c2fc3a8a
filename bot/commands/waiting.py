"""What a person is told who waits for a cluster: one line on standard error; standard output stays the answer's."""

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.cluster.transport import Cluster
from bot.model.text import listing, one_line

PATIENCE = 2.0  # seconds without an answer


@asynccontextmanager
async def still_reading(cluster: Cluster) -> AsyncIterator[None]:
    """Say after two seconds, once, that the cluster is still being read."""

    async def notice() -> None:
        await asyncio.sleep(PATIENCE)
        if cluster.awaited:  # not the network, which is measured within its own time
            words = one_line(listing(cluster.awaited, 3), limit=200)
            sys.stderr.write(f"k8snet: still reading {words} ({cluster.requests} requests so far)\n")

    waiting = asyncio.create_task(notice())
    try:
        yield
    finally:
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
