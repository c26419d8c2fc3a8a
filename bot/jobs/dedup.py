"""What Slack sends twice is handled once. The caller names it.

Keys that hold: an event's id, a message's `(channel, ts, user)`, a command's `trigger_id`, `(action_ts, user, run)`.
"""

import os
import time
from enum import StrEnum

from bot.jobs import keys
from bot.jobs.store import Store, answering


class Claim(StrEnum):
    """Whose it is to handle a delivery."""

    OURS = "ours"
    ANOTHERS = "another's"
    HANDLED = "handled"


_HANDLED = b"handled"  # what a key holds then; before, the mark of who claims it


async def seen(store: Store, key: str) -> bool:
    """Mark a key for an hour; True where it was marked before. Raises StoreUnreachableError within 1 s.

    The mark is the caller's own, so that a command which the connection repeated does not take itself for a double.
    """
    mark = os.urandom(8)
    async with answering():
        if await store.quick.set(keys.seen(key), mark, nx=True, ex=keys.SEEN_LIFE):
            return False
        return bool(await store.quick.get(keys.seen(key)) != mark)


async def own_id(store: Store, key: str, new: str) -> str:
    """Return the run id of what Slack delivered under a key: `new` the first time, and the same ever after, for an hour.

    So who dies between hearing a question and the ledger's word has lost nothing: delivered again it is the same run, which
    is accepted once. Empty where another version marked the key. Raises StoreUnreachableError within 1 s.
    """
    async with answering():
        if await store.quick.set(keys.seen(key), new, nx=True, ex=keys.SEEN_LIFE):
            return new
        known = await store.quick.get(keys.seen(key))
    if known is None:
        return new
    return known.decode("ascii", "ignore") if len(known) == len(new) else ""


async def claim(store: Store, key: str) -> Claim:
    """Begin to handle something of Slack's, for a moment: whoever dies meanwhile has not handled it.

    The mark is the caller's own, as in `seen`. Raises StoreUnreachableError within 1 s.
    """
    mark = os.urandom(8)
    async with answering():
        if await store.quick.set(keys.seen(key), mark, nx=True, ex=keys.CLAIM_LIFE):
            return Claim.OURS
        held = await store.quick.get(keys.seen(key))
    return {mark: Claim.OURS, _HANDLED: Claim.HANDLED}.get(held or b"", Claim.ANOTHERS)


async def settle(store: Store, key: str, *, handled: bool) -> None:
    """End a claim: what is handled is so for an hour, what is not may be claimed again. Raises StoreUnreachableError."""
    async with answering():
        if handled:
            await store.quick.set(keys.seen(key), _HANDLED, ex=keys.SEEN_LIFE)
        else:
            await store.quick.delete(keys.seen(key))


async def begun(store: Store, what: str) -> float | None:
    """Note that something begins now; return how many seconds ago it was noted before, None the first time.

    For what may take effect without our hearing of it. Raises StoreUnreachableError within 1 s.
    """
    now = f"{time.time():.3f} {os.urandom(4).hex()}"  # our own, as in `seen`
    async with answering():
        if await store.quick.set(keys.begun(what), now, nx=True, ex=keys.SEEN_LIFE):
            return None
        noted = await store.quick.get(keys.begun(what))
    return None if noted == now.encode() else _age(noted) or 0.0


async def has_begun(store: Store, what: str) -> float | None:
    """Return how many seconds ago the begin of something was noted, None where it was not. Raises StoreUnreachableError."""
    async with answering():
        return _age(await store.quick.get(keys.begun(what)))


def _age(noted: bytes | None) -> float | None:
    try:
        return None if noted is None else max(0.0, time.time() - float(noted.partition(b" ")[0]))
    except ValueError:
        return 0.0
