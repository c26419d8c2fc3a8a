"""How far a run is: a worker notes it while it answers, the Slack process reads it for who waits.

A note is no promise: it may be lost with the store, no answer waits for it, and a step that is over at once has none.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from bot.errors import StoreUnreachableError
from bot.jobs import keys
from bot.jobs.messages import Step
from bot.jobs.store import Store, answering

log = structlog.get_logger()
_SECONDS = 0.3  # after which a note is given up
_WORTH = 0.1  # seconds that a step lasts before it is noted: nobody sees a shorter one, and a warm worker has no others


class Progress:
    """Notes of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._writing: set[asyncio.Task[None]] = set()

    async def note(self, run_id: str, step: Step) -> None:
        """Note that a run has come to a step."""
        try:
            async with answering(_SECONDS):
                await self._store.quick.set(keys.step(run_id), step, ex=keys.STEP_LIFE)
        except StoreUnreachableError as error:
            log.info("no note of a step", step=step, reason=str(error))

    @asynccontextmanager
    async def noting(self, run_id: str) -> AsyncIterator[Callable[[Step], Awaitable[None]]]:
        """Yield what notes the steps of a run beside it, as long as it lasts. What is being written is written to its end."""
        loop = asyncio.get_running_loop()
        soon: asyncio.TimerHandle | None = None

        async def note(step: Step) -> None:
            nonlocal soon
            if soon:
                soon.cancel()
            soon = loop.call_later(_WORTH, self._begin, run_id, step)

        try:
            yield note
        finally:
            if soon:
                soon.cancel()

    def _begin(self, run_id: str, step: Step) -> None:
        task = asyncio.create_task(self.note(run_id, step))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def of(self, run_id: str) -> Step | None:
        """Return the step that a run is at; None where nothing is known, or a newer worker has more steps."""
        async with answering():
            raw = await self._store.quick.getrange(keys.step(run_id), 0, 15)
        word = raw.decode(errors="replace")
        return Step(word) if word in set(Step) else None
