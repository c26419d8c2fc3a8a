"""What can be done about digests by buttons and forms. Whoever clicks is judged anew, as for words."""

from typing import Any

from msgspec.structs import replace

from bot.errors import UsageError
from bot.jobs.messages import Schedule
from bot.jobs.schedules import zones_like
from bot.model.question.grammar import Command, Verb
from bot.model.question.timetable import Plan, Timetable
from bot.model.result.digest import Scope
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.home import is_in_home, show_home
from handlers.listening import Ack
from handlers.messages import schedules as words
from handlers.messages.digest_form import NEW, digest_form, filled_in, services_view
from handlers.messages.fields import at_field
from handlers.messages.markup import option
from handlers.messages.views import gone_view
from handlers.places import place_of
from handlers.schedules import ONE_DAY, Schedules, previewed

_GONE = "That digest was stopped."


async def digest_menu(
    ack: Ack,
    *,
    action: dict[str, Any],
    body: dict[str, Any],
    asker: Asker,
    conversations: Conversations,
    schedules: Schedules,
) -> None:
    """Do what the menu of a digest offers; its value is `what:schedule id`. The message is left alone."""
    what, _, schedule_id = action["selected_option"]["value"].partition(":")
    place = replace(place_of(body), message="", thread="")
    found = await schedules.find(schedule_id, asker, place.channel)
    if found is None:
        await conversations.tell_alone(asker, place, words.said(_GONE))
        return
    if what == "change":
        await ack()
        await conversations.slack.open_view(body["trigger_id"], digest_form(found, found.cluster, is_new=False))
    elif what == "preview":
        reading, where = previewed(found, replace(place, channel=found.channel))
        await conversations.ask(asker, reading, where, ack)
    else:
        plans = {"pause": Plan.PAUSE, "resume": Plan.RESUME, "stop": Plan.OFF}
        await schedules.act(plans[what], found, asker, ONE_DAY if what == "pause" else None)
        await ack()
        if is_in_home(body):
            await show_home(asker, conversations)
            return
        told = await schedules.change(_listing(), asker, found.channel)
        await conversations.tell_alone(asker, place, told)


async def all_services(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Show every Service of a digest to the one who clicked, if they may ask that; else it reads as gone."""
    await ack()
    seen = await conversations.visible_answer(asker, place_of(body).channel, action["value"])
    found = seen[1].result if seen else None
    view = services_view(found) if isinstance(found, Scope) else gone_view()
    await conversations.slack.open_view(body["trigger_id"], view)


async def zones(ack: Ack, body: dict[str, Any]) -> None:
    """Offer the time zones that what is typed stands in."""
    await ack(options=[option(each, each) for each in zones_like(str(body.get("value") or ""))])


async def digest_saved(
    ack: Ack, view: dict[str, Any], asker: Asker, conversations: Conversations, schedules: Schedules
) -> None:
    """Take a digest from its form; what cannot be is said at its field, and nothing filled in is lost."""
    schedule_id, channel = (*view["private_metadata"].split(" "), "")[:2]
    values = view["state"]["values"]
    try:
        schedule = await _changed(schedule_id, channel, values, asker, schedules)
        told = await schedules.make(schedule, asker, is_here=bool(channel))
    except UsageError as error:
        await ack(**at_field(error, "namespaces"))
        return
    await ack()
    await conversations.tell_alone(asker, Place(schedule.channel), told)


async def _changed(
    schedule_id: str, channel: str, values: dict[str, Any], asker: Asker, schedules: Schedules
) -> Schedule:
    """Return the digest that a form was opened for, with what was filled in. Raises UsageError where it is gone."""
    if schedule_id == NEW:
        found = await schedules.blank(asker, channel)
        return replace(found, **filled_in(found, values))
    known = await schedules.find(schedule_id, asker, channel)
    if known is None:
        raise UsageError(_GONE)
    return replace(known, **filled_in(known, values))


def _listing() -> Command:
    return Command(Verb.DIGEST, timetable=Timetable(Plan.LIST))
