"""Digests at a time of day: made, listed, previewed, paused and stopped, by words and by buttons; and the clock that asks."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.errors import K8snetError, SlackUnreachableError, StoreUnreachableError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Delivery, Due, Run, Schedule
from bot.jobs.runs import new_run_id
from bot.jobs.schedules import in_full, next_time, zone_named
from bot.model.question.grammar import Command, Verb
from bot.model.question.question import Question
from bot.model.question.request import Kind, Request
from bot.model.question.timetable import WEEKDAYS, Plan, Timetable
from handlers.access import Asker, Gate
from handlers.client import SlackClient
from handlers.clock import utc_now
from handlers.conversation import Place
from handlers.known_names import KnownNames
from handlers.language import Reading
from handlers.messages import schedules as words
from handlers.messages.message import Message

log = structlog.get_logger()

_MOST = 10  # digests of a channel
_FAILURES = 2  # in a row, after which a digest pauses itself
ONE_DAY = timedelta(days=1)
_ENDS = {Plan.PAUSE: False, Plan.RESUME: True}  # whether one that is paused is meant, where that tells which
_NO_TIME = "its time or time zone does not exist"
_BROKE = "Something broke on my side. It is logged."


class Schedules:
    """One per Slack process; what is due is claimed in Redis, so one replica asks."""

    def __init__(
        self, jobs: JobClient, slack: SlackClient, gate: Gate, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._jobs, self._slack, self._gate, self._clock = jobs, slack, gate, clock
        self._names = KnownNames(jobs, gate)

    # --- what people ask

    async def change(self, command: Command, asker: Asker, channel: str, *, aloud: bool = True) -> Message:
        """Make, list, pause, resume or stop the channel's digests, and say what is so now.

        `aloud`: others do not read what is said, and are told what they will not hear any more.

        Raises UsageError for times there are not, and for what its asker may not ask.
        """
        asked = command.timetable or Timetable(Plan.LIST)
        if asked.plan is Plan.MAKE:
            return await self.make(await self._schedule(command, asked, asker, channel), asker, command)
        visible = await self._visible(asker, channel)
        if asked.plan is Plan.LIST:
            return await self._list(visible)
        now = self._clock()
        meant = tuple(each for each in visible if asked.plan is Plan.OFF or each.is_paused(now) is _ENDS[asked.plan])
        chosen = _chosen(asked, command.namespaces, visible, meant)
        if not chosen:
            return await self._list(visible, "Which one? Say its number, or take its menu." if visible else "")
        for each in chosen:
            await self.act(asked.plan, each, asker, asked.lasts, aloud=aloud)
        return await self._list(await self._visible(asker, channel)) if asked.plan is not Plan.OFF else _stopped(chosen)

    async def preview(self, command: Command, asker: Asker, place: Place) -> tuple[Reading, Place] | Message:
        """Return the question whose answer is the digest that would be sent now, for the asker alone."""
        asked = command.timetable or Timetable(Plan.PREVIEW)
        visible = await self._visible(asker, place.channel)
        chosen = _chosen(asked, command.namespaces, visible, visible)
        if len(chosen) == 1:
            return previewed(chosen[0], place)
        if command.namespaces or command.everything or not visible:
            now = replace(command, timetable=None, fresh=True, only_me=True)
            return Reading(now, "digest preview"), _alone(place)
        return await self._list(visible, "Which one? Say its number, or take its menu.")

    async def make(
        self, schedule: Schedule, asker: Asker, command: Command | None = None, *, is_here: bool = True
    ) -> Message:
        """Keep a new digest; the same one at the same times only takes over what else was said. Its asker answers for it.

        Raises UsageError, also for a namespace that does not exist; it offers near ones in the `command` that was said.
        """
        asked = await self._gate.permit_post(asker, schedule.channel, request_of(schedule))
        if await self._gate.is_outside(schedule.channel):
            raise UsageError("I am not in this channel, so no digest could be sent.", hint="Invite me, and ask again.")
        schedule = in_full(
            replace(
                schedule,
                namespaces=asked.namespaces,
                cluster=self._jobs.cluster_of(asked.question),
                created_by=asker.user,
                team=asker.team,
                asker=asker.name,
            )
        )
        is_known = await self._names.expect_namespaces(
            schedule.namespaces,
            asker,
            schedule.channel,
            kind=Kind.DIGEST,
            cluster=schedule.cluster,
            command=command,
        )
        await self._forget_another_scope(schedule)
        known = await self._jobs.schedules(schedule.channel)
        if same := next((each for each in known if _when(each) == _when(schedule)), None):
            schedule = replace(schedule, id=same.id)
        elif len(known) >= _MOST and all(each.id != schedule.id for each in known):
            raise UsageError(f"This channel has {_MOST} digests.", hint="Stop one: digest off NUMBER")
        await self._jobs.add_schedule(schedule)
        return words.made(schedule, next_time(schedule, self._clock()), is_known=is_known, is_here=is_here)

    async def _forget_another_scope(self, schedule: Schedule) -> None:
        """A trend counts Services: those of other namespaces would draw a change that there was none of."""
        before = await self._jobs.schedule_of(schedule.id)
        if before and set(before.namespaces) != set(schedule.namespaces):
            await self._jobs.history.forget_trend(schedule.id)

    async def act(
        self, plan: Plan, schedule: Schedule, asker: Asker, lasts: timedelta | None = None, *, aloud: bool = True
    ) -> None:
        """Pause, resume or stop one digest. `aloud`: the channel is told what it will not hear any more."""
        if plan is Plan.OFF:
            await self._jobs.remove_schedule(schedule.id)
            if aloud:
                await self._tell_channel(schedule, words.stopped(schedule, asker.name or asker.user))
            return
        paused = plan is Plan.PAUSE
        until = self._clock() + lasts if paused and lasts else None
        by = f"by {asker.name or asker.user}" if paused else ""
        heir = {}
        if not paused:
            await self._jobs.start_schedule(schedule)
            if await self._gate.is_gone(schedule.created_by):
                heir = {"created_by": asker.user, "team": asker.team, "asker": asker.name}
        changed = await self._jobs.change_schedule(
            schedule.id,
            lambda known: replace(known, paused=paused, paused_until=until, paused_by=by, failures=0, **heir),
        )
        if paused and aloud and changed:
            await self._tell_channel(changed, words.paused(changed, asker.name or asker.user))

    async def _tell_channel(self, schedule: Schedule, told: Message) -> None:
        """Tell a digest's channel something of it; what was done stays done where that cannot be."""
        if schedule.channel.startswith("D") or await self._gate.is_closed(schedule.channel):
            return
        try:
            await self._slack.post(schedule.channel, told)
        except (K8snetError, SlackApiError) as silence:
            log.warning("a digest's channel could not be told", schedule=schedule.id, reason=str(silence))

    async def find(self, schedule_id: str, asker: Asker, channel: str) -> Schedule | None:
        """Return a digest of a channel that an asker may see; without a channel any that they may see in its own."""
        found = await self._jobs.schedule_of(schedule_id)
        if found is None or channel not in ("", found.channel):
            return None
        return found if await self._gate.may_see(asker, found.channel, request_of(found)) else None

    async def _visible(self, asker: Asker, channel: str) -> tuple[Schedule, ...]:
        """Return the digests of a channel that the asker might have made, too."""
        found = await self._jobs.schedules(channel)
        return tuple([each for each in found if await self._gate.may_see(asker, channel, request_of(each))])

    async def _list(self, schedules: Sequence[Schedule], ask: str = "") -> Message:
        posted = {each.id: await self._jobs.history.posted(each.id) for each in schedules}
        return words.listed(schedules, posted, self._clock(), ask)

    async def blank(self, asker: Asker, channel: str) -> Schedule:
        """Return a digest that is not made yet, in its asker's time zone."""
        zone = zone_named(await self._gate.timezone(asker.user)) or "UTC"
        return Schedule(
            id=new_run_id(),
            channel=channel,
            hour=9,
            timezone=zone,
            created_by=asker.user,
            team=asker.team,
            days=WEEKDAYS,
            asker=asker.name,
        )

    async def _schedule(self, command: Command, asked: Timetable, asker: Asker, channel: str) -> Schedule:
        blank = await self.blank(asker, channel)
        return replace(
            blank,
            cluster=command.question.cluster,
            namespaces=command.namespaces,
            hour=asked.hour,
            minute=asked.minute,
            timezone=asked.zone or blank.timezone,
            mode=asked.mode,
            days=asked.days,
        )

    # --- time passes

    async def keep_time(self) -> None:
        """Ask what is due, until cancelled. An unreachable store is tried again; the next digest says what was missed."""
        while True:
            try:
                for due in await self._jobs.due(self._clock()):
                    await self._ask_safely(due)
            except StoreUnreachableError as error:
                log.warning("schedules wait", reason=str(error))
            await asyncio.sleep(self._jobs.timing.clock)

    async def _ask_safely(self, due: Due) -> None:
        """Ask for one digest. What cannot be asked is skipped and told to its creator, and stops no other."""
        if due.is_broken:
            await self._stop_broken(due.schedule)
            return
        try:
            await self._ask(due)
        except StoreUnreachableError:
            raise  # it comes up again in a minute
        except SlackUnreachableError as error:  # so does this: for an hour that is no failure
            log.warning("a schedule waits", schedule=due.schedule.id, reason=str(error))
        except K8snetError as error:
            await self._skip(due, f"{error} {error.hint}".strip())
        except Exception:  # whatever it is, the other schedules go on
            log.exception("a schedule failed", schedule=due.schedule.id)
            await self._skip(due, _BROKE)

    async def _skip(self, due: Due, why: str) -> None:
        """Leave a digest out, and count that as a failure of its schedule: first, since who dies in between comes again."""
        await self.failed(due.schedule, due.run_id, why)
        await self._jobs.skip(due)

    async def _stop_broken(self, schedule: Schedule) -> None:
        """Say in the list, and to its creator, that a digest has no time any more."""
        stopped = await self._jobs.change_schedule(
            schedule.id, lambda known: replace(known, paused=True, paused_until=None, paused_by=_NO_TIME)
        )
        if stopped:
            await self._tell_creator(stopped, words.no_time(stopped))

    async def _ask(self, due: Due) -> None:
        schedule = due.schedule
        by = Asker(schedule.created_by, schedule.team, channel=schedule.channel, door="schedule")
        asked = await self._gate.permit_post(by, schedule.channel, request_of(schedule))
        await self._jobs.ask(replace(_run(due), namespaces=asked.namespaces))

    async def failed(self, schedule: Schedule, run_id: str, why: str) -> None:
        """Count a time at which nothing could be sent, once, and tell its creator; at the second in a row it pauses itself.

        Called again for the same run, by who found it open after a crash, it may tell again, and counts nothing.
        """
        counted = await self._jobs.change_schedule(schedule.id, lambda known: _counted(known, run_id))
        if counted:
            await self._tell_creator(counted, words.not_sent(counted, why))

    async def _tell_creator(self, schedule: Schedule, told: Message) -> None:
        if await self._gate.is_gone(schedule.created_by):  # who left reads nothing
            await self._tell_channel(schedule, told)
            return
        try:
            await self._slack.post(schedule.created_by, told)
        except (K8snetError, SlackApiError) as silence:
            log.warning("a schedule's creator could not be told", schedule=schedule.id, reason=str(silence))


