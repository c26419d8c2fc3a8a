"""Between the listeners and the jobs: takes a command, and shows that it is being answered. answers.py brings the answer.

The first sign is no post: a status under the asker's thread, or a line that only the asker sees. Who waits for more than
three seconds gets a line where the answer will stand.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

import structlog
from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.config import Config
from bot.errors import K8snetError, Slot, StoreUnreachableError, UnknownNameError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.dedup import Claim
from bot.jobs.defaults import Default
from bot.jobs.messages import Answer, Asked, Audience, Delivery, Run, State, Step
from bot.jobs.runs import new_run_id
from bot.model.question.grammar import Command
from bot.model.question.instead import offers
from bot.model.question.question import Question
from bot.model.question.request import Kind, Request, request_of
from bot.model.text import shown
from handlers.access import Asker, Gate
from handlers.access.standing import SHARED
from handlers.channel_default import default_of, with_default
from handlers.client import ShutError, SlackClient
from handlers.known_names import KnownNames
from handlers.language import Reading
from handlers.listening import Ack, NotTakenError
from handlers.messages import notices
from handlers.messages.message import Message
from handlers.posting import WAITED_FOR, Posting

log = structlog.get_logger()

_SIGN_SECONDS = 2.0  # the answer does not wait longer for its first sign
_OTHERS_SECONDS = 0.3  # for which what follows an acknowledgement waits for other acknowledgements
_LOOKS, _LOOK_SECONDS = 10, 0.2  # at what another one is handling: Slack waits three seconds


class Place(Struct, frozen=True):
    """Where an answer goes. `thread`: into that thread; `ephemeral`: to the asker alone; `message`, `root`: edit these.

    `opens_thread`: the asker's own message is the thread's root; a message to the asker alone would not be seen in it.
    """

    channel: str
    thread: str = ""
    response_url: str = ""
    ephemeral: bool = False
    message: str = ""
    root: str = ""
    note: str = ""  # why it is ephemeral, where nobody asked for that
    opens_thread: bool = False
    baseline: str = ""  # the schedule whose last digest the answer is compared with


class Conversations:
    """One per Slack process."""

    def __init__(
        self, config: Config, jobs: JobClient, slack: SlackClient, gate: Gate, posting: Posting, *, bot_user: str
    ) -> None:
        self.config, self.jobs, self.slack = config, jobs, slack
        self.gate, self.bot_user = gate, bot_user
        self.names = KnownNames(jobs, gate)
        self._posting = posting
        self._asking: dict[str, asyncio.Event] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    async def ask(self, asker: Asker, reading: Reading, place: Place, ack: Ack, *, run_id: str = "") -> None:
        """Accept a question, acknowledge it, show its first sign. Raises UsageError for what cannot be asked, or not there,
        and NotTakenError while the store is away.

        `run_id` is the question's own where Slack may deliver it again: accepted before, it is acknowledged only.
        """
        reading = await self._with_default(reading, asker, place.channel)
        permit = await self.gate.permit(asker, place.channel, request_of(reading.command))
        if permit.alone:
            place = replace(place, ephemeral=True, note=permit.note, message="", root="")
        run = self._run(asker, reading, permit.request, place, run_id or new_run_id())
        if asking := self._asking.get(run.id):
            await asking.wait()  # delivered again while it is being accepted: acknowledged when it is
            return
        self._asking[run.id] = asyncio.Event()
        try:
            asked = await self.jobs.accept(run)
            if asked.state == "cached":
                await self.jobs.share(run, asked.run)
            await ack()
        except UsageError as error:
            if error.slot in (None, Slot.SENTENCE):
                raise
            offered = offers(reading.command, error.slot, error.suggestions)
            raise UsageError(str(error), hint=error.hint, suggestions=offered, slot=Slot.SENTENCE) from error
        except StoreUnreachableError as error:
            raise NotTakenError(notices.store_away(f"k8snet {reading.words}")) from error
        finally:
            self._asking.pop(run.id).set()
        await self._others_acknowledged()
        asked = await self.jobs.bring(asked)
        if asked.state != "again":
            await self.jobs.note_asker(run)
        if asked.state in ("queued", "joined"):
            await self._first_sign(asked, run, place)

    async def _others_acknowledged(self) -> None:
        """Let those go first whose question is not accepted yet: Slack waits for them, and for nothing else of ours."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_OTHERS_SECONDS):
                while self._asking:
                    await next(iter(self._asking.values())).wait()

    async def _with_default(self, reading: Reading, asker: Asker, channel: str) -> Reading:
        """Return a question with the channel's default for what was not said; without the store it is not taken anyway."""
        asked = reading.command
        kind = request_of(asked).kind
        try:
            question = await with_default(asked.question, channel, asker, jobs=self.jobs, gate=self.gate, kind=kind)
        except StoreUnreachableError:
            return reading
        return replace(reading, command=replace(asked, question=question))

    async def use(self, command: Command, asker: Asker, place: Place) -> Message:
        """Keep or tell what this channel means where nothing is said. Raises UsageError for what its asker may not ask."""
        asked, known = command.question, await default_of(place.channel, asker, jobs=self.jobs, gate=self.gate)
        is_told = not (command.rest or asked.namespace or asked.cluster)
        default = known if is_told else Default(asked.namespace, asked.cluster, by=asker.name or asker.user)
        if command.rest:
            default = Default()
        about = Question(service="any", namespace=default.namespace, cluster=default.cluster)
        if default.cluster and not await self.gate.is_open(asker, place.channel, Kind.WHY, default.cluster):
            raise UnknownNameError(f"I serve no cluster {shown(default.cluster)}.", slot=Slot.CLUSTER)
        cluster = self.jobs.cluster_of(about)
        if default.namespace:
            await self.gate.permit(asker, place.channel, Request(Kind.WHY, about))
            if not is_told:
                await self.names.expect_namespaces(
                    (default.namespace,), asker, place.channel, kind=Kind.WHY, cluster=cluster, command=command
                )
        elif default.cluster and await self.gate.is_closed(place.channel):
            raise UsageError(SHARED)
        if not is_told:
            await self.jobs.defaults.use(place.channel, default)
        return notices.default_of(default)

    async def _first_sign(self, asked: Asked, run: Run, place: Place) -> None:
        """Show that an accepted question is being answered. Its answer comes without this, too, so no failure is told."""
        is_new = not (run.message_ts or run.root_ts or run.delivery.is_alone)
        try:
            async with asyncio.timeout(_SIGN_SECONDS), self._posting.turn(run) as current:
                if current.state not in WAITED_FOR:
                    return
                if is_new and run.thread_ts:
                    await self.slack.status(run.channel, run.thread_ts, f"is checking {notices.target_of(run)}…")
                else:
                    receipt = notices.receipt(run, ahead=asked.position, note=place.note)
                    await self.tell_alone(Asker(run.asked_by, run.team), place, receipt)
        except (K8snetError, SlackApiError, TimeoutError) as error:
            log.warning("no first sign", run=run.id, reason=repr(error))
        if is_new:
            task = asyncio.create_task(self._say_it_takes_long(run, asked.position))
            self._waiting.add(task)
            task.add_done_callback(self._waiting.discard)

    async def _say_it_takes_long(self, run: Run, ahead: int) -> None:
        """Post that it takes long where the answer will stand, and what is done for it: by then somebody may wonder."""
        posted: tuple[State, Step | None] | None = None
        while True:
            await asyncio.sleep(self.jobs.timing.long)
            if posted and not self.slack.has_room_for_edits:
                continue  # Slack's rate is for answers
            await self._others_acknowledged()
            try:
                async with self._posting.turn(run) as current:
                    if current.state not in WAITED_FOR or await self.gate.is_closed(run.channel):
                        return
                    at = (current.state, await self.jobs.step_of(run.id))
                    if at != posted:
                        await self._posting.takes_long(current, notices.takes_long(current, at[1], ahead))
                        posted = at
            except (K8snetError, SlackApiError) as error:
                log.info("not told that it takes long", run=run.id, reason=repr(error))
                return

    async def close(self) -> None:
        """Say no more that something takes long: the process ends, and another one has the answers."""
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)

    async def recent(self, asker: Asker, channel: str) -> tuple[Run, ...]:
        """Return the last questions of a channel that the asker might ask, too; of those for one person alone their own."""
        asked = [
            run for run in await self.jobs.recent(channel) if not run.delivery.is_alone or run.asked_by == asker.user
        ]
        return tuple([run for run in asked if await self.gate.may_see(asker, channel, run.request)])

    async def visible_answer(self, asker: Asker, channel: str, run_id: str) -> tuple[Run, Answer] | None:
        """Return a run and its answer for somebody who clicks; None where they may not ask that, or it is gone."""
        run = await self.visible_run(asker, channel, run_id)
        answer = await self.jobs.answer_of(run_id) if run else None
        return (run, answer) if run and answer else None

    async def visible_run(self, asker: Asker, channel: str, run_id: str) -> Run | None:
        """Return a run for somebody who clicks; without a channel as in its own. None where they may not ask that."""
        run = await self.jobs.run_of(run_id)
        return run if run and await self.gate.may_see(asker, channel or run.channel, run.request) else None

    async def is_repeated(self, *keys: str) -> bool:
        """Return whether Slack delivered this before: it retries, and may send one message as several events.

        Without a store nothing is known to be repeated; the question itself will then say that it is away.
        """
        try:
            return any([await self.jobs.seen(key) for key in keys])
        except StoreUnreachableError:
            return False

    async def run_id_of(self, key: str) -> str:
        """Return the run id of a question that Slack may deliver again, the same each time; empty: it was handled before."""
        new = new_run_id()
        try:
            return await self.jobs.own_id(key, new)
        except StoreUnreachableError:
            return new

    async def first_delivery(self, key: str, *, is_question: bool) -> str | None:
        """Return the run id of a question that Slack delivers under a key, empty of what is none; None if it was handled."""
        if is_question:
            return await self.run_id_of(key) or None
        return None if await self.is_repeated(key) else ""

    async def is_handled(self, key: str, ack: Ack) -> bool:
        """Return whether this was answered before; where it was not, it is once the payload is acknowledged.

        What is withheld, or whose process dies, is answered when Slack delivers it again. What another one is at is
        waited for, and left to Slack's next delivery where that takes too long. Without a store nothing was answered.
        """
        try:
            for _ in range(_LOOKS):
                claim = await self.jobs.claim(key)
                if claim is not Claim.ANOTHERS:
                    break
                await asyncio.sleep(_LOOK_SECONDS)
            else:
                await ack.withhold()
        except StoreUnreachableError:
            return False
        if claim is Claim.OURS:
            ack.then(partial(self._settle, key))
        return claim is not Claim.OURS

    async def _settle(self, key: str, is_acknowledged: bool) -> None:
        with suppress(StoreUnreachableError):
            await self.jobs.settle(key, handled=is_acknowledged)

    async def tell_alone(self, asker: Asker, place: Place, message: Message) -> None:
        """Tell the asker, and nobody else: by the payload's own address, else as an ephemeral message."""
        try:
            await self.slack.tell_alone(place.response_url, place.channel, asker.user, message, thread=place.thread)
        except ShutError as shut:
            log.warning("nobody could be told", channel=place.channel, reason=str(shut))

    def _run(self, asker: Asker, reading: Reading, request: Request, place: Place, run_id: str) -> Run:
        command = reading.command
        return Run(
            id=run_id,
            question=request.question,
            kind=request.kind,
            asked_at=datetime.now(UTC),
            asked_by=asker.user,
            team=asker.team,
            channel=place.channel,
            thread_ts=place.thread,
            message_ts=place.message,
            root_ts=place.root,
            response_url=place.response_url,
            fresh=command.fresh,
            namespaces=request.namespaces,
            pod=request.pod,
            from_caller=request.from_caller,
            visible=request.visible,
            baseline=place.baseline,
            delivery=Delivery(
                audience=Audience.ASKER if place.ephemeral or command.only_me else Audience.THREAD,
                reading=reading.told,
                asker=asker.name,
                opens_thread=place.opens_thread,
            ),
        )
