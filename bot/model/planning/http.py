"""Which port speaks HTTP, and what a readiness probe of its container asks. Rule: a guess that may send bytes to a
database is not made, so well-known foreign ports are never called, whatever their names say.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.model.kube.pods import Container, ContainerProbe, Pod
from bot.model.kube.services import ServicePort

# Numbers that web servers and frameworks listen on by default.
HTTP_PORTS = frozenset({80, 443, 3000, 4000, 5000, 8000, 8008, 8080, 8081, 8082, 8088, 8090, 8443, 8888, 9080, 9090})
TLS_PORTS = frozenset({443, 8443})
# IANA's and the projects' own defaults: mail, DNS, databases, brokers, caches, coordination, remote shells. Some
# of them count a GET as a broken login and ban its sender (MySQL, max_connect_errors).
FOREIGN_PORTS = frozenset(
    {21, 22, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 2379, 2380, 3306, 3389}
    | {4222, 5432, 5433, 5671, 5672, 6379, 6380, 6432, 7000, 7001, 8883, 9042, 9092, 9093, 9094, 11211, 16379}
    | {26257, 26379, 27017, 27018, 27019, 33060, 61616}
)
_FOREIGN_NAMES = ("grpc", "tcp", "tls", "udp", "mongo", "mysql", "postgres", "redis", "kafka", "amqp", "dns", "ldap")


class Declared(Struct, frozen=True):
    """What a container's httpGet readiness probe asks; `port` is a number, looked up where it was a name."""

    port: int
    path: str
    scheme: str


def speaks_http(port: ServicePort, number: int, pod: Pod | None) -> bool:
    """Return whether the pod port `number` behind a Service port looks like HTTP.

    In order: a well-known foreign port never does; a port that an httpGet probe calls does; then the
    port's `appProtocol`, its name, its number.
    https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
    """
    if number in FOREIGN_PORTS or port.port in FOREIGN_PORTS:
        return False
    if pod and has_get_probe(pod, number):
        return True
    if port.app_protocol:
        return port.app_protocol.lower().startswith(("http", "kubernetes.io/ws"))
    name = port.name.lower()
    if name.startswith(_FOREIGN_NAMES):
        return False
    return name.startswith(("http", "web")) or number in HTTP_PORTS or port.port in HTTP_PORTS


def has_get_probe(pod: Pod, number: int) -> bool:
    """Return whether an httpGet probe of the pod calls this port, which then surely speaks HTTP/1.1."""
    return any(declared.port == number for _, declared in _declared(pod))


def scheme_of(port: ServicePort, number: int, pod: Pod | None) -> str:
    """Return `http` or `https` for a pod port: as an httpGet probe of it says, else by protocol, name and number."""
    for _, declared in _declared(pod) if pod else ():
        if declared.port == number:
            return declared.scheme
    words = (port.app_protocol or "").lower(), port.name.lower()
    return "https" if any(word.startswith("https") for word in words) or number in TLS_PORTS else "http"


def declared_readiness(pod: Pod, number: int) -> Declared | None:
    """Return the httpGet readiness probe of the container that serves `number`, or None.

    A sidecar's probe says nothing of the app beside it: with several containers, only the one whose probe calls the
    port or whose ports list it counts.
    """
    found = [(each, _readiness(each)) for each in pod.serving_containers]
    known = [(each, declared) for each, declared in found if declared]
    for _, declared in known:
        if declared.port == number:
            return declared
    for container, declared in known:
        if any(each.container_port == number for each in container.ports or ()):
            return declared
    return known[0][1] if known and len(found) == 1 else None


def declared_ports(pod: Pod) -> tuple[int, ...]:
    """Return the TCP ports that a pod's containers list or have called by a probe, in order, each once."""
    found: list[int] = []
    for container in pod.serving_containers:
        found += [each.container_port for each in container.ports or () if each.protocol == "TCP"]
        for probe in _probes(container):
            number = port_number(container, probe.port)
            found += [number] if number else []
    return tuple(dict.fromkeys(each for each in found if each))


def answers_kubelet(pod: Pod, number: int) -> bool:
    """Return whether a probe of the kubelet passes on a port: it calls the pod's own address, so something listens there."""
    return pod.is_ready and any(
        port_number(container, probe.port) == number
        for container in pod.serving_containers
        for probe in (container.readiness_probe, container.startup_probe)
        if probe
    )


def port_number(container: Container, port: int | str | None) -> int | None:
    """Look up a probe's port as the kubelet does: a number, or the name of a port of the same container."""
    if isinstance(port, int):
        return port or None
    if port and port.isdigit():
        return int(port)
    return next((each.container_port for each in container.ports or () if each.name == port), None)


def _readiness(container: Container) -> Declared | None:
    return _asked(container, container.readiness_probe) if container.readiness_probe else None


def _declared(pod: Pod) -> Iterator[tuple[Container, Declared]]:
    for container in pod.serving_containers:
        for probe in _probes(container):
            declared = _asked(container, probe)
            if declared:
                yield container, declared


def _probes(container: Container) -> Iterator[ContainerProbe]:
    given = (container.readiness_probe, container.liveness_probe, container.startup_probe)
    return (each for each in given if each)


def _asked(container: Container, probe: ContainerProbe) -> Declared | None:
    if probe.http_get is None:
        return None
    number = port_number(container, probe.http_get.port)
    path = "/" + probe.http_get.path.removeprefix("/")
    return Declared(number, path, (probe.http_get.scheme or "HTTP").lower()) if number else None
