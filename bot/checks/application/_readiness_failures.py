"""Why a readiness probe fails: what the kubelet wrote about it, read back into kinds. Pure text, no judgement.

The sentences are those of the kubelet's prober and of Go's net/http:
https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/probe/http/http.go
"""

import re
from enum import StrEnum

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerProbe, Pod
from bot.model.planning.http import port_number
from bot.model.text import one_line

_STATUS = re.compile(r"statuscode: (\d{3})\b")
_DIAL = re.compile(r"dial tcp (?:\S*):(\d{1,5}): ")
# The first bytes of a TLS alert, as Go quotes them: a TLS server was asked in plain text.
_TLS_BYTES = ('malformed HTTP response "\\x15', 'malformed HTTP response "\x15')


class Failing(StrEnum):
    """How a readiness probe fails."""

    STATUS = "status"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    SPEAKS_HTTP = "speaks-http"  # asked with TLS
    SPEAKS_TLS = "speaks-tls"  # asked in plain text
    NO_COMMAND = "no-command"
    NO_PORT = "no-port"
    NO_HOST = "no-host"
    NOT_SERVING = "not-serving"
    OTHER = "other"


_PHRASES = (
    ("server gave HTTP response to HTTPS client", Failing.SPEAKS_HTTP),
    ("executable file not found", Failing.NO_COMMAND),
    ("no such file or directory", Failing.NO_COMMAND),
    ("strconv.Atoi: parsing", Failing.NO_PORT),
    ("no such host", Failing.NO_HOST),
    ("connection refused", Failing.REFUSED),
    ("NOT_SERVING", Failing.NOT_SERVING),
    ("Client.Timeout exceeded", Failing.TIMEOUT),
    ("context deadline exceeded", Failing.TIMEOUT),
    ("i/o timeout", Failing.TIMEOUT),
    ("timed out", Failing.TIMEOUT),
)


class Failure(Struct, frozen=True):
    """One failed readiness probe: its kind, the HTTP status or the refused port where it has one, and the text."""

    kind: Failing
    text: str
    status: int = 0
    port: int = 0


def read_failure(text: str) -> Failure:
    """Read the text of an `Unhealthy` Kubernetes Event."""
    short = one_line(text, limit=240)
    dialled = _DIAL.search(text)
    port = int(dialled[1]) if dialled else 0
    if status := _STATUS.search(text):
        return Failure(Failing.STATUS, short, status=int(status[1]))
    if any(phrase in text for phrase in _TLS_BYTES):
        return Failure(Failing.SPEAKS_TLS, short)
    kind = next((kind for phrase, kind in _PHRASES if phrase in text), Failing.OTHER)
    return Failure(kind, short, port=port)


def last_failure(case: Case, pod: Pod) -> Failure | None:
    """What the kubelet said last, within the hour, of a pod's failing readiness probe (reason `Unhealthy`).

    With several readiness probes in a pod nobody can tell whose Event it is, and nothing is given.
    """
    if sum(each.readiness_probe is not None for each in pod.serving_containers) > 1:
        return None
    for event in case.snapshot.events_about(pod.ref, "Unhealthy"):
        if event.message.startswith("Readiness probe") and case.snapshot.is_recent(event.last_seen):
            return read_failure(event.message)
    return None


def asked(container: Container, probe: ContainerProbe) -> str:
    """What a readiness probe asks, e.g. `http://:8080/ready`, `tcp :5432`, `grpc :9000`, `the command pg_isready`."""
    if probe.port is None and not probe.exec:
        return "nothing that this version knows"  # a handler of a later API, or a dump that lost it
    number = port_number(container, probe.port)
    place = f":{number or probe.port}"
    if probe.http_get:
        path = "/" + (probe.http_get.path or "/").removeprefix("/")
        return one_line(f"{(probe.http_get.scheme or 'HTTP').lower()}://{probe.http_get.host}{place}{path}", limit=120)
    if probe.exec:
        return one_line(f"the command {' '.join((probe.exec.command or ())[:1])}", limit=120)
    return f"{'grpc' if probe.grpc else 'tcp'} {place}"


def is_named_port_missing(container: Container, probe: ContainerProbe) -> bool:
    """A readiness probe names a port that its container does not have: the API's own state proves that it must fail."""
    return isinstance(probe.port, str) and bool(probe.port) and port_number(container, probe.port) is None
