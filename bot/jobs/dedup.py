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
    now = time.time()
    async with answering():
        if await store.quick.set(keys.begun(what), repr(now), nx=True, ex=keys.SEEN_LIFE):
            return None
        noted = await store.quick.get(keys.begun(what))
    try:
        return max(0.0, now - float(noted or now))
    except ValueError:
        return 0.0
