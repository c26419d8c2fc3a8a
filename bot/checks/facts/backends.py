"""What our probes saw of the backends of a port, each by itself and never through the virtual IP (failure-modes APP-013).

A backend here is one endpoint that was probed. Rule: silence about a path proves nothing where the path that the pod
itself declares for readiness answers, unless other backends do answer on it; then the contrast is the proof.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from bot.checks.facts import pod_groups
from bot.checks.facts.pod_state import Trouble
from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service, ServicePort
from bot.model.probe import Call, Observation, Outcome, Purpose
from bot.model.refs import Ref

_BAD = (
    Outcome.SERVER_ERROR,
    Outcome.TIMEOUT,
    Outcome.RESET,
    Outcome.NOT_HTTP,
    Outcome.NOT_TLS,
    Outcome.REFUSED,
    Outcome.UNREACHABLE,
    Outcome.ERROR,
)


class Backend(Struct, frozen=True):
    """One endpoint, its pod where known, and what connecting to it and calling it gave."""

    endpoint: Endpoint
    pod: Pod | None
    tcp: Observation | None
    http: tuple[Observation, ...]
    other: Observation | None = None  # what it understood, where it did not understand what it was asked

    @property
    def place(self) -> str:
        address = f"[{self.endpoint.address}]" if ":" in self.endpoint.address else self.endpoint.address
        return f"{address}:{self.endpoint.port}"

    @property
    def label(self) -> str:
        """Name it for a person: `user-service-3 (10.244.1.13:8080)`, or the address alone."""
        return f"{self.pod.name} ({self.place})" if self.pod else self.place

    def on(self, purpose: Purpose) -> Observation | None:
        """What a GET gave: `endpoint` (the path declared for readiness), `asked` or `root`."""
        return next((each for each in self.http if each.get.purpose is purpose), None)

    @property
    def says_ready(self) -> bool:
        """The path that its pod declares for readiness answers below 400."""
        seen = self.on(Purpose.ENDPOINT)
        return seen is not None and seen.is_ready

    def hangs_on(self, seen: Observation) -> bool:
        accepts = self.tcp is not None and self.tcp.outcome is Outcome.ANSWERED
        is_silent = seen.outcome is Outcome.TIMEOUT and (bool(seen.detail.get("connected")) or accepts)
        return is_silent and self.other is None

    @property
    def is_flaky(self) -> bool:
        """Some tries failed, most did not."""
        seen = [*((self.tcp,) if self.tcp else ()), *self.http]
        return any(each.outcome is Outcome.ANSWERED and each.failed_tries for each in seen)


class Failing(Struct, frozen=True):
    """A backend that fails, and what shows it."""

    backend: Backend
    seen: Observation


def probed(case: Case, port: ServicePort) -> tuple[Backend, ...]:
    """Return the endpoints of a TCP port that were probed and that should answer, in order of address.

    Left out: endpoints on lost nodes (RTE-008), and unready pods whose addresses are published all the same (RTE-019).
    """
    if port.protocol != "TCP" or not case.measured.counted:
        return ()
    endpoints = case.backends.usable(port) or case.backends.usable_anywhere(port)
    known = [_backend(case, each, case.backends.pod_of(each)) for each in endpoints]
    return tuple(each for each in known if (each.tcp or each.http) and _should_answer(case, each))


def probed_unready(case: Case, port: ServicePort) -> tuple[Backend, ...]:
    """Return the running, unready pods that were probed, where the port has nobody else."""
    if port.protocol != "TCP" or not case.measured.counted or case.backends.usable_anywhere(port):
        return ()
    found: list[Backend] = []
    for group in pod_groups.groups(case, Trouble.UNREADY):
        for pod in group.pods:
            number = port.resolve(pod)
            if number and pod.ip:
                found.append(_backend(case, Endpoint(pod.ip, number, ready=False, pod=pod.name), pod))
    return tuple(each for each in found if each.tcp or each.http)


def failures(backends: Sequence[Backend]) -> tuple[Failing, ...]:
    """Return the backends that fail, each with the observation that shows it best."""
    answered = {_key(seen) for each in backends for seen in each.http if seen.outcome is Outcome.ANSWERED}
    shown = ((each, _failure(each, answered)) for each in backends)
    return tuple(Failing(each, seen) for each, seen in shown if seen is not None)


def pods_of(backends: Iterable[Backend]) -> tuple[Pod, ...]:
    """The pods behind the backends, each once, by name."""
    return tuple(sorted({each.pod.name: each.pod for each in backends if each.pod}.values(), key=lambda pod: pod.name))


def all_failing(case: Case, port: ServicePort) -> tuple[Failing, ...]:
    """Return every backend of a port, ready or else running and unready, if each of them fails; else nothing."""
    backends = probed(case, port) or probed_unready(case, port)
    bad = failures(backends)
    return bad if len(bad) == len(backends) else ()


def about_of(service: Service, backends: Iterable[Backend]) -> Ref:
    """The workload that they all are of, else the Service."""
    owners = {each.pod.workload if each.pod else None for each in backends}
    owner = owners.pop() if len(owners) == 1 else None
    return owner or service.ref


def all_of(case: Case, port: ServicePort, tested: int) -> str:
    """Begin a sentence about all tested backends, e.g. `All 3 backends`, `The one tested backend (of 3)`."""
    total = max(
        len(case.backends.usable(port) or case.backends.usable_anywhere(port) or case.backends.unready_pods), tested
    )
    if tested == total:
        return {1: "The only backend", 2: "Both backends"}.get(tested, f"All {tested} backends")
    return f"{'The one' if tested == 1 else f'All {tested}'} tested {'backend' if tested == 1 else 'backends'} (of {total})"


def words_of(seen: Observation, *, many: bool = False) -> str:
    """Return in words what a failing backend does, e.g. `answers HTTP 500 on /ready`; with `many` for several."""
    verb, rest = _WORDS.get(seen.outcome, ("gives", f" {seen.outcome}"))
    if isinstance(seen.probe, Call):
        verb, rest = _call_words(seen, seen.probe.path)
    plural = {"does not": "do not", "refuses": "refuse", "accepts": "accept"}
    return f"{plural.get(verb, verb.removesuffix('s')) if many else verb}{rest}"


_WORDS = {
    Outcome.REFUSED: ("refuses", " connections"),
    Outcome.TIMEOUT: ("does not", " answer (connect time-out)"),
    Outcome.UNREACHABLE: ("does not", " answer (no route to host)"),
    Outcome.RESET: ("resets", " connections"),
}


def _call_words(seen: Observation, path: str) -> tuple[str, str]:
    match seen.outcome:
        case Outcome.SERVER_ERROR if "health" in seen.detail:
            return "answers", f" {seen.detail['health']} to a gRPC health check"
        case Outcome.SERVER_ERROR if "grpc_status" in seen.detail:
            return "answers", f" gRPC status {seen.detail['grpc_status']} to a health check"
        case Outcome.SERVER_ERROR:
            return "answers", f" HTTP {seen.status} on {path}"
        case Outcome.TIMEOUT:
            return "does not", f" answer on {path} (read time-out)"
        case Outcome.RESET:
            return "closes", f" the connection without an answer on {path}"
        case Outcome.NOT_HTTP:
            return "answers", f" with something that is not HTTP on {path}"
    return _WORDS.get(seen.outcome, ("gives", f" {seen.outcome} on {path}"))


def _failure(backend: Backend, answered: set[tuple[str, str]]) -> Observation | None:
    """The declared path speaks first, then the asked one; `/` counts where it is all there is, or others answer on it."""
    if backend.tcp and backend.tcp.outcome in _BAD and not any(each.outcome not in _BAD for each in backend.http):
        return backend.tcp
    for purpose in (Purpose.ENDPOINT, Purpose.ASKED, Purpose.ROOT):
        seen = backend.on(purpose)
        if seen is None or seen.outcome not in _BAD or seen.get.port != backend.endpoint.port:
            continue
        if (
            purpose is not Purpose.ROOT
            or _key(seen) in answered
            or not (backend.on(Purpose.ENDPOINT) or backend.on(Purpose.ASKED))
        ):
            return seen
    return None


def _backend(case: Case, endpoint: Endpoint, pod: Pod | None) -> Backend:
    """What was seen of an endpoint; a readiness path may be declared on another port of the same pod."""
    http = [
        each
        for each in case.measured.http()
        if each.get.address == endpoint.address
        and (each.get.port == endpoint.port or each.get.purpose is Purpose.ENDPOINT)
        and each.get.purpose is not Purpose.MOVED  # nobody promised that this path is there
        and (pod is None or each.get.pod in ("", pod.name))
    ]
    other = case.measured.in_another_protocol((endpoint.address, endpoint.port))
    return Backend(endpoint, pod, case.measured.tcp_to(endpoint), tuple(http), other)


def _should_answer(case: Case, backend: Backend) -> bool:
    pod, endpoint = backend.pod, backend.endpoint
    if case.snapshot.is_lost(endpoint.node_of(pod)):
        return False
    return pod is None or pod.is_ready or endpoint.is_draining


def _key(seen: Observation) -> tuple[str, str]:
    return seen.get.purpose, seen.get.path
