"""Keeps to Slack's rates from our side, so that a verdict does not wait behind a refusal.

Posts: about one a second and channel, short bursts allowed; updates: 50 a minute and workspace, of which we use 45.
https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
import time
from collections.abc import Callable

POST_SECONDS, POST_BURST = 1.0, 4
UPDATE_SECONDS, UPDATE_BURST = 60 / 45, 15
_MOST_KEYS = 1000


class RateLimit:
    """One bucket a key: `turn` waits until the key may go, in the order of asking."""

    def __init__(self, seconds: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._room, self._clock = seconds, seconds * (burst - 1), clock
        self._free: dict[str, float] = {}

    async def turn(self, key: str) -> None:
        """Wait for this key's turn."""
        if (wait := self.reserve(key)) > 0:
            await asyncio.sleep(wait)

    def is_free(self, key: str, room: int = 1) -> bool:
        """Return whether so many could go at once, besides whoever has a turn already."""
        ahead = max(0.0, self._free.get(key, 0.0) - self._clock())
        return ahead + room * self._seconds <= self._room + self._seconds

    def reserve(self, key: str) -> float:
        """Take the next place and give how many seconds it is away."""
        now = self._clock()
        if len(self._free) > _MOST_KEYS:
            self._free = {each: free for each, free in self._free.items() if free > now}
        at = max(now, self._free.get(key, 0.0))
        self._free[key] = at + self._seconds
        return max(0.0, at - now - self._room)
