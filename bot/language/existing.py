"""What of a question there is in the cluster, by its names; and which words of a text it speaks of."""

import re

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language.alerts import without_watchers
from bot.language.printed import is_machine
from bot.language.refusals import UnplacedError
from bot.language.slots import MEMBER, Said, Slots, owner_of_pod
from bot.model.kube.kinds import WORKLOAD_WORDS
from bot.model.names import Known, Names
from bot.model.question.grammar import parse
from bot.model.question.question import Question
from bot.model.question.target import read_source

Outcome = Said | UsageError  # of reading a text

# Words of the grammar, and what stands behind them that is no name.
_GRAMMAR = frozenset(("why", "check", "dns", "path", "from", "to", "in", "cluster", "only", "me", "-A"))
_CALLER = re.compile(r"(?: from |^path )(\S+)")  # of a question
CHUNK = re.compile(r"[\w@./*→-]+(?:'[a-z]+)?")
_PARTS = re.compile(r"[./:@']+")
LONGEST = 4  # words that are joined to one name
_WITH_VALUE = frozenset(("port", "protocol", "symptom"))


def exists(slots: Slots, known: Known) -> bool:
    """Return whether a reading names only what there is, where it says so; addresses and names outside are not judged."""
    asked = question_of(slots)
    return bool(
        asked
        and asked.cluster in ("", known.cluster)
        and all(each in known.namespaces for each in (asked.namespace,) if each)
        and (not asked.service or known.has_service(asked.service, asked.namespace))
        and caller_exists(slots.caller, known)
    )


def asks_what_exists(question: str, known: Known) -> bool:
    """Return whether a question is about a Service that there is, as is who calls it."""
    asked, callers = _parsed(question), _CALLER.search(question)
    service = asked and asked.service and known.has_service(asked.service, asked.namespace)
    return bool(service) and (not callers or caller_exists(callers[1], known))


def question_of(slots: Slots) -> Question | None:
    """Return the question that slots ask; None where they make none."""
    return _parsed(slots.words())


def _parsed(question: str) -> Question | None:
    try:
        return parse(question).question
    except UsageError:
        return None


def caller_exists(caller: str, known: Known) -> bool:
    """Return whether there is who calls, where that is said; nobody is somebody who is there."""
    if not caller:
        return True
    source = read_source(caller)
    name = source.pod or source.workload.rpartition("/")[2]
    if source.namespace and source.namespace not in known.namespaces:
        return False
    return not name or is_workload(name, known, source.namespace) or known.has_service(name, source.namespace)


def is_workload(word: str, known: Known, namespace: str = "") -> bool:
    """Return whether there is a workload, or a pod of one, of this name."""
    return any(known.has_workload(each, namespace) for each in (word, owner_of_pod(word), MEMBER.sub("", word)) if each)


def calls_from_nowhere(slots: Slots, known: Known) -> bool:
    """Return whether who calls is a plain word that nothing is called by: `after the migration query can't find cart`."""
    return slots.caller.isalpha() and not is_workload(slots.caller, known) and slots.caller not in known.services


def callers_of(outcome: Outcome) -> tuple[str, ...]:
    """Return who calls in a reading, or in the questions that a refusal offers."""
    if isinstance(outcome, Said):
        return (outcome.slots.caller,) if outcome.slots.caller else ()
    found = map(_CALLER.search, outcome.suggestions)
    return tuple(dict.fromkeys(each[1] for each in found if each))


def targets_of(outcome: Outcome) -> tuple[str, ...]:
    """Return what is called in a reading, or in the questions that a refusal offers."""
    if isinstance(outcome, Said):
        return (outcome.slots.target,)
    found = (re.search(r"^(?:why|check|dns) (\S+)|^path \S+ to (\S+)", each) for each in outcome.suggestions)
    return tuple(dict.fromkeys(each[1] or each[2] for each in found if each))


def can_be_asked(slots: Slots) -> bool:
    """Return whether the grammar takes a reading."""
    return question_of(slots) is not None


def spoken_of(outcome: Outcome) -> tuple[str, ...]:
    """Return the names in a reading, or in the questions that a refusal offers."""
    questions = (outcome.slots.words(),) if isinstance(outcome, Said) else outcome.suggestions
    asked = (name for each in questions for name in _names(each.split()))
    return tuple(dict.fromkeys((*asked, *(outcome.words if isinstance(outcome, UnplacedError) else ()))))


def _names(said: list[str]) -> list[str]:
    """Return the words of a question that are names; `shop/cart` is two."""
    found: list[str] = []
    at = 1
    while at < len(said):
        if said[at] in _WITH_VALUE:
            at += 2
            continue
        if said[at] not in _GRAMMAR:
            found += [said[at]] if "://" in said[at] else [each for each in said[at].split("/") if each]
        at += 1
    return found


def said_places(known: Known, text: str) -> Known:
    """Return what there is without the namespaces that a program printed, and not as a place: the last word of a log line."""
    lines = [(each, is_machine(each)) for each in text.lower().splitlines()]
    said = {
        name for name in known.namespaces if any(_is_place(name, line, is_printed=printed) for line, printed in lines)
    }
    return replace(known, namespaces=frozenset(said))


def _is_place(name: str, line: str, *, is_printed: bool) -> bool:
    before = r"(?:\b(?:in|from|ns|namespace|within|inside)\W+|[./=(\[|\"'-]|-n +)" if is_printed else ""
    return bool(re.search(rf"{before}(?<![-\w]){re.escape(name)}(?![-\w])|(?<![-\w]){re.escape(name)}/", line))


def surest_of(there: dict[str, Said]) -> dict[str, Said]:
    """Return readings without those in which something calls itself, or that say less: `from shop/` beside `from shop/web`."""
    callers = {each.slots.caller for each in there.values()}
    said = {each: reading for each, reading in there.items() if not _calls_itself(reading.slots)}
    return {
        each: reading
        for each, reading in said.items()
        if not any(_says_more(other, reading.slots.caller) for other in callers)
    } or there


def _calls_itself(slots: Slots) -> bool:
    place, _, name = slots.caller.rpartition("/")
    return bool(place) and name == slots.target and place == slots.namespace


def _says_more(caller: str, other: str) -> bool:
    """Return whether a caller is one of the namespace that is the other, or the other without its kind, which may be wrong."""
    kind, _, name = other.rpartition("/")
    is_of_kind = name == caller and kind in WORKLOAD_WORDS
    return is_of_kind or (other.endswith("/") and caller != other and caller.startswith(other))


def known_in(text: str, names: Names) -> Known:
    """Return what there is of all that may be a name in a text; in an alert, who watches names nothing."""
    return said_places(names.known(_spelled(without_watchers(text))), text)


def _spelled(text: str) -> frozenset[str]:
    """Return all that may be a name in a text: its words, their parts, and words that stand beside each other as one."""
    chunks = [found[0].lower().strip(".?!*_~") for found in CHUNK.finditer(text)]
    found = {part for each in chunks for part in (each, *_PARTS.split(each))}
    found |= {owner for each in tuple(found) if (owner := owner_of_pod(each) or MEMBER.sub("", each))}
    for size in range(2, LONGEST + 1):
        found |= {"-".join(chunks[at : at + size]) for at in range(len(chunks) - size + 1)}
    return frozenset(found)
