"""Whether this process had its turns: a try that timed out while it was kept from running says nothing of whom it asked.

A container over its CPU limit is stopped for the rest of each period (https://docs.kernel.org/scheduler/sched-bwc.html), and a
busy machine lets a process wait for longer. The event loop then wakes late, and raises a time-out that is due although the
answer may lie in the socket.
"""

import asyncio

_EVERY = 0.05
_STALL = 0.1  # shorter ones leave a try of a second enough turns to take an answer in
_MOST = 0.5  # of the second half of a try, beyond which its silence is ours


class Lag:
    """How long the event loop stood still, and when; known while `watch` runs."""

    def __init__(self) -> None:
        self._turn = asyncio.get_running_loop().time()
        self._stalls: list[tuple[float, float]] = []

    async def watch(self) -> None:
        """Look until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._turn = loop.time()
            await asyncio.sleep(_EVERY)
            self._stalls += self._since_turn(loop.time())

    def spoils(self, began: float) -> bool:
        """Return whether a try since a moment of the loop's clock had no time in the end to take an answer in.

        Stalls of its first half excuse nothing: many probes begin at once, and what came meanwhile is read after it.
        """
        now = asyncio.get_running_loop().time()
        middle = (began + now) / 2
        lost = (end - max(begin, middle) for begin, end in (*self._stalls, *self._since_turn(now)) if end > middle)
        return sum(lost) > _MOST * (now - middle)

    def _since_turn(self, now: float) -> list[tuple[float, float]]:
        due = self._turn + _EVERY
        return [(due, now)] if now - due > _STALL else []
