"""The queue of a cluster: saq, with the settings and guards that its defaults lack. Delivery at least once, no more.

What saq 0.26 does and we close here or in the ledger (read in its source):
- a payload that is no job raises inside `sweep`, so no lost job is ever found again → `deserialize` gives None
- without Redis `dequeue` fails at once and is called again at once, a busy loop → a pause
- defaults lose a killed worker's job for ever (one retry, no heartbeat), and keep it 10 s → all are set
- `sweep` aborts a job that was just taken, and waits 5 s for each; a crash there loses the job → short, and the ledger
"""

import asyncio
from typing import Any

import msgspec
import structlog
from redis.exceptions import RedisError
from saq.job import Job, Status
from saq.queue.redis import RedisQueue
from saq.utils import now

from bot.jobs import keys
from bot.jobs.keys import Timing
from bot.jobs.words import QueueState

log = structlog.get_logger()

FUNCTION = "answer"
_PAUSE = 0.5
_ABORT_WAIT = 0.2
_RETRIES = 10  # the ledger counts tries; saq only has to bring the job
_RESULT_LIFE = 60


class JobQueue(RedisQueue):
    """saq's queue of one cluster, hardened."""

    def __init__(self, redis: Any, cluster: str) -> None:
        super().__init__(redis, keys.queue_name(cluster), dump=msgspec.json.encode, load=msgspec.json.decode)
        self.cluster = cluster

    def deserialize(self, payload: Any, status: Any = None) -> Job | None:
        """Read a job; None for what is none, which saq then strikes off."""
        try:
            return super().deserialize(payload, status)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("no job", queue=self.name, reason=str(error))
            return None

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:  # noqa: ASYNC109 - saq's
        """Take a job, or give None after `timeout` seconds or without Redis."""
        try:
            return await super().dequeue(timeout, poll_interval)
        except (RedisError, OSError) as error:
            log.warning("no store", queue=self.name, reason=str(error))
            await asyncio.sleep(_PAUSE)
            return None

    async def sweep(self, lock: int = 60, abort: float = _ABORT_WAIT) -> list[str]:
        """Look for jobs of lost workers; waits only shortly for each to confirm its abortion."""
        try:
            return await super().sweep(lock, min(abort, _ABORT_WAIT))
        except (RedisError, OSError) as error:
            log.warning("no store", queue=self.name, reason=str(error))
            return []

    async def put(self, run_id: str, number: int, timing: Timing, limit: float) -> None:
        """Enqueue a run. Each time it is put back it is another job: saq refuses a key that it still holds."""
        await self.enqueue(
            Job(
                FUNCTION,
                kwargs={"run_id": run_id},
                key=f"{run_id}:{number}",
                retries=_RETRIES,
                timeout=int(limit) + 30,  # the run's own limit comes first
                heartbeat=timing.swept_after,
                ttl=_RESULT_LIFE,
            )
        )

    async def has(self, run_id: str, number: int) -> bool:
        """Whether that job waits to be taken."""
        job = await self.job(f"{run_id}:{number}")
        return job is not None and job.status is Status.QUEUED

    async def state(self) -> QueueState:
        """Count what waits, what runs, and the workers that gave a sign of life."""
        waiting, running = await self.count("queued"), await self.count("active")
        workers = await self.redis.zcount(self._stats, now(), "+inf")
        return QueueState(self.cluster, waiting, running, int(workers))
