"""Why a probe fails: what the kubelet wrote about it, read back into kinds. Pure text, no judgement.

The sentences are those of the kubelet's prober and of Go's net/http:
https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/probe/http/http.go
"""

from enum import StrEnum

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerProbe, Pod
from bot.model.pattern import pattern
from bot.model.planning.http import port_number
from bot.model.text import one_line

# `errored:` alone before Kubernetes 1.31.
_HEAD = pattern(r"^(?:Readiness|Liveness|Startup) probe (failed|errored)(?: and resulted in unknown state)?: ?")
# A runtime that could not start the command says so itself; some kubelets tell it as a failure.
_OF_RUNTIME = ("OCI runtime exec failed", "rpc error: code = ")
_STATUS = pattern(r"^HTTP probe failed with statuscode: (\d{3})\b")
_DIAL = pattern(r"dial tcp (?:\S*):(\d{1,5}): ")
# The first bytes of a TLS alert, as Go quotes them: a TLS server was asked in plain text.
_TLS_BYTES = ('malformed HTTP response "\\x15', 'malformed HTTP response "\x15')
_TEXT = 240
_COMMAND = 80


class Failing(StrEnum):
    """How a probe fails."""

    STATUS = "status"
    REFUSED = "refused"
    TIMEOUT = "timeout"
    SPEAKS_HTTP = "speaks-http"  # asked with TLS
    SPEAKS_TLS = "speaks-tls"  # asked in plain text
    NO_COMMAND = "no-command"
    NO_PORT = "no-port"
    NO_HOST = "no-host"
    NO_HEALTH_SERVICE = "no-health-service"  # gRPC: the server does not have grpc.health.v1.Health
    UNKNOWN_HEALTH_NAME = "unknown-health-name"  # gRPC: it has, and knows no service of the probe's name
    NOT_SERVING = "not-serving"
    OUTPUT = "output"  # what the command of an exec probe printed: the program's words, not the kubelet's
    OTHER = "other"


_OF_PROBER = (
    ("executable file not found", Failing.NO_COMMAND),
    ("no such file or directory", Failing.NO_COMMAND),
    ("strconv.Atoi: parsing", Failing.NO_PORT),
)
_OF_HTTP = (
    ("server gave HTTP response to HTTPS client", Failing.SPEAKS_HTTP),
    ("no such host", Failing.NO_HOST),
    ("connection refused", Failing.REFUSED),
    ("Client.Timeout exceeded", Failing.TIMEOUT),
    ("context deadline exceeded", Failing.TIMEOUT),
    ("i/o timeout", Failing.TIMEOUT),
)
_OF_GRPC = (
    ("does not implement the grpc health protocol", Failing.NO_HEALTH_SERVICE),
    ("code = Unimplemented", Failing.NO_HEALTH_SERVICE),
    ("code = NotFound", Failing.UNKNOWN_HEALTH_NAME),
    ("service unhealthy", Failing.NOT_SERVING),
    ("timeout: ", Failing.TIMEOUT),
)


class Failure(Struct, frozen=True):
    """One failed probe: its kind, the HTTP status or the refused port where it has one, and the text after its head.

    `command` is the program that an exec probe runs, without its arguments.
    """

    kind: Failing
    text: str
    status: int = 0
    port: int = 0
    command: str = ""

    @property
    def quoted(self) -> str:
        """Return whose words these are, and the words; a silent command has none. Quotes inside them are made single ones."""
        words = self.text.replace('"', "'")
        if self.kind is Failing.OUTPUT:
            of = f" ({self.command})" if self.command else ""
            return f'its command says "{words}"' if words else f"its command{of} fails without a word"
        return f'the kubelet says "{words}"' if words else "the kubelet says no more"


def read_failure(text: str, probe: ContainerProbe | None = None) -> Failure:
    """Read the text of an `Unhealthy` Kubernetes Event about this probe.

    What follows `failed:` of an exec probe is what its command printed, whatever it reads like; only `errored` speaks of
    the probe itself (https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/prober/prober.go).
    """
    head = _HEAD.match(text)
    said = text[head.end() :] if head else text
    short = one_line(said, limit=_TEXT)
    if head and (head[1] == "errored" or said.startswith(_OF_RUNTIME)):
        return Failure(_kind(said, _OF_PROBER), short)
    if probe and probe.exec:
        kind = Failing.TIMEOUT if said.startswith("command timed out: ") else Failing.OUTPUT
        return Failure(kind, short, command=one_line(" ".join((probe.exec.command or ())[:1]), limit=_COMMAND))
    if probe and probe.grpc:
        return Failure(_kind(said, _OF_GRPC), short)
    if status := _STATUS.search(said):
        return Failure(Failing.STATUS, short, status=int(status[1]))
    if any(phrase in said for phrase in _TLS_BYTES):
        return Failure(Failing.SPEAKS_TLS, short)
    dialled = _DIAL.search(said)
    return Failure(_kind(said, (*_OF_HTTP, *_OF_GRPC, *_OF_PROBER)), short, port=int(dialled[1]) if dialled else 0)


def _kind(said: str, phrases: tuple[tuple[str, Failing], ...]) -> Failing:
    return next((kind for phrase, kind in phrases if phrase in said), Failing.OTHER)


def last_failure(case: Case, pod: Pod, container: Container, *, of: str = "Readiness") -> Failure | None:
    """Return what the kubelet said last, within the hour, of a container's failing probe (reason `Unhealthy`).

    An Event says which container it is about (`fieldPath`). One that does not, as in a list that was cut down, is taken
    for the only container that has such a probe; where several have, nobody can tell whose it is, and nothing is given.
    """
    probes = {each.name: declared(each, of) for each in pod.serving_containers}
    is_only = sum(each is not None for each in probes.values()) == 1
    for event in case.snapshot.events_about(pod.ref, "Unhealthy"):
        if not event.text.startswith(f"{of} probe"):
            continue
        is_its = event.container == container.name if event.container else is_only
        if is_its and case.snapshot.is_recent(event.last_seen):
            return read_failure(event.text, probes.get(container.name))
    return None


def declared(container: Container, of: str) -> ContainerProbe | None:
    """Return a container's `Readiness`, `Liveness` or `Startup` probe; None where it has none."""
    return {
        "Readiness": container.readiness_probe,
        "Liveness": container.liveness_probe,
        "Startup": container.startup_probe,
    }[of]


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
