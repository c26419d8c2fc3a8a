"""On which side of a question a name or a namespace of a text is: by what there is, and by what is said right beside it."""

import re
from collections.abc import Iterator

from msgspec.structs import replace

from bot.language import vocabulary as words
from bot.language.existing import Outcome, callers_of, exists, is_workload, targets_of
from bot.language.names import first_label
from bot.language.printed import is_machine
from bot.language.slots import Said, Slots
from bot.model.names import Known

# What who calls does with an error.
_TELLS = frozenset(
    (
        "say",
        "says",
        "said",
        "shows",
        "spams",
        "logs",
        "reports",
        "prints",
        "throws",
        "complains",
        "gets",
        "sees",
        "claims",
    )
)

_HOST = re.compile(
    r"(?<![-\w])(?:host|hostname|target|server)(?: is|=|:)? [`\"']?(?P<name>[a-z][-a-z0-9]*)(?![-\w])", re.IGNORECASE
)


def elsewhere(outcome: Outcome, text: str, known: Known) -> Iterator[Said]:
    """Yield a reading with its namespace on the other side, where it can only be there: `redis refuses cart pods (shop)`.

    Where it stands beside what is called it stays: that the Service is not there is the answer.
    """
    if not isinstance(outcome, Said) or exists(outcome.slots, known):
        return
    slots = outcome.slots
    place, caller = slots.namespace, slots.caller
    first, _, rest = caller.partition("/")
    if place and caller and "/" not in caller and not is_beside(slots.target, place, text):
        yield replace(outcome, slots=replace(slots, namespace="", caller=f"{place}/{caller}"))
    target = first_label(slots.target)
    is_said = _is_said_unreachable(target, text)
    if caller and not (slots.is_placed or known.has_service(target) or is_said) and is_workload(target, known):
        named = caller.rpartition("/")[2]
        if known.has_service(named):  # what has no Service calls
            yield replace(
                outcome, slots=replace(slots, target=named, caller=target, namespace=place or caller.rpartition("/")[0])
            )
    if first not in known.namespaces and rest == first_label(slots.target):  # `cart fails in web, it calls cart.shop`
        yield replace(outcome, slots=replace(slots, caller=first))


def with_own_places(slots: Slots, text: str, known: Known) -> Slots:
    """Return slots without a namespace that was said right behind another name only, which is in it.

    `fares in staging is fine, but fares in flights gives 503 to web`: web is in neither.
    """
    place, _, caller = slots.caller.rpartition("/")
    name = first_label(slots.target)
    if caller and _is_of_another(place, {caller}, text, known):
        slots = replace(slots, caller=caller)
    if slots.namespace != place and _is_of_another(slots.namespace, {name}, text, known):
        slots = replace(slots, namespace="")
    return _with_said_places(slots, text, known)


def _with_said_places(slots: Slots, text: str, known: Known) -> Slots:
    """Return slots with the namespace that is said right behind a name in the same clause, where it is in there."""
    if slots.caller and "/" not in slots.caller:
        places = [each for each in known.namespaces if known.has_workload(slots.caller, each)]
        if len(said := [each for each in places if _is_said_in(slots.caller, each, text)]) == 1:
            slots = replace(slots, caller=f"{said[0]}/{slots.caller}")
    if slots.caller.endswith("/"):
        place, target = slots.caller[:-1], first_label(slots.target)
        there = (each for each in known.workloads if each != target and known.has_workload(each, place))
        if len(callers := [each for each in there if _is_said_in(each, place, text)]) == 1:
            slots = replace(slots, caller=f"{place}/{callers[0]}")  # `this comes out of timetable in exams`
    if not (slots.namespace or slots.is_placed) and slots.verb in ("why", "path"):
        places = [each for each in known.namespaces if known.has_service(slots.target, each)]
        if len(said := [each for each in places if _is_said_in(slots.target, each, text)]) == 1:
            slots = replace(slots, namespace=said[0])
    return slots


def _is_said_in(name: str, place: str, text: str) -> bool:
    word = rf"(?<![-\w./]){re.escape(name)}(?: (?:service|svc|pods?))?"
    return bool(
        re.search(rf"{word} ?(?:\(|\(?(?:in|ns|in ns|namespace) )`?{re.escape(place)}`?(?![-\w])", text, re.IGNORECASE)
    )