def is_about_schedules(command: Command) -> bool:
    """Return whether a command is about times of a digest; a bare `digest` asks for one now."""
    return command.verb is Verb.DIGEST and command.timetable is not None


def request_of(schedule: Schedule) -> Request:
    """Return what a schedule asks."""
    return Request(Kind.DIGEST, Question(cluster=schedule.cluster), namespaces=schedule.namespaces)


def previewed(schedule: Schedule, place: Place) -> tuple[Reading, Place]:
    """Return the question for what a schedule would send now, compared as it would be, and for the asker alone."""
    scope = Question(cluster=schedule.cluster)
    command = Command(Verb.DIGEST, scope, namespaces=schedule.namespaces, fresh=True, only_me=True)
    return Reading(command, "digest preview"), replace(_alone(place), baseline=schedule.id)


def _alone(place: Place) -> Place:
    """Return the place of an answer to its asker alone, who sees none in a thread without replies."""
    return replace(place, ephemeral=True, thread="" if place.opens_thread else place.thread)


def _run(due: Due) -> Run:
    schedule = due.schedule
    return Run(
        id=due.run_id,
        question=Question(cluster=schedule.cluster),
        kind=Kind.DIGEST,
        asked_at=due.at,
        asked_by=schedule.created_by,
        team=schedule.team,
        channel=schedule.channel,
        fresh=True,
        namespaces=schedule.namespaces,
        schedule=schedule.id,
        delivery=Delivery(missed=due.missed),
    )


