"""Schedules: digests at a time of day. Each due time is asked for once, however many processes look.

A due schedule is claimed by moving its next time a minute on; asking for it moves it to its real next time. If the
claimant dies in between, the minute passes and the same due time comes up again, with the same run id.
Daylight saving is cronsim's: a time that is skipped runs right after the gap, one that comes twice runs once.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import msgspec
import structlog
from cronsim import CronSim
from msgspec.structs import replace

from bot.errors import StoreUnreachableError, UsageError
from bot.jobs import keys
from bot.jobs.messages import Due, Schedule
from bot.jobs.rewriting import rewritten
from bot.jobs.runs import decode, run_id_of
from bot.jobs.store import Store, answering
from bot.model.text import shown

log = structlog.get_logger()

CLAIM = timedelta(minutes=1)
TOO_LATE = timedelta(hours=1)  # a digest of this morning is no use in the afternoon; the next one says what was missed
_MOST_MISSED = 1000
_MOST_CHANGES = 20  # tries to change a schedule that others change, too

# schedule id, score expected, score to set, due time → 1, or 0: another process was first
_CLAIM = """
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1])) ~= tonumber(ARGV[2]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
if ARGV[4] == '' then redis.call('HDEL', KEYS[2], ARGV[1]) else redis.call('HSET', KEYS[2], ARGV[1], ARGV[4]) end
return 1
"""

# schedule id, as it was read, as it shall be → 1, or 0: somebody else changed or stopped it meanwhile
_CHANGE = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


def next_time(schedule: Schedule, after: datetime) -> datetime:
    """Return the first time of a schedule after a moment, in UTC."""
    days = ",".join(str(each % 7) for each in schedule.weekdays)  # cron's Sunday is 0
    times = CronSim(f"{schedule.minute} {schedule.hour} * * {days}", after.astimezone(ZoneInfo(schedule.timezone)))
    return next(each for each in (time.astimezone(UTC) for time in times) if each > after)


def in_full(schedule: Schedule) -> Schedule:
    """Return a schedule with its zone as it is spelled. Raises UsageError for a time or time zone that does not exist."""
    if not (0 <= schedule.hour < 24 and 0 <= schedule.minute < 60):  # noqa: PLR2004 - hours and minutes of a day
        raise UsageError(f"{schedule.hour}:{schedule.minute:02} is not a time of day.")
    zone = zone_named(schedule.timezone)
    if not zone:
        raise UsageError(
            f"I know no time zone {shown(schedule.timezone)}.", hint="Name one like Europe/Berlin, or UTC."
        )
    return replace(schedule, timezone=zone)


def zone_named(word: str) -> str:
    """Return the IANA name of a time zone in its own spelling, also by its city; empty where there is none of that name."""
    low = word.strip().lower().replace(" ", "_")
    if low in _zones():
        return _zones()[low]
    found = [name for each, name in _zones().items() if each.rpartition("/")[2] == low and "/" in each]
    return found[0] if len(found) == 1 else ""


def zones_like(text: str, most: int = 100) -> tuple[str, ...]:
    """Return the time zones whose name holds a text, those whose city begins with it first."""
    wanted = text.strip().lower().replace(" ", "_")
    found = [name for low, name in sorted(_zones().items()) if wanted in low]
    found.sort(key=lambda each: (not each.lower().rpartition("/")[2].startswith(wanted), each))
    return tuple(found[:most])


@cache
def _zones() -> dict[str, str]:
    return {each.lower(): each for each in available_timezones()}


class Schedules:
    """Schedules and their due times."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._unreadable: set[bytes] = set()  # schedules of another version, each logged once

    async def add(self, schedule: Schedule, now: datetime) -> None:
        """Write a schedule, new or changed; raises UsageError for a time that does not exist."""
        schedule = in_full(schedule)
        async with answering(), self._store.quick.pipeline(transaction=True) as pipe:
            pipe.hset(keys.SCHEDULES, schedule.id, msgspec.json.encode(schedule))
            pipe.zadd(keys.DUE, {schedule.id: next_time(schedule, now).timestamp()})
            pipe.hdel(keys.CLAIMED, schedule.id)
            await pipe.execute()

    async def change(self, schedule_id: str, change: Callable[[Schedule], Schedule]) -> Schedule | None:
        """Change a schedule whose times stay as they are, and nothing of it that somebody else changes at the same moment.

        Returns it as it is then; None where it was stopped, which stays so. Raises StoreUnreachableError.
        """
        for _ in range(_MOST_CHANGES):
            raw = await self._raw(schedule_id)
            known = decode(raw, Schedule, f"schedule {schedule_id!r}")
            if raw is None or known is None:
                return None
            changed = change(known)
            async with answering():
                script = self._store.quick.register_script(_CHANGE)
                words = [schedule_id, raw, rewritten(raw, changed)]
                if await script(keys=[keys.SCHEDULES], args=words):
                    return changed
        raise StoreUnreachableError("Others change that digest all the time.")

    async def start(self, schedule: Schedule, now: datetime) -> None:
        """See to it that a schedule has a next time. Raises UsageError for a time that does not exist."""
        at = next_time(in_full(schedule), now)
        async with answering():
            await self._store.quick.zadd(keys.DUE, {schedule.id: at.timestamp()}, nx=True)

    async def remove(self, schedule_id: str) -> None:
        """Forget a schedule, its last digest and its trend."""
        async with answering(), self._store.quick.pipeline(transaction=True) as pipe:
            pipe.hdel(keys.SCHEDULES, schedule_id)
            pipe.hdel(keys.CLAIMED, schedule_id)
            pipe.hdel(keys.MISSED, schedule_id)
            pipe.zrem(keys.DUE, schedule_id)
            pipe.delete(keys.digest(schedule_id), keys.posted(schedule_id), keys.trend(schedule_id))
            await pipe.execute()

    async def list(self, channel: str = "") -> tuple[Schedule, ...]:
        """Return all schedules, or a channel's, by id."""
        async with answering():
            raw = await self._store.quick.hgetall(keys.SCHEDULES)
        found = (decode(value, Schedule, f"schedule {name!r}") for name, value in sorted(raw.items()))
        return tuple(each for each in found if each and channel in ("", each.channel))

    async def get(self, schedule_id: str) -> Schedule | None:
        """Read a schedule; None where there is none, and for one that another version wrote."""
        return decode(await self._raw(schedule_id), Schedule, f"schedule {schedule_id!r}")

    async def _raw(self, schedule_id: str) -> bytes | None:
        async with answering():
            raw: bytes | None = await self._store.quick.hget(keys.SCHEDULES, schedule_id)
        return raw

    async def due(self, now: datetime) -> tuple[Due, ...]:
        """Claim what is due. Ask each within a minute, else it comes up again."""
        async with answering():
            candidates = await self._store.quick.zrangebyscore(keys.DUE, 0, now.timestamp(), withscores=True)
        found = [await self._claim_safely(raw.decode(errors="replace"), score, now) for raw, score in candidates]
        return tuple(each for each in found if each)

    async def _claim_safely(self, schedule_id: str, score: float, now: datetime) -> Due | None:
        """Claim one. One without a next time (an hour of 99, a zone that left the database) leaves the clock, and is told."""
        raw = await self._raw(schedule_id)
        if raw is None:
            await self.remove(schedule_id)
            return None
        schedule = None if raw in self._unreadable else decode(raw, Schedule, f"schedule {schedule_id!r}")
        if schedule is None:  # of another version, whose processes can read it: it stays as it is
            self._unreadable.add(raw)
            return None
        try:
            return await self._claim(schedule, score, now)
        except StoreUnreachableError:
            raise
        except Exception:  # one that cannot be computed stops no other; it stays listed, to be made anew
            log.exception("schedule has no next time, and is stopped", schedule=schedule_id)
            async with answering():
                first = await self._store.quick.zrem(keys.DUE, schedule_id)
            return Due(schedule, now, "", is_broken=True) if first else None

    async def asked(self, schedule_id: str, run_id: str, now: datetime) -> None:
        """Move a schedule to its next time if this run is the due one: its digest is on the way."""
        schedule = await self.get(schedule_id)
        async with answering():
            claimed = await self._store.quick.hget(keys.CLAIMED, schedule_id)
            score = await self._store.quick.zscore(keys.DUE, schedule_id)
        if schedule is None or claimed is None or score is None:
            return
        if run_id == _run_id(schedule, datetime.fromtimestamp(float(claimed), UTC)):
            await self._move(schedule_id, score, next_time(schedule, now).timestamp(), "")
            async with answering():
                await self._store.quick.hdel(keys.MISSED, schedule_id)

    async def skip(self, schedule: Schedule, at: datetime, now: datetime) -> None:
        """Move a claimed schedule to its next time: this one is not asked for."""
        async with answering():
            claimed = await self._store.quick.hget(keys.CLAIMED, schedule.id)
            score = await self._store.quick.zscore(keys.DUE, schedule.id)
        if score is not None and claimed is not None and float(claimed) == at.timestamp():
            await self._skip(schedule, score, 1, now)

    async def _claim(self, schedule: Schedule, score: float, now: datetime) -> Due | None:
        schedule_id = schedule.id
        async with answering():
            claimed = await self._store.quick.hget(keys.CLAIMED, schedule_id)
        first = datetime.fromtimestamp(float(claimed or score), UTC)
        if schedule.is_paused(first):  # what is not wanted is not missed
            await self._move(schedule_id, score, next_time(schedule, now).timestamp(), "")
            return None
        at, missed = _latest(schedule, first, now)
        if now - at > TOO_LATE:
            await self._skip(schedule, score, missed + 1, now)
            return None
        until = (now + CLAIM).timestamp()
        if not await self._move(schedule_id, score, until, repr(at.timestamp())):
            return None
        async with answering():
            before = int(await self._store.quick.hget(keys.MISSED, schedule_id) or 0)
        return Due(schedule, at, _run_id(schedule, at), missed + before)

    async def _skip(self, schedule: Schedule, score: float, missed: int, now: datetime) -> None:
        if await self._move(schedule.id, score, next_time(schedule, now).timestamp(), ""):
            log.warning("digests skipped", schedule=schedule.id, missed=missed)
            async with answering():
                await self._store.quick.hincrby(keys.MISSED, schedule.id, missed)

    async def _move(self, schedule_id: str, expected: float, score: float, claimed: str) -> bool:
        async with answering():
            script = self._store.quick.register_script(_CLAIM)
            words = [schedule_id, repr(expected), repr(score), claimed]
            return bool(await script(keys=[keys.DUE, keys.CLAIMED], args=words))


def _latest(schedule: Schedule, first: datetime, now: datetime) -> tuple[datetime, int]:
    """Return the last due time up to now, and how many before it were missed."""
    at, missed = first, 0
    while missed < _MOST_MISSED and (following := next_time(schedule, at)) <= now:
        at, missed = following, missed + 1
    return at, missed


def _run_id(schedule: Schedule, at: datetime) -> str:
    """Return the same id for the same due time, so that it can be asked twice and runs once."""
    return run_id_of(f"{schedule.id} {at.timestamp()}", at)
