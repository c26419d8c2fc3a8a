"""What a schedule remembers of its digests: the last one, its message, and the totals of two weeks for the trend."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from bot.jobs import keys
from bot.jobs.messages import Posted, Schedule
from bot.jobs.runs import decode
from bot.jobs.store import Store, answering
from bot.model.result.digest import Digest, Totals

Trend = tuple[tuple[date, Totals], ...]


class History:
    """Last messages and trends, by schedule."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def posted(self, schedule_id: str) -> Posted | None:
        """Read the last message of a schedule."""
        key = keys.posted(schedule_id)
        async with answering():
            raw = await self._store.quick.get(key)
        return decode(raw, Posted, key)

    async def remember(self, schedule_id: str, posted: Posted) -> None:
        """Keep the last message of a schedule."""
        async with answering():
            await self._store.quick.set(keys.posted(schedule_id), msgspec.json.encode(posted), ex=keys.DIGEST_LIFE)

    async def told(self, schedule_id: str, digest: Digest) -> None:
        """Keep a digest that its channel was told: the next one is compared with it. What nobody was told stays news."""
        async with answering():
            await self._store.quick.set(keys.digest(schedule_id), msgspec.json.encode(digest), ex=keys.DIGEST_LIFE)

    async def note(self, schedule: Schedule, at: datetime, totals: Totals) -> None:
        """Keep the totals of a day, the day being that of the schedule's zone; what is older than two weeks goes."""
        key, today = keys.trend(schedule.id), _day(schedule, at)
        oldest = today - timedelta(days=keys.TREND_DAYS - 1)
        async with answering():
            await self._store.quick.hset(key, today.isoformat(), msgspec.json.encode(totals))
            days = [raw.decode(errors="replace") for raw in await self._store.quick.hkeys(key)]
            old = [each for each in days if each < oldest.isoformat()]
            if old:
                await self._store.quick.hdel(key, *old)
            await self._store.quick.expire(key, keys.DIGEST_LIFE)

    async def trend(self, schedule_id: str) -> Trend:
        """Return the totals of the days that are kept, the oldest first; days on which nothing was checked are left out."""
        key = keys.trend(schedule_id)
        async with answering():
            raw = await self._store.quick.hgetall(key)
        found = ((day.decode(errors="replace"), decode(value, Totals, key)) for day, value in sorted(raw.items()))
        return tuple((date.fromisoformat(day), totals) for day, totals in found if totals)

    async def forget_trend(self, schedule_id: str) -> None:
        """Begin a schedule's trend anew."""
        async with answering():
            await self._store.quick.delete(keys.trend(schedule_id))


def _day(schedule: Schedule, at: datetime) -> date:
    return at.astimezone(ZoneInfo(schedule.timezone)).date()
