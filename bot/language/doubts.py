"""What speaks against a reading, by how its text is built: then it is asked, and not run.

A misread costs far more than a question, so one sign is enough. Each was counted over blind rounds (docs/decisions.md); none
knows words of a trade, and all look at what a reading has left out or turned round, never at which rule made it.
"""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.language import printed_words, refusals
from bot.language import vocabulary as words
from bot.language.beside import written
from bot.language.doubted_caller import (
    NOBODY,
    NOBODY_AT_ALL,
    NODE,
    acts,
    alone,
    is_called,
    is_sent_to,
    taken_from,
    takes,
    who_calls,
)
from bot.language.mentions import is_everyday
from bot.language.names import LABEL, first_label
from bot.language.offers import questions
from bot.language.phrases import ARROW, KIND, NOT, THEN
from bot.language.ports import PROBED
from bot.language.printed import is_machine
from bot.language.sides import is_beside
from bot.language.slots import ADDRESS, MEMBER, Said, owner_of_pod
from bot.language.symptoms import outside_symptoms, symptom_in
from bot.model.names import Known, Names
from bot.model.refs import is_label

_LABELS = re.compile(r"\[?firing|alertname|\bseverity\b|^labels:", re.MULTILINE)  # of an alert
_PAUSE = re.compile(r"[.,;!?\n]")
_SHOUTED = re.compile(r"\b[A-Z]{2,}s?\b")  # no name of Kubernetes
_PLAIN = re.compile(r"[a-z]+")  # how words are written as well as names
_NO_NAME = (
    words.TRAFFIC
    | words.TLS
    | words.GENERIC
    | words.TOOL
    | frozenset(("dns", "port", "host", "endpoint", "pod", "node"))
)
_WELL = "|".join(sorted(words.HEALTH))
_WRONG = words.COMPLAINT | words.NEGATION | words.POLICY
_WHO = re.compile(
    r"\W*(?:(?:hey|hi|ok|so|and|all|lol)\W+)*(?:who|when)(?!'?s? can\b| can\b)(?:'?s| did| has| is| was)?\b"
)
_DONE_TO = re.compile(
    rf"\b(?:{'|'.join(sorted(words.DID | words.MOVED))}) (?:the |our |my )?$"
)  # `since I restarted cart`
_WIRING = frozenset(("selector", "selectors", "label", "labels", "port", "ports", "targetport"))
_PAST = re.compile(r"\b(?:could(?: not|n['’]?t)|did(?: not|n['’]?t))\b")
_PRESENT = re.compile(r"\b(?:ca(?:n'?|n ?no)t|(?:do|does|is|are|has|have|wo)(?:n'?t| not)|still|no longer|keeps)\b")


class _Read(Struct, frozen=True):
    """A reading beside its text, in lower case; `written` is what of it people wrote, `left` the names without a place."""

    text: str
    written: str
    said: Said
    known: Known | None
    names: Names | None
    left: frozenset[str]
    is_printed: bool

    @property
    def target(self) -> str:
        called = self.said.slots.target.lower()
        return first_label(called if "://" in called else called.rpartition("/")[2])


def expect_certain(said: Said, text: str, known: Known | None, names: Names | None) -> Said:
    """Return what was read. Raises UsageError, with that as the first question to click, where anything speaks against it."""
    read = _read(said, text, known, names)
    if not _doubts(read):
        return said
    offered = questions(text, known, names) if known and names else ()
    raise refusals.doubted((said.slots.words(), *_otherwise(read), *offered))


def doubts(said: Said, text: str, known: Known | None, names: Names | None) -> tuple[str, ...]:
    """Return what speaks against a reading, by name."""
    return _doubts(_read(said, text, known, names))


def are_of_sides(found: tuple[str, ...]) -> bool:
    """Return whether doubts are all of who calls whom, which the places of names may tell, and not of whether it is asked."""
    return not {*found} & {"who is asked", "it is over", "a place is elsewhere"}


def _doubts(read: _Read) -> tuple[str, ...]:
    if read.said.slots.target.endswith("*"):
        return ()  # all there is
    return tuple(name for name, holds in _DOUBTS.items() if holds(read))


