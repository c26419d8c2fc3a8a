"""Writes down the requests that reading a cluster makes, and which of them waited for which, for a floor to make again."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct

from bot.cluster.paging import Page, Params
from bot.cluster.resources import Resource
from bot.cluster.transport import Cluster

T = TypeVar("T")


class Request(Struct):
    """One GET: when it began and ended (seconds), and the number of the request that it waited for.

    `word` is `module:class` of what an object of the answer is decoded into.
    """

    path: str
    params: dict[str, str]
    began: float
    ended: float = 0.0
    after: int | None = None
    word: str = ""


class RecordingCluster(Cluster):
    """A Cluster that remembers what it was asked to read."""

    def __init__(self, *, kubeconfig: str) -> None:
        super().__init__(kubeconfig=kubeconfig)
        self.made: list[Request] = []
        self._words: dict[str, str] = {}

    async def read(self, path: str, params: Params | None = None, **more: Any) -> bytes:
        request = Request(path, dict(params or {}), time.perf_counter(), word=self._words.get(path, ""))
        self.made.append(request)
        try:
            return await super().read(path, params, **more)
        finally:
            request.ended = time.perf_counter()

    async def get(self, resource: Resource, namespace: str, name: str) -> Any:
        self._words[resource.path(namespace, name)] = _name(resource)
        return await super().get(resource, namespace, name)

    def pages(self, resource: Resource, namespace: str = "", **more: Any) -> AsyncIterator[Page[Any]]:
        self._words[resource.path(namespace)] = _name(resource)
        return super().pages(resource, namespace, **more)


def _name(resource: Resource) -> str:
    return f"{resource.type.__module__}:{resource.type.__qualname__}"


def apart(record: Callable[..., Coroutine[Any, Any, T]], *asked: Any) -> T:
    """Record in a process of its own: a child's peak memory begins at what its parent has, and we measure children."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as process:
        return process.submit(_run, record, asked).result()


def _run(record: Callable[..., Coroutine[Any, Any, T]], asked: tuple[Any, ...]) -> T:
    return asyncio.run(record(*asked))


def write_recording(made: list[Request], to: Path) -> int:
    """Write the requests for floors/replay.py, and give how many waves they came in. Further pages are left out.

    A request waited for that which ended last before it began: reading goes on as soon as it can.
    """
    firsts = sorted((each for each in made if "continue" not in each.params), key=lambda each: each.began)
    waves = [0] * len(firsts)
    for number, each in enumerate(firsts):
        done = [before for before in range(number) if firsts[before].ended <= each.began]
        each.after = max(done, key=lambda before: firsts[before].ended, default=None)
        waves[number] = 1 + (waves[each.after] if each.after is not None else 0)
    told = [{"path": each.path, "params": each.params, "after": each.after, "word": each.word} for each in firsts]
    to.write_text(json.dumps(told, indent=1))
    return max(waves, default=0)
