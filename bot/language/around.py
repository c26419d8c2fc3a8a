"""An error with what was said around it: `checkout gets: dial tcp …`, `… (from web)`. What is printed there says nothing."""

import re

from msgspec.structs import replace

from bot.language import refusals
from bot.language import vocabulary as words
from bot.language.belongs import PROBE, Owner, owner_of
from bot.language.claims import claims, namespaces
from bot.language.errors import Found
from bot.language.printed import is_machine
from bot.language.remarks import caller_in, logger_in, remark_in
from bot.language.sentences import read_sentence
from bot.language.slots import Said, Slots, owner_of_pod
from bot.language.symptoms import symptom_spans
from bot.language.tokens import tokens_of

# What logs print before their message.
NOISE = re.compile(
    r"\d\d:\d\d:\d\d|\d[smhd] +$|\[(?:FIRING|RESOLVED|Alerting|OK)\b"
    r"|\b(?:com|org|io|net|javax?)\.[a-z]|\bat [A-Z]\w+\.\w|\bnode:internal"
    r"|\.\w+:\d+|\b(?:INFO|WARN\w*|ERROR|FATAL|DEBUG|TRACE)\b|[{}]|[\w.]+=|://|\[\w+\]|#\d|^\$ |[#$] *$"
)
_PREFIX = re.compile(r"\s*([a-z][-a-z0-9]*): *")  # the name of a program before what it prints
_DAEMON = re.compile(r"^\s*(?:kubelet|kernel|systemd|containerd|dockerd)\b[^:]*: *$")  # of a node; no pod calls so
_RDKAFKA = re.compile(r"%\d\|\d+\.\d+\|")  # how librdkafka begins a line
_KLOG = re.compile(r"(?<!\S)[EWIF]\d{4} \d\d:\d\d:\d\d(?:\.\d+)?(?: +\d+)? +[\w.]+:\d+\] ")
_PLACE = re.compile(r"\b(?:in|from) (?:the )?([a-z][-a-z0-9]*(?:/[a-z][-a-z0-9]*)?)(?![-\w/])[^\"'();]{0,40}$")
_FROM_TO = re.compile(
    r"\bfrom (?:the )?(?!server|upstream|peer|backend|remote|host)[a-z][-/a-z0-9]*(?: \w+)?(?= to\b|: )"
)  # `… reset by peer from web to http://…`
_ASIDE = re.compile(
    r"\s\((?:[a-z]+=|(?:caller|client|pod|app) )?([a-z][-a-z0-9]*[a-z0-9])"
    r"(?: (?P<kind>pods?|service|svc|deployment|app|job|worker))?\)\s*$",
    re.MULTILINE,
)  # `… connection refused (checkout)`
_BEHIND = re.compile(r"\s[-—–]{1,2}\s+([a-z][-a-z0-9]*[a-z0-9])\W*$", re.MULTILINE)  # `… no such host -- thumbnailer`
_HEADINGS = re.compile(r"\b(?:LAST SEEN|REASON|OBJECT|MESSAGE|NAMESPACE|STATUS|RESTARTS|AGE)\b")  # of kubectl's tables
_LABEL = re.compile(r"\b(?:app|service|svc|k8s-app|component)=(?=[a-z])")  # `app=cart pods see …`
_PROGRAM = re.compile(r"[A-Za-z][-A-Za-z0-9]*")
_WRAPPED = 2  # parts with a colon between
_FIELDS = frozenset(("details", "detail", "database", "message", "reason", "cause", "status", "body"))  # of an error
_NO_PLACE = frozenset(("progress", "state", "inside", "our", "my"))


