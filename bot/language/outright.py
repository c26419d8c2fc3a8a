"""A refusal, settled where its text says outright of two names that there are which calls the other."""

import re
from collections.abc import Iterator

from msgspec import convert
from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import vocabulary as words
from bot.language.account import accounted
from bot.language.alerts import is_raised
from bot.language.doubts import are_of_sides, doubts, expect_certain
from bot.language.existing import Outcome, exists
from bot.language.intent import is_good_news
from bot.language.mentions import mentions
from bot.language.names import first_label
from bot.language.ports import with_all_ports, with_port
from bot.language.refusals import NoNameError, UnplacedError
from bot.language.relations import as_said, calling_in, printed_hosts, said_calls
from bot.language.sides import with_own_places
from bot.language.slots import Said, Slots
from bot.language.stands import call_in
from bot.language.symptoms import symptom_in
from bot.language.tokens import tokens_of
from bot.model.names import Known, Names
from bot.model.refs import is_dns_name

_QUESTION = re.compile(
    r"why (?P<target>\S+) from (?P<caller>\S+)(?: in (?P<namespace>\S+))?(?: port (?P<port>\S+))?"
    r"(?: protocol (?P<protocol>\S+))?(?: symptom (?P<symptom>\S+))?(?: cluster (?P<cluster>\S+))?"
)


def by_outright_calls(outcome: Outcome, text: str, known: Known | None = None) -> Said:
    """Return what is said, or the only question of a refusal that a text says outright. Raises the refusal else."""
    if isinstance(outcome, Said):
        return as_said(outcome, text, known)
    if known and (said := _said_outright(outcome, text, known)):
        return said
    raise outcome from None


def certain(read: Said, text: str, known: Known | None, names: Names | None) -> Said:
    """Return what was read with its ports; where that is doubted, what the places of names say. Raises the doubt else."""
    said = with_all_ports(with_port(read, text), text)  # one that names have settled may have lost its port
    try:
        return expect_certain(said, text, known, names)
    except UsageError as doubt:
        call = call_in(text, known) if known and are_of_sides(doubts(said, text, known, names)) else None
        meant = _settled(doubt, {(call.caller, call.called)}, call.others, text, known) if call and known else None
        if meant is None:
            raise
        return with_all_ports(with_port(meant, text), text)


def _said_outright(error: UsageError, text: str, known: Known) -> Said | None:
    """Return the only question of a refusal that says the one call of a text; None where it leaves out any name in silence."""
    calls = set(said_calls(text, known)) or set(_printed_calls(text, known))
    if calls and (said := _settled(error, calls, frozenset(), text, known)):
        return said
    if isinstance(error, NoNameError) and not _complains(text):
        return None
    call = call_in(text, known)
    return _settled(error, {(call.caller, call.called)}, call.others, text, known) if call else None


def _settled(
    error: UsageError, calls: set[tuple[str, str]], ruled_out: frozenset[str], text: str, known: Known
) -> Said | None:
    if len(calls) != 1 or any(_is_anybody(caller) for caller, _ in calls):
        return None
    asked = [convert(found.groupdict(""), Slots) for each in error.suggestions if (found := _QUESTION.fullmatch(each))]
    meant = [each for each in asked if {(calling_in(each), first_label(each.target))} == calls]
    there = [each for each in meant if exists(each, known)]
    there = there or ([] if len(meant) > 1 else meant) or [_made(caller, called, text) for caller, called in calls]
    whole = [slots for each in there if (slots := _with_places(with_own_places(each, text, known), text, known))]
    if not whole or len({each.namespace for each in whole if each.namespace}) > 1:
        return None
    slots = max(whole, key=lambda each: len(each.words()))
    others = {name for each in asked for name in (calling_in(each), first_label(each.target)) if name} | ruled_out
    others |= {each.lower() for each in error.words} if isinstance(error, UnplacedError) else set()
    used = _used(slots) | {slots.port}
    told = (each for each in sorted(others) if is_dns_name(each) and not each.isdigit())
    unused = tuple(each for each in told if not set(re.split(r"[./:]", each)) <= used)
    return _accounted(Said(slots, unused=unused), text)


def _complains(text: str) -> bool:
    """Return whether a text says that something does not work: `push -> cart works now` is none of ours."""
    said = {each.low for each in tokens_of(text)}
    return bool(symptom_in(text) or said & (words.COMPLAINT | words.NEGATION)) and not is_good_news(tokens_of(text))


def _is_anybody(caller: str) -> bool:
    """Return whether a word tells of many, whatever is called so: `jobs can't find redis`."""
    return caller in words.KNOWN and (caller.endswith("s") or caller in words.KIND | words.GENERIC | words.PERSON)


def _used(slots: Slots) -> frozenset[str]:
    return frozenset((slots.namespace, *slots.caller.split("/"), *re.split(r"[./:]+", slots.target)))


def _with_places(slots: Slots, text: str, known: Known) -> Slots | None:
    """Return slots with each namespace of a text in the only place where it can be; None where one cannot."""
    for place in sorted(known.namespaces - _used(slots)):
        if not re.search(rf"(?<![-\w]){place}(?![-\w])", text.lower()):
            continue
        target = first_label(slots.target)
        if known.has_service(target, place) and not (slots.namespace or slots.is_placed):
            slots = replace(slots, namespace=place)
        elif "/" not in slots.caller and known.has_workload(slots.caller, place):
            slots = replace(slots, caller=f"{place}/{slots.caller}")
        else:
            return None
    return slots


def _printed_calls(text: str, known: Known) -> Iterator[tuple[str, str]]:
    """Yield who calls the host of an error, where one other name is said; an alert's title may say any."""
    if is_raised(text):
        return
    others = {each.name for each in mentions(text, known)} - (hosts := printed_hosts(text, known))
    if len(hosts) == 1 and len(others) == 1:
        yield others.pop(), min(hosts)


def _made(caller: str, called: str, text: str) -> Slots:
    return with_port(Said(Slots(target=called, caller=caller, symptom=symptom_in(text))), text).slots


def _accounted(said: Said, text: str) -> Said | None:
    try:
        return accounted(text, said)
    except UsageError:
        return None
