"""Ports that a program is told to listen on by a variable that servers use for it. Pure."""

from bot.model.kube.pods import Container, EnvVar

# https://cloud.google.com/run/docs/container-contract#port · Spring Boot's server.port as a variable · ASP.NET Core · Quarkus
_VARIABLES = frozenset({"PORT", "SERVER_PORT", "LISTEN_PORT", "ASPNETCORE_HTTP_PORTS", "QUARKUS_HTTP_PORT"})
_LARGEST = 65535
_DIGITS = 5


def told_port(variable: EnvVar) -> int | None:
    """Return the port that a variable tells its program to listen on; None where its name or value tells none."""
    value = (variable.value or "").strip() if variable.name in _VARIABLES else ""
    if not (value.isascii() and value.isdigit() and len(value) <= _DIGITS):
        return None
    return int(value) if 0 < int(value) <= _LARGEST else None


def is_told_port(container: Container, number: int) -> bool:
    """Return whether a variable tells a container's program to listen on a port."""
    return any(told_port(each) == number for each in container.env or ())