def around(found: Found, text: str) -> Said:
    """Return what an error names, with what a person said before, between and behind what was printed.

    Raises UsageError where somebody is named with a kind, or a namespace is, and has no place in that.
    """
    said = _around(found, text)
    slots, used = (
        said.slots,
        " ".join((said.slots.words(), *said.unused, *said.slots.notes, found.slots.target)).lower(),
    )
    said_so = claims(text, used)
    if len(said_so) > 1 or (said_so and slots.caller):
        raise refusals.unused([each.name for each in said_so], slots)
    if said_so:
        slots = replace(slots, caller=said_so[0].caller)
    places = namespaces(text, f"{used} {slots.words()}")
    if len(places) > 1:
        raise refusals.unused(places, slots)
    if places and slots.caller:
        is_whole = "/" in slots.caller.removeprefix("deploy/").removeprefix("job/")
        if is_whole:
            raise refusals.unused(places, slots)
        slots = replace(slots, caller=f"{places[0]}/{slots.caller}")
    elif places:
        slots = replace(slots, caller=f"{places[0]}/") if slots.is_placed else replace(slots, namespace=places[0])
    return replace(said, slots=_not_itself(slots))


def _not_itself(slots: Slots) -> Slots:
    """Return what is asked without a caller that is a pod of what is called: of that one a kubelet's Event tells."""
    place, _, name = slots.caller.rpartition("/")
    owner = owner_of_pod(name)
    if not owner or owner != slots.target or (place and slots.namespace not in ("", place)):
        return slots
    return replace(slots, caller="", namespace=slots.namespace or place)


def _around(found: Found, text: str) -> Said:
    """Return what an error names, with what a person said before, between and behind what was printed."""
    if owner := owner_of(found.slots.target, text):
        return _of_owner(found, text, owner)
    slots, (line, driver) = found.slots, _unwrapped(_line_before(found, text))
    logger, line = logger_in(line)
    caller = "" if slots.caller else caller_in(text[found.begin : found.end])
    human = _spoken(found, text, line)
    human = f"{human}\n{caller}" if caller and caller.split()[1] not in human else human
    if (place := _place(found, text)) and place[1] not in caller.split() and place[0].split()[-1] not in human.split():
        human = f"{human.strip()} {place[0]}"
    if logger and "-" in logger and not (slots.caller or caller):
        human, logger = f"{human}\nfrom {logger}", ""
    aside = _ASIDE.search(text, found.end_of_name, found.end)
    aside = aside or _BEHIND.search(text, found.end_of_name, found.end)
    said_aside = aside[1] if aside and aside[1] not in words.KNOWN else ""
    kind = aside and aside.groupdict().get("kind")
    if ("-" in said_aside or (said_aside and kind)) and not (slots.caller or caller or "from " in human):
        human, said_aside = f"{human}\nfrom {said_aside}", ""
    beside = (said_aside, driver, logger)
    asked = re.split(r"[\s/:.]", slots.words())
    loose = tuple(dict.fromkeys(each for each in beside if each and each not in asked))
    if not human.strip():
        return Said(slots, loose, loose)
    human = human.replace(f"{slots.target}:{slots.port}", slots.target) if slots.port else human
    if slots.is_address and PROBE.search(text):
        said = read_sentence(human)
        return replace(said, slots=replace(said.slots, verb="why", symptom=slots.symptom))
    try:
        said = read_sentence(human, target=slots.target)
    except refusals.UnplacedError as error:
        raise refusals.beside(error, slots) from None
    return _joined(slots, said, loose)


def _of_owner(found: Found, text: str, owner: Owner) -> Said:
    """Return what is said of an address as of the Service that it belongs to; its port may be the pod's, and is left out."""
    cut = owner.end - owner.begin
    end = found.end - cut if owner.begin < found.end else found.end
    try:
        said = _around(replace(found, end=max(end, found.end_of_name)), text[: owner.begin] + text[owner.end :])
    except refusals.NoNameError:
        said = Said(found.slots)  # nothing else is said
    place = owner.namespace or said.slots.namespace
    note = f"{found.slots.target} was taken to be of {owner.name}"
    caller = owner.caller or said.slots.caller
    slots = replace(
        said.slots, target=owner.name, namespace=place, caller=caller, port="", notes=(*said.slots.notes, note)
    )
    return replace(said, slots=slots)


