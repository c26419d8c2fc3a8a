"""Small patterns for what people say in a thread, and for errors they paste. Each gives the words of one command.

A pattern only finds names; the grammar judges them afterwards. Symptom words rank causes and never change a verdict.
"""

import re
from collections.abc import Iterator

_NAME = r"[A-Za-z0-9](?:[-A-Za-z0-9._]*[A-Za-z0-9])?"
_PLACE = rf"(?:{_NAME}/)?{_NAME}"
_IP = r"\d{1,3}(?:\.\d{1,3}){3}"
_WAY = r"(?:calling|call|reaching|reach|to|connecting to|connect to|hitting|hit|talking to|talk to|resolving|resolve)"
_IN = rf"(?:\s+(?:in|ns|namespace)\s+(?P<ns>{_NAME}))?"
_PORT = r"(?:\s+(?:on\s+)?(?:port\s+)?(?P<port>\d{1,5}))?"

_SYMPTOMS = (
    (
        r"no such host|nxdomain|name or service not known|(?:could not|cannot|can't|failed to|does not) resolve",
        "nxdomain",
    ),
    (r"connection refused|refus\w+", "refused"),
    (r"i/o timeout|tim(?:ing|ed|es|e)?[ -]?out\w*|deadline exceeded", "timeout"),
    (r"connection reset|reset by peer|\beof\b", "reset"),
    (r"\b50[0234]\b|\b5xx\b|upstream connect error|no healthy upstream", "5xx"),
    (r"intermittent\w*|sometimes|flaky|now and then", "intermittent"),
    (r"\bslow\w*|latency", "slow"),
)

_CALLING = (
    rf"^(?:why (?:is|does|can't|cannot)\s+)?(?P<source>{_PLACE})\s+(?:is\s+|are\s+)?"
    rf"(?:timing out|failing|getting \w+(?: \w+)?|erroring|not|cannot|can't)\s*(?:when|while)?\s*{_WAY}\s+"
    rf"(?P<target>{_PLACE}){_PORT}{_IN}"
)

# Order matters: what an error message names exactly goes before what a sentence may mean.
_PHRASES = (
    ("why", rf"lookup (?P<target>{_NAME})\.?(?: on {_IP}(?::\d+)?)?: "),
    ("why", rf"(?:could not|cannot|can't|failed to) resolve(?: host)?:? (?P<target>{_NAME})"),
    ("why", rf"dial tcp (?P<target>{_IP}):(?P<port>\d+)"),
    ("why", rf"(?:failed to connect to|connect to) (?P<target>{_PLACE}) port (?P<port>\d+)"),
    ("path", rf"^can (?P<source>{_PLACE}) (?:reach|call|connect to|talk to) (?P<target>{_PLACE}){_PORT}{_IN}"),
    (
        "why",
        _CALLING,
    ),
    ("why", rf"^(?P<target>{_PLACE}) (?:is|seems|looks) (?:down|broken|unreachable|failing|slow|flaky|dead)\b{_IN}"),
    ("check", rf"^(?:is|are) (?P<target>{_PLACE}) (?:healthy|ok|okay|up|fine|alive)\b{_IN}"),
    ("why", rf"^why (?:is|does|can't|cannot|do) (?:.*\s)?(?:calls? to|{_WAY})\s+(?P<target>{_PLACE}){_PORT}{_IN}"),
    ("why", rf"^why (?:is|does) (?P<target>{_PLACE}) (?:down|broken|failing|unreachable|slow|not \w+){_IN}"),
)
_COMPILED = tuple((verb, re.compile(pattern, re.IGNORECASE)) for verb, pattern in _PHRASES)
_CHATTER = re.compile(
    r"^(?:thanks?|thank you|thx|ty|lgtm|ok(?:ay)?|nice|great|cool|done|good (?:bot|job)|\+1|hi|hello|hey|\W+)"
    r"(?:\s[\w\s]{0,20})?$",
    re.IGNORECASE,
)


def is_chatter(text: str) -> bool:
    """People talking to each other, or thanking: nothing to answer."""
    return not text or bool(_CHATTER.match(text))


def words_of(text: str) -> str:
    """Return the command that a phrase means, in the grammar's words, or nothing."""
    for verb, pattern in _COMPILED:
        if found := pattern.search(text):
            return " ".join(_words(verb, found.groupdict(), text))
    return ""


def _words(verb: str, slots: dict[str, str | None], text: str) -> Iterator[str]:
    target = slots["target"] or ""
    if verb == "path":
        yield from ("path", slots["source"] or "", "to", target)
    else:
        yield from (verb, target)
        if source := slots.get("source"):
            yield from ("from", source)
    if place := slots.get("ns"):
        yield from ("in", place)
    if port := slots.get("port"):
        yield from ("port", port)
    if verb == "why" and (symptom := symptom_in(text)):
        yield from ("symptom", symptom)


def symptom_in(text: str) -> str:
    """Return the complaint that a text names, in the grammar's word."""
    return next((word for pattern, word in _SYMPTOMS if re.search(pattern, text, re.IGNORECASE)), "")
