"""App Home of a person: their own checks, watches and digests, shown anew when they open it or change something there."""

from datetime import UTC, datetime
from typing import Any

import structlog

from bot.errors import StoreUnreachableError
from handlers.access import Asker
from handlers.conversation import Conversations
from handlers.listening import Ack
from handlers.messages.ask_form import ask_view
from handlers.messages.digest_form import digest_form
from handlers.messages.home import home_view
from handlers.schedules import Schedules, request_of
from handlers.watches import request_of as watched

log = structlog.get_logger()


def is_in_home(body: dict[str, Any]) -> bool:
    """Return whether something was clicked in App Home."""
    return bool((body.get("view") or {}).get("type") == "home")


async def show_home(asker: Asker, conversations: Conversations) -> None:
    """Publish somebody's Home. What the rules no longer allow them is left out; without the store only the rest is shown."""
    jobs, gate = conversations.jobs, conversations.gate
    try:
        runs = [
            each for each in await jobs.asked_by(asker.user) if await gate.may_see(asker, each.channel, each.request)
        ]
        watches = [
            each
            for each in await jobs.watches.list()
            if each.created_by == asker.user and await gate.may_see(asker, each.channel, watched(each))
        ]
        schedules = [
            each
            for each in await jobs.schedules()
            if each.created_by == asker.user and await gate.may_see(asker, each.channel, request_of(each))
        ]
    except StoreUnreachableError as error:
        log.warning("a Home without its own part", reason=str(error))
        await conversations.slack.publish_home(asker.user, home_view())
        return
    await conversations.slack.publish_home(asker.user, home_view(runs, watches, schedules, datetime.now(UTC)))


async def new_digest(
    ack: Ack, body: dict[str, Any], asker: Asker, conversations: Conversations, schedules: Schedules
) -> None:
    """Open the form of a digest that is not made yet."""
    await ack()
    blank = await schedules.blank(asker, "")
    view = digest_form(blank, conversations.config.default_cluster, is_new=True)
    await conversations.slack.open_view(body["trigger_id"], view)


async def diagnose(ack: Ack, body: dict[str, Any], conversations: Conversations) -> None:
    """Open a question as a form."""
    await ack()
    await conversations.slack.open_view(body["trigger_id"], ask_view("", "", "Why can it not be reached?"))
