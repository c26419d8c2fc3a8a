"""What one person may have measured: questions with probes, counted in the store, for all workers of a cluster together.

Who asks on without an end is answered on configuration and told so: a chat is no load generator for the Services behind it.
"""

from typing import Any

import structlog

from bot.errors import StoreUnreachableError
from bot.jobs import keys
from bot.jobs.messages import Run
from bot.jobs.store import Store, answering

log = structlog.get_logger()
AT_ONCE = 20  # questions in a row
SECONDS = 6.0  # until the next one is free
_WITHIN = 0.3  # seconds that an answer waits for the store

# key, seconds a place, seconds that may be saved up → seconds until a place is free, as text; 0: it was taken
_TAKE = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local seconds, room = tonumber(ARGV[1]), tonumber(ARGV[2])
local at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or '0') or 0)
if at + seconds - now > room then return tostring(at + seconds - now - room) end
redis.call('SET', KEYS[1], string.format('%.6f', at + seconds), 'EX', math.ceil(at + seconds - now) + 1)
return '0'
"""


class ProbeBudget:
    """The budgets of all who ask about one cluster."""

    def __init__(self, store: Store, cluster: str) -> None:
        self._store = store
        self._cluster = cluster
        self._script: Any = None

    async def seconds_until_free(self, run: Run) -> float:
        """Take a place for a run; return 0 where it may be measured, else the seconds until one is free.

        Only a person's own questions count: schedules and watches have a pace of their own. Without a store nothing is
        refused: the answer could not be kept either.
        """
        if not run.is_persons or not run.asked_by:
            return 0.0
        if self._script is None:
            self._script = self._store.quick.register_script(_TAKE)
        key = keys.rate(f"probes:{self._cluster}:{run.team}:{run.asked_by}")
        try:
            async with answering(_WITHIN):
                return float(await self._script(keys=[key], args=[SECONDS, AT_ONCE * SECONDS]))
        except StoreUnreachableError as error:
            log.info("no budget", reason=str(error))
            return 0.0
