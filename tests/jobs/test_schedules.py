"""Digests at a time of day: once in all replicas, right across daylight saving, what was missed is counted."""

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace
from redis.asyncio import Redis

from bot.config import Config
from bot.errors import UsageError
from bot.jobs import keys
from bot.jobs.client import JobClient
from bot.jobs.history import History
from bot.jobs.messages import Answer, Due, Kind, Run, Schedule
from bot.jobs.schedules import Schedules, next_time, zone_named, zones_like
from bot.jobs.store import Store
from bot.model.question.question import Question
from bot.model.result.digest import Digest, Totals
from tests.jobs.conftest import FAST, Delivered, a_worker, running, until

MONDAY = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
DAILY = Schedule("s1", "C1", namespaces=("shop",), hour=8, weekdays_only=False, timezone="UTC", created_by="U1")


def local(zone: str, *when: int) -> datetime:
    """A moment on the wall clock of a zone."""
    return datetime(*when, tzinfo=ZoneInfo(zone))  # type: ignore[misc, arg-type]


def times(schedule: Schedule, after: datetime, count: int) -> list[datetime]:
    """The next due times."""
    found = []
    for _ in range(count):
        after = next_time(schedule, after)
        found.append(after)
    return found


def a_digest() -> Digest:
    """The smallest digest."""
    return Digest({"cluster": "prod"}, datetime(2026, 11, 23, tzinfo=UTC), 1, 1, Totals(0, 0, 0, 0, 0))


def asked(due: Due) -> Run:
    """The run that the Slack process makes of a due schedule."""
    return Run(due.run_id, Question(), Kind.DIGEST, channel=due.schedule.channel, fresh=True, schedule=due.schedule.id)


def test_weekdays_skip_the_weekend() -> None:
    """From Friday on the next time is Monday."""
    schedule = Schedule("s", "C", hour=8, weekdays_only=True)
    assert times(schedule, datetime(2026, 11, 20, 9, tzinfo=UTC), 2) == [
        datetime(2026, 11, 23, 8, tzinfo=UTC),
        datetime(2026, 11, 24, 8, tzinfo=UTC),
    ]


def test_the_wall_clock_counts_across_daylight_saving() -> None:
    """08:00 in Berlin is 07:00 UTC in winter and 06:00 in summer."""
    schedule = Schedule("s", "C", hour=8, weekdays_only=False, timezone="Europe/Berlin")
    march = times(schedule, datetime(2026, 3, 28, 0, tzinfo=UTC), 2)
    october = times(schedule, datetime(2026, 10, 24, 0, tzinfo=UTC), 2)
    assert [each.hour for each in march + october] == [7, 6, 6, 7]


def test_a_skipped_hour_runs_right_after_the_gap() -> None:
    """02:30 does not exist in Berlin on 29 March 2026: the digest comes at 03:00, and the next day at 02:30."""
    schedule = Schedule("s", "C", hour=2, minute=30, weekdays_only=False, timezone="Europe/Berlin")
    found = times(schedule, local("Europe/Berlin", 2026, 3, 28, 12), 2)
    assert [each.astimezone(ZoneInfo("Europe/Berlin")).strftime("%d %H:%M") for each in found] == [
        "29 03:00",
        "30 02:30",
    ]


def test_a_doubled_hour_runs_once() -> None:
    """02:30 comes twice in Berlin on 25 October 2026; one digest, whatever the moment of looking."""
    schedule = Schedule("s", "C", hour=2, minute=30, weekdays_only=False, timezone="Europe/Berlin")
    start = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    seen = {next_time(schedule, start + timedelta(minutes=n)) for n in range(0, 48 * 60, 7)}
    on_the_day = {each for each in seen if each.date().isoformat() == "2026-10-25"}
    assert len(on_the_day) == 1


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "/etc/localtime"])
async def test_an_unknown_time_zone_is_refused(jobs: JobClient, zone: str) -> None:
    """A wrong time zone is a sentence, not a stack trace; nothing is stored."""
    with pytest.raises(UsageError, match="time zone"):
        await jobs.add_schedule(Schedule("s", "C1", timezone=zone))
    assert await jobs.schedules() == ()


@pytest.mark.parametrize(("hour", "minute"), [(24, 0), (-1, 0), (8, 60)])
async def test_an_impossible_time_is_refused(jobs: JobClient, hour: int, minute: int) -> None:
    """Hours and minutes of a day only."""
    with pytest.raises(UsageError, match="not a time of day"):
        await jobs.add_schedule(Schedule("s", "C1", hour=hour, minute=minute))


async def test_add_list_change_remove(jobs: JobClient) -> None:
    """A schedule is found in its channel, replaced by one of the same id, and gone when removed."""
    await jobs.add_schedule(DAILY)
    await jobs.add_schedule(Schedule("s2", "C2"))
    assert await jobs.schedules("C1") == (DAILY,)
    changed = Schedule("s1", "C1", hour=9)
    await jobs.add_schedule(changed)
    assert {each.id: each.hour for each in await jobs.schedules()} == {"s1": 9, "s2": 8}
    await jobs.remove_schedule("s1")
    assert await jobs.schedules("C1") == ()


