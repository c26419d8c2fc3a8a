"""`@k8snet …` in a thread or a channel, and direct messages: the answer stands in the asker's own thread."""

from typing import Any

from bot.model.question.grammar import Verb
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.language import understand
from handlers.messages import notices
from handlers.schedules import Schedules


async def mentioned(
    event: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations, schedules: Schedules
) -> None:
    """Answer in the thread that the mention is in, or in a new one under it. Chatter gets nothing."""
    if event.get("bot_id") or event.get("edited"):
        return
    natural = f"message:{event['channel']}:{event['ts']}:{event.get('user', '')}"
    if await conversations.is_repeated(f"event:{body.get('event_id', '')}", natural):
        return
    reading = understand(event.get("text", ""), spoken=True)
    if reading is None:
        return
    place = Place(event["channel"], thread=event.get("thread_ts") or event["ts"])
    match reading.command.verb:
        case Verb.HELP | Verb.VERSION | Verb.EXPLAIN | Verb.RECENT:
            await conversations.slack.post(place.channel, notices.help_message(), thread=place.thread)
        case Verb.DIGEST if schedules.is_about_schedules(reading.command):
            told = await schedules.change(reading.command, asker, place.channel)
            await conversations.slack.post(place.channel, told, thread=place.thread)
        case _:
            await conversations.slack.status(place.channel, place.thread, "is checking…")
            await conversations.ask(asker, reading, place)


async def direct_message(
    event: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations, schedules: Schedules
) -> None:
    """A direct message needs no mention; messages of bots and edits are not questions."""
    if event.get("channel_type") == "im" and not event.get("subtype"):
        await mentioned(event, body, asker, conversations, schedules)


async def joined(event: dict[str, Any], conversations: Conversations) -> None:
    """Say hello once when the bot itself is invited: three examples, and how to ask in threads."""
    if event.get("user") != conversations.bot_user or await conversations.is_repeated(f"joined:{event['channel']}"):
        return
    await conversations.slack.post(event["channel"], notices.help_message())
