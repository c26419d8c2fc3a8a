"""Addresses that a program is told to listen on, read from its arguments and variables. Pure.

Only what is written as an address to listen on counts: a flag or a variable that servers use for it, with an address that
not everybody can reach. Of everything else nothing is kept.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.model.kube.pods import Container, EnvVar
from bot.model.pattern import pattern

_LOOPBACK = pattern(r"127(?:\.\d{1,3}){3}|localhost|::1")
_ANY_IPV4 = "0.0.0.0"  # noqa: S104 (read, not bound to)
_ADDRESS = pattern(
    r"(?:[a-z]{2,6}://)?(?:\[(?P<six>::1)\]|(?P<host>[0-9.]{7,15}|localhost|::1))(?::(?P<port>\d{1,5}))?/?"
)
# gunicorn, uvicorn, Flask, http.server, Vite, Spring, Prometheus' exporters, Kubernetes' own components and others.
_FLAG = pattern(
    r"-{1,2}(?:b|D?server[.-]address|bind|bind-addr|bind-address|host|listen|listen-addr|listen-address|listen-host|addr|address"
    r"|ip|http-addr|http-address|web\.listen-address|interface)"
)
_VARIABLES = frozenset(
    {
        *(
            "HOST",
            "HOSTNAME",
            "BIND",
            "BIND_ADDR",
            "BIND_ADDRESS",
            "BIND_HOST",
            "LISTEN",
            "LISTEN_ADDR",
            "LISTEN_ADDRESS",
        ),
        *(
            "LISTEN_HOST",
            "ADDRESS",
            "SERVER_ADDRESS",
            "FLASK_RUN_HOST",
            "UVICORN_HOST",
            "ASPNETCORE_URLS",
            "DOTNET_URLS",
        ),
        *("NUXT_HOST", "NITRO_HOST", "ROCKET_ADDRESS", "SERVER_HOST", "HTTP_ADDR"),
    }
)


class BoundAddress(Struct, frozen=True):
    """An address to listen on, where it is written, and the port if it stands there; `variable` is empty for an argument."""

    written: str
    host: str
    port: int | None = None
    variable: str = ""

    @property
    def is_loopback(self) -> bool:
        """Return whether only the pod itself can connect to it."""
        return bool(_LOOPBACK.fullmatch(self.host))


def bound_addresses(container: Container) -> tuple[BoundAddress, ...]:
    """Return the loopback addresses, and 0.0.0.0, that a container's arguments and variables make it listen on."""
    words = [word for each in (*(container.command or ()), *(container.args or ())) for word in each.split()]
    variables = (_of_variable(each) for each in container.env or ())
    return (*_of_words(words), *(each for each in variables if each))


def kept_arguments(words: Sequence[str]) -> tuple[str, ...]:
    """Return which of a container's arguments may be kept: the addresses to listen on, each with its flag."""
    split = [word for each in words for word in each.split()]
    return tuple(dict.fromkeys(each.written for each in _of_words(split)))


def kept_address(variable: EnvVar) -> str | None:
    """Return the value of a variable that holds an address to listen on; None for every other."""
    return variable.value if _of_variable(variable) else None


def _of_words(words: Sequence[str]) -> Iterator[BoundAddress]:
    for at, word in enumerate(words):
        flag, is_pair, value = word.partition("=")
        if not _FLAG.fullmatch(flag):
            continue
        value = value if is_pair else words[at + 1] if at + 1 < len(words) else ""
        if found := _ADDRESS.fullmatch(value):
            host = found["six"] or found["host"]
            yield BoundAddress(f"{flag}={value}", host, int(found["port"]) if found["port"] else None)


def _of_variable(variable: EnvVar) -> BoundAddress | None:
    found = _ADDRESS.fullmatch(variable.value or "") if variable.name.upper() in _VARIABLES else None
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else None
    return BoundAddress(f"{variable.name}={variable.value}", found["six"] or found["host"], port, variable.name)
