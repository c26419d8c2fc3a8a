"""Slack's rates are a workspace's, not a process's: the budget that all replicas take from lies in the store."""

import math
from typing import Any

from bot.jobs import keys
from bot.jobs.store import Store, answering

# key, seconds a place, seconds that may be saved up → seconds until the place that was taken, as text.
# A process takes one place at a time, so few are taken ahead: a time far ahead is of a clock that was set back meanwhile.
_RESERVE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local seconds, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0') or 0)
if at - now > room + 60 * seconds then at = now end
redis.call('SET', KEYS[1], string.format('%.6f', at + seconds), 'EX', math.ceil(at + seconds - now) + 1)
return tostring(math.max(0, at - now - room))
"""


class Rates:
    """The budgets, by key."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._script: Any = None

    async def reserve(self, key: str, seconds: float, room: float) -> float:
        """Take the next place of a budget that gives one every `seconds` and saves up `room` seconds' worth.

        Returns in how many seconds it comes. Raises StoreUnreachableError within 1 s.
        """
        if self._script is None:
            self._script = self._store.quick.register_script(_RESERVE)
        async with answering():
            wait = float(await self._script(keys=[keys.rate(key)], args=[seconds, room]))
        return wait if math.isfinite(wait) else 0.0
