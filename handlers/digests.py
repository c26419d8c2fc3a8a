"""Brings a scheduled digest to its channel: posts what is news, edits the last message on quiet days, says what failed."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from bot.errors import UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Posted, Run, Schedule
from bot.model.result.digest import Digest
from bot.model.result.error import AnswerError, is_undelivered
from bot.model.result.mutes import Heard, heard
from bot.reports.digest_text import digest_text
from handlers.access import Gate
from handlers.client import ShutError
from handlers.clock import utc_now
from handlers.messages.digest import digest_message, quiet_note, sign_of_life, unchecked
from handlers.messages.message import Message
from handlers.messages.schedules import menu, scope
from handlers.posting import Posting
from handlers.schedules import Schedules

log = structlog.get_logger()

# A week, less an hour that summer time takes, and what a digest may take longer: a sign is due on the same weekday.
_SIGN = timedelta(days=7) - timedelta(hours=2)


class Digests:
    """One per Slack process."""

    def __init__(
        self,
        jobs: JobClient,
        posting: Posting,
        gate: Gate,
        schedules: Schedules,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._jobs, self._posting, self._gate = jobs, posting, gate
        self._schedules, self._clock = schedules, clock

    async def deliver(self, run: Run, answer: Answer) -> None:
        """Post a scheduled digest; delivered again, it edits what it posted. One that was stopped meanwhile is not sent."""
        schedule = await self._jobs.schedule_of(run.schedule)
        if schedule is None:
            return
        if is_undelivered(answer.result):
            await self._schedules.failed(schedule, run.id, _why_unchecked(answer))
            return
        try:
            await self._gate.expect_internal(schedule.channel)
            async with self._posting.turn(run) as current:
                await self._deliver(schedule, current, answer)
        except ShutError as shut:
            log.warning("digest's channel is closed to us", schedule=schedule.id, reason=str(shut))
            await self._schedules.failed(schedule, run.id, shut.sentence)
        except UsageError as error:
            await self._schedules.failed(schedule, run.id, f"{error} {error.hint}".strip())
        else:
            if isinstance(answer.result, Digest):
                await self._jobs.history.told(schedule.id, answer.result)
            if schedule.failures:
                await self._jobs.change_schedule(schedule.id, lambda known: replace(known, failures=0))

    async def _deliver(self, schedule: Schedule, run: Run, answer: Answer) -> None:
        posted = await self._jobs.history.posted(schedule.id)
        found, why = answer.result, _cause(answer)
        is_again = posted is not None and posted.run_id == run.id
        before = (posted.back if is_again else posted.hidden) if posted else ()
        told = await self._heard(schedule, answer, before, self._at(answer))
        if isinstance(found, Digest) and not why:
            await self._jobs.history.note(schedule, found.at, found.totals)
        if run.message_ts or posted is None or _is_news(schedule, posted, why, told):
            await self._post(schedule, run, await self._told(schedule, run, answer, told), answer, told)
        elif self._at(answer) - posted.at < _SIGN:
            await self._note_quiet(schedule, run, posted, answer, told)
        elif isinstance(found, Digest) and not why:
            since = posted.since or posted.at
            sign = sign_of_life(found, found.at - since, stamp=f"{run.id}.sign", missed=run.delivery.missed)
            await self._post(schedule, run, sign, answer, told, sign_since=since)
        else:  # what could not be looked at for a week is said again
            await self._post(schedule, run, await self._told(schedule, run, answer, told), answer, told)

    async def _heard(
        self, schedule: Schedule, answer: Answer, hidden_before: tuple[str, ...], at: datetime
    ) -> Heard | None:
        """Return a digest as its channel wants it at a moment; None where none could be made, which is never muted."""
        if not isinstance(answer.result, Digest):
            return None
        return heard(answer.result, await self._jobs.mutes.active(schedule.channel, at), hidden_before)

    async def _post(
        self,
        schedule: Schedule,
        run: Run,
        shown: Message,
        answer: Answer,
        told: Heard | None,
        *,
        sign_since: datetime | None = None,
    ) -> None:
        """Post it once, and keep what was posted; its time is the answer's, however late it is delivered."""
        ts = (await self._posting.answer(run, shown)).message_ts
        why = _cause(answer)
        last = Posted(
            run.id,
            ts,
            self._at(answer),
            failed=bool(why),
            sign=sign_since is not None,
            why=why,
            quiet_run=run.id,
            since=sign_since,
        )
        if told:
            last = replace(last, hidden=_hidden(told), back=tuple(each.fingerprint for each in told.back))
        elif before := await self._jobs.history.posted(schedule.id):
            last = replace(last, hidden=before.hidden)
        await self._jobs.history.remember(schedule.id, last)

    def _at(self, answer: Answer) -> datetime:
        return answer.result.at if isinstance(answer.result, Digest) else answer.answered_at or self._clock()

    async def _told(
        self, schedule: Schedule, run: Run, answer: Answer, told: Heard | None, *, revision: str = "", note: str = ""
    ) -> Message:
        stamp = f"{run.id}.{revision or run.tries}"
        if told is None:
            good = await self._jobs.last_digest(schedule.id)
            why = _why_unchecked(answer)
            return unchecked(scope(schedule), why, self._at(answer), good.at if good else None, stamp=stamp, note=note)
        return digest_message(
            told,
            stamp=stamp,
            report=digest_text(told.digest, color=False),
            missed=run.delivery.missed,
            trend=await self._jobs.history.trend(schedule.id),
            run=run.id,
            menu=menu(schedule, "k8snet.digest", self._clock()),
            note=note,
        )

    async def _note_quiet(
        self, schedule: Schedule, run: Run, posted: Posted, answer: Answer, told: Heard | None
    ) -> None:
        """A quiet day edits the last message instead of posting; where that is forgotten, it is posted anew."""
        quiet = posted.quiet if posted.quiet_run == run.id else posted.quiet + 1
        note = quiet_note(self._at(answer), quiet, failed=told is None, missed=run.delivery.missed)
        earlier = await self._jobs.run_of(posted.run_id)
        before = await self._jobs.answer_of(posted.run_id)
        if earlier is None or before is None:
            await self._post(schedule, run, await self._told(schedule, run, answer, told), answer, told)
            return
        revision = f"quiet-{quiet}"
        if posted.sign and isinstance(before.result, Digest):
            lasted = before.result.at - (posted.since or posted.at)
            shown = sign_of_life(before.result, max(lasted, _SIGN), stamp=f"{earlier.id}.{revision}", note=note)
        else:
            then = await self._heard(schedule, before, posted.back, self._at(answer))
            shown = await self._told(schedule, earlier, before, then, revision=revision, note=note)
        ts = (await self._posting.answer(replace(earlier, message_ts=posted.ts), shown)).message_ts
        hidden = _hidden(told) if told else posted.hidden
        kept = replace(posted, ts=ts, quiet=quiet, quiet_run=run.id, hidden=hidden)
        await self._jobs.history.remember(schedule.id, kept)


def _hidden(told: Heard) -> tuple[str, ...]:
    return tuple(each.finding.fingerprint for each in told.hidden)


def _why_unchecked(answer: Answer) -> str:
    """Return why nothing could be checked, or not all of it; nothing where all could be listed."""
    found = answer.result
    if isinstance(found, Digest):
        return ", ".join(each or "all namespaces" for each in found.unread)
    return found.sentence if isinstance(found, AnswerError) else "no digest came back"


def _cause(answer: Answer) -> str:
    """Return the same, equal for the same cause on another day: a sentence may tell the id of its run."""
    return _why_unchecked(answer).replace(answer.run_id, "")


def _is_news(schedule: Schedule, posted: Posted, why: str, told: Heard | None) -> bool:
    """By the schedule's mode. Not being able to look, at a part of it, is news once, and so is being able to again."""
    if why != posted.why:
        return True
    if told is None:
        return False
    found = told.digest
    is_bad = schedule.mode == "problems" and bool(found.ongoing)
    return schedule.mode == "always" or is_bad or bool(told.back or found.new or found.fixed)
