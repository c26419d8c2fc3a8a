"""Between the listeners and the jobs: takes a command, gives it a place in Slack, and brings its answer there.

One question is one line in the channel and one message in its thread, both edited in place. The question is accepted first
and placed then, so it is never lost in between: an answer waits for its place, and a question whose process died before
it was placed is placed when its answer comes.
"""

import asyncio
from datetime import UTC, datetime, timedelta

import structlog
from msgspec import Struct
from msgspec.structs import replace
from slack_sdk.errors import SlackApiError

from bot.config import Config
from bot.errors import K8snetError, Slot, StoreUnreachableError, UsageError
from bot.jobs.client import JobClient
from bot.jobs.messages import Answer, Asked, Audience, Delivery, Run
from bot.jobs.runs import new_run_id
from bot.model.question.instead import offers
from bot.model.question.request import Request, request_of
from handlers.access import Asker, Gate
from handlers.access.gate import UNSURE
from handlers.client import ShutError, SlackClient, SpentError
from handlers.language import Reading
from handlers.listening import Ack
from handlers.messages import notices
from handlers.messages.markup import code, context
from handlers.messages.message import Message
from handlers.render import receipt_in_thread, render

log = structlog.get_logger()

# An accepted question without a place: its process is still at it for this long, then it must have died.
_PLACING = timedelta(seconds=8)


_DIRECT = "D"  # ids of direct messages begin so: nobody else reads them


class NotPlacedError(K8snetError):
    """The question has no message yet; its answer is tried again."""


class NotTakenError(K8snetError):
    """The question was not accepted; `told` says so to its asker."""

    def __init__(self, told: Message) -> None:
        super().__init__()
        self.told = told


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
    unsure: bool = False  # ephemeral since nobody knows who reads the channel
    opens_thread: bool = False


