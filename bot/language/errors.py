"""Errors that runtimes and proxies print: which host, port, namespace and caller they name.

A row of the table is searched in the whole paste. A sentence around the error (`checkout gets: dial tcp …`) is read as any
other.
"""

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from bot.language import error_rows
from bot.language import vocabulary as words
from bot.language.log_fields import who_logs
from bot.language.printed import BEGINS, PRINTED, is_machine
from bot.language.slots import ADDRESS, Slots, caller_word, owner_of_pod
from bot.language.symptoms import symptom_in
from bot.model.question.target import POD_KINDS

# A host with a port that no row above knows: taken where it is the only one, and no place in a program's text.
_LOOSE = re.compile(
    r"(?<![\w./:@=-])(?P<host>[a-z](?:[-a-z0-9.]*[a-z0-9])?):(?P<port>\d{2,5})(?![\w:.-]\w)", re.MULTILINE
)
_SOURCE_FILES = frozenset(
    ("go", "py", "java", "js", "ts", "rb", "c", "cc", "cpp", "h", "rs", "kt", "scala", "cs", "php", "conf")
)
_EXEC = re.compile(r"kubectl ([^\n]*?)exec ([^\n]*?)(?: -- | --$|$)", re.MULTILINE)
_BETWEEN = frozenset(("into", "in", "to", "the", "our", "a"))  # as people write, where an option or a name stands
_WITH_VALUE = ("-n", "--namespace", "-c", "--container", "--context")
_EVENT = re.compile(
    r"probe failed|Unhealthy|Back-off restarting|BackOff|FailedToUpdateEndpoint|FailedScheduling|CrashLoopBackOff"
    r"|OOMKill|Failed to pull"
    r"|ImagePullBackOff|ErrImagePull|FailedMount|FailedCreatePodSandBox|probe errored"
)
_OURSELVES = frozenset(("localhost", "127.0.0.1", "0.0.0.0", "[::1]", "kubernetes.default.svc"))  # noqa: S104 (read, not bound)

_NAMED_URL = re.compile(r"(?:Get|Post|Put|Head|Patch|Delete) \\?\"[a-z]+://(?![\d.\[]+[:/\]\"])(?!localhost\b)")
_USER = re.compile(r"://[^/@\s]*@")  # who logs in, maybe with a password


class Found(Struct, frozen=True):
    """What an error names; `begin` and `end` are the span of its text, what stands around was said by somebody."""

    slots: Slots
    begin: int
    end_of_name: int
    end: int


def read_error(text: str) -> Found | None:
    """Return what an error in a text names, or None where there is no error that names something."""
    if not is_machine(text) and not _EVENT.search(text):
        return None
    event = _event(text) if _EVENT.search(text) else None
    found = event or _host(text)
    if found is None:
        return None
    namespace = next((each["ns"] for row in error_rows.NAMESPACES if (each := row.search(text))), "")
    slots = replace(found.slots, symptom=symptom_in(error_rows.URL.sub(" ", text)))
    if event:
        return replace(found, slots=replace(slots, namespace=slots.namespace or namespace))
    caller = _caller(text) or who_logs(text, slots.target)
    if caller and namespace and not caller.startswith(f"{namespace}/"):
        caller = f"{namespace}/{caller}"
    elif namespace and not slots.namespace and "." not in slots.target:
        slots = replace(slots, namespace=namespace)
    return replace(found, slots=replace(slots, caller=caller))


def _host(text: str) -> Found | None:
    for match in _matches(text):
        given = match.groupdict()
        host = given.get("host") or ""
        url = (given.get("url") or "").rstrip(".:/?&") + ("/" if (given.get("url") or "").endswith("/") else "")
        if text.endswith(" on ", 0, match.start("host") if host else 0) and "lookup " in text[: match.start()]:
            continue  # the DNS server that was asked
        is_english = host.lower() in words.NO_HOST and not given.get(
            "port"
        )  # `could not resolve host when calling cart`
        if is_english or host.rstrip(".") in _OURSELVES or re.match(r"\w+://(?:localhost|127\.|0\.0\.0\.0)", url):
            continue
        if ADDRESS.fullmatch(host) and _NAMED_URL.search(text):
            continue  # `Get "http://dex.auth:5556": dial tcp 10.96.8.8:5556: i/o timeout`
        if host or url:
            host = _fuller(text, host)
            port = given.get("port") or (_port_near(text, host) if host else "")
            slots = Slots(target=_USER.sub("://", url) or host.rstrip("."), port=port, namespace=given.get("ns") or "")
            return Found(slots, *_span(text, match))
    return _loose(text)


