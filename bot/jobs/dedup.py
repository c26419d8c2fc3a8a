"""What Slack sends twice is handled once. The caller names it.

Keys that hold: an event's id, a message's `(channel, ts, user)`, a command's `trigger_id`, `(action_ts, user, run)`.
"""

import os
import time

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


async def begun(store: Store, what: str) -> float | None:
    """Note that something begins now; return how many seconds ago it was noted before, None the first time.

    For what may take effect without our hearing of it. Raises StoreUnreachableError within 1 s.
    """
    async with answering():
        if await store.quick.set(keys.begun(what), repr(time.time()), nx=True, ex=keys.SEEN_LIFE):
            return None
    age = await has_begun(store, what)
    return 0.0 if age is None else age


async def has_begun(store: Store, what: str) -> float | None:
    """Return how many seconds ago the begin of something was noted, None where it was not. Raises StoreUnreachableError."""
    async with answering():
        noted = await store.quick.get(keys.begun(what))
    try:
        return None if noted is None else max(0.0, time.time() - float(noted))
    except ValueError:
        return 0.0
