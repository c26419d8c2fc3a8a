"""What a row of the table of reading is, and what its conditions may ask: the question, and what was read so far."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from msgspec import Struct

from bot.cluster.collector import SnapshotBuilder, what
from bot.cluster.resources import Resource
from bot.model.dns.cluster_dns import ClusterDns
from bot.model.question.question import Question

# The priority of what the answer rests on. Whatever has a higher number is read only while there are requests left.
BASIS = 0


class Where(Struct, frozen=True):
    """One request: the list of a namespace (empty: of the cluster), narrowed by selectors; with a name, one object."""

    namespace: str = ""
    name: str = ""
    labels: str = ""
    fields: str = ""


class Known:
    """What is known while one thing is read: the question, and by row what was asked for and what came.

    `default` is the namespace where a Service is looked for first; `places` are the namespaces of a scope.
    """

    def __init__(
        self,
        reading: SnapshotBuilder,
        question: Question | None = None,
        *,
        default: str = "",
        places: tuple[str, ...] = (),
    ) -> None:
        self.reading, self.question = reading, question or Question()
        self.default, self.places = default, places
        self.dns = ClusterDns("")  # as far as it is known before the last rows
        self._asked: dict[str, set[tuple[str, str]]] = {}  # by row the gaps that it may have left: need and list
        self._found: dict[str, tuple[Any, ...]] = {}

    def found(self, *rows: str) -> tuple[Any, ...]:
        """Return what these rows have read so far."""
        return tuple(each for row in rows for each in self._found.get(row, ()))

    def was_asked(self, row: str) -> bool:
        """Return whether a row made a request."""
        return row in self._asked

    def was_refused(self, row: str) -> bool:
        """Return whether something that a row asked for could not be read."""
        return any((each.need, each.what) in self._asked.get(row, ()) for each in self.reading.gaps)

    def ask(self, row: "Need", wheres: Iterable[Where]) -> None:
        """Note what a row asks for."""
        self._asked.setdefault(row.name, set()).update(
            (row.need, what(row.resource, each.namespace)) for each in wheres
        )

    def keep(self, row: "Need", objects: Iterable[Any]) -> None:
        """Note what came."""
        self._found[row.name] = (*self._found.get(row.name, ()), *objects)


Scope = Callable[[Known], tuple[Where, ...]]
Condition = Callable[[Known], bool]
Reader = Callable[[SnapshotBuilder, "Need", Where], Coroutine[Any, Any, tuple[Any, ...]]]


def always(_: Known) -> bool:
    """Return that a row is wanted whatever is known."""
    return True


async def read_objects(reading: SnapshotBuilder, row: "Need", where: Where) -> tuple[Any, ...]:
    """Read one object, or a list."""
    if where.name:
        found = await reading.get(row.need, row.resource, where.namespace, where.name)
        return () if found is None else (found,)
    return await reading.list(
        row.need,
        row.resource,
        where.namespace,
        labels=where.labels,
        fields=where.fields,
        most=row.pages,
        cut_need=row.cut,
    )


class Need(Struct, frozen=True):
    """One row: what is read (`resource`), where (`scope`), under which condition (`when`), and how much it is worth.

    It is decided once, when all rows that it is `after` have ended. `need` is the name of the Gap where it could not be
    read, `cut` where the list is longer than `pages` pages, `left` where there was no request left for it; each stands for
    the next, too. `kept`: a request is set aside for it until it is decided.
    """

    name: str
    need: str
    resource: Resource
    scope: Scope
    when: Condition = always
    after: tuple[str, ...] = ()
    priority: int = BASIS
    pages: int = 0
    cut: str = ""
    left: str = ""
    kept: bool = False
    read: Reader = read_objects

    @property
    def left_out(self) -> str:
        """Return the need that is open where there was no request left for it."""
        return self.left or self.cut or self.need

    def wanted(self, known: Known) -> tuple[Where, ...]:
        """Return the requests that it makes, by what is known."""
        return tuple(dict.fromkeys(self.scope(known))) if self.when(known) else ()
