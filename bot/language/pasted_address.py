"""A pasted error that names an address, with a Service that is named beside it: what is called is that Service."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator

from msgspec.structs import replace

from bot.language import vocabulary as words
from bot.language.errors import read_error
from bot.language.existing import Outcome, caller_exists, callers_of, question_of, spoken_of
from bot.language.names import first_label
from bot.language.ports import PROBED, may_be_of_pod
from bot.language.printed import is_machine
from bot.language.sides import named_as_host
from bot.language.slots import Said, Slots
from bot.language.symptoms import symptom_in
from bot.model.names import Known

_ADDRESSES = re.compile(
    r"(?:(?:dial )?(?:tcp|udp)[46]? )?(?:\w+://)?(?<![\w.])(?:ipv[46][:#])?\d{1,3}(?:\.\d{1,3}){3}(?![\w.]\w)(?::\d+)?(?:/[^\s\"'`)]*)?"
)
_HOST = re.compile(r"(?<![-\w.@])(?P<name>[a-z][-a-z0-9]*)\.(?P<ns>[a-z0-9][-a-z0-9]*)(?![-\w])")
_IN_PLACE = re.compile(
    r"(?<![-\w./])(?P<name>[a-z][-a-z0-9]*)(?: (?:service|svc))?,? (?:in |\()(?:the |ns |namespace )?(?P<ns>[a-z0-9][-a-z0-9]*)"
)
_WITH_PLACE = re.compile(r"(?<![-\w./])(?P<ns>[a-z][-a-z0-9]*)/(?P<name>[a-z][-a-z0-9]*)(?![-\w/])")
_IS = re.compile(r"\b(?:that'?s|that is|it'?s|it is|this is|which is) (?:the )?[`\"']?")
_PORT = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}['\"]?(?::|, ?| port )(?P<port>\d{1,5})\b")
_CALLED = words.CALL | frozenset(("to", "for", "against", "at", "towards", "->", "→", "host", "target"))


def of_services(text: str, first: Outcome, read: Callable[[str], Iterator[Outcome]], known: Known) -> Iterator[Said]:
    """Yield what is said around an error that names an address alone, with that error's port and complaint."""
    error = _address_in(text, first)
    if error is None:
        return
    written = _written(text)
    for human in dict.fromkeys((written, _ADDRESSES.sub("", text))):
        if not human.strip() or human == text:
            continue
        said = (each for each in read(human) if isinstance(each, Said))
        found = [_with(each, error, text) for each in said if _is_of_service(each.slots, human, text, first, known)]
        yield from found
        if found:
            return
    callers = [each for each in callers_of(first) if caller_exists(each, known) and not each.endswith("/")]
    callers = [each for each in callers if each.rpartition("/")[2] not in named_as_host(text)]
    for target in (_only_host(text, callers, known), _only_called(written or text, callers, error.port, known)):
        others = [each for each in callers if each.rpartition("/")[2] != first_label(target.partition(" ")[0])]
        if target and len(others) <= 1:
            name, _, place = target.partition(" ")
            yield _with(Said(Slots(target=name, namespace=place, caller="".join(others))), error, text)
            return


def _only_host(text: str, callers: Collection[str], known: Known) -> str:
    """Return the one Service of a text that is written with its namespace, and is not the only one who calls."""
    hosts = {
        f"{each['name']}.{each['ns']}" for each in _HOST.finditer(text) if known.has_service(each["name"], each["ns"])
    }
    placed = {
        f"{each['name']} {each['ns']}"
        for each in _IN_PLACE.finditer(text)
        if known.has_service(each["name"], each["ns"])
    }
    calling = {each.rpartition("/")[2] for each in callers}
    others = known.workloads - {each.partition(".")[0] for each in hosts}
    found = hosts if others else {each for each in hosts if {each.partition(".")[0]} != calling}
    found |= {each for each in placed if {each.partition(" ")[0]} != calling}
    return min(found) if len({each.replace(" ", ".") for each in found}) == 1 else ""


def _only_called(text: str, callers: Iterable[str], port: str, known: Known) -> str:
    """Return the one Service in a text that is no caller, where it is said to be called, with the namespace behind it."""
    calling = {each.rpartition("/")[2] for each in callers}
    named = {each for each in known.services - calling if re.search(rf"(?<![-\w./]){re.escape(each)}(?![-\w])", text)}
    is_said = bool(named) and (_is_called(min(named), text) or _has_port(min(named), port, text))
    is_said |= bool(named and calling) and bool(re.search(rf"{_IS.pattern}{re.escape(min(named))}\b", text))
    if len(named) != 1 or not is_said:
        return ""
    (name,) = named
    places = {
        each["ns"] for each in _IN_PLACE.finditer(text) if each["name"] == name and known.has_service(name, each["ns"])
    }
    return f"{name} {places.pop()}" if len(places) == 1 else name


def _has_port(name: str, port: str, text: str) -> bool:
    """Return whether a name stands with the port of the address: `ldap on 389`."""
    return bool(port and re.search(rf"(?<![-\w.]){re.escape(name)}(?: on|,)?(?: port)?[ :]{port}\b", text))


def _address_in(text: str, first: Outcome) -> Slots | None:
    """Return the address that a text is read to call, with the port and the complaint of its error."""
    if not is_machine(text):
        return None
    error = read_error(text)
    slots = error.slots if error else Slots()
    if _ADDRESSES.fullmatch(slots.target):
        return slots
    called = next((each for each in spoken_of(first) if _ADDRESSES.fullmatch(each)), "")
    port = _PORT.search(text)
    return Slots(target=called, port=port["port"] if port else "") if called else None


def _written(text: str) -> str:
    """Return the lines that no program printed."""
    lines = (each for each in text.splitlines() if each.strip() and not each[:1].isspace())
    return "\n".join(each for each in lines if not is_machine(each))


def _is_of_service(slots: Slots, human: str, text: str, first: Outcome, known: Known) -> bool:
    """Return whether a reading calls a Service that there is, and somebody calls it or it is said to be called."""
    asked = question_of(slots)
    if asked is None or not known.has_service(asked.service, asked.namespace):
        return False
    calls = first.slots.caller if isinstance(first, Said) else ""
    if PROBED.search(text):
        return True  # of a pod, which the kubelet calls
    if re.search(rf"\b(?:from|by) (?:the )?{re.escape(asked.service)}(?![-\w])", human):
        return False  # `ETIMEDOUT 10.96.0.7:80 from web`
    return asked.service != calls.rpartition("/")[2] and bool(slots.caller or _is_called(asked.service, human))


def _is_called(name: str, text: str) -> bool:
    """Return whether a name stands behind a word that says it is called, or with its namespace: `against cart`."""
    for found in re.finditer(rf"(?<![-\w.]){re.escape(name)}(?P<host>[.:]\w)?", text):
        before = text[: found.start()].lower().split()
        if found["host"] or (before and before[-1] in _CALLED):
            return True
    return False


def _with(said: Said, error: Slots, text: str) -> Said:
    slots = said.slots
    is_said = slots.port or re.search(r":\d+\b", slots.target)
    in_url = re.search(r":(\d{1,5})(?:/|$)", error.target)
    port = "" if is_said or may_be_of_pod(text) else error.port or (in_url[1] if in_url else "")
    return replace(
        said,
        slots=replace(
            slots,
            verb="why",
            port=slots.port or port,
            symptom=slots.symptom or error.symptom or symptom_in(text),
            notes=(*slots.notes, f"{error.target} was taken to be of {first_label(slots.target)}"),
        ),
    )
