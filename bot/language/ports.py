"""A number in a text that is a port, although nobody wrote "port": `keycloak 8443`, `grpc 4317`, `ECONNREFUSED 9200`."""

import re

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import vocabulary as words
from bot.language.names import first_label
from bot.language.slots import Said, Slots

_NUMBER = r":?(?P<port>\d{2,5})(?![-\w/%]|[.:]\w)"
_LEADS = r"(?:on|over|at|ports?|E(?:CONN|HOST|NET|TIMED|PIPE)[A-Z]+|grpc|https?|tcp|udp|tls)"
_BEHIND = re.compile(rf"(?<![-\w./:]){_LEADS}[ :]+{_NUMBER}", re.IGNORECASE)
_ALONE = re.compile(r"(?<![^\s(`'\"]):(?P<port>\d{2,5})(?![-\w/%]|[.:]\w)")
_APART = re.compile(r"(?<=,) (?P<port>\d{4,5})(?=[,)]|\s*$)", re.MULTILINE)  # `to cockroach, 26257, …`
_WELL_KNOWN = frozenset((53, 80, 81, 389, 443, 465, 587, 636, 853, 993))  # others below 1024 are rather status codes
_LEAST, _MOST = 1024, 65535
# Of what there are so many: `cart 5000 requests`.
_COUNTED = (
    words.NO_PORT
    | (
        words.TRAFFIC
        - words.TLS
        - frozenset(("connection", "handshake", "dial", "http", "https", "grpc", "tcp", "udp", "dns"))
    )
    | frozenset(("ms", "errors", "rows", "messages", "users", "pods", "of", "x", "am", "pm"))
)
_SYMPTOM = re.compile(r"\s*times? (?:out|ing out)|\s*tim(?:es|ing) out", re.IGNORECASE)
_HAS_PORT = re.compile(r":\d{2,5}(?:/|$)")


def with_port(said: Said, text: str) -> Said:
    """Return what is said with the port that a text names in passing; where that are several, they are told as unused."""
    slots = said.slots
    if slots.verb not in ("why", "path") or slots.target.endswith("*") or not slots.target:
        return said
    found = () if _has_port(slots) else ports_in(text, slots)
    unused = tuple(each for each in said.unused if each not in found)
    if len(found) == 1:
        return replace(said, slots=replace(slots, port=found[0]), unused=unused)
    return replace(said, unused=(*unused, *found))


def ask_with_port(error: UsageError, text: str) -> UsageError:
    """Return a refusal whose questions hold the only port that a text names in passing."""
    found = ports_in(text, Slots())
    if len(found) == 1:
        error.suggestions = tuple(_asking(each, found[0]) for each in error.suggestions)
    return error


def _asking(question: str, port: str) -> str:
    said = question.split()
    is_table = len(said) > 1 and (said[1] in ("in", "-A") or "*" in said[1])
    if said[0] not in ("why", "path") or is_table or "port" in said or any(_HAS_PORT.search(each) for each in said):
        return question
    return f"{question} port {port}"


def ports_in(text: str, slots: Slots) -> tuple[str, ...]:
    """Return the numbers of a text that are ports by what stands before them, each once."""
    name = re.escape(first_label(slots.target)) if slots.target else r"(?!)"
    beside = re.compile(rf"(?<![-\w.]){name}(?:\.[a-z][-a-z0-9.]*)?[ :]{_NUMBER}", re.IGNORECASE)
    found = (each for row in (_BEHIND, _ALONE, _APART, beside) for each in row.finditer(text) if _is_port(each, text))
    return tuple(dict.fromkeys(each["port"] for each in found))


def _is_port(found: re.Match[str], text: str) -> bool:
    number, behind = int(found["port"]), text[found.end() :]
    is_counted = bool(behind.split()) and behind[:1] == " " and behind.split()[0].lower().strip(".,") in _COUNTED
    is_said = found[0].lower().startswith("port")
    return (is_said or _LEAST <= number <= _MOST or number in _WELL_KNOWN) and (
        not is_counted or bool(_SYMPTOM.match(behind))
    )


def _has_port(slots: Slots) -> bool:
    return bool(slots.port or _HAS_PORT.search(slots.target))
