"""Addresses that a program is told to listen on, read from its arguments and variables. Pure.

Only what is written as an address to listen on counts: a flag or a variable that servers use for it, with an address that
not everybody can reach. Of everything else nothing is kept.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from bot.model.kube.advertised import kept_listeners
from bot.model.kube.pods import Container, EnvVar
from bot.model.kube.told_ports import told_port
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


class _Program(Struct, frozen=True):
    """A program that listens on 127.0.0.1 unless told otherwise: its words, the option for it, and what else may tell it.

    `needs_application`: what it serves stands among its arguments as well, as `main:app`.
    """

    words: tuple[str, ...]
    option: str
    others: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    needs_application: bool = False


# https://www.uvicorn.org/settings/ · https://flask.palletsprojects.com/en/stable/cli/ · https://fastapi.tiangolo.com/fastapi-cli/
# https://gohugo.io/commands/hugo_server/
_PROGRAMS = (
    _Program(
        ("uvicorn",), "--host", ("--uds", "--fd"), ("UVICORN_HOST", "UVICORN_UDS", "UVICORN_FD"), needs_application=True
    ),
    _Program(("flask", "run"), "--host", ("-h",), ("FLASK_RUN_HOST",)),
    _Program(("fastapi", "dev"), "--host"),
    _Program(("hugo", "server"), "--bind"),
)
_APPLICATION = pattern(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*(?:\(\))?")
# After these words, and at the beginning of a command, stands a program.
_BEFORE = frozenset(
    {"-m", "-c", "-lc", "-ec", "exec", "run", "&&", ";", "||", "--", "opentelemetry-instrument", "ddtrace-run"}
)


class BoundAddress(Struct, frozen=True):
    """An address to listen on, where it is written, and the port if it stands there; `variable` is empty for an argument.

    `told_by`: the option that would say another one, where the program's own default is meant; empty where one is written.
    """

    written: str
    host: str
    port: int | None = None
    variable: str = ""
    told_by: str = ""

    @property
    def is_loopback(self) -> bool:
        """Return whether only the pod itself can connect to it."""
        return bool(_LOOPBACK.fullmatch(self.host))


def bound_addresses(container: Container) -> tuple[BoundAddress, ...]:
    """Return the loopback addresses, and 0.0.0.0, that a container's arguments and variables make it listen on."""
    words = [word for each in (*(container.command or ()), *(container.args or ())) for word in each.split()]
    variables = (_of_variable(each) for each in container.env or ())
    return (*_of_words(words), *(each for each in variables if each)) or _by_default(container, words)


def kept_arguments(container: Container) -> tuple[str, ...]:
    """Return which of a container's arguments may be kept: the addresses to listen on, each with its flag.

    Of a program that has an address of its own by default, its words, which are read again as just that.
    """
    words = [word for each in (*(container.command or ()), *(container.args or ())) for word in each.split()]
    told = tuple(dict.fromkeys(each.written for each in _of_words(words)))
    if told or any(map(_of_variable, container.env or ())):
        return told
    return tuple(word for each in _by_default(container, words) for word in ("--", *each.written.split(), "_:_"))


def kept_address(variable: EnvVar) -> str | None:
    """Return what is kept of a variable of an address or port to listen on, or to be told to clients; None for every other."""
    return variable.value if _of_variable(variable) or told_port(variable) else kept_listeners(variable)


def _of_words(words: Sequence[str]) -> Iterator[BoundAddress]:
    for at, word in enumerate(words):
        flag, is_pair, value = word.partition("=")
        if not _FLAG.fullmatch(flag):
            continue
        value = value if is_pair else words[at + 1] if at + 1 < len(words) else ""
        if found := _ADDRESS.fullmatch(value):
            host = found["six"] or found["host"]
            yield BoundAddress(f"{flag}={value}", host, int(found["port"]) if found["port"] else None)


def _by_default(container: Container, words: Sequence[str]) -> tuple[BoundAddress, ...]:
    """Return where a program listens that is known by its words, and that nothing tells another address; else nothing."""
    flags, variables = {word.partition("=")[0] for word in words}, {each.name for each in container.env or ()}
    for each in () if container.env_from else _PROGRAMS:
        is_told = flags & {each.option, *each.others} or variables & {*each.variables}
        lacks = each.needs_application and not any(map(_APPLICATION.fullmatch, words))
        if not is_told and not lacks and _runs(words, each.words):
            return (BoundAddress(" ".join(each.words), "127.0.0.1", told_by=each.option),)
    return ()


def _runs(words: Sequence[str], program: tuple[str, ...]) -> bool:
    """Return whether a program stands where commands begin."""
    return any(
        (word.rpartition("/")[2], *words[at + 1 : at + len(program)]) == program
        for at, word in enumerate(words)
        if at == 0 or words[at - 1] in _BEFORE
    )


def _of_variable(variable: EnvVar) -> BoundAddress | None:
    found = _ADDRESS.fullmatch(variable.value or "") if variable.name.upper() in _VARIABLES else None
    if found is None:
        return None
    port = int(found["port"]) if found["port"] else None
    return BoundAddress(f"{variable.name}={variable.value}", found["six"] or found["host"], port, variable.name)
