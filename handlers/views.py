"""Modals that are sent back, and App Home."""

from typing import Any

from bot.errors import UsageError
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.home import show_home
from handlers.language import understand
from handlers.listening import Ack


async def asked(ack: Ack, view: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Take the question from the form; what cannot be read is said at its field, and nothing typed is lost."""
    text = view["state"]["values"]["question"]["text"].get("value") or ""
    channel, thread, response_url = (*view["private_metadata"].split(" "), "", "")[:3]
    try:
        reading = understand(text)
        assert reading is not None
        if not await conversations.is_repeated(f"view:{view['id']}:{view['hash']}:{text}"):
            await conversations.ask(asker, reading, Place(channel, thread=thread, response_url=response_url), ack)
    except UsageError as error:
        await ack(response_action="errors", errors={"question": f"{error} {error.hint}".strip()[:300]})


async def home(event: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Show App Home."""
    if event.get("tab") == "home":
        await show_home(asker, conversations)
