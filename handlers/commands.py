"""`/k8snet …`: the slash command. Slack knows no slash commands in threads; there it is the mention or the shortcut."""

from typing import Any

from bot.model.question.grammar import Verb
from handlers.access import Asker
from handlers.at_once import about_digests, told_at_once
from handlers.conversation import Conversations, Place
from handlers.listening import Ack
from handlers.mutes import Mutes
from handlers.schedules import Schedules, is_about_schedules
from handlers.watches import Watches

_TOLD = (Verb.HELP, Verb.VERSION, Verb.EXPLAIN, Verb.RECENT, Verb.USE, Verb.WATCH, Verb.MUTE)


async def k8snet(
    ack: Ack,
    *,
    command: dict[str, Any],
    asker: Asker,
    conversations: Conversations,
    schedules: Schedules,
    watches: Watches,
    mutes: Mutes,
) -> None:
    """Read the words, hand over. A question is acknowledged when it is accepted, a refusal when it is made."""
    place = Place(
        command["channel_id"],
        response_url=command["response_url"],
        ephemeral=command.get("channel_name") == "directmessage",
    )
    reading = await conversations.names.understand(command.get("text", ""), asker, place.channel)
    assert reading is not None
    is_told = reading.command.verb in _TOLD or is_about_schedules(reading.command)
    run_id = await conversations.first_delivery(f"command:{command['trigger_id']}", is_question=not is_told)
    if run_id is None:
        return
    match reading.command.verb:
        case Verb.HELP | Verb.VERSION | Verb.EXPLAIN | Verb.RECENT | Verb.USE:
            told = await told_at_once(reading.command, conversations, asker, place.channel)
            await conversations.tell_alone(asker, place, told)
        case Verb.DIGEST if is_about_schedules(reading.command):
            if answer := await about_digests(
                reading.command, asker, place, ack, conversations=conversations, schedules=schedules
            ):
                await conversations.tell_alone(asker, place, answer)
        case Verb.WATCH:
            if answer := await watches.take(reading.command, asker, place, ack):
                await conversations.tell_alone(asker, place, answer)
        case Verb.MUTE:
            if answer := await mutes.take(reading.command, asker, place):
                await conversations.tell_alone(asker, place, answer)
        case _:
            await conversations.ask(asker, reading, place, ack, run_id=run_id)
