"""What one run has read so far: objects by place, gaps in words. A refused list becomes a Gap here, with its RBAC rule."""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any

from bot.cluster.decode_lean import plain
from bot.cluster.documents import fields_of
from bot.cluster.errors import RefusedError
from bot.cluster.redaction import redacted
from bot.cluster.resources import Resource
from bot.cluster.transport import Cluster
from bot.model.dns.zone import zone_of
from bot.model.kube.kinds import Kind, row
from bot.model.kube.objects import KubeObject
from bot.model.snapshot import Gap, Listed, LogTail, Snapshot

FORBIDDEN, NOT_FOUND = 403, 404
LATE = "not answered in time"
Trim = Callable[[Any], Any]


class Reading:
    """Collects. Every method that reads gives what it read and keeps it; what is read twice is kept once.

    `trim` makes objects smaller as their page arrives; what it gives must be fit to be kept.
    """

    def __init__(self, cluster: Cluster, trim: Trim | None = None) -> None:
        self.cluster, self._trim = cluster, trim
        self.gaps: list[Gap] = []
        self.done: set[str] = set()  # needs of which some list was read to its end, or refused
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
            whole = True
        except RefusedError as refusal:
            self.gaps.append(gap_of(need, resource, namespace, refusal))
        except asyncio.CancelledError:
            self.gaps.append(Gap(need, namespace, what(resource, namespace), LATE))
            raise
        if resume:
            first = f"only the first {len(found)} were read"
            why = f"there are more than {most * resource.page}: {first}" if most else f"its list did not end: {first}"
            self.gaps.append(Gap(cut_need or need, namespace, what(resource, namespace), why))
        elif not labels and not fields and whole:
            self.listed.add(Listed(row(plain(resource.word)).key, namespace))
        self.done.add(need)
        self.keep(found)
        return tuple(found)

    async def page(self, need: str, resource: Resource) -> None:
        """Read one page of a cluster-wide list; a list cut short is a Gap. Raises RefusedError."""
        async for page in self.cluster.pages(resource, most=1):
            self.keep(map(self._trim, page.items or ()) if self._trim else page.items or ())
            if page.resume:
                why = f"there are more than {resource.page}: only the first were read"
                self.gaps.append(Gap(need, "", what(resource, ""), why))
                return
        self.listed.add(Listed(row(plain(resource.word)).key))

    async def get(self, need: str, resource: Resource, namespace: str, name: str) -> Any:
        """Read one object; None where there is none, and where it may not be read (then with a Gap)."""
        try:
            found = await self.cluster.get(resource, namespace, name)
        except RefusedError as refusal:
            if refusal.status != NOT_FOUND:
                self.gaps.append(gap_of(need, resource, namespace, refusal))
            return None
        except asyncio.CancelledError:
            self.gaps.append(Gap(need, namespace, what(resource, namespace), LATE))
            raise
        self.done.add(need)
        found = self._trim(found) if self._trim else found
        self.keep([found])
        return found

    def snapshot(self, taken_at: datetime, *, requests: int = 0, host: str = "") -> Snapshot:
        """Give what was read, redacted for the asked host (unless that was done by `trim`)."""
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

    def of(self, struct: type[KubeObject]) -> tuple[Any, ...]:
        """Return what was read of one kind so far."""
        return tuple(self._found.get(row(struct), {}).values())

    def everything(self) -> tuple[KubeObject, ...]:
        """All objects that were read."""
        return tuple(each for words in self._found.values() for each in words.values())


def gap_of(need: str, resource: Resource, namespace: str, refusal: RefusedError) -> Gap:
    """Say what a refusal leaves open. Only a missing permission has a rule that would mend it."""
    if refusal.status == FORBIDDEN:
        return Gap(need, namespace, what(resource, namespace), "forbidden", resource.rule)
    why = "the API server has no such resource" if refusal.status == NOT_FOUND else str(refusal)
    return Gap(need, namespace, what(resource, namespace), why)


def what(resource: Resource, namespace: str) -> str:
    """Name a list, e.g. `pods in shop`."""
    return f"{resource.plural} in {namespace}" if namespace else resource.plural


async def together(*deeds: Coroutine[Any, Any, Any]) -> list[Any]:
    """Do all at once, to the end; then the first error goes on, if any.

    The others are not cancelled: a TLS handshake that is broken off leaves its socket behind, they take milliseconds, and
    what they read of the shared part serves the next question.
    """
    results = await asyncio.gather(*deeds, return_exceptions=True)
    for each in results:
        if isinstance(each, BaseException):
            raise each
    return results
