"""The part of a cluster that every question shares: nodes, namespaces and the DNS. A worker keeps it for half a minute."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from bot.cluster.collector import Holding, SnapshotBuilder, together
from bot.cluster.compact import Interner
from bot.cluster.optional import Api, discover
from bot.cluster.reading.need import Known
from bot.cluster.reading.rows import AGENTS, CLUSTER, DNS
from bot.cluster.reading.schedule import read_rows
from bot.cluster.redaction import redacted_of_dns
from bot.cluster.transport import Cluster
from bot.model.gaps import Gap, Listed
from bot.model.kube.objects import KubeObject

KEEP_SECONDS = 30.0


class ClusterShared(NamedTuple):
    """What was read of it, with what could not be."""

    objects: tuple[KubeObject, ...]
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
        self.served = Served()

    @property
    def is_fresh(self) -> bool:
        """What is kept is young enough to be given again."""
        return self._shared is not None and self._clock() - self._read_at < self._keep_seconds

    async def read(self, cluster: Cluster, watches: Holding | None = None) -> ClusterShared:
        """Return what is kept, or read it. A reading with gaps is not kept: the next question tries again.

        Nor is what `watches` hold: they know it better.
        """
        async with self._lock:
            if watches:
                return await read_shared(cluster, watches)
            if self._shared is None or not self.is_fresh:
                shared = await read_shared(cluster)
                if shared.gaps:
                    return shared
                self._shared, self._read_at = shared, self._clock()
            return self._shared


async def read_shared(cluster: Cluster, watches: Holding | None = None) -> ClusterShared:
    """Read nodes, namespaces, DNS and some of the nodes' agents: eight requests where DNS is in kube-system."""
    many, dns = SnapshotBuilder(cluster, Interner(), watches), SnapshotBuilder(cluster, redacted_of_dns, watches)
    await together(read_rows(CLUSTER, Known(many)), read_rows((*DNS, *AGENTS), Known(dns)))
    return ClusterShared(
        (*many.everything(), *dns.everything()),
        (*many.gaps, *dns.gaps),
        frozenset(many.listed | dns.listed),
        max((each for each in (many.age, dns.age) if each is not None), default=None),
    )
