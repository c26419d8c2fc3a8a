"""A name that no Service has, typed by somebody: a question back to them, with near names as buttons, and no incident.

It is an incident where something dials that name: a caller was named, the symptom says so, or objects are left of it.
"""

from bot.jobs.messages import Run
from bot.model.question import render
from bot.model.question.instead import command_of, offers
from bot.model.question.question import Question, Symptom
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


def namespace_of_that_name(diagnosis: Diagnosis) -> str:
    """Return the namespace that is called as the unknown Service is; empty where there is none."""
    assert diagnosis.root is not None
    return next((str(each.value) for each in diagnosis.root.evidence if each.field == "namespace"), "")


def unknown_name(run: Run, diagnosis: Diagnosis) -> Message:
    """Return the question back: a namespace of that name, and the near names, each with all else that was asked."""
    root, question = diagnosis.root, diagnosis.question
    assert root is not None
    names, namespace = near_names(diagnosis), namespace_of_that_name(diagnosis)
    alone = run.delivery.is_alone
    asked = offers(command_of(str(run.kind), run.question, only_me=alone), None, names)
    missing = f"There is no Service {question.service} in {question.namespace}"
    if namespace:
        scope = Question(cluster=run.question.cluster)
        table = render.sentence(command_of("check", scope, namespaces=(namespace,), only_me=alone))
        names, asked = (f"Check {namespace}/*", *names), (table, *asked)
        missing += f"; {namespace} is a namespace"
    hint = "Did you mean:" if names else f"For a namespace say: check {question.service}/*"
    sentence = f"{missing}." if names else root.message
    return refusal(sentence, hint=hint, suggestions=names, run=run.id, offers=asked)