def _otherwise(read: _Read) -> Iterator[str]:
    """Yield the questions in which another name of the text calls, and in which the two change places."""
    slots = read.said.slots
    place, _, caller = slots.caller.rpartition("/")
    for name in (*_callers(read), *sorted(read.left)) if slots.verb == "why" else ():
        if is_label(name) and name not in (read.target, caller):
            yield replace(slots, caller=name).words()
    if slots.namespace and _place_is_a_log(read):
        called = caller if slots.is_address and caller else slots.target
        if called != slots.namespace:
            yield replace(slots, target=called, caller=slots.namespace, namespace="").words()
    if caller and not (slots.is_placed or slots.port):
        yield replace(slots, target=caller, namespace=place, caller=slots.target).words()


def _callers(read: _Read) -> tuple[str, ...]:
    return () if read.said.slots.caller else who_calls(read.target, read.text, read.written)


def _read(said: Said, text: str, known: Known | None, names: Names | None) -> _Read:
    low = text.lower()
    is_alert = bool(_LABELS.search(low))
    human = "\n".join(written(text)) if is_alert or is_machine(low) else text
    own = _SHOUTED.sub("we", human).lower()
    left = frozenset(
        each
        for each in _left(own if is_alert else low, said, known if _are_there(known) else None)
        if not _is_spoken(each, low)
    )
    return _Read(low, own, said, known, names, left, is_machine(text))


def _left(text: str, said: Said, known: Known | None) -> Iterator[str]:
    """Yield the names of a text that have no place in its reading: those that there are, or unused words like names."""
    used = {_owner(each) for each in re.split(r"[\s./:]+", said.slots.words().lower())}
    if known is None:
        unused = (each.lower() for each in said.unused if not _SHOUTED.fullmatch(each))
        yield from (each for each in unused if _is_odd(each) and each not in used)
        return
    for found in outside_symptoms(re.finditer(rf"(?<![-\w.@#/]){LABEL}(?![-\w])", text), text):
        name = _owner(found[0])
        is_there = name in known.services | known.workloads and name not in used | _NO_NAME
        if is_there and not _DONE_TO.search(text, 0, found.start()):
            yield found[0]


def _is_spoken(name: str, text: str) -> bool:
    """Return whether a word is nowhere in a text more than one of English: `cannot connect to`."""
    found = list(_mentions(name, text))
    return bool(found) and all(is_everyday(each, text) for each in found)


def _owner(name: str) -> str:
    return MEMBER.sub("", owner_of_pod(name) or name)


def _is_odd(word: str) -> bool:
    """Return whether an unused word is hardly English, nor what stands before Services or under them."""
    if not re.fullmatch(LABEL, word) or word in words.KNOWN | words.DRIVERS | NOBODY or NODE.fullmatch(word):
        return False
    is_said = words.is_adverb(word) or words.may_be_verb(word)
    return not (is_said or words.is_place(word) or words.is_proxy(word))


def _nobody_calls(read: _Read) -> bool:
    """`menu can't load prices` as `why menu`: somebody calls, and nobody was read to."""
    return bool(_callers(read))


def _name_is_left(read: _Read) -> bool:
    """`druid compaction is running, so reports are slow`: nobody calls, and a second name that there is may."""
    return _has_names(read) and not read.said.slots.caller and bool(read.left)


def _name_is_governed(read: _Read) -> bool:
    """`yesterday it was shelf, today it's loans that can't reach it`: a name without a place stands where names do."""
    return any(_is_governed(found, read) for name in read.left for found in _mentions(name, read.text))


def _is_governed(found: re.Match[str], read: _Read) -> bool:
    before, behind = read.text[: found.start()], read.text[found.end() :]
    if {*re.findall(r"[a-z']+", _clause(found, read.text))} & (words.HEALTH | {"works", "worked"}):
        return False  # `works from web, but not from pos`
    if re.match(rf"{KIND}{THEN} {NOT}", behind):
        return True
    leads = re.search(rf"(?:\bto|\bfrom|{ARROW})(?: (?:the|our|my))?[\s`'\"*_]*$", before)
    to_target = re.match(rf"[\s`'\"*_]*(?:{ARROW}|to) ?[`'\"*_]*{re.escape(read.target)}(?![-\w])", behind)
    is_open = _has_names(read) or not read.said.slots.caller
    return is_open and bool(leads or to_target)


def _namesake_is_left(read: _Read) -> bool:
    """`^ delays, in ops`: who calls is a namespace alone, and a name of it stands in the text."""
    place = read.said.slots.caller
    if read.known is None or not place.endswith("/"):
        return False
    names = (_owner(each[0]) for each in re.finditer(LABEL, read.text))
    return any(read.known.has_workload(each, place[:-1]) for each in names if each != read.target)


