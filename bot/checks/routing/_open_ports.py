"""On which other port an application may listen, when the one it is called on refuses.

Rule: a port for metrics, health or administration is never taken for the application's own, and a pod that
declares both the refused port and the open one means both.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.model.case import Case
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.probe import Outcome, Purpose

_SIDE_NAMES = (
    "metric",
    "prom",
    "admin",
    "manage",
    "monitor",
    "health",
    "ready",
    "live",
    "probe",
    "debug",
    "pprof",
    "stat",
)
# Prometheus and its exporters, JMX exporter, pprof, Envoy and Istio, Spring's management: never what a caller wants.
_SIDE_PORTS = (2112, 6060, 9090, 9091, 9100, 9113, 9404, 9901, 15000, 15020, 15021, 15090)


class OtherPort(Struct, frozen=True, order=True):
    """A port of the same pods that accepted a connection; `name` is that of its container port, if it is declared."""

    number: int
    name: str = ""
    declared: bool = False
    intended: bool = False  # declared beside the refused port: each is there for a purpose of its own

    @property
    def is_application(self) -> bool:
        """It may be the one that callers want."""
        return not self.intended and not is_side_port(self.number, self.name)

    def __str__(self) -> str:
        return f"{self.number} ({self.name})" if self.name else str(self.number)


def is_side_port(number: int, name: str) -> bool:
    """Return whether a port is for metrics, health or administration: by its name, or by its number if it has none."""
    return any(word in name for word in _SIDE_NAMES) if name else number in _SIDE_PORTS


def other_ports(case: Case, refused: tuple[Endpoint, ...], pods: tuple[Pod, ...]) -> tuple[OtherPort, ...]:
    """Return the other ports that were tried on these endpoints' addresses and accepted, by number."""
    addresses = {each.address for each in refused}
    declared = {number: name for pod in pods for number, name in _declared(pod)}
    both = any(each.port in declared for each in refused)
    found = {
        each.place[1]
        for each in case.measured.tcp(Purpose.CANDIDATE)
        if each.outcome is Outcome.ANSWERED and each.place[0] in addresses
    }
    return tuple(
        OtherPort(number, declared.get(number, ""), number in declared, both and number in declared)
        for number in sorted(found)
    )


def likely_port(others: tuple[OtherPort, ...]) -> int | None:
    """The one port to send to: the only one that may be the application's, else the only declared one of those."""
    fitting = [each for each in others if each.is_application]
    if len(fitting) > 1:
        fitting = [each for each in fitting if each.declared]
    return fitting[0].number if len(fitting) == 1 else None


def _declared(pod: Pod) -> Iterator[tuple[int, str]]:
    for container in pod.serving_containers:
        for port in container.ports or ():
            yield port.container_port, port.name
