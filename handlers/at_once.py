"""What is answered without a worker: help, the last questions, where a finding's page is, the version."""

from importlib.metadata import version

from bot.model.question.grammar import Command, Verb
from handlers.access import Asker
from handlers.conversation import Conversations
from handlers.messages import notices
from handlers.messages.message import Message


async def told_at_once(command: Command, conversations: Conversations, asker: Asker, channel: str) -> Message:
    """Return the answer to `help`, `recent`, `explain CODE` and `version`."""
    match command.verb:
        case Verb.RECENT:
            return notices.recent(await conversations.recent(asker, channel))
        case Verb.EXPLAIN:
            return notices.in_a_terminal(" ".join(("k8snet explain", *command.rest)))
        case Verb.VERSION:
            return notices.refusal(f"k8snet {version('k8snet')}")
        case _:
            return notices.help_message(*command.rest[:1])
