"""What one run has read so far: objects by place, gaps in words. A refused list becomes a Gap here, with its RBAC rule."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from msgspec.structs import replace

from bot.cluster import deadline
from bot.cluster.decode_lean import plain
from bot.cluster.documents import fields_of, in_order, zone_told
from bot.cluster.errors import ApiError, NoConnectionError
from bot.cluster.redaction import is_kept, redacted
from bot.cluster.resources import Resource
from bot.cluster.transport import Cluster
from bot.model.gaps import Gap, Listed
from bot.model.kube.kinds import Kind, row
from bot.model.kube.objects import KubeObject
from bot.model.kube.services import Service
from bot.model.kube.workloads import ConfigMap
from bot.model.logs import LogTail
from bot.model.snapshot import Snapshot

FORBIDDEN, NOT_FOUND = 403, 404
_BY_NAME = "metadata.name="  # the field selector for one name
Trim = Callable[[Any], Any]
Kept = TypeVar("Kept", bound=KubeObject)


class Held(NamedTuple):
    """Objects that watches hold, redacted, and the seconds since the server was last heard of them."""

    objects: tuple[Any, ...]
    age: float


class Part(NamedTuple):
    """The objects of one kind, redacted, by namespace and name and in that order. Many readings share it: nobody changes it."""

    words: dict[tuple[str, str], Any]
    ordered: tuple[Any, ...]


class Holding(Protocol):
    """What a worker holds of its cluster by watches; None: it has to be read. `breaks`: how often a watch broke so far."""

    @property
    def breaks(self) -> int: ...

    def held(self, resource: Resource, namespace: str = "", labels: str = "", fields: str = "") -> Held | None:
        """Return what a list would."""

    def one(self, resource: Resource, namespace: str, name: str) -> Held | None:
        """Return one object, or none."""

    def remember(self, resource: Resource, namespace: str, name: str, known: Any) -> None:
        """Keep an object that was read for a while; None: there is none."""


class SnapshotBuilder:
    """Collects. Every method that reads returns what it read and keeps it; what is read twice is kept once.

    `trim` makes objects smaller as their page arrives; what it returns must be fit to be kept. What `watches` hold is taken
    from there in the place of a request; `age` is then that of the oldest, in seconds. A request that is refused or fails
    is a Gap, and ends nothing else; only a refused credential is raised.
    """

    def __init__(self, cluster: Cluster, trim: Trim | None = None, watches: Holding | None = None) -> None:
        self.cluster, self._trim, self.watches = cluster, trim, watches
        self._breaks = watches.breaks if watches else 0
        self.age: float | None = None
        self.gaps: list[Gap] = []
        self.listed: set[Listed] = set()  # lists that were read whole
        self.logs: list[LogTail] = []
        self._found: dict[Kind, dict[tuple[str, str], Any]] = {}
        # What is redacted already; what was read for the question counts more.
        self._fit: dict[Kind, dict[tuple[str, str], Any]] = {}
        self._lent: dict[Kind, Part] = {}  # of `_fit` what is not ours yet

    def keep(self, objects: Iterable[KubeObject]) -> None:
        """Keep objects that were read elsewhere."""
        _file(self._found, objects)

    def add(
        self, parts: Mapping[Kind, Part], gaps: Iterable[Gap], listed: Iterable[Listed], age: float | None = None
    ) -> None:
        """Add what another reading read, redacted, and could not read. What nothing is added to is shared, not copied."""
        for kind, part in parts.items():
            if kind in self._fit:
                self._own(kind)
                self._fit[kind].update(part.words)
            else:
                self._fit[kind], self._lent[kind] = part.words, part
        self.gaps.extend(gaps)
        self.listed.update(listed)
        self._aged(age)

    def _own(self, kind: Kind) -> None:
        """Have objects of a kind for ourselves, so that more can be added."""
        if self._lent.pop(kind, None):
            self._fit[kind] = {**self._fit[kind]}

    def parts(self) -> dict[Kind, Part]:
        """Return all that was read and is fit to be kept, for `add` of other readings."""
        found = {
            kind: {**self._fit.get(kind, {}), **self._found.get(kind, {})} for kind in {**self._fit, **self._found}
        }
        return {kind: Part(words, in_order(words)) for kind, words in found.items()}

    def is_held(self, known: KubeObject) -> bool:
        """Return whether an object comes from watches (or the shared part) alone, and was not read for the question."""
        return (known.namespace, known.name) not in self._found.get(row(type(known)), {})

    @property
    def is_broken(self) -> bool:
        """Return whether a watch broke since this began: what was taken from it may be older than it seemed."""
        return self.watches is not None and self.watches.breaks != self._breaks

    def _aged(self, age: float | None) -> None:
        if age is not None:
            self.age = max(age, self.age or 0.0)

    async def list(
        self,
        need: str,
        resource: Resource,
        namespace: str = "",
        *,
        labels: str = "",
        fields: str = "",
        most: int = 0,
        cut_need: str = "",
    ) -> tuple[Any, ...]:
        """Read a list, at most `most` pages of it; a list cut short is a Gap of `cut_need`, or of `need`."""
        if self.watches and (held := self.watches.held(resource, namespace, labels, fields)):
            kept, is_cut = self._take(held, most * resource.page)
            self._end(resource, namespace, is_whole=not (is_cut or labels), fields=fields)
            if is_cut:
                self._cut(cut_need or need, resource, namespace, most, len(kept))
            return kept
        found: list[Any] = []
        resume, whole = "", False
        try:
            async for page in self.cluster.pages(resource, namespace, labels=labels, fields=fields, most=most):
                found.extend(map(self._trim, page.items or ()) if self._trim else page.items or ())
                resume = page.resume
            whole = not resume
        except (ApiError, NoConnectionError) as error:
            self.leave(need, resource, namespace, error)
            resume = ""
        if resume:
            self._cut(cut_need or need, resource, namespace, most, len(found))
        self._end(resource, namespace, is_whole=whole and not labels, fields=fields)
        self.keep(found)
        return tuple(found)

    def _cut(self, need: str, resource: Resource, namespace: str, most: int, read: int) -> None:
        why = f"there are more than {most * resource.page}: only the first {read} were read"
        self.gaps.append(Gap(need, namespace, what(resource, namespace), why))

    def _end(self, resource: Resource, namespace: str, *, is_whole: bool, fields: str = "") -> None:
        """Note what was read whole: a list, or all Services of one name."""
        kind = row(plain(resource.type))
        if is_whole and not fields:
            self.listed.add(Listed(kind.key, namespace))
        elif is_whole and fields.startswith(_BY_NAME) and kind.struct is Service:
            self.listed.add(Listed(kind.key, namespace, fields.removeprefix(_BY_NAME)))

    def _take(self, held: Held, most: int) -> tuple[tuple[Any, ...], bool]:
        """Keep what watches hold, as many objects as would have been read; return them, and whether there are more."""
        self._aged(held.age)
        is_cut = 0 < most < len(held.objects)
        found = held.objects
        for struct in set(map(type, found)):
            self._own(row(struct))
        if is_cut:
            found = tuple(sorted(found, key=lambda each: (each.namespace, each.name)))[:most]
        _file(self._fit, found)
        return found, is_cut

    async def part(self, resource: Resource, most: int) -> bool:
        """Read a cluster-wide list, at most `most` pages of it; return whether there is more.

        Raises ApiError, NoConnectionError: what is then left open, the caller knows.
        """
        if self.watches and (held := self.watches.held(resource)):
            _, is_cut = self._take(held, most * resource.page)
            self._end(resource, "", is_whole=not is_cut)
            return is_cut
        resume = ""
        async for page in self.cluster.pages(resource, most=most):
            self.keep(map(self._trim, page.items or ()) if self._trim else page.items or ())
            resume = page.resume
        self._end(resource, "", is_whole=not resume)
        return bool(resume)

    async def get(self, need: str, resource: Resource, namespace: str, name: str) -> Any:
        """Read one object; None where there is none, and where it may not be read (then with a Gap)."""
        if self.watches and (held := self.watches.one(resource, namespace, name)):
            return next(iter(self._take(held, 0)[0]), None)
        try:
            found = await self.cluster.get(resource, namespace, name)
        except (ApiError, NoConnectionError) as error:
            if not isinstance(error, ApiError) or error.status != NOT_FOUND:
                self.leave(need, resource, namespace, error)
                return None
            found = None
        if found is not None:
            found = self._trim(found) if self._trim else found
            self.keep([found])
        if self._trim and self.watches:  # fit to be kept: nothing of it is for one question alone
            self.watches.remember(resource, namespace, name, found)
        return found

    def has(self, need: str) -> bool:
        """Return whether nothing of a need was left out so far."""
        return not any(each.need == need for each in self.gaps)

    def leave(self, need: str, resource: Resource, namespace: str, error: ApiError | NoConnectionError) -> None:
        """Note as a Gap what could not be read."""
        run = deadline.current()
        if run and isinstance(error, NoConnectionError):
            run.unanswered = error
        self.gaps.append(gap_of(need, resource, namespace, error))

    def snapshot(self, taken_at: datetime, *, requests: int = 0, host: str = "") -> Snapshot:
        """Return what was read, redacted for the asked host (unless that was done by `trim`)."""
        fields = fields_of(self._found)
        known = Snapshot(
            taken_at=taken_at,
            cluster=self.cluster.name,
            zone=zone_told(fields, self._fit.get(row(ConfigMap), {}).values()),
            gaps=tuple(dict.fromkeys(self.gaps)),
            logs=tuple(self.logs),
            requests=requests,
            listed=tuple(sorted(self.listed)),
            watch_age=self.age,
            **fields,
        )
        return self._with_fit(known if self._trim else redacted(known, host))

    def _with_fit(self, known: Snapshot) -> Snapshot:
        """Return the snapshot with what needs no redaction any more."""
        merged: dict[Kind, dict[tuple[str, str], Any]] = {}
        for kind, fit in self._fit.items():
            if kind in self._lent and kind.field and kind not in self._found and kind.struct is not ConfigMap:
                continue
            read = {(each.namespace, each.name): each for each in known.all(kind.struct)} if kind in self._found else {}
            merged[kind] = {**fit, **read}
            if kind.struct is ConfigMap:
                merged[kind] = {key: each for key, each in merged[kind].items() if is_kept(each)}
        lent = {kind.field: part.ordered for kind, part in self._lent.items() if kind.field and kind not in merged}
        fields = {**lent, **fields_of(merged)}
        if "others" in fields:
            fields["others"] = {**known.others, **fields["others"]}
        return replace(known, **fields) if fields else known

    def one(self, struct: type[Kept], namespace: str, name: str) -> Kept | None:
        """Return one object, if it was read so far."""
        kind, key = row(struct), (namespace, name)
        found: Kept | None = self._found.get(kind, {}).get(key) or self._fit.get(kind, {}).get(key)
        return found

    def of(self, struct: type[KubeObject]) -> tuple[Any, ...]:
        """Return what was read of one kind so far."""
        kind = row(struct)
        return tuple({**self._fit.get(kind, {}), **self._found.get(kind, {})}.values())


def _file(found: dict[Kind, dict[tuple[str, str], Any]], objects: Iterable[KubeObject]) -> None:
    struct, kept = None, {}
    for each in objects:
        if type(each) is not struct:
            struct = type(each)
            kept = found.setdefault(row(struct), {})
        kept[each.metadata.namespace, each.metadata.name] = each


def gap_of(need: str, resource: Resource, namespace: str, error: ApiError | NoConnectionError) -> Gap:
    """Return what a refusal leaves open. Only a missing permission has a rule that would mend it."""
    if isinstance(error, ApiError) and error.status == FORBIDDEN:
        return Gap(need, namespace, what(resource, namespace), "forbidden", resource.rule)
    return Gap(need, namespace, what(resource, namespace), reason(error))


def reason(error: ApiError | NoConnectionError) -> str:
    """Return in words why something was not read."""
    if isinstance(error, NoConnectionError):
        return error.why
    return "the API server has no such resource" if error.status == NOT_FOUND else str(error)


def what(resource: Resource, namespace: str) -> str:
    """Name a list, e.g. `pods in shop`."""
    return f"{resource.plural} in {namespace}" if namespace else resource.plural


async def together(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do all at once, to the end; then the first error goes on, if any.

    The others are not cancelled: a TLS handshake that is broken off leaves its socket behind, they take milliseconds, and
    what they read of the shared part serves the next question. One alone needs no task of its own.
    """
    if len(work) == 1:
        return [await work[0]]
    results = await asyncio.gather(*work, return_exceptions=True)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    return results
