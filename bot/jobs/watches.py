"""Watches in Redis: who looks next, once in all replicas, and what a watch knows; both outlive every process.

A watch that is due is claimed by moving its time a minute on. Its look has a run id of its own number, so asking it again
changes nothing, and the next look's number comes with this one's answer.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from bot.errors import StoreUnreachableError, UsageError
from bot.jobs import keys
from bot.jobs.rewriting import rewritten
from bot.jobs.runs import decode, run_id_of
from bot.jobs.store import Store, answering
from bot.jobs.watch import Watch

CLAIM = timedelta(minutes=1)
MOST_OF_ONE, MOST_OF_ALL = 10, 200  # watches: each asks its cluster once a minute
_MOST_CHANGES = 20  # tries to change a watch that others change, too

# watch id, score expected, score to set → 1, or 0: another process was first
_CLAIM = """
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1])) ~= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
return 1
"""

# watch id, as it was read, as it shall be, next time (empty: unchanged) → 1, or 0: somebody else changed or ended it meanwhile
_CHANGE = """
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
if ARGV[4] ~= '' then redis.call('ZADD', KEYS[1], ARGV[4], ARGV[1]) end
return 1
"""


class DueWatch(Struct, frozen=True):
    """A watch whose look is due, to be asked with `run_id`; `over`: its time has come, and it is to be ended."""

    watch: Watch
    run_id: str
    over: bool = False


class Watches:
    """Watches and when they look."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unreadable: set[bytes] = set()  # watches of another version, each logged once

    async def add(self, watch: Watch, looks_at: datetime) -> None:
        """Write a new watch, and when it looks first. Raises UsageError where there are too many."""
        known = await self.list()
        if sum(each.created_by == watch.created_by for each in known) >= MOST_OF_ONE:
            raise UsageError(f"You have {MOST_OF_ONE} watches.", hint="End one: watch off NAME, or watch off all")
        if len(known) >= MOST_OF_ALL:
            raise UsageError(f"There are {MOST_OF_ALL} watches, and I keep no more.", hint="Ask again when some ended.")
        async with answering(), self._store.quick.pipeline(transaction=True) as pipe:
            pipe.hset(keys.WATCHES, watch.id, msgspec.json.encode(watch))
            pipe.zadd(keys.WATCHES_DUE, {watch.id: looks_at.timestamp()})
            await pipe.execute()

    async def get(self, watch_id: str) -> Watch | None:
        """Read a watch; None where it ended."""
        return decode(await self._raw(watch_id), Watch, f"watch {watch_id!r}")

    async def _raw(self, watch_id: str) -> bytes | None:
        async with answering():
            raw: bytes | None = await self._store.quick.hget(keys.WATCHES, watch_id)
        return raw

    async def list(self, channel: str = "") -> tuple[Watch, ...]:
        """Return all watches, or a channel's, the oldest first."""
        async with answering():
            raw = await self._store.quick.hgetall(keys.WATCHES)
        found = (decode(value, Watch, f"watch {name!r}") for name, value in sorted(raw.items()))
        return tuple(each for each in found if each and channel in ("", each.channel))

    async def change(
        self, watch_id: str, change: Callable[[Watch], Watch], next_at: Callable[[Watch], datetime] | None = None
    ) -> Watch | None:
        """Change a watch, and when it looks next, and nothing of it that somebody else changes at the same moment.

        Returns it as it is then; None where it was ended meanwhile, which stays so. Raises StoreUnreachableError.
        """
        for _ in range(_MOST_CHANGES):
            raw = await self._raw(watch_id)
            known = decode(raw, Watch, f"watch {watch_id!r}")
            if raw is None or known is None:
                return None
            changed = change(known)
            score = repr(min(next_at(changed), changed.until).timestamp()) if next_at else ""
            if await self._script(_CHANGE, watch_id, raw, rewritten(raw, changed), score):
                return changed
        raise StoreUnreachableError("Others change that watch all the time.")

    async def remove(self, watch_id: str) -> bool:
        """End a watch; False where it had ended."""
        async with answering(), self._store.quick.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.WATCHES, watch_id)
            pipe.zrem(keys.WATCHES_DUE, watch_id)
            removed, _ = await pipe.execute()
        return bool(removed)

    async def due(self, now: datetime) -> tuple[DueWatch, ...]:
        """Claim what is due. What is not asked or ended within a minute comes up again."""
        async with answering():
            found = await self._store.quick.zrangebyscore(keys.WATCHES_DUE, 0, now.timestamp(), withscores=True)
        claimed = [await self._claim(raw.decode(errors="replace"), score, now) for raw, score in found]
        return tuple(each for each in claimed if each)

    async def _claim(self, watch_id: str, score: float, now: datetime) -> DueWatch | None:
        raw = await self._raw(watch_id)
        if raw is None:  # ended
            await self.remove(watch_id)
            return None
        watch = None if raw in self._unreadable else decode(raw, Watch, f"watch {watch_id!r}")
        if watch is None:  # of another version, whose processes can read it: it stays as it is
            self._unreadable.add(raw)
            return None
        if not await self._script(_CLAIM, watch_id, repr(score), repr((now + CLAIM).timestamp())):
            return None
        return DueWatch(watch, look_id(watch), over=now >= watch.until)

    async def _script(self, body: str, *words: str | bytes) -> Any:
        async with answering():
            return await self._store.quick.register_script(body)(keys=[keys.WATCHES_DUE, keys.WATCHES], args=words)


def look_id(watch: Watch) -> str:
    """Return the run id of the look that a watch waits for."""
    return run_id_of(f"{watch.id} {watch.standing.looks}", watch.created_at)
