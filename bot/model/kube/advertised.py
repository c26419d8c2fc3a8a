"""Where a Kafka broker sends its clients after the first connection, read from its variables. Pure.

A client asks any broker who leads, and is told the address of each: what `advertised.listeners` says, of the listener by which
it came. https://kafka.apache.org/documentation/#brokerconfigs_advertised.listeners
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.model.kube.pods import Container, EnvVar
from bot.model.pattern import pattern

_SEPARATOR = pattern(r"\s*[,\n]\s*")
# What is kept as a host that concerns a Service begins with the variable (`bot.model.call.named_hosts`).
_LISTENER = pattern(
    r"(?:KAFKA_[A-Z_]+=)?(?P<name>[A-Z][A-Z0-9_]{0,40})://(?P<host>[A-Za-z0-9._-]{0,253}):(?P<port>\d{1,5})"
)
# As the images of Apache and Confluent read them, and that of Bitnami.
_ADVERTISED = ("KAFKA_ADVERTISED_LISTENERS", "KAFKA_CFG_ADVERTISED_LISTENERS")
_LISTENS = ("KAFKA_LISTENERS", "KAFKA_CFG_LISTENERS")
_UNTOLD = "_"  # instead of a host that is not kept


class Advertised(Struct, frozen=True):
    """What clients of one listener are told: host and port, and the variable that says so. No `host`: it was not kept."""

    host: str
    port: int
    variable: str
    name: str

    @property
    def written(self) -> str:
        """E.g. `PLAINTEXT://localhost:9092`."""
        return f"{self.name}://{self.host}:{self.port}"


def advertised(container: Container, number: int) -> tuple[Advertised, ...]:
    """Return what a client is told that came by a port of the container; nothing where that is not known.

    The listener is the one of this port; where none is written, as brokers then listen where they advertise, that of the port.
    """
    own = {each.name for each in _read(container, _LISTENS) if each.port == number}
    has_own = any(each.name in _LISTENS for each in container.env or ())
    told = _read(container, _ADVERTISED)
    return tuple(each for each in told if (each.name in own if has_own else each.port == number))


def kept_listeners(variable: EnvVar) -> str | None:
    """Return what may be kept of a variable of listeners: their names and ports, and hosts of one label; None of all others."""
    if variable.name not in (*_ADVERTISED, *_LISTENS):
        return None
    found = tuple(_listeners(variable))
    return ",".join(each.written for each in found) or None


def _read(container: Container, names: tuple[str, ...]) -> tuple[Advertised, ...]:
    return tuple(one for each in container.env or () if each.name in names for one in _listeners(each))


def _listeners(variable: EnvVar) -> Iterator[Advertised]:
    """Yield the listeners of a value that holds nothing else."""
    found = [_LISTENER.fullmatch(each) for each in _SEPARATOR.split((variable.value or "").strip())]
    for each in found if all(found) else ():
        if each:
            yield Advertised(_kept(each["host"]), int(each["port"]), variable.name, each["name"])


def _kept(host: str) -> str:
    return _UNTOLD if "." in host and not host.startswith(("127.", "0.0.0.0")) else host  # noqa: S104 (read)
