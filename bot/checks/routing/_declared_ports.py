"""What containers declare beside what the Service sends to: two objects that contradict each other.

Declared ports are documentation, so a contradiction is a suspicion: *possible* by itself, and nothing where any probe
connects. It is *likely* where a readiness probe that passes shows the container listening on another port that it declares,
unless another port of the Service leads to a declared one: then the container declares less than it serves (istiod). So it
is where they declare the Service's own number. So it is where one of both changed: another revision of the pods declared what
the Service sends to, or somebody else than who wrote the selector wrote the ports after the pods were made. Side ports
(metrics, health) and the ports of injected proxies say nothing about where the application listens, unless the Service
offers that very number.
"""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct

from bot.checks.facts.rollouts import HASH
from bot.checks.routing._open_ports import is_side_port
from bot.model.call.hops.endpoints import behind
from bot.model.case import Case
from bot.model.kube.pods import Container, ContainerPort, Pod, PodSpec
from bot.model.kube.services import Service, ServicePort
from bot.model.kube.told_ports import is_told_port
from bot.model.probe import Outcome, Purpose
from bot.model.result.changes import Writer, writer_of
from bot.model.result.finding import Confidence, Severity

# Containers that meshes and add-ons put beside the application's.
_INJECTED = (
    "istio-proxy",
    "linkerd-proxy",
    "consul-dataplane",
    "envoy-sidecar",
    "kuma-sidecar",
    "vault-agent",
    "daprd",
)

_WEB = (80, 443)


class Kind(StrEnum):
    """In what the objects contradict each other."""

    NUMBER = "number"
    PROTOCOL = "protocol"


class Suspicion(Struct, frozen=True):
    """A port of the Service, the number it leads to, the pods that declare other ports, and what these are."""

    kind: Kind
    port: ServicePort
    number: int
    pods: tuple[Pod, ...]
    declared: tuple[tuple[int, str, str], ...]  # number, protocol, name: what every one of the pods declares
    confidence: Confidence
    severity: Severity
    is_shown: bool = False  # a readiness probe shows it
    rewritten: Writer | None = None  # who wrote the Service's ports after the pods were made

    @property
    def meant(self) -> tuple[int, str, str] | None:
        """Return the one declared port of the protocol (or number) that may be meant; None where there are several."""
        wanted = (
            [each for each in self.declared if each[1] == self.port.protocol]
            if self.kind is Kind.NUMBER
            else [each for each in self.declared if each[0] == self.number]
        )
        return wanted[0] if len(wanted) == 1 else None


def suspicion(case: Case, port: ServicePort, kind: Kind) -> Suspicion | None:
    """Return the contradiction of this kind between a port and every pod behind it; None where there is none."""
    service = case.service
    if service is None or service.is_headless or not service.selector.pairs or not isinstance(port.target, int):
        return None  # without a selector the slices say where it leads, and not targetPort
    number = port.target
    first = next((pod for _, pod in behind(case) if pod is not None), None)
    if first is None or _declares(first.spec, number, port.protocol) or _kind(first, number, port) is not kind:
        return None
    usable = {each.address for each in case.backends.usable(port)}
    pods = {pod.name: pod for each, pod in behind(case) if pod is not None and each.address in usable}
    if not pods or any(_kind(pod, number, port) is not kind for pod in pods.values()) or _connects(case, port):
        return None
    if kind is Kind.NUMBER and all(_is_told(pod, number) for pod in pods.values()):
        return None
    if kind is Kind.PROTOCOL and _is_offered_too(service, port, pods):
        return None
    shared = frozenset.intersection(*(_own(each, port) for each in pods.values()))
    rewritten = _rewritten(service, pods.values())
    shown = all(_listens_elsewhere(pod, port, kind) for pod in pods.values())
    is_shown = shown and (kind is Kind.PROTOCOL or not _leads_to_declared(service, port, first))
    is_own = _is_own_number(service, port, first, shared)
    is_likely = is_shown or rewritten or is_own or _was_declared(case, pods.values(), number, port.protocol)
    confidence = Confidence.LIKELY if is_likely else Confidence.POSSIBLE
    severity = _severity(case, service, port, confidence)
    declared = tuple(sorted(shared))
    return Suspicion(kind, port, number, tuple(pods.values()), declared, confidence, severity, is_shown, rewritten)


def _is_told(pod: Pod, number: int) -> bool:
    """Return whether a variable tells the program to listen on it, whatever its container declares."""
    return any(is_told_port(each, number) for each in pod.serving_containers)


