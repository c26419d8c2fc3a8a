"""Whether a failing readiness probe asks the wrong thing, although the application answers where it is needed.

Two witnesses: the kubelet's Kubernetes Event (likely), and our own probes of the same pod (certain). Rule: a pod that does
not answer on the Service's target port either is really down, and its readiness probe is right.
"""

from msgspec import Struct

from bot.checks.facts.pod_state import Troubled
from bot.checks.facts.probe_failures import Failing, Failure, is_named_port_missing, last_failure
from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerProbe
from bot.model.planning.http import port_number
from bot.model.probe import Call, Observation, Outcome, Purpose, TcpConnect
from bot.model.result.finding import Evidence
from bot.model.text import listing, one_line

_FIRST_ERROR, _FIRST_SERVER_ERROR = 400, 500
# "Later" and "slower": the application speaks about its load, not about the path.
_ABOUT_LOAD = (408, 425, 429)
_SAID = {
    Failing.SPEAKS_HTTP: "asks with TLS a port that speaks plain HTTP",
    Failing.SPEAKS_TLS: "asks in plain HTTP a port that speaks TLS",
    Failing.NO_COMMAND: "runs a command that the image does not have",
    Failing.NO_HOST: "asks a host name that does not resolve",
    Failing.NO_HEALTH_SERVICE: "asks by gRPC a health service (grpc.health.v1.Health) that the server does not implement",
    Failing.UNKNOWN_HEALTH_NAME: "asks by gRPC for a service name that the server's health service does not know",
}
# What our own health check by gRPC got, as the kubelet's words for the same are read.
_HEALTH = {"unimplemented": Failing.NO_HEALTH_SERVICE, "service-unknown": Failing.UNKNOWN_HEALTH_NAME}
_DOWN = (Outcome.REFUSED, Outcome.RESET, Outcome.SERVER_ERROR)


class Misasked(Struct, frozen=True):
    """A readiness probe that asks the wrong thing: what it gets, what answers instead, and whether both were measured."""

    gets: str
    is_proven: bool
    evidence: tuple[Evidence, ...]
    answered: Observation | None = None

    @property
    def is_about_health(self) -> bool:
        """A gRPC server answered, and has no health service, or none of that name."""
        return self.gets in (_SAID[Failing.NO_HEALTH_SERVICE], _SAID[Failing.UNKNOWN_HEALTH_NAME])

    @property
    def scheme(self) -> str:
        """The scheme in which the port answered a probe that asked in the other one; empty where that is not the matter."""
        return {_SAID[Failing.SPEAKS_HTTP]: "HTTP", _SAID[Failing.SPEAKS_TLS]: "HTTPS"}.get(self.gets, "")


class Seen(Struct, frozen=True):
    """Our own probes of one unready pod: the target port, what its readiness probe asks, and that path on the target port."""

    targets: tuple[Observation, ...]
    declared: tuple[Observation, ...]
    moved: tuple[Observation, ...]
    connects: bool = False  # its readiness probe is a tcpSocket

    @property
    def answered(self) -> Observation | None:
        """The best answer on a target port: the declared path, else a status below 400, any answer, a connection."""
        good = [each for each in self.targets if each.outcome is Outcome.ANSWERED]
        return next(iter(self.moved), None) or min(good, key=_goodness, default=None)

    @property
    def declared_passes(self) -> bool:
        """What its readiness probe asks succeeds for us, so that an older Kubernetes Event is no witness.

        A bare connection is the question of a probe that connects, and no answer to one that asks by HTTP or gRPC.
        """
        return any(each.is_ready for each in self.declared if self.connects or isinstance(each.probe, Call))

    @property
    def is_down(self) -> bool:
        """The target port was tried and does not answer as it should.

        Silence to a bare connect is not counted: a policy may stop our probes and not the kubelet's (B.19).
        """
        http = [each for each in self.targets if isinstance(each.probe, Call)]
        tcp = [each for each in self.targets if not isinstance(each.probe, Call)]
        accepts = any(each.outcome is Outcome.ANSWERED for each in tcp)
        silent = [each for each in http if each.outcome is Outcome.TIMEOUT]
        hung = [each for each in silent if accepts or each.detail.get("connected")]
        down = [each for each in self.targets if each.outcome in _DOWN]
        return bool(down or hung) and not self.moved and not any(each.outcome is Outcome.ANSWERED for each in http)


def misasked(case: Case, troubled: Troubled) -> Misasked | None:
    """Judge one unready pod's readiness probe; None where it may be right or nobody can tell."""
    container = troubled.container
    probe = container.readiness_probe if container else None
    if container is None or probe is None:
        return None
    seen, failure = look(case, troubled), last_failure(case, troubled.pod, container)
    if seen.is_down:
        return None
    told = (Evidence(troubled.pod.ref, "events[Unhealthy]", failure.text),) if failure else ()
    if is_named_port_missing(container, probe):
        words = f"names port {probe.port}, which container {container.name} does not have"
        return Misasked(words, is_proven=True, evidence=told, answered=seen.answered)
    if seen.answered and (words := _measured(seen, probe)):
        return Misasked(words, is_proven=True, evidence=told, answered=seen.answered)
    if failure and not seen.declared_passes and (words := _said(case, troubled, container, failure)):
        return Misasked(words, is_proven=False, evidence=told, answered=seen.answered)
    return None


