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
from handlers.posting import Posting

log = structlog.get_logger()

_TICK = 2.0  # seconds between looks at what is due
_PLACING = timedelta(seconds=30)  # until the first look of a watch whose process died before it had a message
_SHOWN_WITHIN = timedelta(hours=1)  # of its end a watch says that it is over
_ASKS_BACK = (ErrorKind.USAGE, ErrorKind.UNKNOWN_NAME, ErrorKind.AMBIGUOUS)


class NotShownError(K8snetError):
    """The watch has no message yet; what its look saw is told in a moment."""


def _now() -> datetime:
    return datetime.now(UTC)


class Watches:
    """One per Slack process; what is due is claimed in Redis, so one replica asks."""

    def __init__(
        self,
        jobs: JobClient,
        slack: SlackClient,
        gate: Gate,
        posting: Posting,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self._jobs, self._slack, self._gate, self._clock = jobs, slack, gate, clock
        self._posting = posting
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
        await self._end(replace(watch, message_ts=watch.message_ts or place.message), asker.name or asker.user)
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
        if same := next((each for each in known if each.is_same_call(watch) and not each.ended), None):
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
            if shown.ended:  # before anybody knew of its message
                await self._finish(shown)
        except ShutError:
            raise
        except (K8snetError, SlackApiError) as error:
            log.warning("a watch is shown with its first look", watch=watch.id, reason=str(error))

    async def _prolong(self, known: Watch, asked: Watch) -> Message:
        now = self._clock()
        longer = await self._jobs.watches.change(
            known.id, lambda each: replace(each, until=asked.until, every=asked.every), lambda _: now
        )
        if longer and longer.message_ts:
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
            await self._end(each, asker.name or asker.user)
        names = ", ".join(words.name_of(each.question) for each in chosen)
        return words.said(f"No longer watched: {names}." if names else "Nothing is watched here.")

    async def _visible(self, asker: Asker, channel: str) -> tuple[Watch, ...]:
        """Return the watches of a channel that the asker might have begun, too."""
        found = [each for each in await self._jobs.watches.list(channel) if not each.ended]
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
            await self._finish(watch)
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
        """End a watch that may not go on; why is told to its creator, in a message of their own."""
        log.warning("a watch is given up", watch=watch.id, channel=watch.channel, reason=why)
        if over := await self._over(watch, given_up=why):
            await self._finish(over)

    async def _over(self, watch: Watch, **how: str) -> Watch | None:
        """Note that a watch is over, which stays due until its message says so; None where it had ended."""
        now = self._clock()
        return await self._jobs.watches.change(
            watch.id,
            lambda known: replace(
                known,
                ended=True,
                until=min(known.until, now),
                message_ts=known.message_ts or watch.message_ts,
                ended_by=how.get("ended_by", known.ended_by),
                given_up=how.get("given_up", known.given_up),
            ),
            lambda _: now,
        )

    async def _end(self, watch: Watch, by: str) -> None:
        """End a watch for somebody; what Slack does not take just now is shown a little later."""
        try:
            if over := await self._over(watch, ended_by=by):
                await self._finish(over)
        except StoreUnreachableError:
            raise
        except (K8snetError, SlackApiError) as error:
            log.warning("a watch's end is shown later", watch=watch.id, reason=str(error))

    async def _finish(self, watch: Watch) -> None:
        """Show the end of a watch, and forget it then. Raises what passes, for an hour: it comes up again in a minute."""
        try:
            await self._show_end(watch)
        except (K8snetError, SlackApiError) as error:
            if self._clock() - watch.until < _SHOWN_WITHIN:
                raise
            log.warning("a watch's end could not be shown", watch=watch.id, reason=str(error))
        if not await self._jobs.watches.remove(watch.id) or not watch.given_up:
            return
        try:
            await self._slack.post(watch.created_by, words.given_up(watch))
        except (K8snetError, SlackApiError) as silence:
            log.warning("a watch's creator could not be told", watch=watch.id, reason=str(silence))

    # --- a look comes back

    async def deliver(self, run: Run, answer: Answer) -> None:
        """Tell what a look saw, if it changes something; called again if it raises, so telling twice must show once."""
        watch = await self._jobs.watches.get(run.watch)
        if watch is None or watch.ended or run.id != look_id(watch):
            return  # ended meanwhile, or told before
        if watch.id in self._placing:
            raise NotShownError
        try:
            await self._gate.expect_internal(watch.channel)
            if watch.standing.looks or not await self._is_asked_back(watch, answer):
                await self._tell(watch, run, answer)
        except ShutError as shut:
            await self._give_up(watch, shut.sentence)
        except UsageError as error:
            await self._give_up(watch, f"{error} {error.hint}".strip())

    async def _tell(self, watch: Watch, run: Run, answer: Answer) -> None:
        if not watch.message_ts:
            watch = await self._show(watch)
            if watch.ended:
                await self._finish(watch)
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
            after = await self._edit(after)
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
        """Return in words the mute of a watch's channel that fits what a look found; nothing where none does."""
        found, asked = answer.result, watch.question
        code = found.root_cause.code if isinstance(found, Diagnosis) and found.root_cause else ""
        active = await self._jobs.mutes.active(watch.channel, sight.at)
        fitting = [each for each in active if each.is_of(asked.cluster, code, (asked.namespace, asked.service))]
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

    # --- messages

    async def _show(self, watch: Watch) -> Watch:
        """Post how a watch stands, once, and let it look; gives the watch, which may have been ended meanwhile."""
        ts = await self._posting.watch(watch, words.standing_message(watch))
        now, thread = self._clock(), watch.thread_ts or ts
        shown = await self._jobs.watches.change(
            watch.id, lambda known: replace(known, message_ts=ts, thread_ts=thread), lambda _: now
        )
        return shown or replace(watch, message_ts=ts, thread_ts=thread, ended=True, until=now)

    async def _edit(self, watch: Watch, revision: str = "") -> Watch:
        """Edit how a watch stands; where its message is gone it has another one."""
        told = words.standing_message(watch, revision=revision)
        ts = await self._slack.edit(watch.channel, watch.message_ts, told, thread=watch.thread_ts)
        return replace(watch, message_ts=ts)

    async def _show_end(self, watch: Watch) -> None:
        """Say in a watch's message that it is over; no fact of a cluster where that may not be told any more."""
        if not watch.message_ts:
            return
        is_secret = watch.given_up or await self._gate.is_closed(watch.channel)
        told = words.no_longer(watch) if is_secret else words.ended_message(watch, watch.until)
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
