"""Buttons: ask again, show the evidence, take a suggestion. Whoever clicks is judged anew; the message is left alone."""

from typing import Any

from msgspec.structs import replace

from bot.errors import UsageError
from bot.jobs.messages import Run
from bot.model.question.grammar import Command, Verb
from bot.model.question.instead import command_of
from bot.model.question.render import sentence
from bot.model.question.watching import Watching
from bot.model.result.diagnosis import Diagnosis
from handlers.access import Asker
from handlers.conversation import Conversations, Place
from handlers.home import is_in_home, show_home
from handlers.language import Reading, understand
from handlers.listening import Ack
from handlers.messages import notices
from handlers.messages import watch as words
from handlers.messages.ask_form import ask_view, from_view
from handlers.messages.message import Message
from handlers.messages.views import evidence_view, gone_view
from handlers.mutes import Mutes
from handlers.places import in_place_of, place_of
from handlers.schedules import ONE_DAY, Schedules, is_about_schedules
from handlers.show_path import show_path
from handlers.watches import Watches


async def rerun(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Ask the same question anew; its answer replaces the old one in the same place."""
    run_id = await conversations.run_id_of(f"action:{action.get('action_ts')}:{asker.user}:{action['value']}")
    if not run_id:
        return
    run = await conversations.jobs.run_of(action["value"])
    place = place_of(body)
    if run is None:
        await conversations.tell_alone(asker, place, notices.refusal(notices.GONE))
        return
    command = Command(Verb(str(run.kind)), run.question, namespaces=run.namespaces, pod=run.pod, fresh=True)
    again = in_place_of(run, place.response_url)
    await conversations.ask(asker, Reading(command, f"{run.kind} {run.question.service}"), again, ack, run_id=run_id)


async def evidence(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Show every finding and measurement to the one who clicked, if they may ask that; else it reads as gone."""
    await ack()
    seen = await conversations.visible_answer(asker, place_of(body).channel, action["value"])
    found = seen[1].result if seen else None
    view = evidence_view(found) if isinstance(found, Diagnosis) else gone_view()
    await conversations.slack.open_view(body["trigger_id"], view)


async def picture(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Show the hops of an answer as a picture."""
    await show_path(ack, action["value"], asker, conversations, place_of(body))


async def from_another_pod(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Open the form that asks the same from a workload that is chosen."""
    await ack()
    run = await conversations.visible_run(asker, place_of(body).channel, action["value"])
    await conversations.slack.open_view(body["trigger_id"], from_view(run) if run else gone_view())


async def change(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Open the question of a run as a form, in the grammar's words."""
    await ack()
    run = await conversations.visible_run(asker, place_of(body).channel, action["value"])
    if run is None:
        await conversations.slack.open_view(body["trigger_id"], gone_view())
        return
    asked = sentence(command_of(str(run.kind), run.question, namespaces=run.namespaces, pod=run.pod))
    note = "This is how I read it. What did you mean?"
    await conversations.slack.open_view(body["trigger_id"], ask_view(f"{run.channel} {run.thread_ts}", asked, note))


async def more(
    ack: Ack,
    *,
    action: dict[str, Any],
    body: dict[str, Any],
    asker: Asker,
    conversations: Conversations,
    watches: Watches,
    mutes: Mutes,
) -> None:
    """Do what the menu of a verdict offers; its value is `what:run id`."""
    what, _, run_id = action["selected_option"]["value"].partition(":")
    place = place_of(body)
    if await conversations.is_repeated(f"more:{what}:{action.get('action_ts')}:{asker.user}:{run_id}"):
        return
    run = await conversations.visible_run(asker, place.channel, run_id)
    if run is None:
        raise UsageError(notices.GONE)
    if what == "path":
        await show_path(ack, run_id, asker, conversations, place)
    elif what == "from":
        await ack()
        await conversations.slack.open_view(body["trigger_id"], from_view(run))
    elif what == "watch":
        command = Command(Verb.WATCH, replace(run.question, assumed=()), watching=Watching())
        if told := await watches.take(command, asker, _thread_of(run, place), ack):
            await conversations.tell_alone(asker, place, told)
    elif what == "mute" and (told := await mutes.begin(run, ONE_DAY, asker, _thread_of(run, place))):
        await conversations.tell_alone(asker, place, told)


def _thread_of(run: Run, place: Place) -> Place:
    """Return the thread of a verdict; one that its asker alone sees has none that could be told."""
    if run.delivery.is_alone and not place.channel.startswith("D"):
        raise UsageError("That is told to a thread, and only you see this.", hint="Ask in a channel that I am in.")
    return Place(run.channel, thread=run.thread_ts or place.thread, response_url=place.response_url)


async def unwatch(
    ack: Ack,
    *,
    action: dict[str, Any],
    body: dict[str, Any],
    asker: Asker,
    conversations: Conversations,
    watches: Watches,
) -> None:
    """End a watch; what it saw takes the place of its message."""
    await ack()
    place = place_of(body)
    told = await watches.stop(action["value"], asker, place)
    if is_in_home(body):
        await show_home(asker, conversations)
        return
    if told or place.ephemeral:
        await conversations.tell_alone(asker, place, told or words.said("It is no longer watched."))


async def unmute(
    ack: Ack, *, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations, mutes: Mutes
) -> None:
    """End a mute."""
    await ack()
    place = place_of(body)
    if told := await mutes.end(action["value"], asker, place):
        await conversations.tell_alone(asker, place, told)


async def suggestion(
    ack: Ack,
    *,
    action: dict[str, Any],
    body: dict[str, Any],
    asker: Asker,
    conversations: Conversations,
    schedules: Schedules,
    watches: Watches,
    mutes: Mutes,
) -> None:
    """Ask what a button offered: where the first question was asked, or in the thread of the line that offers it."""
    place, shown = place_of(body), body.get("container", {}).get("message_ts", "")
    once = shown if place.ephemeral else f"{asker.user}:{action.get('action_ts')}"
    thread = place.thread or ("" if place.ephemeral else shown)
    place = replace(place, ephemeral=False, message="", thread=thread)
    reading = understand(action["value"])
    assert reading is not None
    is_told = reading.command.verb in (Verb.WATCH, Verb.MUTE, Verb.USE) or is_about_schedules(reading.command)
    run_id = await conversations.first_delivery(f"offer:{place.channel}:{once}", is_question=not is_told)
    if run_id is None:
        return
    told: Message | None = None
    if reading.command.verb is Verb.WATCH:
        told = await watches.take(reading.command, asker, place, ack)
    elif reading.command.verb is Verb.MUTE:
        told = await mutes.take(reading.command, asker, place)
    elif reading.command.verb is Verb.USE:
        told = await conversations.use(reading.command, asker, place)
    elif is_about_schedules(reading.command):
        told = await schedules.change(reading.command, asker, place.channel)
    else:
        command = replace(reading.command, fresh=False)
        await conversations.ask(asker, Reading(command, reading.words), place, ack, run_id=run_id)
    if told:
        await conversations.tell_alone(asker, place, told)


async def outdated(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Answer a button of an earlier version, which this one does not know, with how to ask. A link needs no answer."""
    await ack()
    if not action.get("url"):
        told = notices.refusal("This button is of another version of k8snet.", hint="Ask again: /k8snet why NAME")
        await conversations.tell_alone(asker, place_of(body), told)
