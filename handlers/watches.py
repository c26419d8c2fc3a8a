"""Watches: `watch user-service for 30m`, list, off, and by button; and the clock that lets the due ones look."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.errors import K8snetError, SlackUnreachableError, StoreUnreachableError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Run
from bot.jobs.runs import new_run_id
from bot.jobs.watch import Watch
from bot.jobs.watches import DueWatch
from bot.model.question.grammar import Command
from bot.model.question.request import Kind, Request
from bot.model.question.watching import Act, Watching
from handlers.access import Asker, Gate
from handlers.channel_default import with_default
from handlers.client import ShutError
from handlers.clock import utc_now
from handlers.conversation import Place
from handlers.listening import Ack
from handlers.messages import notices
from handlers.messages import watch as words
from handlers.messages.message import Message
from handlers.watch_messages import WatchMessages

log = structlog.get_logger()

_PLACING = timedelta(seconds=30)  # until the first look of a watch whose process died before it had a message


class Watches:
    """One per Slack process; what is due is claimed in Redis, so one replica asks."""

    def __init__(
        self, jobs: JobClient, gate: Gate, messages: WatchMessages, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._jobs, self._gate, self._messages, self._clock = jobs, gate, messages, clock

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
        await self._messages.end(replace(watch, message_ts=watch.message_ts or place.message), asker.name or asker.user)
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
        self._messages.placing.add(watch.id)
        try:
            await self._jobs.watches.add(watch, watch.created_at + _PLACING)
            await ack()
            await self._place(watch)
        except ShutError:
            await self._jobs.watches.remove(watch.id)
            return notices.refusal("I may not write there, so I cannot watch.", hint="Invite me, and ask again.")
        finally:
            self._messages.placing.discard(watch.id)
        return None

    async def _place(self, watch: Watch) -> None:
        """Show a watch and let it look. What passes is left to its first look. Raises ShutError."""
        try:
            shown = await self._messages.show(watch)
            if shown.ended:  # before anybody knew of its message
                await self._messages.finish(shown)
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
            await self._messages.edit(longer, revision=f".{int(asked.until.timestamp())}")
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
            await self._messages.end(each, asker.name or asker.user)
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
            await asyncio.sleep(self._jobs.timing.clock)

    async def _attend_safely(self, due: DueWatch) -> None:
        """Let one watch look, or end it. What goes wrong with one stops no other; it comes up again in a minute."""
        try:
            await self._attend(due)
        except StoreUnreachableError:
            raise
        except SlackUnreachableError as error:
            log.warning("a watch waits", watch=due.watch.id, reason=str(error))
        except UsageError as error:
            await self._messages.give_up(due.watch, f"{error} {error.hint}".strip())
        except ShutError as shut:
            await self._messages.give_up(due.watch, shut.sentence)
        except Exception:  # whatever it is, the other watches go on
            log.exception("a watch failed", watch=due.watch.id)

    async def _attend(self, due: DueWatch) -> None:
        watch = due.watch
        if due.over:
            await self._messages.finish(watch)
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
