"""A text read again without the words that were taken for names, although nothing is called so: `orders logs this nonstop`.

Only what may be a plain word is passed over: what is written like a name, resembles one that there is, or stands where a
name must (`can't reach foo`, `foo is down`) may be the very Service that is missing.
"""

import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import vocabulary as words
from bot.language.existing import Outcome, is_workload, spoken_of
from bot.language.printed import is_machine
from bot.language.printed_words import SOURCES
from bot.language.slots import ADDRESS, Said
from bot.model.names import Known, Names
from bot.model.refs import is_dns_name

_MOST_TIMES = 3  # that a text is read again
_INSTEAD = "here"  # a word that says nothing, wherever it stands, and is no place behind `in`
_OUTER = "\"'`*_~()[]{}<>,;:!?."
_PLACES = frozenset(("in", "inside", "within", "ns", "namespace"))  # a namespace that is missing is the answer, too
_GOVERN = words.CALL | words.KIND | (words.PREPOSITION - frozenset(("and", "or"))) | frozenset(("->", "→", "call"))
# What something with a name does; `sms are late` tells of many, and no Service is.
_ACT = (
    words.AUX | words.NEGATION | words.CALL | words.RECEIVE | words.SERVE | words.HEALTH | words.COMPLAINT | words.PASSIVE
    | words.WORKLOAD | frozenset(("->", "→", "service", "svc", "unreachable", "times", "timing", "refuses"))
) - frozenset(("are", "were", "have", "aren't", "weren't", "exception", "exceptions", "error", "errors"))  # fmt: skip
_MARKED = re.compile(r"[-./:\d@]")
# Files, classes and counters, as only programs write them.
_PRINTED = re.compile(rf"[\w./-]+\.(?:{SOURCES})(?::\d+)?|[\w.$]*[a-z][A-Z]\w*|\w+:\d")
# The head of a log's line, behind which a program speaks.
_HEAD = re.compile(r"^\W*(?:[EWIF]\d{4} \d\d:\d\d:\d\d|\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d)")
_OF_LOG = re.compile(r" logs?(?![-\w])")
_SHORTEST_QUOTE = 3  # words: fewer may be a name with its place


def without_plain_words(
    text: str, first: Outcome, attempt: Callable[[str], Outcome], known: Known, names: Names
) -> Iterator[Outcome]:
    """Yield what a text says when its plain words are no names; each has those words as unused."""
    outcome, passed = first, list[str]()
    for _ in range(_MOST_TIMES):
        said = (*spoken_of(outcome), *(_printed_in(text) if isinstance(outcome, UsageError) else ()))
        plain = [each for each in dict.fromkeys(said) if is_plain(each, text, known, names)]
        if not plain:
            return
        for each in plain:
            text = _spelling(each).sub(_INSTEAD, text)
        passed += [each for each in plain if is_dns_name(each) and not _PRINTED.fullmatch(each)]
        outcome = attempt(text)
        yield _telling(outcome, passed)


def without_plain_caller(said: Said, text: str, names: Names, known: Known) -> Said:
    """Return what is said without a caller that is a plain word, which is told as unused: `what is … supposed to be`."""
    caller = said.slots.caller
    if said.slots.verb != "why" or not is_dns_name(caller) or not is_plain(caller, text, known, names):
        return said
    return replace(said, slots=replace(said.slots, caller=""), unused=tuple(dict.fromkeys((*said.unused, caller))))


def _printed_in(text: str) -> Iterator[str]:
    """Yield the files and classes of a text."""
    return (word for each in text.split() if _PRINTED.fullmatch(word := each.strip(_OUTER)))


def _telling(outcome: Outcome, passed: list[str]) -> Outcome:
    if isinstance(outcome, UsageError):
        return outcome
    unused = (each for each in outcome.unused if each.lower() != _INSTEAD)
    return replace(outcome, unused=tuple(dict.fromkeys((*unused, *passed))))


def _spelling(word: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![-\w./@]){re.escape(word)}(?![-\w/@]|[.:]\w)", re.IGNORECASE)