def _is_of_another(place: str, names: set[str], text: str, known: Known) -> bool:
    if place not in known.namespaces or any(is_beside(each, place, text) for each in names):
        return False
    others = (each for each in (known.services | known.workloads) - names if is_beside(each, place, text))
    return any(known.has_service(each, place) or known.has_workload(each, place) for each in others)


def _is_said_unreachable(name: str, text: str) -> bool:
    """Return whether a name is surely what is called: `node-exporter is not reachable for prometheus`."""
    is_so = r"(?:is|are|was|isn'?t|aren'?t)(?: \w+)?"
    how = r"(?:reachable|unreachable|available|unavailable|responding|answering|down|dead|broken)"
    state = rf"{is_so} {how} (?:for|from)"
    return bool(re.search(rf"(?<![-\w./]){re.escape(name)}(?: (?:pods?|service|svc))? {state}\b", text, re.IGNORECASE))


def is_beside(name: str, place: str, text: str) -> bool:
    """Return whether a namespace is said right behind a name: `redis in shop`, `redis (shop)`."""
    between = (
        r"(?:-[a-f0-9]{6,10}-[a-z0-9]{5}|-\d+)?\W+(?:(?:service|svc|pods?) )?(?:(?:in|on|of|the|ns|namespace)\W+)*"
    )
    return bool(re.search(rf"(?<![-\w.]){re.escape(name)}{between}{re.escape(place)}(?![-\w])", text, re.IGNORECASE))


def keeps_sides(outcome: Outcome, first: Outcome) -> bool:
    """Return whether a reading does not call what was read as who calls."""
    if not isinstance(outcome, Said):
        return True
    called = first_label(outcome.slots.target)
    calling = {each.rpartition("/")[2] for each in callers_of(first)}
    return called not in calling or called in {first_label(each) for each in targets_of(first)}


def named_as_host(text: str) -> tuple[str, ...]:
    """Return what a text names as what is called: `host redis`, `target is cart`."""
    return tuple(each["name"].lower() for each in _HOST.finditer(text))


def said_to_be_called(said: Said, text: str, known: Known) -> str:
    """Return the Service that a text names as the host, where something else was read to be called."""
    return next((each for each in named_as_host(text) if each in known.services - {first_label(said.slots.target)}), "")


def tells(slots: Slots, text: str, known: Known) -> str:
    """Return what was read to be called by a Service that there is, although it is who tells: `clickhouse says …`."""
    name, caller = first_label(slots.target), slots.caller.rpartition("/")[2]
    if not (name and known.has_service(caller)) or slots.is_placed:
        return ""
    low, word = text.lower(), rf"(?<![-\w.]){re.escape(name)}(?![-\w])"
    does = re.findall(rf"{word} ([a-z']+)", low)
    acts = re.findall(rf"(?<![-\w.]){re.escape(caller)} ([a-z']+)(?: ([a-z']+))?", low)
    is_said = {each for pair in acts for each in pair} & (
        words.CALL | words.NEGATION
    )  # `can sms-gateway even reach it?`
    suffers = re.search(rf"(?:slow|down|unreachable|broken|dead|flaky|unavailable) for (?:the )?{word}", low)
    gets = re.search(
        rf"{word} [a-z ]*\b(?:get|gets|getting|got|sees|seeing|hit|hits)\b[^.;\n]* from (?:the )?{re.escape(caller)}(?![-\w])",
        low,
    )
    tells = bool(_TELLS & {*does}) and not is_said
    logs = re.search(rf"^\W*{word} (?:is|are|was|keeps?) [a-z]+ing\b[^\n]*: ", low, re.MULTILINE) and is_machine(text)
    return name if tells or suffers or gets or logs else ""


def begins(name: str, text: str) -> bool:
    """Return whether a name begins a sentence about what it does: `is loki dead? promtail spams 503`."""
    for found in re.finditer(
        rf"(?P<begins>(?:^|[.?!;\n]\s*)(?:[\w-]+ )?)?(?<![-\w.]){re.escape(name)} (?P<does>[a-z']+)", text.lower()
    ):
        does = found["does"]
        if does in _TELLS or (found["begins"] is not None and does not in words.AUX | words.PREPOSITION | words.HEALTH):
            return True
    return False
