"""Which of several readings is meant, by the names that there are in the cluster: the only one whose names all exist.

Names settle what a text leaves open and nothing else: where a doubtful word belongs, whether two words are one name
(`the api gateway`), whether an English word is one (`jobs can't find redis`). A reading whose names exist stays; where
several do it is asked, and where none does everything is as without names.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, permutations

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import refusals
from bot.language import vocabulary as words
from bot.language.account import is_shown
from bot.language.refusals import UnaccountedError, UnplacedError
from bot.language.slots import Said, Slots, caller_word, owner_of_pod
from bot.model.names import Known, Names
from bot.model.question.grammar import parse

Attempt = Callable[[str], Said]

_CHUNK = re.compile(r"[\w@./*→-]+(?:'[a-z]+)?")
_PARTS = re.compile(r"[./:@']+")
_PATH = re.compile(r"[/@*:]+")
_MEMBER = re.compile(r"-\d+$")  # of a StatefulSet
_MOST_SPELLINGS = 8  # that are read: each takes as long as the text itself
_MOST_DOUBTFUL = 4  # words: a question has places for target, caller, a namespace and a cluster
_LONGEST = 4  # words that are joined to one name
# What stands behind who calls. `users are complaining` is about people, whatever Services there are.
_ACTS = words.NEGATION | words.CALL | words.RECEIVE | words.SERVE | frozenset(("->", "→"))
# What names a part of every call, and hardly a Service of that name.
_PARTS_OF_CALLS = (
    words.TRAFFIC | words.TLS | frozenset(("dns", "http", "https", "grpc", "port", "host", "name", "endpoint", "ip"))
)
_GOVERNS = words.CALL | frozenset(("to", "from", "->", "→"))


def settled(text: str, attempt: Attempt, names: Names | None) -> Said:
    """Return what a text says, where `names` settle what it leaves open. Raises UsageError as the attempt does."""
    first = _tried(attempt, text)
    if names is None:
        return _said(first)
    known = names.known(_spelled(text))
    here = _placed(first, known)
    respelled = islice(_respelled(text, known), _MOST_SPELLINGS)
    readings = [here, *(_placed(_tried(attempt, each), known) for each in respelled)]
    whole = [each for each in readings if isinstance(each, Said) and not _left_out(each, text, known)]
    there = {each.slots.words(): each for each in whole if _exists(each.slots, known)}
    if len(there) > 1:
        raise refusals.several_readings(tuple(there))
    if there:
        return next(iter(there.values()))
    kept = next((each for each in whole if each is here and _can_be_asked(each.slots)), None) or _said(first)
    if lost := [*_left_out(kept, text, known), *_may_call(kept, known)]:
        raise refusals.unused(lost, kept.slots, subject=not kept.slots.caller)
    return kept


def _left_out(said: Said, text: str, known: Known) -> list[str]:
    """Return the names of a text, which there are, that have no place in a reading nor are told as unused.

    Where somebody calls, a word without a hyphen is more likely what a program printed.
    """
    names = dict.fromkeys(name for each in _CHUNK.finditer(text) for name in _names_in(each[0].lower()))
    there = (each for each in names if ("-" in each or not said.slots.caller) and _is_name_of(each, known))
    return [each for each in there if not is_shown(each, said)]


def _names_in(chunk: str) -> list[str]:
    """Return what may be names in a chunk: of a URL its host alone, of a host its first label."""
    pieces = [piece.partition(".")[0] for piece in _PATH.split(chunk.strip(".?!"))]
    if chunk.startswith("//"):
        return pieces[1:2]
    return [] if not pieces[0] or pieces[0].isdigit() else pieces


def _is_name_of(word: str, known: Known) -> bool:
    """Return whether there is something of this name, and the word is no English one; a namespace has a hyphen, too."""
    if word in words.KNOWN | words.NO_HOST | _PARTS_OF_CALLS:
        return False
    named = known.services | known.workloads
    return word in named or owner_of_pod(word) in named or ("-" in word and word in known.namespaces)


def _may_call(said: Said, known: Known) -> list[str]:
    """Return the words without a place that name workloads, where nobody is said to call: each may be who does."""
    if said.slots.caller or said.slots.verb != "why":
        return []
    return [each for each in said.unused if each.lower() in known.workloads]


def _tried(attempt: Attempt, text: str) -> Said | UsageError:
    try:
        return attempt(text)
    except UsageError as error:
        return error


def _said(outcome: Said | UsageError) -> Said:
    if isinstance(outcome, UsageError):
        raise outcome
    return outcome


def _spelled(text: str) -> frozenset[str]:
    """Return all that may be a name in a text: its words, their parts, and words that stand beside each other as one."""
    chunks = [found[0].lower().strip(".?!*_~") for found in _CHUNK.finditer(text)]
    found = {part for each in chunks for part in (each, *_PARTS.split(each))}
    found |= {owner for each in tuple(found) if (owner := owner_of_pod(each) or _MEMBER.sub("", each))}
    for size in range(2, _LONGEST + 1):
        found |= {"-".join(chunks[at : at + size]) for at in range(len(chunks) - size + 1)}
    return frozenset(found)


def _respelled(text: str, known: Known) -> Iterator[str]:
    """Yield a text in which words that stand beside each other are one name, or an English word is a name, if there is such."""
    chunks = list(_CHUNK.finditer(text))
    there = known.services | known.workloads | known.namespaces
    for at, first in enumerate(chunks):
        for last in chunks[at + 1 : at + _LONGEST]:
            said = text[first.start() : last.end()]
            joined = "-".join(said.split(" ")).lower()
            if joined in there and "\n" not in said:
                yield f"{text[: first.start()]}{joined}{text[last.end() :]}"
        low = first[0].lower()
        before, after = (chunks[one][0].lower() if 0 <= one < len(chunks) else "" for one in (at - 1, at + 1))
        named = after in _ACTS or (before in _GOVERNS and after in words.PREPOSITION | {""})
        named |= after in words.WORKLOAD and before in words.PREPOSITION | words.DETERMINER  # `for the partner pods`
        if (
            low in words.KNOWN
            and low in known.services | known.workloads
            and named
            and low not in _ACTS | _PARTS_OF_CALLS
        ):
            yield f"{text[: first.start()]}`{first[0]}`{text[first.end() :]}"


def _placed(outcome: Said | UsageError, known: Known) -> Said | UsageError:
    """Return an outcome with each doubtful word in the one place where there is something of that name."""
    if isinstance(outcome, UnaccountedError) and not any(_is_there(each, known) for each in outcome.words):
        outcome = replace(outcome.said, unused=(*outcome.said.unused, *outcome.words))
    if isinstance(outcome, Said):
        outcome = _outrivalled(outcome, known)
        for word in outcome.doubtful:
            outcome = _moved(outcome, word, known)
        return outcome
    found = _all_placed(outcome.sure, outcome.words, known) if isinstance(outcome, UnplacedError) else None
    return Said(found) if found else outcome


def _is_there(word: str, known: Known) -> bool:
    """Return whether there is something by a name, which a pod or a namespace may be said with: `shop/web-7d9f8b6c5-x2k4p`."""
    named = word.rpartition("/")[2].partition(".")[0]
    return bool({named, owner_of_pod(named)} & (known.services | known.namespaces)) or _is_workload(named, known)


def _all_placed(sure: Slots, doubtful: Iterable[str], known: Known) -> Slots | None:
    """Return a question with all these words, if there is one way only in which each of them names something."""
    found: set[Slots] = set()
    unplaced = tuple(dict.fromkeys(doubtful))
    if len(unplaced) > _MOST_DOUBTFUL:
        return None
    for order in permutations(unplaced):
        ways = {sure}
        for word in order:
            ways = {each for way in ways for each in _places(way, word, known)}
        found |= ways
    return found.pop() if len(found) == 1 else None


def _outrivalled(said: Said, known: Known) -> Said:
    """Return what is said with rivals that exist, where there is no Service of the name that is written like one."""
    target = said.slots.target
    there = known.services | known.workloads | known.namespaces
    rivals = [each for each in said.rivals if each.lower() in there]
    if not rivals or target not in there or target in known.services:
        return said
    found = _all_placed(replace(said.slots, target=""), (target, *rivals), known)
    unused = tuple(each for each in said.unused if each not in rivals)
    return replace(said, slots=found, unused=unused) if found else said


def _moved(said: Said, word: str, known: Known) -> Said:
    """Return what is said with a doubtful word where it belongs; as it is where it stands right, or nowhere better."""
    slots, low = said.slots, word.lower()
    if low == slots.namespace and low not in known.namespaces:
        ways = set(_places(replace(slots, namespace=""), low, known))
    elif low == slots.cluster and low != known.cluster:
        ways = set(_places(replace(slots, cluster=""), low, known))
    elif low == slots.caller and not _is_workload(low, known):
        ways = {replace(slots, caller=f"{low}/")} if low in known.namespaces else set()
    elif word in said.unused:
        ways = set(_places(slots, low, known))
    else:
        ways = set()
    if len(ways) != 1:
        return said
    return replace(said, slots=ways.pop(), unused=tuple(each for each in said.unused if each != word))


def _places(slots: Slots, word: str, known: Known) -> Iterator[Slots]:
    """Yield a question with a word in each place that is free, and where there is something of that name."""
    low = word.lower()
    if slots.target.endswith("/*"):
        return  # a table has no caller
    if not slots.target and low in known.services:
        yield replace(slots, target=low)
    if not slots.caller and _is_workload(low, known):
        yield replace(slots, caller=caller_word(low), verb="why" if slots.verb == "check" else slots.verb)
    if low in known.namespaces and slots.is_placed and not slots.caller:
        yield replace(slots, caller=f"{low}/")
    elif low in known.namespaces and not slots.namespace and slots.target and not slots.is_placed:
        yield replace(slots, namespace=low)
    elif low in known.namespaces and slots.caller and "/" not in slots.caller:
        yield replace(slots, caller=f"{low}/{slots.caller}")
    if low == known.cluster and not slots.cluster:
        yield replace(slots, cluster=low)


def _is_workload(word: str, known: Known) -> bool:
    return bool({word, owner_of_pod(word), _MEMBER.sub("", word)} & known.workloads)


def _can_be_asked(slots: Slots) -> bool:
    try:
        parse(slots.words())
    except UsageError:
        return False
    return True


def _exists(slots: Slots, known: Known) -> bool:
    """Return whether a reading names only what there is; addresses and names outside of the cluster are not judged."""
    try:
        asked = parse(slots.words()).question
    except UsageError:
        return False
    source = asked.source
    caller = source.pod or source.workload.rpartition("/")[2] if source else ""
    return (
        asked.cluster in ("", known.cluster)
        and all(each in known.namespaces for each in (asked.namespace, source.namespace if source else "") if each)
        and (not asked.service or asked.service in known.services)
        and (not caller or _is_workload(caller, known))
    )
