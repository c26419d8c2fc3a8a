"""What one run has read so far: objects by place, gaps in words. A refused list becomes a Gap here, with its RBAC rule."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any, TypeVar

from bot.cluster import deadline
from bot.cluster.decode_lean import plain
from bot.cluster.documents import fields_of
from bot.cluster.errors import ApiError, NoConnectionError
from bot.cluster.redaction import redacted
from bot.cluster.resources import Resource
from bot.cluster.transport import Cluster
from bot.model.dns.zone import zone_of
from bot.model.gaps import Gap, Listed
from bot.model.kube.kinds import Kind, row
from bot.model.kube.objects import KubeObject
from bot.model.logs import LogTail
from bot.model.snapshot import Snapshot

FORBIDDEN, NOT_FOUND = 403, 404
Trim = Callable[[Any], Any]
Kept = TypeVar("Kept", bound=KubeObject)


class SnapshotBuilder:
    """Collects. Every method that reads returns what it read and keeps it; what is read twice is kept once.

    `trim` makes objects smaller as their page arrives; what it returns must be fit to be kept. A request that is refused or
    fails is a Gap, and ends nothing else; only a refused credential is raised.
    """

    def __init__(self, cluster: Cluster, trim: Trim | None = None) -> None:
        self.cluster, self._trim = cluster, trim
        self.gaps: list[Gap] = []
        self.listed: set[Listed] = set()  # lists that were read whole
        self.logs: list[LogTail] = []
        self._found: dict[Kind, dict[tuple[str, str], Any]] = {}

    def keep(self, objects: Iterable[KubeObject]) -> None:
        """Keep objects that were read elsewhere."""
        for each in objects:
            self._found.setdefault(row(type(each)), {})[each.namespace, each.name] = each

    def add(self, objects: Iterable[KubeObject], gaps: Iterable[Gap], listed: Iterable[Listed]) -> None:
        """Add what another reading read, and could not read."""
        self.keep(objects)
        self.gaps.extend(gaps)
        self.listed.update(listed)

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
            why = f"there are more than {most * resource.page}: only the first {len(found)} were read"
            self.gaps.append(Gap(cut_need or need, namespace, what(resource, namespace), why))
        elif not labels and not fields and whole:
            self.listed.add(Listed(row(plain(resource.type)).key, namespace))
        self.keep(found)
        return tuple(found)

    async def part(self, resource: Resource, most: int) -> bool:
        """Read a cluster-wide list, at most `most` pages of it; return whether there is more.

        Raises ApiError, NoConnectionError: what is then left open, the caller knows.
        """
        resume = ""
        async for page in self.cluster.pages(resource, most=most):
            self.keep(map(self._trim, page.items or ()) if self._trim else page.items or ())
            resume = page.resume
        if not resume:
            self.listed.add(Listed(row(plain(resource.type)).key))
        return bool(resume)

    async def get(self, need: str, resource: Resource, namespace: str, name: str) -> Any:
        """Read one object; None where there is none, and where it may not be read (then with a Gap)."""
        try:
            found = await self.cluster.get(resource, namespace, name)
        except (ApiError, NoConnectionError) as error:
            if not isinstance(error, ApiError) or error.status != NOT_FOUND:
                self.leave(need, resource, namespace, error)
            return None
        found = self._trim(found) if self._trim else found
        self.keep([found])
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
            zone=zone_of(fields.get("config_maps", ())),
            gaps=tuple(dict.fromkeys(self.gaps)),
            logs=tuple(self.logs),
            requests=requests,
            listed=tuple(sorted(self.listed)),
            **fields,
        )
        return known if self._trim else redacted(known, host)

    def one(self, struct: type[Kept], namespace: str, name: str) -> Kept | None:
        """Return one object, if it was read so far."""
        found: Kept | None = self._found.get(row(struct), {}).get((namespace, name))
        return found

    def of(self, struct: type[KubeObject]) -> tuple[Any, ...]:
        """Return what was read of one kind so far."""
        return tuple(self._found.get(row(struct), {}).values())

    def everything(self) -> tuple[KubeObject, ...]:
        """All objects that were read."""
        return tuple(each for words in self._found.values() for each in words.values())


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
    what they read of the shared part serves the next question.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    return results
