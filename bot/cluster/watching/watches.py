"""All kinds that questions read, each kept by its watch, and what a question may take of them in the place of a request."""

import asyncio
import gc
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from bot.cluster.collector import Held
from bot.cluster.decode_lean import plain, watched
from bot.cluster.errors import ApiError
from bot.cluster.optional import OPTIONAL, discover, served
from bot.cluster.reading.called import NO_ROUTINE
from bot.cluster.reading.rows import RESOURCES
from bot.cluster.resources import EVENTS, Resource
from bot.cluster.resources import resource as resource_of
from bot.cluster.transport import Cluster
from bot.cluster.watching.fold import WatchedFold
from bot.cluster.watching.watch import Times, Watch
from bot.errors import K8snetError
from bot.model.held import HeldKinds
from bot.model.kube.kinds import row
from bot.model.kube.workloads import Event

log = structlog.get_logger()

MOST_EVENTS = 50_000
# Events that are older are no evidence (`bot.model.snapshot.RECENT`); servers keep them for an hour, if nothing else is set.
_OLD = timedelta(hours=2)
KEEP_SECONDS = 30.0  # what nobody may watch
_SETTLED = 5.0  # seconds after which it is looked again whether all lists are read
_RELIEF = 5.0  # seconds after which what was let go of should be free
_DISCOVER = 600.0  # seconds after which it is looked again which APIs are served
# What is watched: all that is listed. Logs are no objects; ConfigMaps are read by name, and nobody may list them.
KINDS = tuple(resource_of(row(plain(each.type))) for each in RESOURCES if "list" in each.verbs)


class OverLimitError(Exception):
    """The process holds more memory than watches may make it hold."""


