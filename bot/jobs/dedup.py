"""What Slack sends twice is handled once. The caller names it.

Keys that hold: an event's id, a message's `(channel, ts, user)`, a command's `trigger_id`, `(action_ts, user, run)`.
"""

import os

from bot.jobs import keys
from bot.jobs.store import Store, answering


async def seen(store: Store, key: str) -> bool:
    """Mark a key for an hour; True where it was marked before. Raises StoreUnreachableError within 1 s.

    The mark is the caller's own, so that a command which the connection repeated does not take itself for a double.
    """
    mark = os.urandom(8)
    async with answering():
        if await store.quick.set(keys.seen(key), mark, nx=True, ex=keys.SEEN_LIFE):
            return False
        return bool(await store.quick.get(keys.seen(key)) != mark)
