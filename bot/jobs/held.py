"""What each worker holds of its cluster by watches: written by the worker every half a minute, read by `doctor`."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog

from bot.errors import StoreUnreachableError
from bot.jobs import keys
from bot.jobs.runs import decode
from bot.jobs.store import Store, answering
from bot.model.held import HeldKinds

log = structlog.get_logger()

EVERY = 30.0  # seconds between two writings


async def keep_held(store: Store, cluster: str, worker: str, held: Callable[[], HeldKinds]) -> None:
    """Write what a worker holds until cancelled."""
    while True:
        try:
            async with answering(), store.quick.pipeline(transaction=True) as pipe:
                pipe.hset(keys.held(cluster), worker, msgspec.json.encode(held()))
                pipe.expire(keys.held(cluster), keys.HELD_LIFE)
                await pipe.execute()
        except StoreUnreachableError as error:
            log.info("no store for what is held", reason=str(error))
        await asyncio.sleep(EVERY)


async def held_by(store: Store, cluster: str) -> dict[str, HeldKinds]:
    """Return by worker what those hold that have said it lately."""
    key = keys.held(cluster)
    async with answering():
        raw = await store.quick.hgetall(key)
    found = {name.decode(errors="replace"): decode(value, HeldKinds, key) for name, value in sorted(raw.items())}
    now = datetime.now(UTC)
    return {name: each for name, each in found.items() if each and (now - each.at).total_seconds() < keys.HELD_LIFE}