class Conversations:
    """One per Slack process."""

    def __init__(self, config: Config, jobs: JobClient, slack: SlackClient, gate: Gate, *, bot_user: str) -> None:
        self.config, self.jobs, self.slack = config, jobs, slack
        self.gate, self.bot_user = gate, bot_user
        self._placing: dict[str, asyncio.Event] = {}

    # --- a question comes in

    async def ask(self, asker: Asker, reading: Reading, place: Place, ack: Ack, *, run_id: str = "") -> None:
        """Accept a question, acknowledge it, show its receipt. Raises UsageError for what cannot be asked, or not there,
        and NotTakenError while the store is away.

        `run_id` is the question's own where Slack may deliver it again: accepted before, it is acknowledged only.
        """
        permit = await self.gate.permit(asker, place.channel, request_of(reading.command))
        if permit.alone:
            place = replace(place, ephemeral=True, unsure=True, message="", root="")
        run = self._run(asker, reading, permit.request, place, run_id or new_run_id())
        if placing := self._placing.get(run.id):
            await placing.wait()  # delivered again while it is being accepted: acknowledged when it is
            return
        self._placing[run.id] = asyncio.Event()
        try:
            asked = await self.jobs.ask(run)
            await ack()
            if asked.state != "again":
                await self._first_sign(asked, run, place)
        except UsageError as error:
            if error.slot in (None, Slot.SENTENCE):
                raise
            offered = offers(reading.command, error.slot, error.suggestions)
            raise UsageError(str(error), hint=error.hint, suggestions=offered, slot=Slot.SENTENCE) from error
        except StoreUnreachableError as error:
            raise NotTakenError(notices.store_away(f"k8snet {reading.words}")) from error
        finally:
            self._placing.pop(run.id).set()

    async def _first_sign(self, asked: Asked, run: Run, place: Place) -> None:
        """Show that an accepted question is being answered. Its answer comes without this, too, so no failure is told."""
        try:
            if run.thread_ts and not run.message_ts:
                await self.slack.status(run.channel, run.thread_ts, "is checking…")
            await self._receipt(asked, run, place)
        except (K8snetError, SlackApiError) as error:
            log.warning("no receipt", run=run.id, reason=str(error))

    async def recent(self, asker: Asker, channel: str) -> tuple[str, ...]:
        """Return the last questions of a channel that the asker might ask, too, a line each."""
        asked = await self.jobs.recent(channel)
        runs = [run for run in asked if await self.gate.may_see(asker, channel, run.request)]
        return tuple(f"{run.kind} {run.question.service or ', '.join(run.namespaces)}  {run.state}" for run in runs)

    async def is_repeated(self, *keys: str) -> bool:
        """Return whether Slack delivered this before: it retries, and may send one message as several events.

        Without a store nothing is known to be repeated; the question itself will then say that it is away.
        """
        try:
            return any([await self.jobs.seen(key) for key in keys])
        except StoreUnreachableError:
            return False

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
            delivery=Delivery(
                audience=Audience.ASKER if place.ephemeral or command.only_me else Audience.THREAD,
                reading=reading.told,
                asker=asker.name,
                opens_thread=place.opens_thread,
            ),
        )

    async def _receipt(self, asked: Asked, run: Run, place: Place) -> None:
        if asked.state == "cached" and asked.answer:
            await self._show_cached(asked, asked.answer, run, place)
            return
        if run.delivery.is_alone:
            note = UNSURE if place.unsure else ""
            receipt = notices.receipt(run.question, run=run.id, asked_by="you", ahead=asked.position, note=note)
            await self._tell_asker(run, receipt)
            return
        if run.message_ts:  # asked again: the old answer stands until the new one takes its place, whoever delivers it
            asker = Asker(run.asked_by, run.team)
            await self.tell_alone(asker, place, notices.receipt(run.question, run=run.id, asked_by="you"))
            return
        await self._put(run, asked.position)

    async def _put(self, run: Run, ahead: int = 0) -> Run:
        """Return a run its messages and remember them. Where the bot may not speak, the asker alone is answered."""
        try:
            placed = await self._messages(run, ahead)
        except ShutError:
            if not run.response_url:
                raise
            placed = replace(run, delivery=replace(run.delivery, audience=Audience.UNINVITED))
            await self._tell_asker(placed, notices.receipt(run.question, run=run.id, asked_by="you"))
        await self.jobs.remember(placed)
        return placed

    async def _messages(self, run: Run, ahead: int) -> Run:
        waiting = receipt_in_thread(run)
        if run.thread_ts:
            return replace(run, message_ts=await self.slack.post(run.channel, waiting, thread=run.thread_ts))
        name = run.delivery.asker or run.asked_by
        root = await self.slack.post(run.channel, notices.receipt(run.question, run=run.id, asked_by=name, ahead=ahead))
        rooted = replace(run, root_ts=root, thread_ts=root)
        await self.jobs.remember(rooted)  # whatever becomes of the next call, no second line is posted
        return replace(rooted, message_ts=await self.slack.post(run.channel, waiting, thread=root))

    async def _show_cached(self, asked: Asked, answer: Answer, run: Run, place: Place) -> None:
        """The same question was just answered: in a thread its answer is shown again, in a channel only to the asker."""
        seconds = int(asked.age)
        told = render(
            replace(run, id=asked.run.id), answer, stale=f"Answer from {seconds} s ago, nothing was tested just now"
        )
        if told.alone and not run.channel.startswith(_DIRECT):
            await self.tell_alone(Asker(run.asked_by, run.team), place, told.thread)
        elif place.message:
            await self.slack.edit(run.channel, place.message, told.thread, thread=run.thread_ts)
        elif run.thread_ts and not run.delivery.is_alone:
            await self.slack.post(run.channel, told.thread, thread=run.thread_ts)
        else:
            line = notices.cached(told.root["text"], age=asked.age, asked_by=asked.run.asked_by, run=asked.run.id)
            await self.tell_alone(Asker(run.asked_by, run.team), place, line)

    # --- an answer comes back

    async def deliver(self, run: Run, answer: Answer) -> None:
        """Bring an answer to its place; called again if it raises, so delivering twice must show once."""
        run = await self._placed(run)
        told = render(run, answer)
        try:
            if told.alone and not run.delivery.is_alone and not run.channel.startswith(_DIRECT):
                await self._ask_back(run, told.thread)
            elif run.delivery.is_alone:
                await self._whisper(run, told.thread)
            else:
                await self._show(run, told.thread, told.root)
        except ShutError as shut:
            log.warning("the answer's channel is closed to us", run=run.id, channel=run.channel, reason=str(shut))
            await self._tell_where_it_ended(run, told.thread)

    async def _ask_back(self, run: Run, message: Message) -> None:
        """Take the receipts back and ask the asker alone, where the question stood."""
        for ts in filter(None, (run.message_ts, run.root_ts)):
            await self.slack.delete(run.channel, ts)
        thread = "" if run.root_ts or run.delivery.opens_thread else run.thread_ts
        await self.slack.tell_alone(run.response_url, run.channel, run.asked_by, message, thread=thread)

    async def _placed(self, run: Run) -> Run:
        """Wait until the run has its message, if this process is giving it one; give it one if its process died."""
        if placing := self._placing.get(run.id):
            await placing.wait()
        current = await self.jobs.run_of(run.id) or run
        if current.message_ts or current.delivery.is_alone or not current.channel:
            return current
        if current.asked_at and datetime.now(UTC) - current.asked_at < _PLACING:
            raise NotPlacedError
        return await self._put(current)

    async def _show(self, run: Run, thread: Message, root: Message) -> None:
        ts = await self.slack.edit(run.channel, run.message_ts, thread, thread=run.thread_ts)
        if ts != run.message_ts:
            await self.jobs.remember(replace(run, message_ts=ts))
        if run.root_ts:
            await self.slack.edit(run.channel, run.root_ts, root)

    async def _whisper(self, run: Run, message: Message) -> None:
        if run.delivery.audience is Audience.UNINVITED:
            hint = context(f"Invite me to {code(run.channel)} for answers that others see, in threads")
            message = {**message, "blocks": [*message.get("blocks", ()), {**hint, "block_id": f"{run.id}.invite"}]}
        await self._tell_asker(run, message)

    async def _tell_asker(self, run: Run, message: Message) -> None:
        await self.slack.tell_alone(run.response_url, run.channel, run.asked_by, message, thread=run.thread_ts)

    async def _tell_where_it_ended(self, run: Run, message: Message) -> None:
        """The channel was archived, or we were removed from it, after the question: its asker alone gets the answer."""
        if not run.response_url or run.delivery.is_alone:
            return
        try:
            await self.slack.respond(run.response_url, message)
        except SpentError as spent:
            log.warning("nobody could be told", run=run.id, channel=run.channel, reason=str(spent))
