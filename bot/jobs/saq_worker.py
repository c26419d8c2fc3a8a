"""saq's worker, hardened: a store that is away is a line instead of a traceback, and an idle worker stops at once.

What saq 0.26 does and we close here (read in its source): without Redis it logs a traceback for each of its upkeep tasks
every second, and for each job that it cannot begin, end or give back; of the last it then forgets the exception, so
that asyncio logs that one, too. No job is lost by it: the sweep finds what was not given back, and so does the ledger.
"""

import asyncio
import logging
from typing import Any

import structlog
from redis.exceptions import RedisError
from saq.job import Job
from saq.worker import Worker, logger

from bot.errors import StoreUnreachableError

log = structlog.get_logger()
_AWAY = (StoreUnreachableError, RedisError, OSError)


class SaqWorker(Worker[Any]):
    """Takes jobs of one queue, `concurrency` at a time."""

    SIGNALS: list[Any] = []  # noqa: RUF012 - saq's own shape; signals belong to the program, not to a library

    async def process(self) -> bool:
        """Take a job and do it; what may be raised is that it could not even be given back."""
        try:
            return await super().process()
        except _AWAY as error:
            log.warning("no store", reason=str(error))
            return True

    async def upkeep(self) -> list[asyncio.Task[None]]:
        self._upkeep = await super().upkeep()
        return self._upkeep

    async def stop(self) -> None:
        """Wait for runs, but not for upkeep that sleeps: an idle worker stops at once."""
        for task in self._upkeep:
            task.cancel()
        await super().stop()


class _InALine(logging.Filter):
    """Says what saq would log with the traceback of a store that is away, by its reason and the run alone."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, _AWAY):
            return True
        log.warning("no store", reason=str(error), **_run(record.args))
        return False


def _run(args: Any) -> dict[str, Any]:
    """Of a record's arguments the run of a job, where it is about one."""
    for each in args if isinstance(args, tuple) else ():
        if isinstance(each, Job) and isinstance(each.kwargs, dict):
            return {"run": each.kwargs.get("run_id", "")}
    return {}


logger.addFilter(_InALine())
