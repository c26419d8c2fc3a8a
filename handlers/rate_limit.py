"""Keeps to Slack's rates from our side, so that a verdict does not wait behind a refusal, and shares them fairly.

Posts: about one a second and channel, short bursts allowed; updates: 50 a minute and workspace, of which we use 45.
The budget is the workspace's: all replicas take from it in the store. https://docs.slack.dev/apis/web-api/rate-limits
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable

import structlog

from bot.errors import StoreUnreachableError

log = structlog.get_logger()

POST_SECONDS, POST_BURST = 1.0, 8  # so that eight who ask at once are answered at once
UPDATE_SECONDS, UPDATE_BURST = 60 / 45, 15
_ALONE = 5.0  # seconds for which a store that did not answer is not asked again
_MOST_KEYS = 1000

# Takes the next place of a budget that gives one every so many seconds and saves up some: seconds until it comes.
Reserve = Callable[[str, float, float], Awaitable[float]]


class Budget:
    """One process's own account of a rate: the one that counts while the store is away."""

    def __init__(self, seconds: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds, self.room, self._clock = seconds, seconds * (burst - 1), clock
        self._free: dict[str, float] = {}

    def is_free(self, key: str, room: int = 1) -> bool:
        """Return whether so many could go at once, besides whoever has a place already."""
        ahead = max(0.0, self._free.get(key, 0.0) - self._clock())
        return ahead + room * self.seconds <= self.room + self.seconds

    def reserve(self, key: str) -> float:
        """Take the next place and return how many seconds it is away."""
        now = self._clock()
        if len(self._free) > _MOST_KEYS:
            self._free = {each: free for each, free in self._free.items() if free > now}
        at = max(now, self._free.get(key, 0.0))
        self._free[key] = at + self.seconds
        return max(0.0, at - now - self.room)


class RateLimit:
    """One budget a key, and a line before it in which askers take turns: many questions of one hold up nobody else."""

    def __init__(self, name: str, budget: Budget, reserve: Reserve) -> None:
        self._name, self._budget, self._reserve = name, budget, reserve
        self._lines: dict[str, _Line] = {}
        self._alone_until = 0.0

    async def turn(self, key: str, whose: str = "") -> None:
        """Wait until the key may go and it is this asker's turn."""
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line()
            line.serving = asyncio.create_task(self._serve(key, line))
        await line.wait(whose)

    def is_free(self, key: str, room: int = 1) -> bool:
        """Return whether so many could go at once, as far as this process knows, and nobody waits."""
        return key not in self._lines and self._budget.is_free(key, room)

    async def _serve(self, key: str, line: "_Line") -> None:
        try:
            while line.is_waited_in:
                if (wait := await self._place(key)) > 0:
                    await asyncio.sleep(wait)
                line.let_one_go()
        finally:
            del self._lines[key]
            line.let_all_go()  # nobody would serve them

    async def _place(self, key: str) -> float:
        alone = self._budget.reserve(key)
        if time.monotonic() >= self._alone_until:
            try:
                return await self._reserve(f"{self._name}:{key}", self._budget.seconds, self._budget.room)
            except StoreUnreachableError as error:
                self._alone_until = time.monotonic() + _ALONE
                log.warning("the workspace's rate is kept to by this process alone", reason=str(error))
        return alone


class _Line:
    """Who waits for one key, by asker: each of them has one turn before anybody has a second."""

    def __init__(self) -> None:
        self.serving: asyncio.Task[None] | None = None
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()

    @property
    def is_waited_in(self) -> bool:
        """Whether anybody still waits; who gave up does not."""
        for whose, own in tuple(self._waiting.items()):
            while own and own[0].done():
                own.popleft()
            if not own:
                del self._waiting[whose]
        return bool(self._waiting)

    async def wait(self, whose: str) -> None:
        """Stand in line."""
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(whose, deque()).append(place)
        await place

    def let_all_go(self) -> None:
        """Let everybody go."""
        while self.is_waited_in:
            self.let_one_go()

    def let_one_go(self) -> None:
        """Let the next asker's oldest go, and put that asker at the end."""
        if self.is_waited_in:
            whose, own = next(iter(self._waiting.items()))
            own.popleft().set_result(None)
            self._waiting.move_to_end(whose)
