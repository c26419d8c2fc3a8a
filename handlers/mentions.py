"""`@k8snet …` in a thread or a channel, and direct messages: the answer stands in the asker's own thread."""

from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from bot.errors import UsageError
from bot.jobs.runs import run_id_of
from bot.language.refusals import NoNameError
from bot.model.question.grammar import Command, Verb
from bot.model.question.instead import command_of
from bot.model.question.render import sentence
from bot.model.question.request import Kind
from handlers.access import Asker
from handlers.at_once import about_digests, told_at_once
from handlers.conversation import Conversations, Place
from handlers.language import Reading
from handlers.language.slack_message import message_text
from handlers.listening import Ack
from handlers.messages import notices
from handlers.mutes import Mutes
from handlers.schedules import Schedules, is_about_schedules
from handlers.watches import Watches

_ASKED = (Kind.WHY, Kind.CHECK, Kind.DNS, Kind.PATH)
_MOST_EARLIER = 20
_TOLD = (Verb.HELP, Verb.VERSION, Verb.EXPLAIN, Verb.RECENT, Verb.USE, Verb.MUTE)


async def mentioned(
    ack: Ack,
    *,
    event: dict[str, Any],
    asker: Asker,
    conversations: Conversations,
    schedules: Schedules,
    watches: Watches,
    mutes: Mutes,
) -> None:
    """Answer in the thread that the mention is in, or in a new one under it. Chatter gets nothing.

    Slack delivers an event again that it thinks was lost, and one message as several events. A question is therefore the
    message's own: accepted again it changes nothing. All else is answered once, and again only if the answer did not
    reach Slack.
    """
    if event.get("bot_id") or event.get("edited"):
        return
    key = f"message:{event['channel']}:{event['ts']}:{event.get('user', '')}"
    try:
        reading = await _read(event, asker, conversations)
    except UsageError:
        if await conversations.is_handled(key, ack):
            return
        raise
    if reading is None:
        return
    thread = event.get("thread_ts")
    place = Place(event["channel"], thread=thread or event["ts"], opens_thread=not thread)
    if reading.command.verb in _TOLD or is_about_schedules(reading.command):
        if not await conversations.is_handled(key, ack):
            await _tell(
                reading.command, asker, place, ack, conversations=conversations, schedules=schedules, mutes=mutes
            )
        return
    own_id = run_id_of(key, datetime.fromtimestamp(float(event["ts"]), UTC))
    if reading.command.verb is Verb.WATCH:
        asking = _watch(
            reading.command, asker, place, ack, ids=(key, own_id), conversations=conversations, watches=watches
        )
    else:
        asking = conversations.ask(asker, reading, place, ack, run_id=own_id)
    try:
        await asking
    except UsageError:
        if not await conversations.is_handled(key, ack):
            raise


async def _watch(
    command: Command,
    asker: Asker,
    place: Place,
    ack: Ack,
    *,
    ids: tuple[str, str],
    conversations: Conversations,
    watches: Watches,
) -> None:
    """Begin, list or end watches; what is told is told once. `ids` are the message's and the watch's own."""
    key, own_id = ids
    told = await watches.take(command, asker, place, ack, watch_id=own_id)
    if told and not await conversations.is_handled(key, ack):
        await conversations.slack.post(place.channel, told, thread=place.thread)


async def _read(event: dict[str, Any], asker: Asker, conversations: Conversations) -> Reading | None:
    """Read a message; one that names nothing by what its thread is about. None for chatter."""
    try:
        return await conversations.names.understand(event.get("text", ""), asker, event["channel"], spoken=True)
    except NoNameError:
        reading = await _of_thread(event, asker, conversations)
        if reading is None:
            raise
        return reading


async def _of_thread(event: dict[str, Any], asker: Asker, conversations: Conversations) -> Reading | None:
    """Read what a thread is about: the alert or error that it hangs on, else what was asked in it last.

    None outside of a thread, and where neither names a Service, or may not be read.
    """
    thread = event.get("thread_ts")
    if not thread or thread == event["ts"]:
        return None
    root = message_text(await conversations.slack.root_of(event["channel"], thread))
    try:
        reading = await conversations.names.understand(root, asker, event["channel"], spoken=True) if root else None
    except UsageError as error:
        if error.suggestions:
            raise
        reading = None
    is_question = reading is not None and reading.command.verb in (Verb.WHY, Verb.CHECK, Verb.DNS, Verb.PATH)
    if reading and is_question:
        return replace(reading, guessed=True)
    return await _asked_last(event["channel"], thread, asker, conversations)


async def _asked_last(channel: str, thread: str, asker: Asker, conversations: Conversations) -> Reading | None:
    """Return what was asked last in a thread, where the asker may ask it, too."""
    for run in await conversations.jobs.recent(channel, _MOST_EARLIER):
        asks = run.kind in _ASKED and not run.delivery.is_alone
        if run.thread_ts == thread and asks and await conversations.gate.may_see(asker, channel, run.request):
            command = command_of(str(run.kind), run.question, namespaces=run.namespaces, pod=run.pod)
            return Reading(command, sentence(command), guessed=True, notes=("as asked last in this thread",))
    return None


async def _tell(
    command: Command,
    asker: Asker,
    place: Place,
    ack: Ack,
    *,
    conversations: Conversations,
    schedules: Schedules,
    mutes: Mutes,
) -> None:
    """Answer what needs no worker."""
    if command.verb is Verb.DIGEST:
        told = await about_digests(command, asker, place, ack, conversations=conversations, schedules=schedules)
    elif command.verb is Verb.MUTE:
        told = await mutes.take(command, asker, place)
    else:
        told = await told_at_once(command, conversations, asker, place.channel)
    if told:
        await conversations.slack.post(place.channel, told, thread=place.thread)


async def direct_message(
    ack: Ack,
    *,
    event: dict[str, Any],
    asker: Asker,
    conversations: Conversations,
    schedules: Schedules,
    watches: Watches,
    mutes: Mutes,
) -> None:
    """A direct message needs no mention; messages of bots and edits are not questions."""
    if event.get("channel_type") == "im" and not event.get("subtype"):
        await mentioned(
            ack,
            event=event,
            asker=asker,
            conversations=conversations,
            schedules=schedules,
            watches=watches,
            mutes=mutes,
        )


async def sharing_changed(event: dict[str, Any], conversations: Conversations) -> None:
    """Remember that a channel was shared with another company, or is no more: answers on their way heed it.

    https://docs.slack.dev/reference/events/channel_shared, channel_unshared (whose channel may still be another's, too)
    """
    shared = event["type"] == "channel_shared" or bool(event.get("is_ext_shared"))
    await conversations.gate.heard(str(event["channel"]), shared=shared)


async def joined(event: dict[str, Any], conversations: Conversations) -> None:
    """Say hello once when the bot itself is invited: three examples, and how to ask in threads."""
    if event.get("user") != conversations.bot_user or await conversations.is_repeated(f"joined:{event['channel']}"):
        return
    await conversations.slack.post(event["channel"], notices.help_message())