def look(case: Case, troubled: Troubled) -> Seen:
    """Collect what was measured of one pod."""
    pod, container = troubled.pod, troubled.container
    numbers = {number for port in case.ports if (number := port.resolve(pod)) is not None}
    probe = container.readiness_probe if container else None
    declared = port_number(container, probe.port) if container and probe else None
    targets: list[Observation] = []
    own: list[Observation] = []
    moved: list[Observation] = []
    for each in case.measured.counted:
        if not isinstance(each.probe, Call | TcpConnect) or not pod.ip or each.probe.address != pod.ip:
            continue
        if isinstance(each.probe, Call) and each.probe.purpose is Purpose.ENDPOINT:
            own.append(each)
        elif isinstance(each.probe, Call) and each.probe.purpose is Purpose.MOVED:
            moved += [each] if each.outcome is Outcome.ANSWERED and each.status < _FIRST_ERROR else []
        elif each.probe.port in numbers and each.probe.purpose is not Purpose.CANDIDATE:
            targets.append(each)
        elif isinstance(each.probe, TcpConnect) and each.probe.port == declared:
            own.append(each)
    connects = probe is not None and probe.tcp_socket is not None
    return Seen(tuple(targets), tuple(own), tuple(moved), connects)


def _goodness(seen: Observation) -> tuple[bool, bool, str]:
    is_http = isinstance(seen.probe, Call)
    return (not is_http, seen.status >= _FIRST_ERROR, str(getattr(seen.probe, "path", "")))


def _measured(seen: Seen, probe: ContainerProbe) -> str:
    """What our own request got where the readiness probe asks; empty where it succeeded or was not made."""
    for each in seen.declared:
        if each.outcome is Outcome.REFUSED:
            return "is refused"
        if each.outcome is Outcome.NOT_HTTP:
            return "gets an answer in another protocol (HTTP against HTTPS)"
        if _is_about_path(each.status):
            return f"gets HTTP {each.status}"
        if words := _SAID.get(_HEALTH.get(str(each.detail.get("health")), Failing.OTHER)):
            return words
        if each.outcome is Outcome.ANSWERED and each.status and each.ms > probe.timeout_seconds * 1000:
            return f"gets its answer after {each.ms / 1000:.1f} s and waits {probe.timeout_seconds} s (timeoutSeconds)"
        if each.outcome is Outcome.ANSWERED and each.status and probe.http_get and probe.http_get.host:
            return f"asks the host {one_line(probe.http_get.host, limit=60)} instead of the pod, which answers"
    return ""


def _said(case: Case, troubled: Troubled, container: Container, failure: Failure) -> str:
    """What the kubelet's Event says, where it speaks of a wrong question; empty where the application may be down."""
    if failure.kind is Failing.STATUS and _is_about_path(failure.status):
        return f"gets HTTP {failure.status}"
    if failure.kind is Failing.REFUSED:
        return _refused(case, troubled, container, failure.port)
    if failure.kind is Failing.TIMEOUT and container.readiness_probe and container.readiness_probe.grpc:
        return _undeclared(case, troubled, container.readiness_probe.grpc.port)
    return _SAID.get(failure.kind, "")


def _refused(case: Case, troubled: Troubled, container: Container, dialled: int) -> str:
    """A refusal speaks of a wrong question only if it came from another port than the Service's."""
    own = port_number(container, container.readiness_probe.port) if container.readiness_probe else None
    targets = {port.resolve(troubled.pod) for port in case.ports} - {None}
    refused = dialled or own
    if refused is None or not targets or refused in targets:
        return ""
    if own and own != refused:
        return f"is redirected to port {refused}, which refuses"
    return f"asks port {refused}, which refuses, while the Service sends to {listing(sorted(map(str, targets)))}"


def _undeclared(case: Case, troubled: Troubled, asked: int) -> str:
    """A gRPC probe tells a refusal as a time-out: it speaks of a wrong question only of a port that nothing declares."""
    targets = {port.resolve(troubled.pod) for port in case.ports} - {None}
    declared = {each.container_port for one in troubled.pod.serving_containers for each in one.ports or ()}
    if not targets or not declared or asked in targets | declared:
        return ""
    own = listing(sorted(map(str, targets)))
    return (
        f"asks port {asked} by gRPC, which no container declares and nothing answers, while the Service sends to {own}"
    )


def _is_about_path(status: int) -> bool:
    return _FIRST_ERROR <= status < _FIRST_SERVER_ERROR and status not in _ABOUT_LOAD
