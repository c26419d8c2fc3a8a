"""Questions to click that hold only what there is: each Service that a text names, called by each who may call it."""

import re
from collections.abc import Iterator
from itertools import pairwise, permutations

from bot.errors import Slot, UsageError
from bot.language import vocabulary as words
from bot.language.existing import asks_what_exists, is_workload
from bot.language.ports import port_of_address, ports_in
from bot.language.sides import begins
from bot.language.slots import MEMBER, Slots
from bot.language.symptoms import symptom_in
from bot.model.names import Known, Names

_MOST = 4
_MOST_NAMES = 3  # of which questions are made: more are a list of what there is
_WORD = re.compile(r"(?<![-\w@/.])[a-z][-a-z0-9]*[a-z0-9](?![-\w])")


def with_offers(error: UsageError, text: str, known: Known, names: Names) -> UsageError:
    """Return a refusal with questions about what there is before those that it has, where none of these is all there."""
    there = [each for each in error.suggestions if asks_what_exists(each, known)]
    if len(there) > 1 and len(there) == len(error.suggestions):
        return error
    calling = [each for each in there if " from " in each or each.startswith("path ")]
    made = [] if len(calling) > 1 else list(questions(text, known, names))
    if there and not any(" from " in each for each in made):
        return error
    there = calling or ([] if any(" from " in each for each in made) else there)
    if made:
        left = [each for each in error.suggestions if each not in there]
        error.suggestions = tuple(dict.fromkeys((*there, *made, *left)))[:_MOST]
        error.slot = Slot.SENTENCE
    return error


def questions(text: str, known: Known, names: Names) -> Iterator[str]:
    """Yield the questions that the names of a text make, of those that there are."""
    named: list[str] = []
    for each in _named(text.lower(), known, names):
        if each not in named:
            named.append(each)
        if len(named) > _MOST_NAMES:
            return  # and no word is looked up any more
    symptom = symptom_in(text)
    pairs = [(one, two) for one, two in permutations(named, 2) if one in known.services or one not in known.workloads]
    pairs = [(one, two) for one, two in pairs if is_workload(two, known) or two in known.services]
    for one, two in sorted(pairs, key=lambda pair: not begins(pair[1], text))[:_MOST]:
        yield Slots(target=one, caller=two, port=_port(one, text), symptom=symptom).words()
    if not pairs:
        for each in named:
            yield Slots(
                target=each, namespace=_place(each, text, known), port=_port(each, text), symptom=symptom
            ).words()


def _port(name: str, text: str) -> str:
    found = ports_in(text, Slots(target=name))
    return found[0] if len(found) == 1 else ("" if found else port_of_address(text))


def _named(text: str, known: Known, names: Names) -> Iterator[str]:
    """Yield the Services and workloads of a text, also those that a word, or two, are a slip of."""
    said = [each[0] for each in _WORD.finditer(text)]
    for one, two in pairwise(said):
        if f"{one} {two}" in text and not {one, two} <= words.KNOWN and (near := names.slip_of(f"{one}-{two}")):
            yield near
    for each in said:
        if MEMBER.search(each) and MEMBER.sub("", each) in known.workloads:
            yield MEMBER.sub("", each)
        elif each in known.services | known.workloads:
            if each not in words.KNOWN or f"`{each}`" in text:
                yield each
        elif each not in words.KNOWN and each not in known.namespaces and (near := names.slip_of(each)):
            yield near


def _place(name: str, text: str, known: Known) -> str:
    """Return the only namespace of a text in which there is such a Service."""
    places = [each for each in known.namespaces if known.has_service(name, each) and each in text.lower()]
    return places[0] if len(places) == 1 else ""