async def planned(redis: Redis, at: datetime) -> None:
    """Make the schedule due at a moment of the past."""
    await redis.zadd("k8snet:schedules:due", {"s1": at.timestamp()})


async def test_two_replicas_ask_once(jobs: JobClient, config: Config, redis: Redis) -> None:
    """Twenty looks from two processes at one due time give one claim."""
    other = await JobClient.open(config, FAST)
    await jobs.add_schedule(DAILY)
    await planned(redis, MONDAY)
    looks = [conversations.due(MONDAY + timedelta(seconds=2)) for conversations in (jobs, other) * 10]
    found = [due for dues in await asyncio.gather(*looks) for due in dues]
    await other.close()
    assert [(due.schedule, due.at, due.missed) for due in found] == [(DAILY, MONDAY, 0)]


async def test_a_claimant_that_dies_is_replaced_and_the_digest_still_runs_once(
    jobs: JobClient, config: Config, redis: Redis
) -> None:
    """After a minute the due time comes up again with the same run id; asked by both, it is answered once."""
    now = datetime.now(UTC)
    at = now - timedelta(minutes=5)
    await jobs.add_schedule(DAILY)
    await planned(redis, at)
    (first,) = await jobs.due(now)
    assert await jobs.due(now + timedelta(seconds=30)) == ()
    (second,) = await jobs.due(now + timedelta(seconds=61))
    assert (second.run_id, second.at) == (first.run_id, first.at)
    calls: list[str] = []

    async def count(run: Run) -> Answer:
        calls.append(run.id)
        return Answer(run.id, a_digest())

    delivered = Delivered()
    async with a_worker(config, count), running(jobs.answers(delivered)):
        await jobs.ask(asked(first))
        await jobs.ask(asked(second))
        await until(lambda: delivered.pairs)
        await asyncio.sleep(0.3)
    assert (calls, delivered.ids) == ([first.run_id], [first.run_id])
    assert await jobs.due(datetime.now(UTC) + timedelta(minutes=5)) == ()


async def test_the_last_digest_reaches_the_worker(jobs: JobClient, config: Config, redis: Redis) -> None:
    """The next digest of a schedule is compared with its last one; an unscheduled run is not."""
    since: list[Digest | None] = []

    async def note(run: Run) -> Answer:
        since.append(run.since)
        return Answer(run.id, a_digest())

    delivered = Delivered()
    # Its own time is far from now, so that it does not fall between the two planned ones.
    await jobs.add_schedule(replace(DAILY, hour=(datetime.now(UTC).hour + 12) % 24))
    async with a_worker(config, note), running(jobs.answers(delivered)):
        for minutes in (10, 5):
            await planned(redis, datetime.now(UTC) - timedelta(minutes=minutes))
            (due,) = await jobs.due(datetime.now(UTC))
            await jobs.ask(asked(due))
            await until(lambda minutes=minutes: len(delivered.pairs) == (1 if minutes == 10 else 2))
            await jobs.history.told("s1", a_digest())
    assert since == [None, a_digest()]
    assert await jobs.last_digest("s1") == a_digest()
    assert delivered.pairs[0][0].since is None


async def test_after_an_outage_one_digest_comes_and_says_what_was_missed(url: str, redis: Redis) -> None:
    """Down for three days, back 10 minutes after a due time: that one is asked, three were missed."""
    assert redis
    async with Store(url) as store:
        schedules = Schedules(store)
        await schedules.add(DAILY, MONDAY)
        (due,) = await schedules.due(datetime(2026, 11, 26, 8, 10, tzinfo=UTC))
    assert (due.at, due.missed) == (datetime(2026, 11, 26, 8, tzinfo=UTC), 3)


async def test_too_late_a_digest_is_skipped_and_the_next_one_says_so(url: str, redis: Redis) -> None:
    """Two hours late is no use; the next morning's digest knows that one was missed, the one after does not."""
    assert redis
    async with Store(url) as store:
        schedules = Schedules(store)
        await schedules.add(DAILY, MONDAY)
        assert await schedules.due(MONDAY + timedelta(hours=3)) == ()
        morning = datetime(2026, 11, 24, 8, 0, 1, tzinfo=UTC)
        (due,) = await schedules.due(morning)
        assert (due.at, due.missed) == (datetime(2026, 11, 24, 8, tzinfo=UTC), 1)
        await schedules.asked("s1", due.run_id, morning)
        (after,) = await schedules.due(morning + timedelta(days=1))
        assert after.missed == 0


async def test_a_digest_asked_by_hand_does_not_use_up_the_due_one(url: str, redis: Redis) -> None:
    """Only the run of the due time moves the schedule on."""
    assert redis
    async with Store(url) as store:
        schedules = Schedules(store)
        await schedules.add(DAILY, MONDAY)
        now = MONDAY + timedelta(hours=1)
        (due,) = await schedules.due(now)
        await schedules.asked("s1", "by-hand", now)
        (again,) = await schedules.due(now + timedelta(seconds=61))
        assert again.run_id == due.run_id


