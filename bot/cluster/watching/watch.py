"""One kind, kept up to date: a list, then a watch from its resourceVersion, for ever.

https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes. What is kept counts only while
the watch is open and has been heard of within a bound: an event, a bookmark, which servers send each minute, or its end in
time, since servers say before all that they have to say. Otherwise nobody knows what it missed, and questions read.
"""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

import msgspec
import structlog
from msgspec import Raw, Struct

from bot.cluster.collector import FORBIDDEN, NOT_FOUND, what
from bot.cluster.errors import GONE, ApiError, BrokenError, decoded
from bot.cluster.resources import Resource
from bot.cluster.transport import Cluster
from bot.cluster.watching.store import Key, Store
from bot.errors import K8snetError
from bot.model.text import shown

log = structlog.get_logger()

_IN_TIME = 0.9  # of its time, after which a watch that ends was ended by its server
_EVENTS = 500  # after so many it is looked whether too much is kept

Trim = Callable[[Any], Any]


class Times(Struct, frozen=True):
    """Seconds. Where there are two, each time another between them, so that workers do not come all at once."""

    open: tuple[float, float] = (180.0, 300.0)  # a watch, until it is asked for anew: then a right that is gone shows
    silence: float = 75.0  # after which a watch is broken; bookmarks come each minute
    pause: float = 0.5  # after the first failure, twice as long after each further one
    longest_pause: float = 60.0
    refused: tuple[float, float] = (
        60.0,
        120.0,
    )  # until a kind is tried again that may not be read, then twice as long …
    longest_refused: float = 3600.0  # … up to this: who may list and not watch is asked for the whole list each time
    anew: tuple[float, float] = (4 * 3600.0, 8 * 3600.0)  # until everything is listed again, whatever the watch said


class TooManyError(Exception):
    """There is more of a kind than is kept."""


class _Name(Struct, frozen=True):
    version: str = msgspec.field(name="resourceVersion", default="")
    name: str = ""
    namespace: str = ""


class _Head(Struct, frozen=True):
    """Of an object what tells it from others; of a Status its code and message."""

    metadata: _Name = _Name()
    code: int = 0
    message: str = ""


class _Event(Struct, frozen=True):
    """One line of a watch (meta/v1 WatchEvent)."""

    type: str = ""
    object: Raw = Raw(b"{}")


