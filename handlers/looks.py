"""What the looks of watches saw, brought to their threads: a change once, and nothing of what changed nothing."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from bot.errors import ErrorKind, K8snetError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Run
from bot.jobs.watch import Sight, Watch, after_mute, look
from bot.jobs.watches import look_id
from bot.model.question.grammar import Command, Verb
from bot.model.question.instead import offers
from bot.model.question.watching import Watching
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.error import AnswerError, is_undelivered
from bot.model.result.status import Status
from handlers.access import Gate
from handlers.client import ShutError, SlackClient
from handlers.clock import utc_now
from handlers.messages import notices
from handlers.messages import watch as words
from handlers.messages.message import Message
from handlers.messages.mutes import until
from handlers.messages.unknown import is_unknown_name, near_names
from handlers.messages.verdict import notice
from handlers.posting import Posting
from handlers.watch_messages import WatchMessages

_ASKS_BACK = (ErrorKind.USAGE, ErrorKind.UNKNOWN_NAME, ErrorKind.AMBIGUOUS)


class NotShownError(K8snetError):
    """The watch has no message yet; what its look saw is told in a moment."""


class Looks:
    """One per Slack process."""

    def __init__(
        self,
        jobs: JobClient,
        slack: SlackClient,
        gate: Gate,
        posting: Posting,
        messages: WatchMessages,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._jobs, self._slack, self._gate, self._clock = jobs, slack, gate, clock
        self._posting, self._messages = posting, messages

    async def deliver(self, run: Run, answer: Answer) -> None:
        """Tell what a look saw, if it changes something; called again if it raises, so telling twice must show once."""
        watch = await self._jobs.watches.get(run.watch)
        if watch is None or watch.ended or run.id != look_id(watch):
            return  # ended meanwhile, or told before
        if watch.id in self._messages.placing:
            raise NotShownError
        if is_undelivered(answer.result):
            await self._messages.give_up(watch, "What it saw could not be shown for long.")
            return
        try:
            await self._gate.expect_internal(watch.channel)
            if watch.standing.looks or not await self._is_asked_back(watch, answer):
                await self._tell(watch, run, answer)
        except ShutError as shut:
            await self._messages.give_up(watch, shut.sentence)
        except UsageError as error:
            await self._messages.give_up(watch, f"{error} {error.hint}".strip())

    async def _tell(self, watch: Watch, run: Run, answer: Answer) -> None:
        if not watch.message_ts:
            watch = await self._messages.show(watch)
            if watch.ended:
                await self._messages.finish(watch)
                return
        sight = _sight(run, answer, self._clock())
        after, event = look(watch, sight)
        if isinstance(answer.result, Diagnosis):
            place = watch.question.namespace or answer.result.question.namespace
            after = replace(after, question=replace(watch.question, namespace=place))
        after, event = after_mute(after, event, await self._mute_of(after, answer, sight))
        if event:
            await self._reply(watch, run, words.event_message(watch, event, run.id))
        current = await self._jobs.watches.get(watch.id)
        if current is None or current.ended:
            return  # meanwhile, and its message says so
        after = replace(after, until=current.until, every=current.every)
        if not words.stand_alike(after, current):
            after = await self._messages.edit(after)
        await self._jobs.watches.change(
            watch.id,
            lambda known: replace(
                known,
                standing=after.standing,
                question=after.question,
                believed=after.believed,
                muted=after.muted,
                message_ts=after.message_ts,
            ),
            lambda known: sight.at + known.pause,
        )

    async def _mute_of(self, watch: Watch, answer: Answer, sight: Sight) -> str:
        """Return in words the mute of a watch's channel that fits what a look found; nothing where none does.

        A look that found nothing, or could not look, ends no mute: what held at the last look holds on.
        """
        found, asked = answer.result, watch.question
        code = found.root_cause.code if isinstance(found, Diagnosis) and found.root_cause else ""
        about = (asked.namespace, asked.service)
        active = await self._jobs.mutes.active(watch.channel, sight.at)
        holds_on = watch.muted and not code
        fitting = [each for each in active if each.is_of(asked.cluster, each.code if holds_on else code, about)]
        return until(max(fitting, key=lambda each: each.until)) if fitting and asked.service else ""

    async def _reply(self, watch: Watch, run: Run, told: Message) -> None:
        """Post a change once: told again after a crash, it edits what was posted."""
        async with self._posting.turn(run) as known:
            await self._posting.answer(replace(known, thread_ts=watch.thread_ts), told)
        await self._jobs.keep(run.id)

    async def _is_asked_back(self, watch: Watch, answer: Answer) -> bool:
        """Ask the asker alone where the first look found nothing of that name; nothing is watched then."""
        told = _asked_back(watch, answer)
        if told is None:
            return False
        if watch.message_ts:
            await self._slack.delete(watch.channel, watch.message_ts)
        thread = "" if watch.opens_thread else watch.thread_ts
        await self._slack.tell_alone("", watch.channel, watch.created_by, told, thread=thread)
        await self._jobs.watches.remove(watch.id)
        return True


def _sight(run: Run, answer: Answer, now: datetime) -> Sight:
    """Return what a look saw, at the time of its answer."""
    at, found = answer.answered_at or now, answer.result
    if isinstance(found, Diagnosis):
        why = found.root_cause.message if found.root_cause else notice(found).partition(": ")[2]
        return Sight(run.id, at, found.outcome, why)
    why = found.sentence if isinstance(found, AnswerError) else "no diagnosis came back"
    return Sight(run.id, at, Status.UNKNOWN, why)


def _asked_back(watch: Watch, answer: Answer) -> Message | None:
    """Return the question back, with each name that may have been meant as a button; None where the answer is one."""
    found = answer.result
    asked = Command(
        Verb.WATCH, watch.question, watching=Watching(lasts=watch.until - watch.created_at, every=watch.every)
    )
    if isinstance(found, Diagnosis) and is_unknown_name(found):
        names = near_names(found)
        sentence = f"There is no Service {found.question.service} in {found.question.namespace} to watch."
        return notices.refusal(sentence, suggestions=names, run=watch.id, offers=offers(asked, None, names))
    if isinstance(found, AnswerError) and found.kind in _ASKS_BACK:
        offered = offers(asked, found.slot, found.suggestions)
        return notices.refusal(
            found.sentence, hint=found.hint, suggestions=found.suggestions, run=watch.id, offers=offered
        )
    return None
