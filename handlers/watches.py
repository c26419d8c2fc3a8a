"""Watches: `watch user-service for 30m`, list, off, and by button; and the clock that lets the due ones look."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.errors import ErrorKind, K8snetError, SlackUnreachableError, StoreUnreachableError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Run
from bot.jobs.runs import new_run_id
from bot.jobs.watch import Sight, Watch, after_mute, look
from bot.jobs.watches import DueWatch, look_id
from bot.model.question.grammar import Command, Verb
from bot.model.question.instead import offers
from bot.model.question.request import Kind, Request
from bot.model.question.watching import Act, Watching
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.error import AnswerError
from bot.model.result.status import Status
from handlers.access import Asker, Gate
from handlers.channel_default import with_default
from handlers.client import ShutError, SlackClient
from handlers.conversation import Place
from handlers.listening import Ack
from handlers.messages import notices
from handlers.messages import watch as words
from handlers.messages.message import Message
from handlers.messages.mutes import until
from handlers.messages.unknown import is_unknown_name, near_names
from handlers.messages.verdict import notice

log = structlog.get_logger()

_TICK = 2.0  # seconds between looks at what is due
_PLACING = timedelta(seconds=30)  # until the first look of a watch whose process died before it had a message
_ASKS_BACK = (ErrorKind.USAGE, ErrorKind.UNKNOWN_NAME, ErrorKind.AMBIGUOUS)


class NotShownError(K8snetError):
    """The watch has no message yet; what its look saw is told in a moment."""


def _now() -> datetime:
    return datetime.now(UTC)


class Watches:
    """One per Slack process; what is due is claimed in Redis, so one replica asks."""

    def __init__(self, jobs: JobClient, slack: SlackClient, gate: Gate, clock: Callable[[], datetime] = _now) -> None:
        self._jobs, self._slack, self._gate, self._clock = jobs, slack, gate, clock
        self._placing: set[str] = set()

    # --- what people ask

    async def take(
        self, command: Command, asker: Asker, place: Place, ack: Ack, *, watch_id: str = ""
    ) -> Message | None:
        """Begin, list or end watches; gives what the asker is told, or None where the watch tells itself.

        Raises UsageError for what cannot be watched, or not there. `watch_id` is the watch's own where Slack may deliver
        the words again.
        """
        asked = command.watching or Watching()
        match asked.act:
            case Act.START:
                return await self._start(command, asked, asker, place, ack=ack, watch_id=watch_id or new_run_id())
            case Act.LIST:
                return words.listing_message(await self._visible(asker, place.channel), self._clock())
            case Act.OFF:
                return await self._off(command, asked, asker, place)

    async def stop(self, watch_id: str, asker: Asker, place: Place) -> Message | None:
        """End one watch by its button; gives what to tell where there is nothing to end."""
        watch = next((each for each in await self._visible(asker, place.channel) if each.id == watch_id), None)
        if watch is None:
            return words.said("That watch has ended.")
        await self._end(replace(watch, message_ts=watch.message_ts or place.message), asker)
        return None

    async def _start(
        self, command: Command, asked: Watching, asker: Asker, place: Place, *, ack: Ack, watch_id: str
    ) -> Message | None:
        asked_of = await with_default(command.question, place.channel, asker, jobs=self._jobs, gate=self._gate)
        permitted = await self._gate.permit_post(asker, place.channel, Request(Kind.WHY, asked_of))
        question = replace(permitted.question, cluster=self._jobs.cluster_of(permitted.question), assumed=())
        now = self._clock()
        watch = Watch(
            id=watch_id,
            channel=place.channel,
            question=question,
            created_at=now,
            until=now + asked.lasts,
            every=asked.every,
            created_by=asker.user,
            team=asker.team,
            asker=asker.name,
            thread_ts=place.thread,
            opens_thread=place.opens_thread or not place.thread,
        )
        known = await self._jobs.watches.list(place.channel)
        if any(each.id == watch_id for each in known):
            return None
        if same := next((each for each in known if each.is_same_call(watch)), None):
            return await self._prolong(same, watch)
        return await self._begin(watch, ack)

    async def _begin(self, watch: Watch, ack: Ack) -> Message | None:
        """Keep a watch, acknowledge it and show it; gives a refusal where the bot may not speak."""
        self._placing.add(watch.id)
        try:
            await self._jobs.watches.add(watch, watch.created_at + _PLACING)
            await ack()
            await self._place(watch)
        except ShutError:
            await self._jobs.watches.remove(watch.id)
            return notices.refusal("I may not write there, so I cannot watch.", hint="Invite me, and ask again.")
        finally:
            self._placing.discard(watch.id)
        return None

    async def _place(self, watch: Watch) -> None:
        """Show a watch and let it look. What passes is left to its first look. Raises ShutError."""
        try:
            shown = await self._show(watch)
            if not await self._jobs.watches.save(shown, self._clock()):  # ended before anybody knew of its message
                await self._show_end(shown)
        except ShutError:
            raise
        except (K8snetError, SlackApiError) as error:
            log.warning("a watch is shown with its first look", watch=watch.id, reason=str(error))

    async def _prolong(self, known: Watch, asked: Watch) -> Message:
        longer = replace(known, until=asked.until, every=asked.every)
        await self._jobs.watches.save(longer, self._clock())
        await self._edit(longer, revision=f".{int(asked.until.timestamp())}")
        return words.said(f"{words.name_of(known.question)} is watched already; now until {words.clock(asked.until)}.")

    async def _off(self, command: Command, asked: Watching, asker: Asker, place: Place) -> Message:
        visible = await self._visible(asker, place.channel)
        named = command.question
        if named.service or named.address:
            chosen = tuple(each for each in visible if _is_named(each, command))
            if not chosen:
                return words.said(f"{words.name_of(named)} is not watched here.")
        elif asked.everything:
            chosen = visible
        else:
            own = tuple(each for each in visible if place.thread and each.thread_ts == place.thread)
            chosen = own or visible
            if not own and len(visible) > 1:
                return words.listing_message(visible, self._clock())
        for each in chosen:
            await self._end(each, asker)
        names = ", ".join(words.name_of(each.question) for each in chosen)
        return words.said(f"No longer watched: {names}." if names else "Nothing is watched here.")

    async def _visible(self, asker: Asker, channel: str) -> tuple[Watch, ...]:
        """Return the watches of a channel that the asker might have begun, too."""
        found = await self._jobs.watches.list(channel)
        return tuple([each for each in found if await self._gate.may_see(asker, each.channel, request_of(each))])

    # --- time passes

    async def keep_time(self) -> None:
        """Ask what is due, until cancelled; an unreachable store is tried again."""
        while True:
            try:
                for due in await self._jobs.watches.due(self._clock()):
                    await self._attend_safely(due)
            except StoreUnreachableError as error:
                log.warning("watches wait", reason=str(error))
            await asyncio.sleep(_TICK)

    async def _attend_safely(self, due: DueWatch) -> None:
        """Let one watch look, or end it. What goes wrong with one stops no other; it comes up again in a minute."""
        try:
            await self._attend(due)
        except StoreUnreachableError:
            raise
        except SlackUnreachableError as error:
            log.warning("a watch waits", watch=due.watch.id, reason=str(error))
        except UsageError as error:
            await self._give_up(due.watch, f"{error} {error.hint}".strip())
        except ShutError as shut:
            await self._give_up(due.watch, shut.sentence)
        except Exception:  # whatever it is, the other watches go on
            log.exception("a watch failed", watch=due.watch.id)

    async def _attend(self, due: DueWatch) -> None:
        watch = due.watch
        if due.over:
            await self._end(watch)
            return
        by = Asker(watch.created_by, watch.team, channel=watch.channel, door="watch")
        asked = await self._gate.permit_post(by, watch.channel, request_of(watch))
        await self._jobs.ask(
            Run(
                id=due.run_id,
                question=asked.question,
                kind=Kind.WHY,
                asked_at=self._clock(),
                asked_by=watch.created_by,
                team=watch.team,
                channel=watch.channel,
                thread_ts=watch.thread_ts,
                fresh=True,
                watch=watch.id,
            )
        )

    async def _give_up(self, watch: Watch, why: str) -> None:
        """End a watch that may not go on, and tell its creator, in a message of their own."""
        await self._jobs.watches.remove(watch.id)
        log.warning("a watch was given up", watch=watch.id, channel=watch.channel, reason=why)
        try:
            await self._slack.post(watch.created_by, words.given_up(watch, why))
        except (K8snetError, SlackApiError) as silence:
            log.warning("a watch's creator could not be told", watch=watch.id, reason=str(silence))

    # --- a look comes back

    async def deliver(self, run: Run, answer: Answer) -> None:
        """Tell what a look saw, if it changes something; called again if it raises, so telling twice must show once."""
        watch = await self._jobs.watches.get(run.watch)
        if watch is None or run.id != look_id(watch):
            return  # ended meanwhile, or told before
        if watch.id in self._placing:
            raise NotShownError
        if watch.standing.looks == 0 and await self._is_asked_back(watch, answer):
            return
        try:
            await self._tell(watch, run, answer)
        except ShutError as shut:
            await self._give_up(watch, shut.sentence)

    async def _tell(self, watch: Watch, run: Run, answer: Answer) -> None:
        if not watch.message_ts:
            watch = await self._show(watch)
            await self._jobs.watches.save(watch)
        sight = _sight(run, answer, self._clock())
        after, event = look(watch, sight)
        if isinstance(answer.result, Diagnosis):
            place = watch.question.namespace or answer.result.question.namespace
            after = replace(after, question=replace(watch.question, namespace=place))
        after, event = after_mute(after, event, await self._mute_of(after, answer, sight))
        if event:
            await self._reply(watch, run, words.event_message(watch, event, run.id))
        if words.standing_message(after)["blocks"][1:] != words.standing_message(watch)["blocks"][1:]:
            after = await self._edit(after)
        await self._jobs.watches.save(after, sight.at + after.pause)

    async def _mute_of(self, watch: Watch, answer: Answer, sight: Sight) -> str:
        """Return in words the mute of a watch's channel that fits what a look found; nothing where none does."""
        found, asked = answer.result, watch.question
        code = found.root_cause.code if isinstance(found, Diagnosis) and found.root_cause else ""
        active = await self._jobs.mutes.active(watch.channel, sight.at)
        fitting = [each for each in active if each.is_of(asked.cluster, code, (asked.namespace, asked.service))]
        return until(max(fitting, key=lambda each: each.until)) if fitting and asked.service else ""

    async def _reply(self, watch: Watch, run: Run, told: Message) -> None:
        """Post a change once: told again after a crash, it edits what was posted."""
        known = await self._jobs.run_of(run.id)
        if known and known.message_ts:
            await self._slack.edit(watch.channel, known.message_ts, told, thread=watch.thread_ts)
            return
        ts = await self._slack.post(watch.channel, told, thread=watch.thread_ts)
        await self._jobs.remember(replace(run, message_ts=ts))
        await self._jobs.keep(run.id)

    async def _is_asked_back(self, watch: Watch, answer: Answer) -> bool:
        """Ask the asker alone where the first look found nothing of that name; nothing is watched then."""
        told = _asked_back(watch, answer)
        if told is None:
            return False
        await self._jobs.watches.remove(watch.id)
        if watch.message_ts:
            await self._slack.delete(watch.channel, watch.message_ts)
        thread = "" if watch.opens_thread else watch.thread_ts
        await self._slack.tell_alone("", watch.channel, watch.created_by, told, thread=thread)
        return True

    # --- messages

    async def _show(self, watch: Watch) -> Watch:
        ts = await self._slack.post(watch.channel, words.standing_message(watch), thread=watch.thread_ts)
        return replace(watch, message_ts=ts, thread_ts=watch.thread_ts or ts)

    async def _edit(self, watch: Watch, revision: str = "") -> Watch:
        """Edit how a watch stands; where its message is gone it has another one."""
        told = words.standing_message(watch, revision=revision)
        ts = await self._slack.edit(watch.channel, watch.message_ts, told, thread=watch.thread_ts)
        return replace(watch, message_ts=ts)

    async def _end(self, watch: Watch, by: Asker | None = None) -> None:
        if await self._jobs.watches.remove(watch.id) and watch.message_ts:
            await self._show_end(watch, (by.name or by.user) if by else "")

    async def _show_end(self, watch: Watch, by: str = "") -> None:
        told = words.ended_message(watch, self._clock(), by)
        try:
            await self._slack.edit(watch.channel, watch.message_ts, told, thread=watch.thread_ts)
        except ShutError as shut:
            log.warning("a watch's end could not be shown", watch=watch.id, reason=str(shut))


def request_of(watch: Watch) -> Request:
    """Return what each look asks."""
    return Request(Kind.WHY, watch.question)


def _is_named(watch: Watch, command: Command) -> bool:
    """Return whether words like `off user-service in shop` mean a watch: what they say must fit, the rest may be any."""
    named, kept = command.question, watch.question
    same = (named.service, named.address) == (kept.service, kept.address)
    return same and all(
        getattr(named, field) in ("", None, getattr(kept, field))
        for field in ("namespace", "cluster", "port", "source")
    )


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
