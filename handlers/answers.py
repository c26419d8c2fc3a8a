"""Brings answers to their place in Slack: the verdict is posted once, in the asker's thread or under a line of its own."""

from contextlib import nullcontext
from datetime import UTC, datetime

import structlog
from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.errors import ErrorKind, Slot
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Audience, Run
from bot.model.question.request import Kind
from bot.model.result.error import AnswerError, is_undelivered
from bot.model.result.mutes import Mute
from handlers.access import Asker, Gate
from handlers.client import ShutError, SlackClient, SpentError
from handlers.known_names import KnownNames
from handlers.messages import notices
from handlers.messages.message import Message
from handlers.posting import InFlightError, Posting
from handlers.render import RenderedAnswer, render
from handlers.slack_errors import reason_of

log = structlog.get_logger()
_DIRECT = "D"  # ids of direct messages begin so: nobody else reads them
_MOST_OFFERED = 4  # callers of one name that are offered
_MOST_EARLIER = 20  # answers of a channel that are looked at for the same one


class Earlier(Struct, frozen=True):
    """An answer that stands there and says the same."""

    run: Run
    link: str


class Answers:
    """One per Slack process."""

    def __init__(self, jobs: JobClient, slack: SlackClient, posting: Posting, gate: Gate) -> None:
        self._jobs, self._slack, self._posting, self._gate = jobs, slack, posting, gate
        self._names = KnownNames(jobs, gate)

    async def deliver(self, run: Run, answer: Answer) -> None:
        """Bring an answer to its place; called again if it raises, so delivering twice must show once."""
        async with self._posting.turn(run) as current:
            answer = await self._with_callers(current, answer)
            told = render(current, answer, mutes=await self._mutes(current))
            try:
                if told.alone and not current.delivery.is_alone and not current.channel.startswith(_DIRECT):
                    await self._to_asker_alone(current, told.thread)
                elif current.delivery.is_alone:
                    await self._tell_asker(current, told.thread)
                elif await self._gate.is_closed(current.channel):
                    await self._to_asker_alone(current, told.thread)
                else:
                    await self._show(current, told)
            except ShutError as shut:
                log.warning("the answer's channel is closed to us", channel=run.channel, reason=str(shut))
                await self._tell_where_it_ended(current, told.thread, is_uninvited=shut.is_uninvited)
            except SlackApiError as refused:
                if not is_undelivered(answer.result):
                    raise
                log.warning("the channel takes no answer", channel=run.channel, reason=reason_of(refused))
                await self._tell_where_it_ended(current, told.thread)

    async def _with_callers(self, run: Run, answer: Answer) -> Answer:
        """Return an answer that finds no caller of a name where the Service is with those of that name elsewhere to choose."""
        error, source = answer.result, run.question.source
        if not isinstance(error, AnswerError) or source is None:
            return answer
        if error.slot is not Slot.CALLER or error.kind is not ErrorKind.UNKNOWN_NAME:
            return answer
        asker = Asker(run.asked_by, run.team, channel=run.channel)
        word = source.pod or source.workload.rpartition("/")[2]
        cluster = self._jobs.cluster_of(run.question)
        elsewhere = (
            names.callers_named(word) for names in await self._names.offered(asker, run.channel, run.kind, [cluster])
        )
        found = tuple(dict.fromkeys([*(each for some in elsewhere for each in some), *error.suggestions]))
        return replace(answer, result=replace(error, suggestions=found[:_MOST_OFFERED]))

    async def _to_asker_alone(self, run: Run, message: Message) -> None:
        """Take back what said that it is being checked, and tell the asker alone, where the question stood."""
        await self._posting.withdraw_all(run)
        if run.thread_ts and not run.root_ts:
            await self._slack.status(run.channel, run.thread_ts, "")
        await self._tell_asker(run, message)

    async def _mutes(self, run: Run) -> tuple[Mute, ...]:
        """Return what the channel of a digest does not want to hear of."""
        return await self._jobs.mutes.active(run.channel, datetime.now(UTC)) if run.kind is Kind.DIGEST else ()

    async def _show(self, run: Run, told: RenderedAnswer) -> None:
        """Show an answer where it was asked; of those in one thread one after the other."""
        async with self._posting.thread_turn(run) if run.thread_ts else nullcontext():
            await self._show_in_turn(run, told)

    async def _show_in_turn(self, run: Run, told: RenderedAnswer) -> None:
        if earlier := await self._said_before(run, told):
            await self._lead_to(earlier, run, told)
            return
        if run.root_ts or not run.thread_ts:
            run = await self._posting.line(run, told.root)
        if not told.is_line or not run.root_ts:
            run = await self._posting.answer(run, told.thread)
        await self._posting.withdraw(run)

    async def _said_before(self, run: Run, told: RenderedAnswer) -> Earlier | None:
        """Return the answer that says the same in the same thread or, of one that is not fresh, in the same channel.

        Raises InFlightError while another process may be posting it.
        """
        has_place = run.message_ts or run.root_ts or run.delivery.opens_thread
        if has_place or not told.same or not (run.thread_ts or told.is_stale):
            return None
        first = await self._jobs.leader_of(run.id) if run.thread_ts else None
        if first and (first.channel, first.thread_ts) == (run.channel, run.thread_ts) and not first.delivery.is_alone:
            raise InFlightError
        for each in await self._jobs.recent(run.channel, _MOST_EARLIER):
            here = each.thread_ts == run.thread_ts if run.thread_ts else told.is_stale and each.root_ts
            stands = each.message_ts or each.root_ts
            if each.id == run.id or not (here and stands) or each.delivery.is_alone:
                continue
            answer = await self._jobs.answer_of(each.id)
            if answer and render(each, answer).same == told.same:
                link = await self._slack.permalink(each.channel, stands)
                return Earlier(each, link) if link else None
        return None

    async def _lead_to(self, earlier: Earlier, run: Run, told: RenderedAnswer) -> None:
        """Lead the asker to the answer that stands there; a fresh one takes its place: the same words are needed once."""
        await self._posting.withdraw(run)
        if run.thread_ts:
            await self._slack.status(run.channel, run.thread_ts, "")
        if not told.is_stale:
            run = replace(run, message_ts=earlier.run.message_ts, root_ts=earlier.run.root_ts)
            await self._jobs.remember(run)
            await self._posting.answer(run, told.thread)
        words = told.root["text"]
        await self._tell_asker(
            run, notices.same_answer(words, run, link=earlier.link, earlier=earlier.run, age=told.age)
        )

    async def _tell_asker(self, run: Run, message: Message) -> None:
        """Send to the asker alone, where they look; Slack shows that in a thread only if it has replies."""
        thread = "" if run.root_ts or run.delivery.opens_thread else run.thread_ts
        await self._slack.tell_alone(run.response_url, run.channel, run.asked_by, message, thread=thread)

    async def _tell_where_it_ended(self, run: Run, message: Message, *, is_uninvited: bool = False) -> None:
        """What stands there cannot be changed: the asker alone gets the answer, and what would mend that.

        Who asked by a mention, or whose response_url is spent, gets it as a direct message.
        """
        if is_uninvited and not run.delivery.is_alone:
            message = notices.with_invitation(message, run.channel)
            await self._jobs.remember(replace(run, delivery=replace(run.delivery, audience=Audience.UNINVITED)))
        try:
            if run.response_url and not run.delivery.is_alone:
                await self._slack.respond(run.response_url, message)
                return
        except SpentError as spent:
            log.warning("response_url is spent, telling by a direct message", channel=run.channel, reason=str(spent))
        try:
            await self._slack.post(run.asked_by, notices.from_elsewhere(message, run.channel))
        except (SlackApiError, ShutError) as silence:
            log.warning("nobody could be told", channel=run.channel, reason=reason_of(silence))