def is_plain(word: str, text: str, known: Known, names: Names) -> bool:
    """Return whether a word that was taken for a name is hardly one: nothing is called so, nor so alike, nor is it said so."""
    if ADDRESS.match(word) or "://" in word or not _spelling(word).search(text):
        return False
    low = word.lower()
    bare = re.split(r"[.:]", low)[0]
    there = known.services | known.workloads | known.namespaces | {known.cluster}
    if low in known.namespaces and not is_workload(low, known) and low not in known.services | {known.cluster}:
        return not _is_place(low, text)  # a namespace alone is neither called nor calls: `transfers are down: …`
    if {low, bare} & there or is_workload(low, known):
        return False
    if not is_dns_name(re.sub(r":\d+$", "", low)) or low.isdigit() or _PRINTED.fullmatch(_as_written(word, text)):
        return True
    if names.has_near(bare):
        return False
    places = list(_spelling(word).finditer(text))
    if all(_is_quoted(text, each.start()) or _HEAD.search(_line(text, each.start())) for each in places):
        return True
    return not (_MARKED.search(word) or any(_is_governed(text, each, there) for each in places))


def _is_place(name: str, text: str) -> bool:
    """Return whether a namespace is said as one anywhere in a text, or calls as such: `in shop`, `shop/cart`, `from shop`."""
    word = rf"(?<![-\w]){re.escape(name)}(?![-\w])"
    leads = r"\b(?:in|inside|within|of|from|to|on|ns|namespace|and|or|for|between|by)[\s`\"':(]+(?:the |our |all )?"
    before = rf"(?:{leads}|[(/.@,]\s*|->\s*|→\s*)"
    return bool(re.search(rf"{before}{word}|{word}(?:/| ns\b| namespace\b|\s*->|\s*→)", text, re.IGNORECASE))


def _is_quoted(text: str, at: int) -> bool:
    """Return whether what stands at a place is part of a message that somebody quoted."""
    start = text.rfind("\n", 0, at) + 1
    for tick in '`"':
        if text.count(tick, start, at) % 2:
            begin, end = text.rfind(tick, start, at) + 1, text.find(tick, at)
            if len(text[begin : end if end > 0 else None].split()) >= _SHORTEST_QUOTE:
                return True
    return False


def _is_governed(text: str, found: re.Match[str], there: frozenset[str]) -> bool:
    """Return whether a word stands where a name must: behind a verb of calling, or before what something with a name does."""
    said, rest = text[: found.start()].rstrip(), text[found.end() :]
    before = [] if said[-1:] in ".;!?" else [each.strip(_OUTER) for each in said.lower().split()]
    if said != text[: found.start()] and before and before[-1] in there and text[len(said) :][:1] == " ":
        return False  # `loki ingester`, a part of what has a name
    if _OF_LOG.match(rest) and before and before[-1] in {*_PLACES, *words.DETERMINER}:
        return False  # `in the envoy log`
    while before and before[-1] in words.DETERMINER:
        before.pop()
    if before and before[-1] in _PLACES:
        is_printed = is_machine(_line(text, found.start())) and not set(before[-2:-1]) & (there | words.KIND)
        return found[0].lower() not in words.OF_NODES and not is_printed
    if said.lower().split()[-1:] == ["the"] and is_machine(_line(text, found.start())):
        return False  # `The driver has not received any packets`
    if words.is_proxy(found[0]):
        return False  # `the ingress returns 502` may be said of whatever is in front
    if before and before[-1] in _GOVERN:
        return True
    behind = rest.split(maxsplit=1)[:1] if rest[:1].isspace() or rest[:1] == "'" else []
    act = behind[0].lower().strip(_OUTER) if behind else ""
    are_many = (
        found[0].endswith("s") and not act.endswith("s") and act not in words.AUX | words.NEGATION | words.WORKLOAD
    )
    return act in _ACT and not are_many  # `passengers complain` is said of people


def _as_written(word: str, text: str) -> str:
    """Return a word as it stands in a text, where a question has it in lower case."""
    found = _spelling(word).search(text)
    return found[0] if found else word


def _line(text: str, at: int) -> str:
    """Return the line of a text in which a place is."""
    end = text.find("\n", at)
    return text[text.rfind("\n", 0, at) + 1 : end if end >= 0 else None]