class Watches:
    """Holds kinds by watches while it runs. Whatever it does not hold, or not for certain, is read.

    `most_mb` is the memory of the whole process over which all watches end; 0: no limit. `relieve` lets go of what else is
    kept of the cluster, and returns whether there was any: then it is looked again some seconds later.
    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        namespace: str = "",
        most_mb: int = 0,
        times: Times | None = None,
        memory: Callable[[], float] | None = None,
        relieve: Callable[[], bool] = lambda: False,
    ) -> None:
        self.why = ""  # that nothing is held any more
        self._cluster, self._namespace, self._most_mb = cluster, namespace, most_mb
        self._times, self._memory, self._relieve = times, memory or resident_mb, relieve
        self._relieved_at = -_RELIEF
        self._watches: dict[tuple[str, str], Watch] = {}
        self._remembered: dict[tuple[str, str, str], tuple[float, Any]] = {}

    def held(self, resource: Resource, namespace: str = "", labels: str = "", fields: str = "") -> Held | None:
        """Return what a list would; None where it has to be read."""
        watch = self._of(resource, namespace)
        age = watch.age if watch else None
        if watch is None or age is None:
            return None
        narrowed = fields.removeprefix(watch.fields) if watch.fields else fields
        if watch.fields and narrowed == fields:
            return None  # it holds less than is asked for
        found = watch.store.select(namespace, labels, narrowed.removeprefix(","))
        return None if found is None else Held(found, age)

    def one(self, resource: Resource, namespace: str, name: str) -> Held | None:
        """Return one object, or none; None where it has to be read."""
        watch = self._of(resource, namespace)
        age = watch.age if watch else None
        if watch is None or age is None or watch.fields:
            return self._still(resource, namespace, name) if resource.held else None
        found = watch.store.get(namespace, name)
        return Held(() if found is None else (found,), age)

    def remember(self, resource: Resource, namespace: str, name: str, known: Any) -> None:
        """Keep for half a minute an object that nobody may watch, such as the Corefile; None: there is none."""
        self._remembered[resource.plural, namespace, name] = (time.monotonic(), known)

    def _still(self, resource: Resource, namespace: str, name: str) -> Held | None:
        at, known = self._remembered.get((resource.plural, namespace, name), (0.0, None))
        age = time.monotonic() - at
        return Held(() if known is None else (known,), age) if at and age < KEEP_SECONDS else None

    def _of(self, resource: Resource, namespace: str) -> Watch | None:
        watch = self._watches.get((resource.group, resource.plural)) if resource.held else None
        return watch if watch and watch.covers(namespace) else None

    @property
    def breaks(self) -> int:
        """Return how often a watch broke so far."""
        return sum(each.breaks for each in self._watches.values())

    @property
    def told(self) -> dict[str, str]:
        """Return by kind how it is held, in words: its number of objects and age, or why it is read."""
        return {
            plural: watch.why or f"{len(watch.store)} objects, heard {watch.age or 0:.0f} s ago"
            for (_, plural), watch in self._watches.items()
        }

    @property
    def state(self) -> HeldKinds:
        """Return what is held now, in numbers, and why the rest is read."""
        held = {plural: watch for (_, plural), watch in self._watches.items() if watch.age is not None}
        read = {plural: watch.why or "its watch is silent" for (_, plural), watch in self._watches.items()}
        return HeldKinds(
            at=datetime.now(UTC),
            objects=sum(len(each.store) for each in held.values()),
            kinds=len(held),
            read={plural: why for plural, why in read.items() if plural not in held},
            ended=self.why,
        )

    # --- running

    async def run(self) -> None:
        """Hold all kinds until cancelled, or until they are too much; then nothing is held, and `why` says it."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._settle())
                for each in KINDS:
                    self._begin(tasks, each)
                while True:
                    with suppress(ApiError, K8snetError):
                        apis = await discover(self._cluster)
                        for known in filter(None, (served(kind, apis) for kind in OPTIONAL)):
                            self._begin(tasks, known)
                    await asyncio.sleep(_DISCOVER)
        except* OverLimitError as errors:
            self.why = str(errors.exceptions[0])
            log.warning("nothing is held by watches any more", reason=self.why)
        finally:
            self._watches.clear()
            gc.unfreeze()
            gc.collect()

    async def _settle(self) -> None:
        """Take what is held out of Python's search for garbage, once it is listed, and again after lists were read anew.

        The search looks at all that may refer to itself, here half a million objects that do not: it stops the process for
        0.4 s whenever a quarter more were made, in the middle of a question. What is replaced later is freed as ever, since
        nothing refers to it any more; a cycle in what is frozen would stay, so garbage is looked for just before.
        """
        lists = 0
        while True:
            await asyncio.sleep(_SETTLED)
            watches = tuple(self._watches.values())
            read = sum(each.lists for each in watches)
            if read != lists and all(each.is_listed for each in watches):
                lists = read
                gc.unfreeze()
                gc.collect()
                gc.freeze()

    def _begin(self, tasks: asyncio.TaskGroup, known: Resource) -> None:
        key = (known.group, known.plural)
        if key in self._watches:
            return
        is_event = known.type is EVENTS.type
        self._watches[key] = watch = Watch(
            self._cluster,
            watched(known),
            WatchedFold,
            fallback=self._namespace if row(known.type).namespaced else "",
            fields=NO_ROUTINE if is_event else "",
            most=MOST_EVENTS if is_event else 0,
            is_old=_is_old if is_event else lambda _: False,
            times=self._times,
            check=self._check,
        )
        tasks.create_task(watch.run())

    def _check(self) -> None:
        used = self._memory() if self._most_mb else 0.0
        if used <= self._most_mb:
            return
        now = time.monotonic()
        if self._relieve():
            self._relieved_at = now
        if now - self._relieved_at >= _RELIEF:
            raise OverLimitError(f"{used:.0f} MB are used, more than the {self._most_mb} MB that watches may take")


def _is_old(known: Event) -> bool:
    return known.last_seen is not None and datetime.now(UTC) - known.last_seen > _OLD


def resident_mb() -> float:
    """Return the memory of this process as the kernel counts it, in MB; 0 where it does not say (no Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


@asynccontextmanager
async def watching(
    cluster: Cluster, *, namespace: str = "", most_mb: int = 0, relieve: Callable[[], bool] = lambda: False
) -> AsyncIterator[Watches]:
    """Hold a cluster by watches for as long as the block lasts."""
    watches = Watches(cluster, namespace=namespace, most_mb=most_mb, relieve=relieve)
    running = asyncio.create_task(watches.run())
    try:
        yield watches
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
