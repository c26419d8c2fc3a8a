"""The button that has a container added to the caller's pod. Whoever clicks has agreed; whether they may is asked here."""

from typing import Any

from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.question.grammar import Command, Verb
from bot.model.result.diagnosis import Diagnosis
from handlers.access import Asker
from handlers.conversation import Conversations
from handlers.language import Reading
from handlers.listening import Ack
from handlers.messages import notices
from handlers.places import in_place_of, place_of


async def from_callers_pod(
    ack: Ack, action: dict[str, Any], body: dict[str, Any], asker: Asker, conversations: Conversations
) -> None:
    """Ask the same question again, measured from the very pod that the dialog named; its answer replaces the old one.

    Of several people who click on one verdict the first is taken: one question puts one container into a pod.
    """
    place = place_of(body)
    seen = await conversations.visible_answer(asker, place.channel, action["value"])
    if seen is None or not isinstance(seen[1].result, Diagnosis):
        raise UsageError(notices.GONE)
    run, shown = seen[0], seen[1].result.question
    if shown.source is None:
        raise UsageError(notices.GONE)
    question = replace(run.question, source=replace(shown.source, workload=""), namespace=shown.namespace)
    command = Command(Verb(str(run.kind)), question, fresh=True, from_caller=True)
    await conversations.gate.permit_container(asker, place.channel, run.request)
    if await conversations.is_repeated(f"caller:{run.id}"):
        return
    again = in_place_of(run, place.response_url)
    await conversations.ask(asker, Reading(command, f"{run.kind} {question.service}"), again, ack)
