"""A question with one of its parts replaced by what was suggested; all other parts stay as they were asked."""

from msgspec.structs import replace

from bot.errors import Slot, UsageError
from bot.model.question.grammar import Command, Verb
from bot.model.question.question import Question, Source
from bot.model.question.render import sentence
from bot.model.question.target import read_port, read_source, read_target


def instead(command: Command, slot: Slot | None, suggestion: str) -> str:
    """Return the sentence of a command in which `suggestion` stands for `slot` (None: for what is called).

    Raises UsageError for a suggestion that cannot stand there.
    """
    if slot is Slot.SENTENCE:
        return suggestion
    question = command.question
    if slot is Slot.CLUSTER:
        return sentence(replace(command, question=replace(question, cluster=suggestion)))
    if slot is Slot.CALLER:
        return sentence(replace(command, question=replace(question, source=_caller(question, suggestion))))
    if slot is Slot.PORT:
        return sentence(replace(command, question=_at_port(question, suggestion)))
    return sentence(replace(command, question=_called(question, suggestion)))


def offers(command: Command | None, slot: Slot | None, suggestions: tuple[str, ...]) -> tuple[str, ...]:
    """Return the question in each of its other words; without a command only whole sentences can be offered."""
    if command is None:
        return suggestions if slot is Slot.SENTENCE else ()
    found = []
    for each in suggestions:
        try:
            found.append(instead(command, slot, each))
        except UsageError:
            continue
    return tuple(found)


def _caller(question: Question, suggestion: str) -> Source:
    """Return the caller by its other name, in the same namespace."""
    known = question.source or Source()
    if "/" in suggestion:
        return read_source(suggestion, known.namespace)
    return Source(namespace=known.namespace, pod=suggestion)


def _at_port(question: Question, suggestion: str) -> Question:
    """Return the question about another port, given as `80` or `53/UDP`."""
    port, protocol = read_port(suggestion)
    return replace(question, port=port, protocol=protocol or question.protocol, protocol_said=bool(protocol))


def _called(question: Question, suggestion: str) -> Question:
    """Return the question about another Service; a namespace that goes with it comes with it."""
    target = read_target(suggestion, outside=True)
    namespace = target.namespace or question.namespace
    return replace(question, service=target.service, namespace=namespace, name=target.name, address=target.address)


def command_of(
    verb: str,
    question: Question,
    *,
    namespaces: tuple[str, ...] = (),
    pod: Source | None = None,
    only_me: bool = False,
) -> Command:
    """Return the command that a question was asked with, so that it can be asked in other words."""
    return Command(Verb(verb), replace(question, assumed=()), namespaces=namespaces, pod=pod, only_me=only_me)


def in_namespace(command: Command, said: str, meant: str) -> str:
    """Return the sentence of a command in which one namespace stands for another."""
    question = command.question
    namespaces = tuple(meant if each == said else each for each in command.namespaces)
    if question.namespace == said:
        question = replace(question, namespace=meant)
    return sentence(replace(command, question=question, namespaces=namespaces))
