"""How far a run is: a worker notes it while it answers, the Slack process reads it for who waits.

A note is no promise: it may be lost with the store, and no answer waits for it for more than a moment.
"""

import structlog

from bot.errors import StoreUnreachableError
from bot.jobs import keys
from bot.jobs.messages import Step
from bot.jobs.store import Store, answering

log = structlog.get_logger()
_SECONDS = 0.3  # that an answer waits for its note


class Progress:
    """Notes of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def note(self, run_id: str, step: Step) -> None:
        """Note that a run has come to a step."""
        try:
            async with answering(_SECONDS):
                await self._store.quick.set(keys.step(run_id), step, ex=keys.STEP_LIFE)
        except StoreUnreachableError as error:
            log.info("no note of a step", step=step, reason=str(error))

    async def of(self, run_id: str) -> Step | None:
        """Return the step that a run is at; None where nothing is known, or a newer worker has more steps."""
        async with answering():
            raw = await self._store.quick.getrange(keys.step(run_id), 0, 15)
        word = raw.decode(errors="replace")
        return Step(word) if word in set(Step) else None
