"""Scheduled digests: `digest daily 09:00 for shop`, list, off; and the clock that asks the due ones, once in all replicas."""

import asyncio
import re
from datetime import UTC, datetime

import structlog
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.config import Config
from bot.errors import K8snetError, StoreUnreachableError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Delivery, Due, Run, Schedule
from bot.jobs.runs import new_run_id
from bot.model.question.grammar import Command, Verb
from bot.model.question.question import Question
from bot.model.question.request import Kind, Request
from bot.model.result.digest import Digest
from bot.model.result.error import AnswerError
from bot.model.text import listing
from bot.reports.digest_text import digest_text
from handlers.access import Asker, Gate
from handlers.client import ShutError, SlackClient
from handlers.messages.digest import digest_message
from handlers.messages.markup import code, context, section
from handlers.messages.message import Message, message

log = structlog.get_logger()

_TICK = 2.0  # seconds between looks at the schedules
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_WORDS = {"daily", "weekdays", "list", "show", "off", "changes", "problems", "always"}


class Schedules:
    """One per Slack process; what is due is claimed in Redis, so one replica asks."""

    def __init__(self, config: Config, jobs: JobClient, slack: SlackClient, gate: Gate) -> None:
        self._config, self._jobs, self._slack, self._gate = config, jobs, slack, gate

    def is_about_schedules(self, command: Command) -> bool:
        """Return whether a command is about times of a digest; a bare `digest` asks for one now."""
        if command.verb is not Verb.DIGEST:
            return False
        return bool(_WORDS & set(command.rest)) or any(_CLOCK.fullmatch(word) for word in command.rest)

    async def change(self, command: Command, asker: Asker, channel: str) -> Message:
        """List, make or stop the channel's schedules, and say what is so now. Raises UsageError for times there are not."""
        if {"list", "show"} & set(command.rest):
            return _listing(await self._jobs.schedules(channel))
        if "off" in command.rest:
            for each in await self._jobs.schedules(channel):
                await self._jobs.remove_schedule(each.id)
            return _said("No digest is sent to this channel any more.")
        schedule = _schedule(command, asker, channel)
        asked = await self._gate.permit_post(asker, channel, _request(schedule))
        schedule = replace(schedule, namespaces=asked.namespaces)
        await self._jobs.add_schedule(schedule)
        return _said(f"{_times(schedule)} this channel gets the digest of {_scope(schedule)}.")

    async def keep_time(self) -> None:
        """Ask what is due, until cancelled. An unreachable store is tried again; the next digest says what was missed."""
        while True:
            try:
                for due in await self._jobs.due(datetime.now(UTC)):
                    await self._ask_safely(due)
            except StoreUnreachableError as error:
                log.warning("schedules wait", reason=str(error))
            await asyncio.sleep(_TICK)

    async def _ask_safely(self, due: Due) -> None:
        """Ask for one digest. What cannot be asked is skipped and told to its creator, and stops no other."""
        try:
            await self._ask(due)
        except StoreUnreachableError:
            raise  # it comes up again in a minute
        except K8snetError as error:
            await self._skip(due, error)
        except Exception as error:  # whatever it is, the other schedules go on
            log.exception("a schedule failed", schedule=due.schedule.id)
            await self._skip(due, error)

    async def _ask(self, due: Due) -> None:
        schedule = due.schedule
        by = Asker(schedule.created_by, schedule.team, channel=schedule.channel, door="schedule")
        asked = await self._gate.permit_post(by, schedule.channel, _request(schedule))
        await self._jobs.ask(replace(self._run(due), namespaces=asked.namespaces))

    async def _skip(self, due: Due, error: Exception) -> None:
        await self._jobs.skip(due)
        await self._tell_creator(due.schedule, error)

    async def _tell_creator(self, schedule: Schedule, error: Exception) -> None:
        why = (
            f"{error} {error.hint}".strip()
            if isinstance(error, K8snetError)
            else "something broke on my side; it is logged."
        )
        told = _said(f"The digest of {_scope(schedule)} was not sent to {schedule.channel}: {why}")
        try:
            await self._slack.post(schedule.created_by, told)
        except (K8snetError, SlackApiError) as silence:
            log.warning("a schedule's creator could not be told", schedule=schedule.id, reason=str(silence))

    async def deliver(self, run: Run, answer: Answer) -> None:
        """Post a scheduled digest; delivered again, it edits what it posted."""
        told = self._told(run, answer)
        try:
            if run.message_ts:
                await self._slack.edit(run.channel, run.message_ts, told)
            elif await self._is_news(run, answer):
                ts = await self._slack.post(run.channel, told)
                await self._jobs.remember(replace(run, message_ts=ts))
            else:
                await self._note_quiet(run)
        except ShutError as shut:
            log.warning(
                "digest's channel is closed to us", schedule=run.schedule, channel=run.channel, reason=str(shut)
            )
            await self._tell_closed(run)

    async def _tell_closed(self, run: Run) -> None:
        known = [each for each in await self._jobs.schedules(run.channel) if each.id == run.schedule]
        for schedule in known:
            await self._tell_creator(schedule, ShutError("I may not write there. Invite me."))

    def _run(self, due: Due) -> Run:
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

    def _told(self, run: Run, answer: Answer) -> Message:
        found = answer.result
        if isinstance(found, Digest):
            report, missed = digest_text(found, color=False), run.delivery.missed
            return digest_message(found, stamp=f"{run.id}.{run.tries}", report=report, missed=missed)
        why = found.sentence if isinstance(found, AnswerError) else "no digest came back"
        return _said(f"The digest of {', '.join(run.namespaces) or 'the cluster'} could not be made: {why}")

    async def _is_news(self, run: Run, answer: Answer) -> bool:
        """By the schedule's mode; not being able to look is always news."""
        known = [each for each in await self._jobs.schedules(run.channel) if each.id == run.schedule]
        mode = known[0].mode if known else "always"
        digest = answer.result
        if not isinstance(digest, Digest) or mode == "always" or not await self._last_post(run):
            return True
        changed = bool(digest.new or digest.fixed)
        return changed or bool(mode == "problems" and digest.ongoing)

    async def _last_post(self, run: Run) -> Run | None:
        recent = await self._jobs.recent(run.channel, 50)
        return next((each for each in recent if each.schedule == run.schedule and each.message_ts), None)

    async def _note_quiet(self, run: Run) -> None:
        """A quiet day edits the last digest instead of posting."""
        last = await self._last_post(run)
        answer = await self._jobs.answer_of(last.id) if last else None
        if last is None or answer is None or not isinstance(answer.result, Digest):
            return
        told = self._told(replace(last, tries=last.tries + 1), answer)
        when = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
        note = context(f"Checked again {when}: no change")
        blocks = [*told.get("blocks", ()), {**note, "block_id": f"{run.id}.quiet"}]
        await self._slack.edit(run.channel, last.message_ts, {**told, "blocks": blocks})