def test_single_days() -> None:
    """Days are those of ISO 8601, Sunday is 7; a schedule of an earlier version has none and keeps its weekdays."""
    assert [next_time(replace(DAILY, days=(each,)), MONDAY).isoweekday() for each in range(1, 8)] == list(range(1, 8))
    assert next_time(replace(DAILY, days=(6, 7)), MONDAY).day == 28
    assert replace(DAILY, weekdays_only=True).weekdays == (1, 2, 3, 4, 5)


async def test_zone_is_spelled_as_it_is_called(jobs: JobClient) -> None:
    await jobs.add_schedule(replace(DAILY, timezone="europe/berlin"))
    assert [each.timezone for each in await jobs.schedules()] == ["Europe/Berlin"]
    assert zone_named("berlin") == "Europe/Berlin"
    assert zone_named("new york") == "America/New_York"
    assert zone_named("nowhere") == ""
    assert zones_like("berl") == ("Europe/Berlin",)
    assert zones_like("york")[0] == "America/New_York"


async def test_paused_is_not_missed_and_resumes_by_itself(config: Config) -> None:
    """Times within a pause are neither asked nor counted; the first one after it is asked."""
    async with Store(config.redis_url) as store:
        schedules = Schedules(store)
        await schedules.add(DAILY, MONDAY)
        until = MONDAY + timedelta(days=2)
        assert await schedules.change(DAILY.id, lambda known: replace(known, paused=True, paused_until=until))
        assert await schedules.due(MONDAY + timedelta(hours=1)) == ()
        assert await schedules.due(MONDAY + timedelta(days=1, hours=1)) == ()
        (due,) = await schedules.due(MONDAY + timedelta(days=2, hours=1))
        assert (due.at, due.missed) == (MONDAY + timedelta(days=2, hours=1), 0)


async def test_changing_what_was_stopped_brings_nothing_back(config: Config) -> None:
    async with Store(config.redis_url) as store:
        schedules = Schedules(store)
        assert not await schedules.change(DAILY.id, lambda known: known)
        assert await schedules.list() == ()


async def test_trend_is_of_fourteen_days_in_the_schedules_zone(config: Config) -> None:
    """The last digest of a day counts; a day begins at midnight of the zone; what is older than two weeks goes."""
    async with Store(config.redis_url) as store:
        history, tokyo = History(store), replace(DAILY, timezone="Asia/Tokyo")
        for day in range(20):
            for fail in (9, day):
                await history.note(tokyo, MONDAY + timedelta(days=day), Totals(9, 0, 0, fail, 0))
        late = MONDAY.replace(hour=16) + timedelta(days=19)  # after midnight in Tokyo
        await history.note(tokyo, late, Totals(9, 0, 0, 20, 0))
        kept = await history.trend(tokyo.id)

    assert [totals.fail for _, totals in kept] == list(range(7, 21))
    assert [day.toordinal() for day, _ in kept] == list(range(kept[0][0].toordinal(), kept[0][0].toordinal() + 14))


async def test_schedule_of_a_newer_version_stays(jobs: JobClient, redis: Redis) -> None:
    """During an upgrade an older process cannot read what a newer one wrote, and leaves it to that one."""
    newer = msgspec.json.encode({"id": "s9", "channel": "C1", "mode": "of a newer version"})
    await redis.hset(keys.SCHEDULES, "s9", newer)
    await redis.zadd(keys.DUE, {"s9": MONDAY.timestamp()})
    for _ in range(2):
        assert await jobs.due(MONDAY + timedelta(minutes=1)) == ()

    assert await redis.hget(keys.SCHEDULES, "s9") == newer
    assert await redis.zscore(keys.DUE, "s9") == MONDAY.timestamp()


async def test_two_changes_at_one_moment_are_both_kept(jobs: JobClient) -> None:
    """A failure that is counted while somebody changes the digest takes nothing of that back."""
    await jobs.add_schedule(DAILY)

    async def meanwhile() -> None:
        await jobs.change_schedule("s1", lambda known: replace(known, mode="always"))

    await asyncio.gather(
        meanwhile(),
        *(jobs.change_schedule("s1", lambda known: replace(known, failures=known.failures + 1)) for _ in range(5)),
    )
    known = await jobs.schedule_of("s1")

    assert known
    assert (known.mode, known.failures) == ("always", 5)


async def test_schedule_without_a_time_is_told_once(jobs: JobClient, redis: Redis) -> None:
    """A zone that left the database: the digest leaves the clock, and is named to who tells its creator."""
    await jobs.add_schedule(DAILY)
    await redis.hset(keys.SCHEDULES, "s1", msgspec.json.encode(replace(DAILY, timezone="Mars/Olympus")))
    (due,) = await jobs.due(datetime.now(UTC) + timedelta(days=1, minutes=1))

    assert due.is_broken
    assert await jobs.due(datetime.now(UTC) + timedelta(days=3)) == ()
    assert await jobs.schedule_of("s1")
