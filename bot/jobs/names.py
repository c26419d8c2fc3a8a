"""The names of each cluster as its workers keep them: written by one worker at a time, read by the Slack processes.

They are a day old at most; a cluster without a worker has none in the end. Who finds a name missing asks for them anew.
"""

import asyncio
import os
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec
import structlog

from bot.errors import K8snetError, StoreUnreachableError
from bot.jobs import keys
from bot.jobs.runs import decode
from bot.jobs.store import BLOCK, Store, answering
from bot.model.names import Names

log = structlog.get_logger()

EVERY = 300.0  # seconds between two readings
_YOUNG = 5.0  # seconds for which names are not read again, whoever asks
_READING = 60  # seconds for which no other worker reads, should this one die
_WAIT = 1.2  # seconds that somebody waits for names read anew: Slack wants its acknowledgement within three
_LOOK = 0.1
_PAUSE = 2.0  # seconds before the store is tried again

Read = Callable[[], Awaitable[Names]]


class NameIndex:
    """The names by cluster, each kept here, too, until a worker writes newer ones."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known: dict[str, tuple[bytes, Names]] = {}

    async def of(self, cluster: str) -> Names | None:
        """Return the names of a cluster; None where no worker wrote any within a day."""
        key = keys.names(cluster)
        async with answering():
            mark = await self._store.quick.hget(key, "at")
            if mark is None:
                self._known.pop(cluster, None)
                return None
            known = self._known.get(cluster)
            if known and known[0] == mark:
                return known[1]
            raw = await self._store.quick.hget(key, "names")
        found = decode(raw, Names, key)
        if found:
            self._known[cluster] = (mark, found)
        return found

    async def anew(self, cluster: str) -> Names | None:
        """Ask a worker to read them again and wait for a second; return what is known then."""
        before = await self.of(cluster)
        if before and before.age(datetime.now(UTC)).total_seconds() < _YOUNG:
            return before
        async with answering(), self._store.quick.pipeline(transaction=True) as pipe:
            pipe.lpush(keys.names_wanted(cluster), "1")
            pipe.ltrim(keys.names_wanted(cluster), 0, 0)
            pipe.expire(keys.names_wanted(cluster), _READING)
            await pipe.execute()
        for _ in range(round(_WAIT / _LOOK)):
            await asyncio.sleep(_LOOK)
            now = await self.of(cluster)
            if now and (before is None or now.at > before.at):
                return now
        return before

    async def write(self, names: Names) -> None:
        """Keep the names of a cluster for a day."""
        key = keys.names(names.cluster)
        async with answering(), self._store.quick.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping={"at": os.urandom(8), "names": msgspec.json.encode(names)})
            pipe.expire(key, keys.NAMES_LIFE)
            await pipe.execute()

    async def wanted(self, cluster: str, seconds: float) -> bool:
        """Wait so long until somebody wants names read anew."""
        async with answering(seconds + BLOCK):
            return bool(await self._store.patient.blpop([keys.names_wanted(cluster)], timeout=seconds))

    async def take_turn(self, cluster: str) -> bool:
        """Return whether this worker is the one to read now."""
        async with answering():
            return bool(await self._store.quick.set(keys.names_turn(cluster), "1", nx=True, ex=_READING))

    async def end_turn(self, cluster: str) -> None:
        """Let others read."""
        async with answering():
            await self._store.quick.delete(keys.names_turn(cluster))


async def keep_names(store: Store, cluster: str, read: Read, every: float = EVERY) -> None:
    """Keep a cluster's names until cancelled. What goes wrong is a line in the log: pickers then offer older names, or none."""
    index, is_wanted = NameIndex(store), False
    while True:
        try:
            await _refresh(index, cluster, read, _YOUNG if is_wanted else every / 2)
            is_wanted, left = False, every * random.uniform(0.9, 1.1)  # noqa: S311 - no secret; workers take turns
            while left > 0 and not is_wanted:
                is_wanted = await index.wanted(cluster, min(left, BLOCK))
                left -= BLOCK
        except StoreUnreachableError as error:
            log.info("no store for names", reason=str(error))
            await asyncio.sleep(_PAUSE)


async def _refresh(index: NameIndex, cluster: str, read: Read, least: float) -> None:
    """Read the names unless they are younger than so many seconds, or another worker is at it."""
    known = await index.of(cluster)
    is_young = known is not None and known.age(datetime.now(UTC)).total_seconds() < least
    if is_young or not await index.take_turn(cluster):
        return
    try:
        await index.write(await read())
    except K8snetError as error:
        log.warning("names were not read", cluster=cluster, reason=str(error))
    finally:
        await index.end_turn(cluster)