def _rewritten(service: Service, pods: Iterable[Pod]) -> Writer | None:
    """Return who wrote the Service's ports after all of these pods were made, where somebody else wrote its selector."""
    ports, selector = writer_of(service, "spec", "ports"), writer_of(service, "spec", "selector")
    if ports is None or ports.time is None or selector is None or selector.manager == ports.manager:
        return None
    born = [each.metadata.creation_timestamp for each in pods]
    return ports if all(each is not None and each < ports.time for each in born) else None


def _was_declared(case: Case, pods: Iterable[Pod], number: int, protocol: str) -> bool:
    """Return whether another revision of each of these pods, whose template was kept, declares it: the rollout moved it."""
    return all(
        any(
            _declares(each.spec.template.spec, number, protocol)
            for each in (case.snapshot.revisions_of(pod.workload) if pod.workload else ())
            if each.labels.get(HASH) != pod.revision
        )
        for pod in pods
    )


def _is_own_number(service: Service, port: ServicePort, pod: Pod, declared: frozenset[tuple[int, str, str]]) -> bool:
    """Return whether the pods declare the Service's own number, which no other of its ports leads to.

    Those of the web say nothing: `containerPort: 80` is copied along with programs that listen on 8080.
    """
    is_other = any(each.resolve(pod) == port.port for each in service.ports if each != port)
    return port.port not in _WEB and not is_other and any(each[:2] == (port.port, port.protocol) for each in declared)


def _leads_to_declared(service: Service, port: ServicePort, pod: Pod) -> bool:
    """Return whether another port of the Service leads to one that the pod declares: then some that it serves are not."""
    others = (each.resolve(pod) for each in service.ports if each != port)
    return any(number is not None and _declares(pod.spec, number, port.protocol) for number in others)


def _severity(case: Case, service: Service, port: ServicePort, confidence: Confidence) -> Severity:
    """A warning to who asks; context in a table where it is possible only, and for a side port that nobody asked for."""
    is_aside = case.question.port is None and len(service.ports) > 1 and is_side_port(port.port, port.name)
    is_unsure = case.in_table and confidence is not Confidence.LIKELY
    return Severity.INFO if is_aside or is_unsure else Severity.WARN


def _declares(spec: PodSpec, number: int, protocol: str) -> bool:
    for container in spec.containers or ():  # loops, since nearly all end here and a digest asks it of every port
        for each in container.ports or ():
            if each.container_port == number and each.protocol == protocol:
                return True
    return False


def _kind(pod: Pod, number: int, port: ServicePort) -> Kind | None:
    declared = _own(pod, port)
    if not declared or any((each[0], each[1]) == (number, port.protocol) for each in declared):
        return None
    if any(each[0] == number for each in declared):
        return Kind.PROTOCOL
    return None if any(each.container_port == number for each in _all(pod)) else Kind.NUMBER


def _own(pod: Pod, port: ServicePort) -> frozenset[tuple[int, str, str]]:
    """The ports that the application's containers declare for their callers: one that the Service offers by its number is."""
    return frozenset(
        (each.container_port, each.protocol, each.name)
        for container in pod.serving_containers
        if container.name not in _INJECTED
        for each in container.ports or ()
        if each.container_port == port.port or not is_side_port(each.container_port, each.name)
    )


def _all(pod: Pod) -> tuple[ContainerPort, ...]:
    return tuple(each for container in pod.serving_containers for each in container.ports or ())


def _connects(case: Case, port: ServicePort) -> bool:
    """Something took a connection on it after all: an endpoint, or the ClusterIP."""
    if not case.observations:
        return False
    virtual = (each for each in case.measured.tcp(Purpose.SERVICE) if each.place[1] == port.port)
    tried = (case.measured.tcp_to(each) for each in case.backends.usable(port))
    return any(each is not None and each.outcome is Outcome.ANSWERED for each in (*virtual, *tried))


def _is_offered_too(service: Service, port: ServicePort, pods: dict[str, Pod]) -> bool:
    """The Service offers the same number in the declared protocol as well: then this one is beside it on purpose."""
    first = next(iter(pods.values()))
    return any(each.protocol != port.protocol and each.resolve(first) == port.target for each in service.ports)


def _listens_elsewhere(pod: Pod, port: ServicePort, kind: Kind) -> bool:
    """A readiness probe that passes shows a container listening on another declared port, or on this one in TCP."""
    return pod.is_ready and any(_shown(pod, each, port, kind) for each in pod.serving_containers)


def _shown(pod: Pod, container: Container, port: ServicePort, kind: Kind) -> bool:
    probe = container.readiness_probe
    at = probe.port if probe else None
    shown = pod.named_port(at) if isinstance(at, str) else at
    if shown is None:
        return False
    if kind is Kind.PROTOCOL:
        return shown == port.target and (shown, "TCP") in {(each[0], each[1]) for each in _own(pod, port)}
    return shown != port.target and any(each[0] == shown for each in _own(pod, port))
