"""The names of a cluster by which people ask: namespaces, Services, and workloads as callers. Pure.

They are for offering and for "did you mean", never for a verdict: they are as old as they say, and may have been cut.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from bot.model.question.suggest import MOST_EDITS, edits, slips, suggest

MOST_NAMES = 20_000  # of a kind that are kept: more are cut, and then nothing is said not to exist
STALE = timedelta(minutes=30)  # names that are older than this are offered, and nothing is said not to exist by them

Open = Callable[[str], bool]  # whether somebody may ask about a namespace


class Known(Struct, frozen=True):
    """Which of some words name what there is in a cluster, as a namespace, a Service or a workload of any namespace.

    `service_places` and `workload_places` are the same as NAMESPACE/NAME.
    """

    cluster: str
    namespaces: frozenset[str]
    services: frozenset[str]
    workloads: frozenset[str]
    service_places: frozenset[str] = frozenset()
    workload_places: frozenset[str] = frozenset()

    def has_service(self, name: str, namespace: str = "") -> bool:
        """Return whether there is a Service of that name, in that namespace where one is given."""
        return f"{namespace}/{name}" in self.service_places if namespace else name in self.services

    def has_workload(self, name: str, namespace: str = "") -> bool:
        """Return whether there is a workload of that name, in that namespace where one is given."""
        return f"{namespace}/{name}" in self.workload_places if namespace else name in self.workloads


class Names(Struct, frozen=True):
    """What there was in a cluster at a moment, each in order.

    `services` are NAMESPACE/NAME, `workloads` NAMESPACE/KIND/NAME with kubectl's short kind. `gaps` names what could not be
    listed whole. `findings` are the codes and names of the checks that the worker has; none where an older one wrote.
    """

    cluster: str
    at: datetime
    namespaces: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    workloads: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()

    def age(self, now: datetime) -> timedelta:
        """Return how old the names are."""
        return max(now - self.at, timedelta())

    def are_whole(self, now: datetime) -> bool:
        """Return whether nothing is surely missing from them: they are young, and no list was cut."""
        return bool(self.namespaces) and not self.gaps and self.age(now) <= STALE

    def known(self, words: frozenset[str]) -> Known:
        """Return which of these words name something."""
        services = [each for each in self.services if each.rpartition("/")[2] in words]
        workloads = [each for each in self.workloads if each.rpartition("/")[2] in words]
        return Known(
            self.cluster,
            words & frozenset(self.namespaces),
            frozenset(each.rpartition("/")[2] for each in services),
            frozenset(each.rpartition("/")[2] for each in workloads),
            frozenset(services),
            frozenset(f"{_place(each)}/{each.rpartition('/')[2]}" for each in workloads),
        )

    def has_near(self, word: str) -> bool:
        """Return whether a word may be a slip of a name that there is, of whatever kind."""
        return bool(slips(word, self.namespaces) or slips(word, _called(self.services, self.workloads)))

    def slip_of(self, word: str) -> str:
        """Return the one Service or workload that a word may be a slip of; nothing where it is none, or of several."""
        near = slips(word, _called(self.services, self.workloads))
        return near[0] if len(near) == 1 else ""

    def lacks_namespace(self, namespace: str, now: datetime) -> bool:
        """Return whether there surely was no such namespace a moment ago: never by old names, nor by a list that was cut."""
        known = self.namespaces and "namespaces" not in self.gaps and self.age(now) <= STALE
        return bool(known) and namespace not in self.namespaces

    def lacks_service(self, service: str, namespaces: tuple[str, ...], now: datetime) -> bool:
        """Return whether there surely was no such Service in these namespaces (none: in any) a moment ago."""
        known = self.services and "services" not in self.gaps and self.age(now) <= STALE
        return bool(known) and not any(_is_in(each, service, namespaces) for each in self.services)

    def lacks_finding(self, code: str, now: datetime) -> bool:
        """Return whether the workers surely had no check of that code a moment ago."""
        return self.tells_findings(now) and all(code != each for each, _ in self.findings)

    def tells_findings(self, now: datetime) -> bool:
        """Return whether the codes of checks are known, and are those of a moment ago."""
        return bool(self.findings) and self.age(now) <= STALE

    def near_findings(self, code: str) -> tuple[str, ...]:
        """Return the codes that a code may be a slip of, with their names: `RTE-012 port-not-in-service`."""
        ranked = sorted((edits(code, each, MOST_EDITS), each, name) for each, name in self.findings)
        nearest = ranked[0][0] if ranked else MOST_EDITS + 1
        return tuple(f"{each} {name}" for far, each, name in ranked if far == nearest <= MOST_EDITS)[:4]

    def near_services(self, service: str, namespaces: tuple[str, ...]) -> tuple[str, ...]:
        """Return the Services, as NAME.NAMESPACE, that a word may be a slip of, in these namespaces (none: in any)."""
        pairs = [(name, place) for place, _, name in (each.partition("/") for each in self.services)]
        near = suggest(service, (name for name, place in pairs if not namespaces or place in namespaces))
        places = ((name, place) for each in near for name, place in pairs if name == each)
        return tuple(f"{name}.{place}" for name, place in places if not namespaces or place in namespaces)[:4]

    def near_namespaces(self, namespace: str) -> tuple[str, ...]:
        """Return the namespaces that a word may be a slip of."""
        return suggest(namespace, self.namespaces)

    def callers_named(self, name: str) -> tuple[str, ...]:
        """Return the workloads of that name in any namespace, as NAMESPACE/KIND/NAME."""
        return tuple(each for each in self.workloads if each.rpartition("/")[2] == name)

    def open_to(self, may_ask: Open) -> "Names":
        """Return the names that somebody may see: those in namespaces about which they may ask."""
        allowed = {each for each in self._places() if may_ask(each)}
        return replace(
            self,
            namespaces=tuple(each for each in self.namespaces if each in allowed),
            services=tuple(each for each in self.services if _place(each) in allowed),
            workloads=tuple(each for each in self.workloads if _place(each) in allowed),
        )

    def _places(self) -> set[str]:
        return {*self.namespaces, *map(_place, self.services), *map(_place, self.workloads)}


def kept(names: Iterable[str], kind: str, gaps: list[str]) -> tuple[str, ...]:
    """Return names in order, at most as many as are kept; a cut is added to the gaps."""
    found = sorted(set(names))
    if len(found) > MOST_NAMES:
        gaps.append(kind)
    return tuple(found[:MOST_NAMES])


def matching(typed: str, names: Iterable[str], most: int) -> tuple[str, ...]:
    """Return the names that what somebody types may stand for, the best first: what a name begins with, then what a part of
    it or its namespace begins with, then what it holds, then what it is a slip of.
    """
    wanted = typed.strip().lower()
    ranked = sorted((rank, each) for each in names if (rank := _rank(wanted, each)) is not None)
    if ranked or not wanted:
        return tuple(each for _, each in ranked[:most])
    by_name: dict[str, list[str]] = {}
    for each in names:
        by_name.setdefault(each.rpartition("/")[2], []).append(each)
    near = suggest(wanted.rpartition("/")[2], by_name, most)
    return tuple(each for name in near for each in by_name[name])[:most]


def _rank(wanted: str, name: str) -> int | None:
    place, _, last = name.rpartition("/")
    if last.startswith(wanted):
        return 0
    if name.startswith(wanted) or f"{place.partition('/')[0]}/{last}".startswith(wanted):
        return 1
    if f"-{wanted}" in last:
        return 2
    return 3 if wanted in last else None


@lru_cache(maxsize=4)  # a text asks for each of its words
def _called(services: tuple[str, ...], workloads: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names alone, each once."""
    return tuple(dict.fromkeys(each.rpartition("/")[2] for each in (*services, *workloads)))


def _is_in(named: str, service: str, namespaces: tuple[str, ...]) -> bool:
    place, _, name = named.partition("/")
    return name == service and (not namespaces or place in namespaces)


def _place(name: str) -> str:
    return name.partition("/")[0]
