"""The queue of a cluster: saq, with the settings and guards that its defaults lack. Delivery at least once, no more.

What saq 0.26 does and we close here or in the ledger (read in its source):
- a payload that is no job raises inside `sweep`, so no lost job is ever found again → `deserialize` gives None
- without Redis `dequeue` fails at once and is called again at once, a busy loop → a pause
- defaults lose a killed worker's job for ever (one retry, no heartbeat), and keep it 10 s → all are set
- `sweep` aborts a job that was just taken (seen at every start of a worker while a job waits) and one after the other
  waits 5 s for each; a crash meanwhile loses the job → a sweep of our own
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
from bot.jobs.messages import QueueState

log = structlog.get_logger()

FUNCTION = "answer"
_PAUSE = 0.5
_RETRIES = 10  # the ledger counts tries; saq only has to bring the job
_RESULT_LIFE = 60


class JobQueue(RedisQueue):
    """saq's queue of one cluster, hardened."""

    redis: Any  # see store.py

    def __init__(self, redis: Any, cluster: str) -> None:
        super().__init__(redis, keys.queue_name(cluster), dump=msgspec.json.encode, load=msgspec.json.decode)
        self.cluster = cluster
        self._just_taken = self.namespace("just_taken")

    def deserialize(self, payload: Any, status: Any = None) -> Job | None:
        """Read a job; None for what is none, which saq then strikes off."""
        try:
            return super().deserialize(payload, status)
        except (msgspec.DecodeError, UnicodeDecodeError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("no job", queue=self.name, reason=str(error))
            return None

    async def notify(self, job: Job) -> None:
        """Do nothing, where saq would publish each state of each job: who waits for an answer hears the ledger's bell."""

    async def dequeue(self, timeout: float = 0.0, poll_interval: float = 0.0) -> Job | None:  # noqa: ASYNC109 - saq's
        """Take a job, or give None after `timeout` seconds or without Redis."""
        try:
            return await super().dequeue(timeout, poll_interval)
        except (RedisError, OSError) as error:
            log.warning("no store", queue=self.name, reason=str(error))
            await asyncio.sleep(_PAUSE)
            return None

    async def sweep(self, lock: int = 60, abort: float = 0.0) -> list[str]:  # noqa: ARG002 - nothing is aborted
        """Return jobs of lost workers back, at most every `lock` seconds in all workers; gives their ids.

        A worker that is only slow goes on: the ledger knows that two are at it, and the first answer counts.
        """
        try:
            if not await self.redis.set(self._sweep, 1, nx=True, ex=lock):
                return []
            ids = await self.redis.lrange(self._active, 0, -1)
            return [job_id.decode(errors="replace") for job_id in await self._give_back(ids)]
        except (RedisError, OSError) as error:
            log.warning("no store", queue=self.name, reason=str(error))
            return []

    async def _give_back(self, ids: list[bytes]) -> list[bytes]:
        """A job that is active and still QUEUED was just taken, or its taker died at once: the second sight tells."""
        before = set(await self.redis.smembers(self._just_taken))
        jobs = [self.deserialize(raw) for raw in await self.redis.mget(ids)] if ids else []
        taken = [job_id for job_id, job in zip(ids, jobs, strict=True) if job and job.status is Status.QUEUED]
        async with self.redis.pipeline(transaction=True) as pipe:
            pipe.delete(self._just_taken)
            if taken:
                pipe.sadd(self._just_taken, *taken)
            await pipe.execute()
        swept = []
        for job_id, job in zip(ids, jobs, strict=True):
            if job is None:
                await self.redis.lrem(self._active, 0, job_id)
                await self.redis.zrem(self._incomplete, job_id)
            elif job.stuck or (job.status is not Status.ACTIVE and (job_id not in taken or job_id in before)):
                log.warning("job of a lost worker", job=job.key, attempts=job.attempts)
                await self.retry(job, self.swept_error_message)
            else:
                continue
            swept.append(job_id)
        return swept

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
