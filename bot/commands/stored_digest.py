"""A digest that the bot remembers: by its run id, or the last one of a schedule. Only `digest --since ID` comes here."""

import asyncio
import os

from bot.config import read_config
from bot.jobs.client import JobClient
from bot.model.result.digest import Digest


def remembered(name: str) -> Digest | None:
    """Read a digest from Redis; None where there is none of that name. Raises StoreUnreachableError, SettingError."""

    async def look() -> Digest | None:
        jobs = await JobClient.open(read_config(os.environ))
        try:
            answer = await jobs.answer_of(name)
            found = answer.result if answer else None
            return found if isinstance(found, Digest) else await jobs.last_digest(name)
        finally:
            await jobs.close()

    return asyncio.run(look())
