"""The button that has a container added to the caller's pod. Whoever clicks has agreed; whether they may is asked here."""

from typing import Any

from msgspec.structs import replace

from bot.errors import UsageError
from bot.model.question.grammar import Command, Verb
from bot.model.question.question import Source
from bot.model.result.answer import Answered
from bot.model.result.diagnosis import Diagnosis
from bot.model.result.error import AnswerError
from bot.model.result.resolution import Resolution
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
    caller = _caller(seen[1].result) if seen else None
    if seen is None or caller is None:
        raise UsageError(notices.GONE)
    run, (source, namespace) = seen[0], caller
    question = replace(run.question, source=replace(source, workload=""), namespace=namespace or run.question.namespace)
    command = Command(Verb(str(run.kind)), question, fresh=True, from_caller=True)
    await conversations.gate.permit_container(asker, place.channel, run.request)
    if await conversations.is_repeated(f"caller:{run.id}"):
        return
    again = in_place_of(run, place.response_url)
    await conversations.ask(asker, Reading(command, f"{run.kind} {question.service or question.name}"), again, ack)


def _caller(shown: Answered | AnswerError | None) -> tuple[Source, str] | None:
    """Return the caller that an answer named, and the namespace of its target; None for an answer without a caller."""
    match shown:
        case Diagnosis(question=question) if question.source:
            return question.source, question.namespace
        case Resolution(source=source) if source and source.pod:
            return source, ""
        case _:
            return None