def _request(schedule: Schedule) -> Request:
    return Request(Kind.DIGEST, Question(cluster=schedule.cluster), namespaces=schedule.namespaces)


def _schedule(command: Command, asker: Asker, channel: str) -> Schedule:
    clock = next((found for word in command.rest if (found := _CLOCK.fullmatch(word))), None)
    if clock is None:
        raise UsageError("At what time?", hint="For example: digest daily 09:00 for shop")
    modes = [word for word in command.rest if word in ("changes", "problems", "always")]
    made = Schedule(
        id=new_run_id(),
        channel=channel,
        cluster=command.question.cluster,
        namespaces=command.namespaces,
        hour=int(clock[1]),
        minute=int(clock[2]),
        weekdays_only="weekdays" in command.rest,
        created_by=asker.user,
        team=asker.team,
    )
    return replace(made, mode=modes[0]) if modes else made


def _listing(schedules: tuple[Schedule, ...]) -> Message:
    if not schedules:
        return _said("No digest is sent to this channel. Try: /k8snet digest weekdays 09:00 for shop")
    rows = [f"{_times(each)}: {_scope(each)}, {each.mode}" for each in schedules]
    return message("Digests of this channel", [section("\n".join(code(row, 150) for row in rows))], stamp="digests")


def _times(schedule: Schedule) -> str:
    days = "On weekdays" if schedule.weekdays_only else "Daily"
    return f"{days} at {schedule.hour:02d}:{schedule.minute:02d} {schedule.timezone}"


def _scope(schedule: Schedule) -> str:
    return listing(schedule.namespaces) if schedule.namespaces else "the whole cluster"


def _said(sentence: str) -> Message:
    return message(sentence, [section(code(sentence, 300))], stamp="digest")
