"""A name that no Service has, typed by somebody: a question back to them, with near names as buttons, and no incident.

It is an incident where something dials that name: a caller was named, the symptom says so, or objects are left of it.
"""

from bot.jobs.messages import Run
from bot.model.question.instead import command_of, offers
from bot.model.question.question import Symptom
from bot.model.result.diagnosis import Diagnosis
from handlers.messages.message import Message
from handlers.messages.notices import refusal

_UNKNOWN_NAME = "DNS-010"
_LEFT = ("workload", "endpointslices")  # fields of evidence that something of that name is there


def is_unknown_name(diagnosis: Diagnosis) -> bool:
    """Return whether a diagnosis says no more than that no Service is called like that."""
    root, question = diagnosis.root, diagnosis.question
    if root is None or root.code != _UNKNOWN_NAME or question.source or question.scheme:
        return False
    return question.symptom is not Symptom.NXDOMAIN and not any(each.field in _LEFT for each in root.evidence)


def near_names(diagnosis: Diagnosis) -> tuple[str, ...]:
    """Return the names of Services that an unknown one may be a slip of."""
    assert diagnosis.root is not None
    near = next((each.value for each in diagnosis.root.evidence if each.field == "near names"), ())
    return tuple(str(each) for each in near) if isinstance(near, list | tuple) else ()


def unknown_name(run: Run, diagnosis: Diagnosis) -> Message:
    """Return the question back: the near names, each with all else that was asked."""
    root, question = diagnosis.root, diagnosis.question
    assert root is not None
    names = near_names(diagnosis)
    asked = command_of(str(run.kind), run.question, only_me=run.delivery.is_alone)
    sentence = f"There is no Service {question.service} in {question.namespace}." if names else root.message
    hint = "Did you mean:" if names else f"For a namespace say: check {question.service}/*"
    return refusal(sentence, hint=hint, suggestions=names, run=run.id, offers=offers(asked, None, names))
