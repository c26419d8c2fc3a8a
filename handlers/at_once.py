"""What is answered without a worker: help, the last questions, where a finding's page is, the version."""

from importlib.metadata import version

from bot.model.question.grammar import Command, Verb
from bot.model.question.timetable import Plan
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.listening import Ack
from handlers.messages import notices
from handlers.messages.message import Message
from handlers.schedules import Schedules


async def told_at_once(command: Command, conversations: Conversations, asker: Asker, channel: str) -> Message:
    """Return the answer to `help`, `recent`, `use`, `explain CODE` and `version`."""
    match command.verb:
        case Verb.USE:
            return await conversations.use(command, asker, Place(channel))
        case Verb.RECENT:
            return notices.recent(await conversations.recent(asker, channel))
        case Verb.EXPLAIN:
            return notices.in_a_terminal(" ".join(("k8snet explain", *command.rest)))
        case Verb.VERSION:
            return notices.refusal(f"k8snet {version('k8snet')}")
        case _:
            return notices.help_message(*command.rest[:1])


async def about_digests(
    command: Command, asker: Asker, place: Place, ack: Ack, *, conversations: Conversations, schedules: Schedules
) -> Message | None:
    """Return what is so about a channel's digests; a preview is a question to a worker, and None here."""
    if command.timetable and command.timetable.plan is Plan.PREVIEW:
        found = await schedules.preview(command, asker, place)
        if not isinstance(found, tuple):
            return found
        await conversations.ask(asker, found[0], found[1], ack)
        return None
    return await schedules.change(command, asker, place.channel, aloud=not place.thread)
