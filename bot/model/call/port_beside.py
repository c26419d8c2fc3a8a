"""Ports that stand apart from their host: `{"users": {"addr": "users", "port": 9090}}`, `USERS_HOST` and `USERS_PORT`. Pure.

A host and a port belong together where both stand in one mapping under names of one stem (`dbHost`, `dbPort`; `DB_HOST`,
`DB_PORT`), and that stem has one host and one port. Bare names (`host`, `port`) have the mapping's name for a stem, and then
no other host or port may stand in it. A stem that is nobody's else (`server`, `http`, none at all) may be where the program
itself listens, so what stands there says nothing of a call.
"""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from bot.model.pattern import pattern

ITEM = "#"  # begins a step of a path that is an item of a list: no name of anything
DOCUMENT = "##"  # begins one that is a document of a stream

_HOST = frozenset({"ADDR", "ADDRESS", "ENDPOINT", "HOST", "HOSTNAME", "SERVER"})
_PORT = "PORT"
_PORT_VALUE = ["PORT", "VALUE"]  # Envoy's word for it
_OWN = frozenset(
    {
        *("ACTUATOR", "ADMIN", "ADVERTISE", "ADVERTISED", "API", "APP", "APPLICATION", "BIND", "COMMON", "CONFIG"),
        *(
            "CONFIGURATION",
            "CORE",
            "DATA",
            "DEBUG",
            "DEFAULT",
            "DEFAULTS",
            "ENV",
            "EXTERNAL",
            "GENERAL",
            "GLOBAL",
            "GRPC",
        ),
        *("HEALTH", "HTTP", "HTTPS", "INSTANCE", "INTERNAL", "JMX", "LISTEN", "LISTENER", "LISTENERS", "LOCAL", "MAIN"),
        *(
            "MANAGEMENT",
            "MANAGEMENT_SERVER",
            "METRICS",
            "NODE",
            "OPTIONS",
            "POD",
            "PUBLIC",
            "ROOT",
            "RPC",
            "SELF",
            "SERVE",
        ),
        *("SERVER", "SERVERS", "SERVICE", "SERVICES", "SETTINGS", "SPEC", "SSL", "TCP", "THIS", "TLS", "UDP", "WEB"),
    }
)
_WORDS = pattern(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_NUMBER = pattern(r"[1-9][0-9]{0,4}")
_NAME = pattern(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")
_LARGEST = 65535

Path = tuple[str, ...]
Scalars = Iterable[tuple[Path, str]]


class Beside(Struct, frozen=True):
    """A port that stands beside a host, and the name that it has there: a variable's, or the keys that lead to it."""

    port: int
    name: str


class _Ends(Struct):
    """What stands under one stem: the places of its hosts and of its ports in the list that is looked at."""

    hosts: list[int]
    ports: list[int]

    @property
    def is_pair(self) -> bool:
        return len(self.hosts) == 1 == len(self.ports)


def port_number(value: str | None) -> int | None:
    """Return a port that is written as a plain number; None where it is none, or a place for one."""
    found = _NUMBER.fullmatch((value or "").strip())
    port = int(found[0]) if found else 0
    return port if 0 < port <= _LARGEST else None


def paired_names(names: Iterable[str]) -> dict[str, str]:
    """Return by the name of a host's variable that of its port's, for stems that have one of each."""
    listed = [*names]
    return {
        listed[ends.hosts[0]]: listed[ends.ports[0]]
        for stem, ends in _by_stem(enumerate(listed)).items()
        if ends.is_pair and not _is_own(stem)
    }


def names_of_ends(names: Iterable[str], *, also_alone: bool = False) -> frozenset[str]:
    """Return the names of hosts and ports whose stem has both; `also_alone`: and of those that another list may complete."""
    listed = [*names]
    found = (each for each in _by_stem(enumerate(listed)).values() if also_alone or (each.hosts and each.ports))
    return frozenset(listed[place] for each in found for place in (*each.hosts, *each.ports))


def ports_beside(scalars: Scalars) -> dict[tuple[str, str], list[Beside | None]]:
    """Return, by key and value, what stands beside each scalar, in their order; None beside those that have no port."""
    listed = [each for each in scalars if each[0]]
    beside = dict(_pairs(listed))
    found: dict[tuple[str, str], list[Beside | None]] = {}
    for place, (path, value) in enumerate(listed):
        found.setdefault((path[-1], value.lower()), []).append(beside.get(place))
    return found


def _pairs(scalars: list[tuple[Path, str]]) -> Iterator[tuple[int, Beside]]:
    """Yield the place of each host that has a port beside it, and that port.

    Dots in a name part it as keys do: `redis.host` is `host` of `redis`.
    """
    mappings: dict[Path, list[tuple[int, str]]] = {}
    for place, (path, _) in enumerate(scalars):
        steps = (*path[:-1], *path[-1].split("."))
        mappings.setdefault(steps[:-1], []).append((place, steps[-1]))
    for above, names in mappings.items():
        stems = _by_stem(names)
        is_alone = sum(len(each.hosts) + len(each.ports) for each in stems.values()) == 2  # noqa: PLR2004 (one of each)
        for stem, ends in stems.items():
            if not ends.is_pair or _is_own(stem or (_last_name(above) if is_alone else "")):
                continue
            path, value = scalars[ends.ports[0]]
            port = port_number(value)
            name = ".".join(each.removeprefix(ITEM) for each in path if not each.startswith(DOCUMENT))
            if port and _NAME.fullmatch(name):
                yield ends.hosts[0], Beside(port, name)


def _by_stem(names: Iterable[tuple[int, str]]) -> dict[str, _Ends]:
    """Return places by the stem of their names, in capitals: `DB` of `dbHost` and `DB_PORT`."""
    found: dict[str, _Ends] = {}
    for place, name in names:
        words = [each.upper() for each in _WORDS.findall(name)]
        if words[-2:] == _PORT_VALUE:
            words.pop()
        if len(words) > 2 and words[-1] == _PORT and words[-2] in _HOST:  # noqa: PLR2004 (REDIS_HOST_PORT, beside REDIS_HOST)
            del words[-2]
        if words and (words[-1] == _PORT or words[-1] in _HOST):
            ends = found.setdefault("_".join(words[:-1]), _Ends([], []))
            (ends.ports if words[-1] == _PORT else ends.hosts).append(place)
    return found


def _last_name(above: Path) -> str:
    """Return the name of the nearest mapping that has one, as a stem."""
    name = next((each for each in reversed(above) if each and not each.startswith(ITEM)), "")
    return "_".join(_WORDS.findall(name)).upper()


def _is_own(stem: str) -> bool:
    return not stem or stem in _OWN
