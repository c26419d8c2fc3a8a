"""A number in a text that is a port, although nobody wrote "port": `keycloak 8443`, `grpc 4317`, `ECONNREFUSED 9200`."""

import re

from msgspec.structs import replace

from bot.errors import UsageError
from bot.language import vocabulary as words
from bot.language.names import first_label
from bot.language.printed_words import OUTSIDE
from bot.language.slots import Said, Slots

_NUMBER = r":?(?P<port>\d{2,5})(?![-\w/%]|[.:]\w)"
_LEADS = r"(?:on|over|at|ports?=?|E(?:CONN|HOST|NET|TIMED|PIPE)[A-Z]+|grpc|https?|tcp|udp|tls)"
_BEHIND = re.compile(rf"(?<![-\w./:]){_LEADS}(?:[ :]+|(?<==)){_NUMBER}", re.IGNORECASE)
_ALONE = re.compile(r"(?<![^\s(`'\"]):(?P<port>\d{2,5})(?![-\w/%]|[.:]\w)")
_APART = re.compile(r"(?<=,) (?P<port>\d{4,5})(?=[,)]|\s*$)", re.MULTILINE)  # `to cockroach, 26257, …`
_SAID_OF = re.compile(
    r"(?<![-\w.:/#+])(?P<port>\d{4,5}) (?:tim(?:es?|ing|ed) ?out|refuses|hangs"
    r"|is (?:closed|refused|blocked|unreachable|dead|down))",
    re.IGNORECASE,
)
# A host with its port; who calls is no such (`client: 10.0.0.7:5123`, `10.0.0.7:5123->…`), nor is a line of a file.
_DIALLED = re.compile(
    r"(?<![\w.:/@-])(?<!client: )(?<!peer )(?:\w+://)?(?:\[::ffff:)?(?P<host>\d{1,3}(?:\.\d{1,3}){3}|[a-z][-a-z0-9]*(?:\.[a-z][-a-z0-9]*)+"
    r"|(?<=://)[a-z][-a-z0-9]*)['\"\]]?:(?P<port>\d{2,5})(?![-\w]|[.:]\w|->)"
)
# Errors of who may have dialled a pod, whose port may be the pod's own.
OF_POD = re.compile(
    r"\bupstream\b|\bscrap|\bprometheus\b|\btargets?(?= (?:down|\"?http))|/metrics\b|\bproxying\b"
    r"|(?:endpoint|pod|replica|backend) of\b|\bpod ip\b",
    re.IGNORECASE,
)
PROBED = re.compile(r"probe (?:failed|errored)", re.IGNORECASE)  # by the kubelet, at the pod's own port
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
    | words.BEHIND_TIME
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


def with_all_ports(said: Said, text: str) -> Said:
    """Return what is said with each port of an address or a host in a text: it is asked, or told as unused.

    The port of an address that was taken to be of a Service is that Service's, unless a pod may have been dialled.
    """
    slots = said.slots
    is_asked = slots.verb in ("why", "path") and slots.target and not slots.target.endswith("*")
    if not is_asked or _has_port(slots) or "://" in slots.target or PROBED.search(text):
        return said
    found = dialled(text)
    own = {port for host, port in found if _is_of(host, slots)}
    if len(own) == 1 and not OF_POD.search(text):
        return replace(said, slots=replace(slots, port=own.pop()))
    left = (port for _, port in found if port not in said.unused)
    return replace(said, unused=tuple(dict.fromkeys((*said.unused, *left))))


def dialled(text: str) -> tuple[tuple[str, str], ...]:
    """Return the hosts and addresses of a text with their ports, but for who calls and who is asked for names."""
    found = (each for each in _DIALLED.finditer(text) if not OUTSIDE.fullmatch(each["host"].rpartition(".")[2]))
    return tuple(dict.fromkeys((each["host"], each["port"]) for each in found if each["port"] != "53"))


def _is_of(host: str, slots: Slots) -> bool:
    name = first_label(slots.target)
    noted = any(f"{host} was taken" in each or f"{host}:" in each for each in slots.notes)
    return first_label(host) == name or noted


def ask_with_port(error: UsageError, text: str) -> UsageError:
    """Return a refusal whose questions hold the only port that a text names in passing."""
    found, of_hosts = ports_in(text, Slots()), dialled(text)
    if len(found) == 1:
        error.suggestions = tuple(_asking(each, found[0]) for each in error.suggestions)
    elif len(of_hosts) == 1 and not (found or may_be_of_pod(text)):
        error.suggestions = tuple(_asking_host(each, *of_hosts[0]) for each in error.suggestions)
    return error


def may_be_of_pod(text: str) -> bool:
    """Return whether the port of an address in a text may be a pod's own, which its Service need not have."""
    return bool(OF_POD.search(text) or PROBED.search(text))


def port_of_address(text: str) -> str:
    """Return the port of the only address that a text says was dialled, where that is hardly a pod's."""
    found = dialled(text)
    is_clear = len(found) == 1 and found[0][0][0].isdigit() and not may_be_of_pod(text)
    return found[0][1] if is_clear else ""


def _asking_host(question: str, host: str, port: str) -> str:
    """Return a question with the port of a host, where it is about that one, or about who is called at an address."""
    target, is_call = question.split()[1:2], " from " in question
    is_of = first_label(target[0]) == first_label(host) if target else False
    return _asking(question, port) if is_of or (is_call and host[0].isdigit()) else question


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
    found = (
        each
        for row in (_BEHIND, _ALONE, _APART, _SAID_OF, beside)
        for each in row.finditer(text)
        if _is_port(each, text)
    )
    return tuple(dict.fromkeys(each["port"] for each in found))


def _is_port(found: re.Match[str], text: str) -> bool:
    number, behind = int(found["port"]), text[found.end() :]
    is_counted = bool(behind.split()) and behind[:1] == " " and behind.split()[0].lower().strip(".,") in _COUNTED
    is_said = found[0].lower().startswith("port")
    is_hour = found[0].lower().startswith("at ") and words.is_hour(found["port"])
    if is_hour and words.TIMES & {*re.findall(r"[a-z]+", text.lower())}:
        return False  # `each day at 0230`
    return (is_said or _LEAST <= number <= _MOST or number in _WELL_KNOWN) and (
        not is_counted or bool(_SYMPTOM.match(behind))
    )


def _has_port(slots: Slots) -> bool:
    return bool(slots.port or _HAS_PORT.search(slots.target))
