"""Who calls whom by what a text says outright of two names that there are: `cart can't reach redis`.

Whatever else a text tells, this is said of both by one verb, so a reading that has them the other way round, or one of them
with somebody else, is a wrong one. It judges readings and makes none: where a text says two things it says nothing.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from msgspec.structs import replace

from bot.language.mentions import mentions
from bot.language.names import first_label
from bot.language.phrases import NOT
from bot.language.printed import is_machine
from bot.language.slots import Said, Slots, owner_of_pod
from bot.model.names import Known
from bot.model.question.target import read_source

_OF_CALLER = (
    r"(?:['’]s)?(?: (?:pods?|service|svc|deployment|app|workers?))?"
    r"(?: (?:that|which|who|still|now|just|also|suddenly))?"
)
# What an error calls the host that it could not call; a full name says it on any line that a program printed.
_HOST = re.compile(
    r"(?:\b(?:lookup|dial (?:tcp|udp)|getaddrinfo(?: [A-Z_]+)?|failed to connect to|connection to(?: server at)?|no route to)"
    r"|\bhost=|://)[ \"'`]*(?P<host>[a-z0-9][-a-z0-9.]*)",
    re.IGNORECASE,
)
_FULL = re.compile(r"(?<![-\w./@])(?P<host>[a-z0-9][-a-z0-9]*\.[a-z0-9][-a-z0-9.]*)", re.IGNORECASE)
# Words that turn round who calls, or begin something else.
_TURNS = r"(?:be|been|being|from|for|by|because|since|after|when|while|if|and|but|or|as|than|any|keep)"
_SERVES = r"(?:answer|respond|repl|react|accept|serv|listen|giv|let|allow)"
_BETWEEN = re.compile(
    rf"{_OF_CALLER} {NOT}(?! {_SERVES})(?: (?!{_TURNS}\b)[a-z'’]+){{1,4}} (?:\w+/)?[`*_]*", re.IGNORECASE
)
# `is nats dead for everybody or just for guilds?`
_DOWN_FOR = re.compile(
    r"(?: is| are)?(?: (?:dead|down|gone|unreachable|unavailable|broken|flaky)| (?:is|are)(?:n['’]?t| not) "
    r"(?:reachable|available|answering|responding))(?: [a-z]+){0,5} for (?:the |our |all )?(?:\w+/)?[`*_]*",
    re.IGNORECASE,
)
# `the ledger doesn't answer receipts`
_NO_ANSWER = re.compile(
    rf"{_OF_CALLER} (?:{NOT}|isn['’]?t|is not|stopped|won['’]?t) (?:answer|respond|reply|react)(?:ing)?"
    r"(?: to)?(?: the| our| any)? (?:\w+/)?[`*_]*",
    re.IGNORECASE,
)
# What stands between two names of a list, of whom one verb says the same.
AND = re.compile(r"[\s`*_]*(?:,|and|or|nor|&|\+|/)[\s`*_]*(?:also |even |the )?", re.IGNORECASE)
_IS_PLACE = re.compile(r"\b(?:in|inside|within|of|ns|namespace)[\s`*_(]+(?:the )?$", re.IGNORECASE)


def said_calls(text: str, known: Known) -> Iterator[tuple[str, str]]:
    """Yield who is said to call whom, both by names that there are: `cart` and `redis` of `cart pods cannot reach redis`."""
    named = [(each.name, each.start, each.end) for each in mentions(text, known)]
    for at, ((one, start, end), (two, begin, stop)) in enumerate(pairwise(named)):
        before = text[named[at - 1][2] if at else 0 : start]
        behind = text[stop : named[at + 2][1]] if at + 2 < len(named) else ""
        is_listed = (at and AND.fullmatch(before)) or AND.fullmatch(behind)
        if one == two or is_listed or _IS_PLACE.search(before):
            continue
        between = text[end:begin]
        if two in known.services and _BETWEEN.fullmatch(between):
            yield one, two
        elif one in known.services and (_DOWN_FOR.fullmatch(between) or _NO_ANSWER.fullmatch(between)):
            yield two, one


def printed_hosts(text: str, known: Known) -> frozenset[str]:
    """Return the Services that an error names as the host which it could not call."""
    hosts = (found["host"].lower().split(".") for found in _HOST.finditer(text))
    printed = (
        found["host"].lower().split(".")
        for line in text.splitlines()
        if is_machine(line)
        for found in _FULL.finditer(line)
    )
    return frozenset(
        each[0]
        for each in hosts
        if known.has_service(each[0], each[1] if each[1:2] and each[1] in known.namespaces else "")
    ) | frozenset(each[0] for each in printed if known.has_service(each[0], each[1]))


def as_said(said: Said, text: str, known: Known | None = None) -> Said:
    """Return a reading as the text says outright who calls whom, where it has these two otherwise.

    Where nobody knows what there is, the names are those of the reading, and those that it does not use.
    """
    is_known, known = known is not None, known or _spoken(said)
    if said.slots.verb not in ("why", "path", "check"):
        return said
    target, calling = first_label(said.slots.target), calling_in(said.slots)
    calls = set(said_calls(text, known))
    if not calls and target and calling and calling in (hosts := printed_hosts(text, known)) and target not in hosts:
        calls = {(target, calling)}
    if len(calls) != 1:
        return said
    ((caller, called),) = calls
    slots = _otherwise(said, caller, called, is_known=is_known)
    if slots == said.slots or not known.has_service(called, slots.namespace):
        return said
    return replace(
        said, slots=slots, unused=tuple(each for each in said.unused if each.lower() not in (caller, called))
    )


def calling_in(slots: Slots) -> str:
    name = slots.caller.rpartition("/")[2]
    return owner_of_pod(name) or name


def _spoken(said: Said) -> Known:
    target = first_label(said.slots.target)
    names = frozenset(each.lower() for each in (target, calling_in(said.slots), *said.unused) if each)
    places = frozenset(f"{said.slots.namespace}/{each}" for each in names)
    return Known("", frozenset(), names, names, places, places)


def _otherwise(said: Said, caller: str, called: str, *, is_known: bool) -> Slots:
    """Return slots in which one calls the other, where they say it another way round, or use neither."""
    slots, unused = said.slots, {each.lower() for each in said.unused}
    target, calling = first_label(slots.target), calling_in(slots)
    if not calling and target not in (caller, called) and {caller, called} <= unused:
        return replace(slots, verb="why", target=called, caller=caller, namespace="")
    if target == caller and calling in ("", called) and not slots.is_placed:
        own = f"{slots.namespace}/{caller}" if slots.namespace else caller
        place = read_source(slots.caller).namespace if slots.caller else ""
        return replace(slots, verb="why", target=called, caller=own, namespace=place)
    if target == called and calling != caller and is_known:
        return replace(slots, caller=caller)
    return slots
