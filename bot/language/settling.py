"""Which of several readings is meant, by the names that there are in the cluster: the only one whose names all exist.

Names settle what a text leaves open and nothing else: where a doubtful word belongs, whether two words are one name
(`the api gateway`), whether an English word is one (`jobs can't find redis`). A reading whose names exist stays; where
several do it is asked, and where none does everything is as without names.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, permutations

from msgspec.structs import replace

from bot.errors import Slot, UsageError
from bot.language import refusals
from bot.language import vocabulary as words
from bot.language.account import is_shown, with_all_named
from bot.language.crumbs import without_crumbs
from bot.language.existing import (
    CHUNK,
    LONGEST,
    Outcome,
    callers_of,
    calls_from_nowhere,
    can_be_asked,
    exists,
    is_workload,
    known_in,
    question_of,
    surest_of,
)
from bot.language.names import first_label
from bot.language.offers import with_offers
from bot.language.outright import by_outright_calls, certain
from bot.language.pasted_address import of_services
from bot.language.plain_words import is_plain, without_plain_caller, without_plain_words
from bot.language.ports import ask_with_port, with_port
from bot.language.printed import is_machine
from bot.language.refusals import UnaccountedError, UnplacedError
from bot.language.relations import as_said
from bot.language.sides import begins, elsewhere, is_beside, keeps_sides, said_to_be_called, tells, with_own_places
from bot.language.slots import Said, Slots, caller_word, owner_of_pod
from bot.language.telling import tells_only
from bot.model.names import Known, Names
from bot.model.question.grammar import parse

Attempt = Callable[[str], Said]

_PATH = re.compile(r"[/@*:]+")
_NAMED = (
    re.compile(r"(?<![-\w.`])(?P<name>[a-z]+)(?= ?(?:->|→|=>) ?\S)", re.IGNORECASE),
    re.compile(r"(?:(?<=-> )|(?<=→ )|(?<=→)|(?<==> ))(?P<name>[a-z]+)(?![-\w.:/`])", re.IGNORECASE),
    re.compile(r"(?<![-\w.`])(?P<name>[a-z]+),? (?:in|\(|of) ?(?P<ns>[a-z0-9][-a-z0-9]*)"),
    re.compile(r"^(?P<name>[a-z]+)(?=: )", re.MULTILINE),
    re.compile(r"(?<=\bto )(?P<name>[a-z]+)(?= any ?more| at all|[,.;)?!]|$)", re.MULTILINE),
)
# The same for programs; what they call a `service`, an `app` or a `pod` may be themselves.
_HOST_FIELD = re.compile(
    r"(?<![-\w])(?:host|hostname|server|addr|address|url|uri|upstream|broker|brokers)=[\"']?(?=[a-z])"
)
_WITH_ADDRESS = re.compile(
    r"(?<=[a-z0-9])/\d{1,3}(?:\.\d{1,3}){3}(?=:\d)"
)  # as Java writes a host: `cart/10.96.0.7:80`
_MOST_SPELLINGS = 8  # that are read: each takes as long as the text itself
_MOST_DOUBTFUL = 4  # words: a question has places for target, caller, a namespace and a cluster
# What stands behind who calls. `users are complaining` is about people, whatever Services there are.
_ACTS = words.NEGATION | words.CALL | words.RECEIVE | words.SERVE | frozenset(("->", "→", "answers", "says", "logs"))
# What names a part of every call, and hardly a Service of that name.
_PARTS_OF_CALLS = (
    words.TRAFFIC | words.TLS | frozenset(("dns", "http", "https", "grpc", "port", "host", "name", "endpoint", "ip"))
)
_GOVERNS = words.CALL | frozenset(("to", "from", "->", "→"))


def settled(text: str, attempt: Attempt, names: Names | None) -> Said:
    """Return what a text says, where `names` settle what it leaves open. Raises UsageError as the attempt does, and where
    something speaks against what was read.
    """
    known = known_in(text, names) if names else None
    try:
        read = _with_names(text, attempt, names, known)
    except UsageError as error:
        return certain(without_crumbs(error, text, known, names), text, known, names)
    return certain(read, text, known, names)


def _with_names(text: str, attempt: Attempt, names: Names | None, known: Known | None) -> Said:
    if names is None or known is None:
        return by_outright_calls(_tried(attempt, text), text)
    try:
        if not known.services | known.workloads | known.namespaces:
            return without_plain_caller(_said(_placed(_tried(attempt, text), known)), text, names, known)
        return _settled(_with_named(text, known), attempt, names, known)
    except UsageError as error:
        return by_outright_calls(with_offers(error, text, known, names), text, known)


def _settled(text: str, attempt: Attempt, names: Names, known: Known) -> Said:
    first = _tried(attempt, text)
    here = _placed(first, known)

    def again(said: str) -> Outcome:
        return _placed(_tried(attempt, said), known)

    def plainly(said: str, outcome: Outcome) -> Iterator[Outcome]:
        yield from (outcome, *without_plain_words(said, outcome, again, known, names))

    there: dict[str, Said] = {}
    if not _calls_service(here, known):
        there = _there(of_services(text, first, lambda said: plainly(said, again(said)), known), text, known)
    if not there:
        readings = (here, *map(again, islice(_respelled(text, known), _MOST_SPELLINGS)))
        there = _there(readings, text, known)
    if not there:
        spelled = (text, *_labelled(text, first, known))
        plain = (each for said in spelled for each in plainly(said, first if said == text else again(said)))
        kept_sides = (each for each in plain if _calls_service(each, known) and keeps_sides(each, first))
        there = _there(kept_sides, text, known)
    there = surest_of(there)
    if len(there) > 1:
        raise refusals.several_readings(tuple(there))
    if there:
        (only,) = there.values()
        only = as_said(with_all_named(only, text, known.services | known.workloads), text, known)
        _expect_no_teller(only.slots, text, known)
        _expect_one_place(only.slots, text, known)
        return _expected(only, text, known)
    is_whole = isinstance(here, Said) and not _left_out(here, text, known) and can_be_asked(here.slots)
    kept = with_all_named(_said(here if is_whole else first), text, known.services | known.workloads)
    if lost := [*_left_out(kept, text, known), *_may_call(kept, known)]:
        raise refusals.unused(lost, kept.slots, subject=not kept.slots.caller)
    _expect_a_service(kept, text, names, known)
    _expect_a_place(kept.slots, known)
    _expect_no_teller(kept.slots, text, known)
    kept = without_plain_caller(replace(kept, slots=with_own_places(kept.slots, text, known)), text, names, known)
    return _asked(as_said(kept, text, known))


def _expect_a_service(said: Said, text: str, names: Names, known: Known) -> None:
    """Raise NoNameError where what was taken for a Service is a plain word, or a namespace: `can you take the 3pm sync`."""
    asked = question_of(said.slots)
    if asked is None or not asked.service or known.has_service(asked.service):
        return
    is_whole = said.slots.target == asked.service
    if is_whole and asked.service in known.namespaces and not (asked.namespace or is_workload(asked.service, known)):
        raise refusals.no_service(asked.service)
    if is_whole and is_plain(asked.service, text, known, names):
        raise refusals.no_name()


def _asked(said: Said) -> Said:
    """Return what is said. Raises UsageError where the grammar does not take it."""
    parse(said.slots.words())
    return said


def _expect_no_teller(slots: Slots, text: str, known: Known) -> None:
    """Raise UsageError where who tells was read to be called by somebody who may be called as well."""
    if teller := tells(slots, text, known):
        place, _, caller = slots.caller.rpartition("/")
        swapped = replace(slots, target=caller, namespace=place, caller=teller)
        raise refusals.several_readings((swapped.words(), slots.words()))


def _expect_one_place(slots: Slots, text: str, known: Known) -> None:
    """Raise UsageError where a Service is said to be in two namespaces: `cart in shop and cart in qa refuse web`."""
    name = first_label(slots.target)
    are_apart = {*re.findall(r"[a-z']+", text.lower())} & (words.HEALTH | {"but", "not"})
    places = [
        each
        for each in sorted(known.namespaces)
        if known.has_service(name, each) and is_beside(name, each, text) and slots.caller != f"{each}/{name}"
    ]
    if len(places) > 1 and not (slots.is_placed or are_apart):
        raise refusals.several_readings(tuple(replace(slots, namespace=each).words() for each in places))


def _expect_a_place(slots: Slots, known: Known) -> None:
    """Raise UsageError where what was taken for a namespace is none, but a Service or a workload."""
    for place in (slots.namespace, slots.caller.rpartition("/")[0].partition("/")[0]):
        if place and place not in known.namespaces and (known.has_service(place) or known.has_workload(place)):
            raise refusals.unused(
                [place], replace(slots, namespace="" if place == slots.namespace else slots.namespace)
            )


def _expected(said: Said, text: str, known: Known) -> Said:
    """Return a reading that was taken. Raises UsageError where it is of few of the words, or a name may call."""
    if lost := [each for each in _may_call(said, known) if is_machine(text) or begins(each, text)]:
        raise refusals.unused(lost, said.slots, subject=True)
    if tells_only(said.slots, text):
        error = refusals.no_name()
        error.suggestions, error.slot = (said.slots.words(),), Slot.SENTENCE
        raise error
    return said


def _labelled(text: str, first: Outcome, known: Known) -> Iterator[str]:
    """Yield a text with a host as what is called, where only a field's name says so, and with a caller in its namespace."""
    named = _HOST_FIELD.sub("to ", _WITH_ADDRESS.sub("", text))
    if named != text:
        yield named
    callers = callers_of(first)
    for pod, owner in permutations(callers, 2):
        if owner_of_pod(pod) == owner:  # `from the web pod web-7d9f8b6c5-x2k4p`
            yield re.sub(rf"(?:the )?(?<![-\w./]){re.escape(owner)}(?![-\w./])(?: pods?)?", "", text, count=1)
    for place, name in permutations(callers, 2):
        if known.has_workload(name, place):
            within = re.sub(rf"(?<![-\w./]){re.escape(name)}(?![-\w./])", f"{place}/{name}", text)
            yield re.sub(rf"(?<![-\w./])(?:in |from )?{re.escape(place)}(?![-\w./])\W*", " ", within, count=1)