class Watch:
    """Keeps `store` as the cluster is. `make` gives a function that makes objects small, for each list.

    Where the whole cluster may not be listed, it keeps the namespace `fallback`, if there is one.
    `fields` narrows what is kept; over `most` objects nothing is, and what has become old goes with the next bookmark.
    `check` is called as it grows, and may raise. Until a bookmark comes a watch is kept short, so that its end is heard of in
    time: servers send none of Events, which they do not cache, and none of any kind after their start, until something of it
    changes; of the others, one just before the end. From then on it begins one version back: a bookmark is sent only if it is
    newer than the version at which its watch began, so where nothing changes none would come.
    """

    def __init__(
        self,
        cluster: Cluster,
        resource: Resource,
        make: Callable[[], Trim],
        *,
        fallback: str = "",
        fields: str = "",
        most: int = 0,
        is_old: Callable[[Any], bool] = lambda _: False,
        times: Times | None = None,
        check: Callable[[], None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.resource, self.namespace, self.fields = resource, "", fields
        self.store = Store()
        self.lists = self.breaks = 0  # lists that were read whole, and how often it broke while it counted
        self.failures = 0  # one after the other
        self.why = "not read yet"  # that it does not count; empty while its watch is open
        self._cluster, self._make, self._most, self._check = cluster, make, most, check
        self._is_old, self._fallback = is_old, fallback
        self._times, self._clock = times or Times(), clock
        self._trim = make()
        self._version, self._heard, self._listed_until = "", clock(), 0.0
        self._before, self._began = "", ""  # the version before that one, and the one that the open watch began at
        self._is_refused, self._is_quiet = False, True

    @property
    def age(self) -> float | None:
        """Return the seconds since the server was last heard; None where what is kept does not count."""
        age = self._clock() - self._heard
        return None if self.why or age > self._times.silence else age

    @property
    def is_listed(self) -> bool:
        """Return whether no list of it is being read, or about to be: what it keeps only changes by events."""
        return bool(self._version) or self._is_refused

    def covers(self, namespace: str) -> bool:
        """Return whether it keeps a namespace; the empty name is all of them."""
        return not self.namespace or self.namespace == namespace

    async def run(self) -> None:
        """List and watch until cancelled, or until `check` raises."""
        while True:
            began = self._clock()
            try:
                if not self._version:
                    await self._list()
                await self._follow()
                self.why = "its watch is being renewed"
                if self._clock() - began >= self._times.pause:  # else it ends as soon as it has begun
                    self.failures = 0
                    continue
                self.failures += 1
            except (ApiError, K8snetError, TooManyError) as error:
                self._fail(error)
            await asyncio.sleep(self._pause())

    def _fail(self, error: Exception) -> None:
        """Note why it does not count. What it knows is kept only where the watch may go on from there."""
        status = error.status if isinstance(error, ApiError) else 0
        self.failures += 1
        self.breaks += not self.why
        self._is_quiet = True  # who answers next may have been started just now
        self._is_refused = status in (FORBIDDEN, NOT_FOUND) or isinstance(error, TooManyError)
        if self._is_refused:
            self.store.clear()
            self._trim = self._make()
        if self._is_refused or (status == GONE and self._began == self._version):
            self._version = ""
        if str(error) != self.why:
            log.info("watch ended", what=what(self.resource, self.namespace), reason=str(error))
        self.why = str(error) or "it failed"
        if status == FORBIDDEN and self._fallback:
            self.namespace = "" if self.namespace else self._fallback
            self._is_refused = not self.namespace  # else the namespace is tried at once

    def _pause(self) -> float:
        times, grown = self._times, 2.0 ** min(self.failures - 1, 16)
        if self._is_refused:
            return min(random.uniform(*times.refused) * grown, times.longest_refused)  # noqa: S311 (no secret)
        return min(times.pause * grown, times.longest_pause) * random.uniform(0.5, 1.0)  # noqa: S311 (no secret)

    # --- the list

    async def _list(self) -> None:
        """Read the list whole, in the place of what was kept. Raises BrokenError for pages of two moments."""
        self.why, self._trim = "its list is being read", self._make()
        began, seen, version = self._clock(), set[Key](), ""
        async for page in self._cluster.pages(self.resource, self.namespace, fields=self.fields):
            if not page.metadata.version or version not in ("", page.metadata.version):
                raise BrokenError(0, "its list expired while it was read")
            version = page.metadata.version
            for each in page.items or ():
                self.store.put(self._trim(each))
                seen.add((each.metadata.namespace, each.metadata.name))
            self._grown()
        self.store.keep_only(seen)
        self.lists += 1
        self._version, self._before, self._heard = version, "", began
        self._listed_until = began + random.uniform(*self._times.anew)  # noqa: S311 (no secret)

    def _grown(self) -> None:
        if self._most and len(self.store) > self._most:
            raise TooManyError(f"there are more than {self._most}")
        self._check()

    # --- the watch

    async def _follow(self) -> None:
        """Take what changes until the server ends the watch. Raises ApiError, also for a watch that is silent."""
        times = self._times
        short = times.silence * 0.5, times.silence * 0.7
        shortest, longest = min(times.open, short) if self._is_quiet else times.open
        seconds = max(1, round(random.uniform(shortest, longest)))  # noqa: S311 (no secret)
        self._began = self._version if self._is_quiet else self._before or self._version
        params = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": self._began,
            "timeoutSeconds": str(seconds),
            **({"fieldSelector": self.fields} if self.fields else {}),
        }
        path, number, opened = self.resource.path(self.namespace), 0, self._clock()
        async for line in self._cluster.follow(path, params, silence=times.silence):
            if line is None:
                self.why, self._is_refused, opened = "", False, self._clock()
                continue
            is_bookmark = self._take(decoded(line, _Event))
            number += 1
            if is_bookmark:
                self._is_quiet = False
                self.store.discard(self._is_old)
            if is_bookmark or number % _EVENTS == 0:
                self._grown()
            if is_bookmark and self._clock() > self._listed_until:
                self._version = self.namespace = ""
                return
        if self._clock() - opened >= seconds * _IN_TIME:
            self._heard = self._clock()

    def _take(self, event: _Event) -> bool:
        """Take one event; return whether it was a bookmark. Raises ApiError for the server's own."""
        head: _Head = decoded(event.object, _Head)
        name = head.metadata
        match event.type:
            case "ADDED" | "MODIFIED":
                self.store.put(self._trim(decoded(event.object, self.resource.type)))
            case "DELETED":
                self.store.drop(name.namespace, name.name)
            case "ERROR":
                raise ApiError(head.code, head.message or f"HTTP {head.code}")
            case kind if kind != "BOOKMARK":
                raise BrokenError(0, f"an event I do not understand ({shown(str(kind))})")
        if name.version not in ("", self._version):
            self._before, self._version = self._version, name.version
        self._heard, self.failures = self._clock(), 0
        return event.type == "BOOKMARK"
