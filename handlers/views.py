"""Modals that are sent back, and App Home."""

from datetime import UTC, datetime
from typing import Any

from bot.errors import UsageError
from bot.jobs.runs import run_id_of
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.home import show_home
from handlers.language import Reading
from handlers.listening import Ack
from handlers.messages.ask_form import asked_in, channel_in, from_caller
from handlers.messages.fields import at_field
from handlers.messages.notices import GONE
from handlers.places import beside

_SECONDS = 10  # digits of a time in seconds, from 2001 to 2286


async def asked(ack: Ack, view: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Take the question from the form; what cannot be read is said at its field, and nothing filled in is lost."""
    values = view["state"]["values"]
    channel, thread, response_url = (*view["private_metadata"].split(" "), "", "")[:3]
    place = Place(channel or channel_in(values), thread=thread, response_url=response_url)
    try:
        reading = asked_in(values, await conversations.names.settling(asker, place.channel))
        await conversations.ask(asker, reading, place, ack, run_id=_own_id(view, reading))
    except UsageError as error:
        await ack(**at_field(error, "question"))


async def asked_from(ack: Ack, view: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Ask what a run asked from the caller that was chosen, in the same thread."""
    run = await conversations.visible_run(asker, "", view["private_metadata"])
    if run is None:
        await ack(**at_field(UsageError(GONE), "caller"))
        return
    try:
        reading = from_caller(run, view["state"]["values"])
        await conversations.ask(asker, reading, beside(run), ack, run_id=_own_id(view, reading))
    except UsageError as error:
        await ack(**at_field(error, "caller"))


def _own_id(view: dict[str, Any], reading: Reading) -> str:
    """Return the run id of a form as it was filled in: Slack may deliver it again, or somebody send it again after a refusal.

    A view's hash begins with the second in which it was drawn.
    """
    second = str(view["hash"]).partition(".")[0]
    drawn = datetime.fromtimestamp(int(second) if second.isdecimal() and len(second) == _SECONDS else 0, UTC)
    return run_id_of(f"view:{view['id']}:{view['hash']}:{reading.words}", drawn)


async def home(event: dict[str, Any], asker: Asker, conversations: Conversations) -> None:
    """Show App Home."""
    if event.get("tab") == "home":
        await show_home(asker, conversations)