def _address_beside_name(read: _Read) -> bool:
    """`grafana. thanos. "dial tcp 10.2.3.4: …"`: an address was read, and a name that may be its Service was not."""
    return read.said.slots.is_address and _has_names(read) and bool(read.left)


def _caller_is_called(read: _Read) -> bool:
    """`cannot reach druid` as `… from druid`: who was read to call is called, or is what it calls."""
    name = read.said.slots.caller.rpartition("/")[2].lower()
    if not name:
        return False
    if _owner(name) == read.target and "/" not in read.said.slots.caller:
        return True
    mentions = [*_mentions(_owner(name), read.text), *_mentions(name, read.text)]
    return bool(mentions) and all(is_called(each, read.text) for each in mentions)


def _another_complains(read: _Read) -> bool:
    """`menu is up. prices hangs when connecting to redis` as `… from menu`: of another name it is said that it cannot."""
    name = read.said.slots.caller.rpartition("/")[2].lower()
    if not name or not any(_is_well(each, read.text) for each in _mentions(name, read.text)):
        return False
    others = read.left if _has_names(read) else _clause_heads(read.text) - {name, read.target}
    clauses = (_clause(each, read.text) for left in others for each in _begins_clause(left, read.text))
    return any(_is_wrong(each) and any(_mentions(read.target, each)) and name not in each for each in clauses)


def _is_turned_round(read: _Read) -> bool:
    """`web gets no answer from cart` as `why web from cart`."""
    caller = read.said.slots.caller.rpartition("/")[2].lower()
    return bool(caller) and caller != read.target and takes(read.target, caller, read.text)


def _is_sent(read: _Read) -> bool:
    """`tempo gets no traces from collector` as `why collector from tempo`: who sends calls."""
    caller = read.said.slots.caller.rpartition("/")[2].lower()
    return bool(caller) and is_sent_to(caller, read.target, read.text)


def _has_names(read: _Read) -> bool:
    """Return whether anything that there is stands in a text."""
    return _are_there(read.known)


def _are_there(known: Known | None) -> bool:
    return known is not None and bool(known.services | known.workloads | known.namespaces)


def _alone_is_left(read: _Read) -> bool:
    """`… no such host (web)`: nobody calls, and a name stands alone beside what a program printed."""
    is_of_pod = PROBED.search(read.text)  # what stands apart is where the pod is
    if _has_names(read) or read.said.slots.caller or is_of_pod or not read.is_printed:
        return False
    return bool(alone(read.text, read.left))


def _another_is_called(read: _Read) -> bool:
    """`can't load rules, gets 502 from policies` as `why rules`: what somebody gets errors from has no place."""
    used = {_owner(each) for each in re.split(r"[\s./:]+", read.said.slots.words().lower())}
    return any(each not in used for each in taken_from(read.written))


def _place_is_a_log(read: _Read) -> bool:
    """`nothing in the auth logs` as `in auth`."""
    place = read.said.slots.namespace
    return bool(place) and bool(
        re.search(rf"\b(?:in|from|of) (?:the |our )?{re.escape(place)}(?:['’]s)? logs?(?![-\w]| [\"'`])", read.text)
    )


def _caller_is_printed(read: _Read) -> bool:
    """`retrieve version information from …` as `from information`: what programs print was read to call."""
    caller = read.said.slots.caller.rpartition("/")[2]
    is_printed = caller in printed_words.WORDS and "/" not in read.said.slots.caller and read.is_printed
    if _has_names(read) or not is_printed:
        return False
    return not any(_stands_as_caller(each, read.text) for each in _mentions(caller, read.text))


def _stands_as_caller(found: re.Match[str], text: str) -> bool:
    return acts(found, text) or bool(re.match(r" (?:pods?|service|deployment|app|job|worker)\b", text[found.end() :]))


def _proxy_is_called(read: _Read) -> bool:
    """`this is the ingress, for tiles` beside what it printed, as `why ingress from tiles`."""
    caller = read.said.slots.caller
    is_turned = words.is_proxy(read.target) and caller and not words.is_proxy(caller) and read.is_printed
    return bool(is_turned and re.search(rf"\bfor (?:the )?{re.escape(caller)}(?![-\w])", read.text))


def _probed_pod_calls(read: _Read) -> bool:
    """A kubelet's probe of an address as a call of the pod that it is of."""
    slots = read.said.slots
    pod = slots.caller.rpartition("/")[2]
    return bool(PROBED.search(read.text) and owner_of_pod(pod) and ADDRESS.search(slots.target))


