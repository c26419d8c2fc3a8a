"""A Command back into words: the sentence that `bot.model.question.grammar` reads as the same."""

from bot.model.question.grammar import Command, Verb
from bot.model.question.muting import MuteAct, muting_words
from bot.model.question.question import Question, Source
from bot.model.question.target import POD_KINDS, PROTOCOLS, WORKLOAD_KINDS
from bot.model.question.timetable import timetable_words
from bot.model.question.watching import Act, watching_words


def sentence(command: Command) -> str:
    """Return e.g. `why user-service in shop from shop/checkout port 80`; parsing it gives the command again."""
    return " ".join(_words(command))


def target_words(question: Question) -> str:
    """What is called, as it would be written: a URL, an IP, or a name."""
    host = question.address or question.name or question.service
    if not question.scheme:
        return host
    shown = f"[{host}]" if ":" in host else host
    return f"{question.scheme}://{shown}{question.path}"


def _words(command: Command) -> list[str]:
    question = command.question
    words = [str(command.verb), *_targets(command)]
    implied = question.name.split(".")[1:2] if question.service else []
    if question.namespace and question.namespace not in implied and not (command.pod and command.pod.namespace):
        words += ["in", question.namespace]
    if question.source and command.verb is not Verb.PATH:
        words += ["from", source_word(question.source)]
    if question.port is not None:
        words += ["port", str(question.port)]
    if question.protocol_said or question.protocol != PROTOCOLS[0]:
        words += ["protocol", question.protocol]
    if question.symptom:
        words += ["symptom", str(question.symptom)]
    if question.cluster:
        words += ["cluster", question.cluster]
    if command.watching:
        words += watching_words(command.watching)
    if command.muting:
        words += muting_words(command.muting)
    return [*words, *(["fresh"] if command.fresh else []), *(["only", "me"] if command.only_me else [])]


def _targets(command: Command) -> list[str]:
    if command.verb is Verb.PATH and command.question.source:
        place = f"{command.pod.namespace}/" if command.pod and command.pod.namespace else ""
        target = f"{place}pod/{command.pod.pod}" if command.pod else target_words(command.question)
        return [source_word(command.question.source), "to", target]
    if command.verb is Verb.WHY and (command.everything or command.namespaces):
        return ["-A"] if command.everything else ["in", ",".join(command.namespaces)]
    scope = ["all"] if command.everything else [f"{each}/*" for each in command.namespaces]
    act = [str(command.watching.act)] if command.watching and command.watching.act is not Act.START else []
    if command.muting:
        act = [] if command.muting.act is MuteAct.START else [str(command.muting.act)]
        act += [command.muting.code] if command.muting.code else []
    times = timetable_words(command.timetable) if command.timetable else []
    return [*act, *times, *command.rest, *scope, *filter(None, [target_words(command.question)])]


def source_word(source: Source) -> str:
    """Return a source as the grammar reads it, e.g. `shop/checkout-7d9f`, `shop/deploy/checkout`, `shop/`."""
    place = f"{source.namespace}/" if source.namespace else ""
    # In a namespace called `deploy`, deploy/x would be read as a workload.
    kind = "pod/" if source.pod and source.namespace in (*WORKLOAD_KINDS, *POD_KINDS) else ""
    return f"{place}{kind}{source.pod or source.workload}"