def _joined(slots: Slots, said: Said, loose: tuple[str, ...]) -> Said:
    """Return an error's names with those of a sentence around it; `loose` are words beside it whose place is not known.

    Raises UsageError for a place behind an address: it is where the caller is, or the caller.
    """
    said = _without_printed(said)
    place = said.slots.namespace
    if slots.is_address and place in said.doubtful and not (slots.caller or said.slots.caller):
        raise refusals.unused([place], Slots(target=slots.target, port=slots.port, symptom=slots.symptom))
    return Said(
        Slots(
            verb="why",
            target=slots.target,
            namespace=slots.namespace or place,
            caller=slots.caller or said.slots.caller,
            port=slots.port or said.slots.port,
            protocol=said.slots.protocol,
            symptom=slots.symptom or said.slots.symptom,
            cluster=said.slots.cluster,
            notes=slots.notes,
        ),
        tuple(dict.fromkeys((*said.unused, *(each for each in loose if each not in said.slots.words())))),
        (*said.doubtful, *loose),
    )


def _without_printed(said: Said) -> Said:
    """Return what is said without a caller that is a word of programs: `details = "failed to connect"`."""
    caller = said.slots.caller
    if caller not in _FIELDS:
        return said
    return replace(said, slots=replace(said.slots, caller=""), unused=(*said.unused, caller))


def _line_before(found: Found, text: str) -> str:
    """Return what stands before an error in its line, but for the head of a daemon's log."""
    start = text.rfind("\n", 0, found.begin) + 1
    return (
        "" if _KLOG.search(text, start) or _RDKAFKA.match(text, start) else _DAEMON.sub("", text[start : found.begin])
    )


def _unwrapped(line: str) -> tuple[str, str]:
    """Return what stands before an error without what a library wrapped it in, and that library where nobody else calls.

    `orders: kafka: client has run out of brokers: dial tcp …` is said by orders, `pq: dial tcp …` by whoever uses pq.
    """
    parts = line.split(": ")
    is_told = parts[0].lower() in words.TELLERS | words.KNOWN  # `jaeger: span web → POST …`
    if len(parts) < _WRAPPED or not _PROGRAM.fullmatch(parts[0]) or is_told:
        return line, ""
    program = next((each for each in parts[:-1] if each.lower() not in words.DRIVERS), "")
    if _PROGRAM.fullmatch(program):
        return f"{program}: ", ""
    return parts[-1], parts[0] if parts[0].lower() in words.DRIVERS else ""


def _spoken(found: Found, text: str, line: str) -> str:
    """Return the lines and remarks around an error that somebody wrote, after who says it: `checkout gets: …`."""
    above, after = text[: found.begin].split("\n")[:-1], text[found.end :].splitlines()
    printed = (each for each in after if not is_human(each))
    remarks = [remark_in(each) for each in (text[found.end_of_name : found.end], *printed)]
    human = "\n".join(each for each in (*above, *after, *remarks) if is_human(each))
    if found.slots.caller:
        return human
    calls = _FROM_TO.search(text, found.begin, found.end)
    return f"{_said(line)}\n{human}" + (f"\n{calls[0]}" if calls else "")


def _place(found: Found, text: str) -> re.Match[str] | None:
    """Return where an error was seen, as the end of its line says: `… connection refused in shop`."""
    place = _PLACE.search(text, found.end_of_name, found.end)
    if place is None or place[1] in _NO_PLACE:
        return None
    is_symptom = any(begin < place.end() and place.start() < end for begin, end in symptom_spans(text))
    return None if is_symptom else place


def _said(beside: str) -> str:
    """Return what a person said before an error in its line, without what the log has printed between."""
    beside = _LABEL.sub("", beside)
    noise = NOISE.search(beside)
    said = beside[: noise.start()] if noise else beside
    if noise and (logger := _PREFIX.fullmatch(said)) and logger[1] not in words.KNOWN:
        return said  # `checkout: ERROR …`
    return said if not noise or (_is_known(said) and is_human(said)) else ""


def _is_known(said: str) -> bool:
    """Return whether there is an English word in what may have been said."""
    return any(each.is_known for each in tokens_of(said))


def is_human(line: str) -> bool:
    """Return whether somebody wrote this line: it is not indented, and half its words are English at least."""
    tokens = tokens_of(line)
    if line[:1].isspace() or (line.isupper() and _HEADINGS.search(line)):
        return False
    known = [each for each in tokens if each.is_known or each.symptom]
    return bool(tokens) and not is_machine(line) and len(known) * 2 >= len(tokens) - 1