def _there(readings: Iterable[Outcome], text: str, known: Known) -> dict[str, Said]:
    """Return the readings whose names all exist and that leave out none, by their sentence."""
    said = (each for reading in readings for each in (reading, *elsewhere(reading, text, known)))
    sided = (
        replace(each, slots=with_own_places(each.slots, text, known)) if isinstance(each, Said) else each
        for each in said
    )
    whole = (each for each in sided if isinstance(each, Said) and not _left_out(each, text, known))
    return {each.slots.words(): each for each in whole if exists(each.slots, known)}


def _calls_service(outcome: Outcome, known: Known) -> bool:
    """Return whether a reading is about a Service that there is, and not about an address."""
    asked = question_of(outcome.slots) if isinstance(outcome, Said) else None
    return bool(asked and asked.service and known.has_service(asked.service, asked.namespace))


def _with_named(text: str, known: Known) -> str:
    """Return a text with its English words in ticks where they are names for sure: `check picking → wms`, `query in search`,
    `query: dial tcp …`.
    """
    named = (known.services | known.workloads) & words.KNOWN

    def marked(found: re.Match[str]) -> str:
        word, place = found["name"].lower(), found.groupdict().get("ns") or ""
        is_there = known.has_service(word, place) or known.has_workload(word, place)
        return found[0].replace(found["name"], f"`{found['name']}`", 1) if word in named and is_there else found[0]

    for row in _NAMED:
        text = row.sub(marked, text)
    return text


