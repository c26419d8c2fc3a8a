"""A question as a form: a Service and a caller chosen by name, and the question in words, which they change. Pure.

Also the form that asks the same from another pod.
"""

from msgspec.structs import replace

from bot.errors import UsageError
from bot.jobs.messages import Run
from bot.model.names import Names
from bot.model.question.grammar import Command, Verb
from bot.model.question.question import Question, Source
from bot.model.question.render import sentence
from bot.model.question.target import read_source, read_target
from bot.model.text import one_line
from handlers.language import Reading, understand
from handlers.messages.fields import FieldError, Values, View, chosen, field, form, given, typed
from handlers.messages.markup import code, context, lines, literal
from handlers.messages.pickers import CALLER, SERVICE, picked, picker

ASK, FROM = "k8snet.ask", "k8snet.from"
_NOTHING = ("", "why")
_WORDS = {"type": "plain_text_input", "action_id": "text", "max_length": 300}
_CHANNEL = {"type": "conversations_select", "action_id": "channel", "default_to_current_conversation": True}
_FROM = "A Deployment, StatefulSet or DaemonSet; a pod as NAMESPACE/POD"


def ask_view(place: str, found: str, note: str) -> View:
    """Return the question as a form; `place` is channel, thread and response_url, or empty where the channel is asked for."""
    words = {**_WORDS, **({"initial_value": found[:300]} if found.strip() not in _NOTHING else {})}
    example = "For example: why user-service in shop port 80. What is chosen above takes the place of its names"
    blocks = [
        lines([literal(one_line(note, limit=300))]),
        *([] if place else [field("channel", "Answer in", _CHANNEL, "I have to be in it, else only you see it")]),
        field("service", "Service", picker(SERVICE, "A name, or namespace/name"), optional=True),
        field("caller", "Called from", picker(CALLER, "A workload, or namespace/pod"), _FROM, optional=True),
        field("question", "Question", words, example, optional=True),
    ]
    return form(ASK, place, blocks, title="Diagnose a Service", submit="Run Check")


def asked_in(values: Values, names: Names | None = None) -> Reading:
    """Return the question that a form asks; `names` settle what its words leave open.

    Raises FieldError for what cannot be read, and where nothing was filled in.
    """
    filled = given(values)
    words, (service, cluster) = typed(filled, "question"), picked(chosen(filled, "service"))
    command = _command(words, service, names)
    question = command.question
    if service:
        target = read_target(service)
        namespace = target.namespace or question.namespace
        question = replace(
            question, service=target.service, namespace=namespace, name=target.name, address="", scheme="", path=""
        )
    question = replace(question, cluster=cluster or question.cluster)
    caller = chosen(filled, "caller")
    question = replace(question, source=_caller(caller, question)) if caller else question
    if caller and not (question.service or question.name or question.address):
        raise FieldError("service", "Choose a Service: a caller calls one.")
    command = replace(command, question=question)
    return Reading(command, sentence(command))


def channel_in(values: Values) -> str:
    """Return the channel that a form asked for; empty where it did not."""
    return str(given(values).get("channel", {}).get("selected_conversation") or "")


def _command(words: str, service: str, names: Names | None) -> Command:
    if words in _NOTHING:
        if service:
            return Command(Verb.WHY)
        raise FieldError("service", "Choose a Service, or write a question below.")
    try:
        reading = understand(words, names=names)
    except UsageError as error:
        raise FieldError("question", f"{error} {error.hint}".strip()) from error
    assert reading is not None
    if reading.command.verb not in (Verb.WHY, Verb.CHECK, Verb.DNS, Verb.PATH, Verb.DIGEST):
        raise FieldError("question", "A form asks why, check, dns, path or digest.")
    return reading.command


def _caller(value: str, question: Question) -> Source:
    name, cluster = picked(value)
    if cluster and question.cluster and cluster != question.cluster:
        raise FieldError("caller", f"That is in {cluster}, and the Service in {question.cluster}.")
    return read_source(name, question.namespace)


def from_view(run: Run) -> View:
    """Return the form that asks what a run asked from another workload or pod."""
    now = f"Until now: from {code(str(run.question.source), 120)}" if run.question.source else ""
    blocks = [
        lines([literal(sentence(Command(Verb(str(run.kind)), replace(run.question, assumed=()))), bold=True)]),
        *([context(now)] if now else []),
        field("caller", "Called from", picker(CALLER, "A workload, or namespace/pod"), _FROM),
    ]
    return form(FROM, run.id, blocks, title="Run From Another Pod", submit="Run Check")


def from_caller(run: Run, values: Values) -> Reading:
    """Return the question of a run with the caller that was chosen. Raises FieldError."""
    try:
        source = _caller(chosen(given(values), "caller"), run.question)
    except FieldError:
        raise
    except UsageError as error:
        raise FieldError("caller", f"{error} {error.hint}".strip()) from error
    question = replace(run.question, source=source, assumed=())
    command = Command(Verb(str(run.kind)), question, pod=run.pod, fresh=True)
    return Reading(command, sentence(command))
