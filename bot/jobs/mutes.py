"""Mutes in Redis: what each channel does not want to hear of, until when."""

from datetime import datetime

import msgspec

from bot.errors import UsageError
from bot.jobs import keys
from bot.jobs.runs import decode
from bot.jobs.store import Store, answering
from bot.model.result.mutes import Mute

_MOST = 50  # of a channel


class Mutes:
    """Mutes by id; one whose time has passed is taken away by whoever looks."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, mute: Mute, now: datetime) -> None:
        """Keep a mute; one of the same takes its place. Raises UsageError where a channel has too many."""
        known = await self.active(mute.channel, now)
        same = [each.id for each in known if _what(each) == _what(mute)]
        if len(known) - len(same) >= _MOST:
            raise UsageError(f"This channel has {_MOST} mutes.", hint="End one: mute list")
        async with answering(), self._store.quick.pipeline(transaction=True) as pipe:
            if same:
                pipe.hdel(keys.MUTES, *same)
            pipe.hset(keys.MUTES, mute.id, msgspec.json.encode(mute))
            await pipe.execute()

    async def active(self, channel: str, at: datetime) -> tuple[Mute, ...]:
        """Return the mutes of a channel at a moment, the oldest first."""
        async with answering():
            raw = await self._store.quick.hgetall(keys.MUTES)
        found = {name: decode(value, Mute, f"mute {name!r}") for name, value in sorted(raw.items())}
        over = [name for name, each in found.items() if each and each.until <= at]
        if over:
            async with answering():
                await self._store.quick.hdel(keys.MUTES, *over)
        return tuple(each for each in found.values() if each and each.channel == channel and each.until > at)

    async def get(self, mute_id: str) -> Mute | None:
        """Read a mute; None where it ended."""
        async with answering():
            raw = await self._store.quick.hget(keys.MUTES, mute_id)
        return decode(raw, Mute, f"mute {mute_id!r}")

    async def remove(self, mute_id: str) -> bool:
        """End a mute; False where it had ended."""
        async with answering():
            return bool(await self._store.quick.hdel(keys.MUTES, mute_id))


def _what(mute: Mute) -> tuple[object, ...]:
    return mute.channel, mute.cluster, mute.code, mute.service, mute.namespaces