def _counted(schedule: Schedule, run_id: str) -> Schedule:
    """Return a schedule with one failure more, unless that run's was counted; the second in a row pauses it."""
    if schedule.failed_run == run_id:
        return schedule
    counted = replace(schedule, failures=schedule.failures + 1, failed_run=run_id)
    if counted.failures < _FAILURES:
        return counted
    return replace(counted, paused=True, paused_until=None, paused_by="it could not be sent twice")


def _when(schedule: Schedule) -> tuple[object, ...]:
    """Return what makes two digests of a channel the same one."""
    clock = (schedule.hour, schedule.minute, schedule.timezone, schedule.weekdays)
    return schedule.cluster, schedule.namespaces, clock


def _chosen(
    asked: Timetable, namespaces: tuple[str, ...], known: tuple[Schedule, ...], fitting: tuple[Schedule, ...]
) -> tuple[Schedule, ...]:
    """Return the digests that are meant: by number, by scope, all, the only one, or the only `fitting` one; else none."""
    if asked.everything:
        return known
    if asked.which:
        return tuple(each for number, each in enumerate(known, 1) if number in asked.which)
    if namespaces:
        return tuple(each for each in known if set(each.namespaces) == set(namespaces))
    return next((each for each in (known, fitting) if len(each) == 1), ())


def _stopped(schedules: Sequence[Schedule]) -> Message:
    stopped = "; ".join(words.scope(each) for each in schedules)
    return words.said(f"No digest is sent to this channel any more of: {stopped}.")