def _left_out(said: Said, text: str, known: Known) -> list[str]:
    """Return the names of a text, which there are, that have no place in a reading nor are told as unused.

    Where somebody calls, a word without a hyphen is more likely what a program printed.
    """
    if lost := said_to_be_called(said, text, known):
        return [lost]
    names = dict.fromkeys(name for each in CHUNK.finditer(text) for name in _names_in(each[0].lower()))
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
    """Return the words without a place that name workloads, where nobody that there is is said to call: each may be who
    does.
    """
    if said.slots.verb != "why" or (said.slots.caller and not calls_from_nowhere(said.slots, known)):
        return []
    return [each for each in said.unused if each.lower() in known.workloads]


def _tried(attempt: Attempt, text: str) -> Outcome:
    try:
        return with_port(attempt(text), text)
    except UsageError as error:
        return ask_with_port(error, text)


def _said(outcome: Outcome) -> Said:
    if isinstance(outcome, UsageError):
        raise outcome
    return outcome


def _respelled(text: str, known: Known) -> Iterator[str]:
    """Yield a text in which words that stand beside each other are one name, or an English word is a name, if there is such."""
    chunks = list(CHUNK.finditer(text))
    there = known.services | known.workloads | known.namespaces
    for at, first in enumerate(chunks):
        for last in chunks[at + 1 : at + LONGEST]:
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
            and (low not in _ACTS | _PARTS_OF_CALLS or after in words.SERVE | words.RECEIVE)
        ):
            yield f"{text[: first.start()]}`{first[0]}`{text[first.end() :]}"


def _placed(outcome: Outcome, known: Known) -> Outcome:
    """Return an outcome with each doubtful word in the one place where there is something of that name."""
    if isinstance(outcome, UnaccountedError) and not any(_is_there(each, known) for each in outcome.words):
        outcome = replace(outcome.said, unused=(*outcome.said.unused, *outcome.words))
    if isinstance(outcome, Said):
        outcome = _outrivalled(outcome, known)
        clusters = {outcome.slots.cluster} & known.namespaces - {known.cluster}
        for word in (*outcome.doubtful, *clusters):
            outcome = _moved(outcome, word, known)
        return outcome
    found = _all_placed(outcome.sure, outcome.words, known) if isinstance(outcome, UnplacedError) else None
    return Said(found) if found else outcome


def _is_there(word: str, known: Known) -> bool:
    """Return whether there is something by a name, which a pod or a namespace may be said with: `shop/web-7d9f8b6c5-x2k4p`."""
    named = word.rpartition("/")[2].partition(".")[0]
    return bool({named, owner_of_pod(named)} & (known.services | known.namespaces)) or is_workload(named, known)


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
    elif low == slots.caller and not is_workload(low, known):
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
    if not slots.caller and is_workload(low, known):
        yield replace(slots, caller=caller_word(low), verb="why" if slots.verb == "check" else slots.verb)
    if low in known.namespaces and slots.is_placed and not slots.caller:
        yield replace(slots, caller=f"{low}/")
    elif low in known.namespaces and not slots.namespace and slots.target and not slots.is_placed:
        yield replace(slots, namespace=low)
    elif low in known.namespaces and slots.caller and "/" not in slots.caller:
        yield replace(slots, caller=f"{low}/{slots.caller}")
    if low == known.cluster and not slots.cluster:
        yield replace(slots, cluster=low)
