"""Writes down the requests that reading a cluster makes, and which of them waited for which, for a floor to make again."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
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

    `word` is `module:class` of what an object of the answer is decoded into; `is_list`: the answer is a list of such.
    """

    path: str
    params: dict[str, str]
    began: float
    ended: float = 0.0
    after: int | None = None
    word: str = ""
    is_list: bool = False


class RecordingCluster(Cluster):
    """A Cluster that remembers what it was asked to read."""

    def __init__(self, *, kubeconfig: str) -> None:
        super().__init__(kubeconfig=kubeconfig)
        self.made: list[Request] = []
        self._words: dict[str, tuple[str, bool]] = {}

    async def read(self, path: str, params: Params | None = None, **more: Any) -> bytes:
        with self._recorded(path, params):
            return await super().read(path, params, **more)

    async def stream(self, path: str) -> AsyncGenerator[bytes, None]:
        with self._recorded(path):
            async for part in super().stream(path):
                yield part

    async def get(self, resource: Resource, namespace: str, name: str) -> Any:
        self._words[resource.path(namespace, name)] = (_name(resource), False)
        return await super().get(resource, namespace, name)

    def pages(self, resource: Resource, namespace: str = "", **more: Any) -> AsyncIterator[Page[Any]]:
        self._words[resource.path(namespace)] = (_name(resource), True)
        return super().pages(resource, namespace, **more)

    @contextmanager
    def _recorded(self, path: str, params: Params | None = None) -> Iterator[None]:
        word, is_list = self._words.get(path, ("", False))
        request = Request(path, dict(params or {}), time.perf_counter(), word=word, is_list=is_list)
        self.made.append(request)
        try:
            yield
        finally:
            request.ended = time.perf_counter()


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
    told = [
        {"path": each.path, "params": each.params, "after": each.after, "word": each.word, "is_list": each.is_list}
        for each in firsts
    ]
    to.write_text(json.dumps(told, indent=1))
    return max(waves, default=0)
