"""The names of the sample cluster, as a worker keeps them in the store."""

import asyncio
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from bot.errors import StoreUnreachableError
from bot.jobs.names import NameIndex
from bot.jobs.store import Store
from bot.usecases.saved import names_in


async def know_names(bot, at: datetime | None = None, **more: Any) -> None:
    """Write them, as of a moment, with other parts; on a busy machine the store may not answer within its second."""
    names = replace(names_in(bot.snapshot, at or datetime.now(UTC)), cluster=bot.config.cluster, **more)
    async with Store(bot.config.redis_url) as store, asyncio.timeout(60):
        while True:
            try:
                return await NameIndex(store).write(names)
            except StoreUnreachableError:
                await asyncio.sleep(0.1)
