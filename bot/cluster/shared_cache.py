"""The part of a cluster that every question shares: nodes, namespaces and the DNS. A worker keeps it for half a minute."""

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from bot.cluster.collector import Holding, Part, SnapshotBuilder, together
from bot.cluster.compact import Interner
from bot.cluster.documents import in_order
from bot.cluster.optional import Api, discover
from bot.cluster.reading.need import Known
from bot.cluster.reading.rows import AGENTS, CLUSTER, DNS
from bot.cluster.reading.schedule import read_rows
from bot.cluster.redaction import redacted_of_dns
from bot.cluster.transport import Cluster
from bot.model.gaps import Gap, Listed
from bot.model.kube.kinds import Kind

KEEP_SECONDS = 30.0
HELD_SECONDS = 5.0  # of what watches hold


class ClusterShared(NamedTuple):
    """What was read of it, with what could not be."""

    parts: Mapping[Kind, Part]
    gaps: tuple[Gap, ...]
    listed: frozenset[Listed] = frozenset()
    age: float | None = None  # of what watches held, in seconds


class Served:
    """Keeps which APIs are served. They change with what is installed, so for ten minutes."""

    def __init__(self, keep_seconds: float = 600.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_seconds, self._clock = keep_seconds, clock
        self._lock = asyncio.Lock()
        self._apis: tuple[Api, ...] = ()
        self._read_at: float | None = None

    async def read(self, cluster: Cluster) -> tuple[Api, ...]:
        """Return what is kept, or ask. Raises ApiError, ClusterUnreachableError."""
        async with self._lock:
            if self._read_at is None or self._clock() - self._read_at >= self._keep_seconds:
                self._apis, self._read_at = await discover(cluster), self._clock()
            return self._apis


class ClusterWide:
    """Keeps the shared part of one cluster. Questions that come at once wait for one reading."""

    def __init__(self, keep_seconds: float = KEEP_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_seconds, self._clock = keep_seconds, clock
        self._lock = asyncio.Lock()
        self._shared: ClusterShared | None = None
        self._read_at = 0.0
        self._held: ClusterShared | None = None
        self._held_at, self._breaks = 0.0, 0
        self.served = Served()

    @property
    def is_fresh(self) -> bool:
        """What is kept is young enough to be given again."""
        return self._shared is not None and self._clock() - self._read_at < self._keep_seconds

    async def read(self, cluster: Cluster, watches: Holding | None = None) -> ClusterShared:
        """Return what is kept, or read it. A reading with gaps is not kept: the next question tries again.

        What `watches` hold is kept for some seconds, since questions that come together need the same, and told with its
        age; not across a break of a watch.
        """
        async with self._lock:
            if watches:
                return await self._read_held(cluster, watches)
            if self._shared is None or not self.is_fresh:
                shared = await read_shared(cluster)
                if shared.gaps:
                    return shared
                self._shared, self._read_at = shared, self._clock()
            return self._shared

    async def _read_held(self, cluster: Cluster, watches: Holding) -> ClusterShared:
        passed, breaks = self._clock() - self._held_at, watches.breaks
        if self._held is None or self._held.age is None or passed >= HELD_SECONDS or breaks != self._breaks:
            self._held_at, self._breaks, passed = self._clock(), breaks, 0.0
            self._held = await read_shared(cluster, watches)
        held, age = self._held, self._held.age
        if held.gaps or age is None:
            self._held = None
            return held
        return held._replace(age=age + passed)


async def read_shared(cluster: Cluster, watches: Holding | None = None) -> ClusterShared:
    """Read nodes, namespaces, DNS and some of the nodes' agents: eight requests where DNS is in kube-system."""
    many, dns = SnapshotBuilder(cluster, Interner(), watches), SnapshotBuilder(cluster, redacted_of_dns, watches)
    await together(read_rows(CLUSTER, Known(many)), read_rows((*DNS, *AGENTS), Known(dns)))
    return ClusterShared(
        _joined(many.parts(), dns.parts()),
        (*many.gaps, *dns.gaps),
        frozenset(many.listed | dns.listed),
        max((each for each in (many.age, dns.age) if each is not None), default=None),
    )


def _joined(first: dict[Kind, Part], second: dict[Kind, Part]) -> dict[Kind, Part]:
    """Return both; of an object that is in both the second one's."""
    both = {kind: {**first[kind].words, **second[kind].words} for kind in first.keys() & second.keys()}
    return {**first, **second, **{kind: Part(words, in_order(words)) for kind, words in both.items()}}
