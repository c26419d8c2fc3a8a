"""The message menu → Diagnose with k8snet: the message's own text is the question, so no history is ever read."""

from typing import Any

from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.question.grammar import Verb
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.language import Reading, normalize
from handlers.language.slack_message import message_text
from handlers.listening import Ack
from handlers.messages.ask_form import ask_view


async def diagnose_message(ack: Ack, shortcut: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Ask at once where the text names one Service; else open the question as a form."""
    message = shortcut["message"]
    place = Place(
        shortcut["channel"]["id"],
        thread=message.get("thread_ts") or message["ts"],
        response_url=shortcut.get("response_url", ""),
    )
    run_id = await conversations.run_id_of(f"shortcut:{shortcut['trigger_id']}")
    if not run_id:
        return
    if reading := await _found(message_text(message), asker, place.channel, conversations):
        await conversations.ask(asker, replace(reading, guessed=True), place, ack, run_id=run_id)
        return
    await ack()
    note = f"Which Service? {normalize(message_text(message))[:200]}"
    view = ask_view(f"{place.channel} {place.thread} {place.response_url}", "", note)
    await conversations.slack.open_view(shortcut["trigger_id"], view)


async def _found(text: str, asker: Asker, channel: str, conversations: Conversations) -> Reading | None:
    """A message is a question only if it is a phrase or error that names a Service, or a command with its verb."""
    try:
        reading = await conversations.names.understand(text, asker, channel, spoken=True)
    except UsageError:
        return None
    askable = reading and reading.command.verb in (Verb.WHY, Verb.CHECK, Verb.DNS, Verb.PATH)
    return reading if askable and reading and " " in reading.words else None