def _loose(text: str) -> Found | None:
    """Return the one host with a port that stands in what a program printed."""
    found = [each for each in _LOOSE.finditer(text) if each["host"].rpartition(".")[2] not in _SOURCE_FILES]
    printed = [each for each in found if PRINTED.search(text, text.rfind("\n", 0, each.start()) + 1, each.start())]
    if len({each["host"] for each in printed} - _OURSELVES) != 1:
        return None
    return Found(Slots(target=printed[0]["host"], port=printed[0]["port"]), *_span(text, printed[0]))


def _fuller(text: str, host: str) -> str:
    """Return a host with the namespace that stands behind the same name elsewhere in the text, as in a URL."""
    if not host or "." in host:
        return host
    found = re.search(rf"(?<![\w.-]){re.escape(host)}(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)+(?![\w-]|\.\w)", text)
    return found[0] if found else host


def _matches(text: str) -> Iterator[re.Match[str]]:
    for rows in (error_rows.NAMED, error_rows.URLS, error_rows.ADDRESSED):
        for row in rows:
            yield from row.finditer(text)


def _port_near(text: str, host: str) -> str:
    """Return the port that stands beside the same host elsewhere in the text, as in the URL before a failed lookup."""
    found = re.search(rf"{re.escape(host.rstrip('.'))}[.'\"]*(?::|, port=|, port | port )(\d{{1,5}})\b", text)
    return found[1] if found else ""


def _span(text: str, match: re.Match[str]) -> tuple[int, int, int]:
    """Return where the printed part of the line begins, and its end: what stands before was said by a person."""
    start = text.rfind("\n", 0, match.start()) + 1
    mark = BEGINS.search(text, start)
    begin = min(match.start(), mark.start()) if mark and mark.start() >= start else match.start()
    tick = text.rfind("`", start, match.start())
    if tick > begin and text.count("`", start, match.start()) % 2:
        begin = tick + 1  # it was quoted behind what somebody said of it
    while begin > start and not text[begin - 1].isspace():
        begin -= 1
    end = text.find("\n", match.end())
    return begin, match.end(), len(text) if end < 0 else end


def _caller(text: str) -> str:
    if found := _EXEC.search(text):
        return _executed(found[2].split())
    for row in error_rows.CALLERS:
        if match := row.search(text):
            return match["pod"]
    first_words = (word for line in text.splitlines() for word in line.split()[:2])
    return next((word for word in first_words if owner_of_pod(word)), "")  # as stern prints it


def _executed(argv: list[str]) -> str:
    """Return the pod or workload that `kubectl exec` names among its options."""
    at = 0
    while at < len(argv):
        if not argv[at].startswith("-") and argv[at] not in _BETWEEN:
            kind, _, name = argv[at].rpartition("/")
            return caller_word(name, kind="" if kind in POD_KINDS else kind)
        at += 2 if argv[at] in _WITH_VALUE else 1
    return ""


def _event(text: str) -> Found | None:
    """Return the Service that an Event's pod is taken to belong to; where no pod is named, what the probe called."""
    for row in error_rows.EVENTS:
        if match := row.search(text):
            pod, ns = match["pod"], match.groupdict().get("ns") or ""
            target = owner_of_pod(pod) or re.sub(r"-\d+$", "", pod)
            note = "" if target == pod else f"{pod} is a pod's name: its Service is taken to be {target}"
            slots = Slots(target=target, namespace=ns, notes=(note,) if note else ())
            return Found(slots, *_span(text, match))
    return None