def _is_well(found: re.Match[str], text: str) -> bool:
    return bool(re.match(rf"{KIND}(?: is|['’]s| looks){THEN} (?:{_WELL})(?=\s*[.,;!\n])", text[found.end() :]))


def _clause_heads(text: str) -> frozenset[str]:
    heads = (re.match(rf"\s*({LABEL})(?![-\w])", each) for each in _PAUSE.split(text))
    return frozenset(each[1] for each in heads if each) - NOBODY_AT_ALL


def _begins_clause(name: str, text: str) -> Iterator[re.Match[str]]:
    return (each for each in _mentions(name, text) if not _PAUSE.split(text[: each.start()])[-1].strip())


def _caller_is_nowhere(read: _Read) -> bool:
    """`what is … supposed to be`: a plain word was read to call, and nothing is called so, nor nearly so."""
    caller = read.said.slots.caller.rpartition("/")[2]
    if not _PLAIN.fullmatch(caller) or not _is_nowhere(caller, read):
        return False
    return not any(acts(each, read.text) for each in _mentions(caller, read.text))


def _target_is_nowhere(read: _Read) -> bool:
    """`the print edition is out`: a plain word was read to be called, nothing is called so, and nothing is wrong with it."""
    slots = read.said.slots
    is_said = slots.verb == "why" and not (slots.caller or is_machine(read.text)) and _PLAIN.fullmatch(slots.target)
    if not is_said or not _is_nowhere(slots.target, read):
        return False
    return not any(_is_wrong(_clause(each, read.text)) for each in _mentions(slots.target, read.text))


def _is_nowhere(word: str, read: _Read) -> bool:
    known = read.known
    if known is None or word in known.services | known.workloads | known.namespaces:
        return False
    return not (read.names and read.names.has_near(word))


def _place_is_elsewhere(read: _Read) -> bool:
    """`netpols in warehouse? wms → pgbouncer`: a namespace said apart, in which what is called is not, but elsewhere."""
    known, slots = read.known, read.said.slots
    place = slots.namespace
    if known is None or not place or slots.is_placed or is_beside(read.target, place, read.text):
        return False
    return known.has_service(read.target) and not known.has_service(read.target, place)


def _asks_who(read: _Read) -> bool:
    """`who changed the oven-gw daemonset?`: who, or when, is asked, and nothing is said to be wrong."""
    said = {*re.findall(r"[a-z'’]+", read.text)} - ({"call"} if "on call" in read.text else set())
    return bool(_WHO.match(read.text)) and not (symptom_in(read.text) or said & (_WRONG | words.CALL | _WIRING))


def _is_over(read: _Read) -> bool:
    """`slots could not reach yard-pg, that was the node drain`: all of it is past, and its reason is told."""
    is_told = _PAST.search(read.text) and re.search(r"\bwas\b", read.text)
    return bool(is_told) and not (_PRESENT.search(read.text) or "?" in read.text or is_machine(read.text))


def _mentions(name: str, text: str) -> Iterator[re.Match[str]]:
    return re.finditer(rf"(?<![-\w.@]){re.escape(name)}(?!\w|-\w)", text)


def _clause(found: re.Match[str], text: str) -> str:
    return f"{_PAUSE.split(text[: found.start()])[-1]}{found[0]}{_PAUSE.split(text[found.end() :])[0]}"


def _is_wrong(clause: str) -> bool:
    said = {*re.findall(r"[a-z'’]+", clause)}
    return bool(symptom_in(clause) or said & (_WRONG | words.REQUEST | words.QUESTION))


_DOUBTS: dict[str, Callable[[_Read], bool]] = {
    "nobody calls": _nobody_calls,
    "a name is left": _name_is_left,
    "a name is governed": _name_is_governed,
    "a namesake is left": _namesake_is_left,
    "an address beside a name": _address_beside_name,
    "the caller is called": _caller_is_called,
    "another complains": _another_complains,
    "it is turned round": _is_turned_round,
    "it is sent": _is_sent,
    "a name stands alone": _alone_is_left,
    "another is called": _another_is_called,
    "a place is a log": _place_is_a_log,
    "who calls is printed": _caller_is_printed,
    "a proxy is called": _proxy_is_called,
    "a probed pod calls": _probed_pod_calls,
    "who calls is nowhere": _caller_is_nowhere,
    "what is called is nowhere": _target_is_nowhere,
    "a place is elsewhere": _place_is_elsewhere,
    "who is asked": _asks_who,
    "it is over": _is_over,
}
