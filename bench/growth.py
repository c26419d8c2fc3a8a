"""How folding and judging a whole cluster grow with it, up to what no API server of one machine holds: made up, in process.

Each size in a process of its own. Objects are decoded and folded page by page as a digest reads them, so that no more is held
than there; then every Service is judged. Only these steps count, in CPU seconds: TLS, gzip and the API server's own part,
which grow with the bytes, are in the rows of `digest`.
"""

import gc
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct

from bench.lab import Lab
from bench.memory import resident
from bench.recording import apart
from bench.rows import Row
from bench.world import REPLICAS, World
from bot.cluster.compact import Interner
from bot.cluster.decode_lean import lean
from bot.cluster.documents import fields_of
from bot.cluster.paging import page_of
from bot.cluster.resources import resource
from bot.model.dns.zone import zone_of
from bot.model.kube.kinds import Kind, kind_of
from bot.model.snapshot import Snapshot
from bot.usecases.digest import digest

SERVICES = (1_000, 10_000, 50_000)
_PER_NODE, _PAGE = 10, 500
_LINEAR = 1.1  # a tenth for what a larger memory costs


class Cost(Struct, frozen=True):
    """CPU seconds of folding and of judging, and resident MB at the end."""

    fold: float
    judge: float
    size: float

    def __str__(self) -> str:
        return f"{self.fold:.1f} s and {self.judge:.1f} s of CPU, {self.size:.0f} MB"


def growth(_lab: Lab) -> Iterator[Row]:
    """Yield a row a size, each beside the smallest one of as many Services."""
    first: Cost | None = None
    for services in SERVICES:
        world = World(services=services, nodes=services // _PER_NODE)
        cost = apart(_cost, world)
        first = first or cost
        ratio = (cost.fold + cost.judge) / (first.fold + first.judge) / (services / SERVICES[0])
        yield Row(
            "growth",
            f"a digest of {services:,} Services and {services * REPLICAS:,} pods, in process: folding, judging",
            ours=str(cost),
            bar=f"≤ {_LINEAR:g} × that of {SERVICES[0]:,}, by Service",
            held=ratio <= _LINEAR,
            floor=str(first),
            ratio=ratio,
        )


async def _cost(world: World) -> Cost:
    gc.disable()  # as a command does (`bot.__main__`)
    spent, snapshot = _folded(world)
    began = time.process_time()
    digest(snapshot, at=datetime.now(UTC))
    return Cost(spent, time.process_time() - began, resident(os.getpid()))


def _folded(world: World) -> tuple[float, Snapshot]:
    """Return the CPU seconds of decoding and folding alone, and what came of it."""
    fold, spent = Interner(), 0.0
    found: dict[Kind, dict[tuple[str, str], Any]] = {}
    for objects in _by_kind(world):
        kind = kind_of(objects[0]["kind"])
        assert kind, objects[0]
        page = msgspec.json.encode({"metadata": {}, "items": objects})
        began = time.process_time()
        kept = found.setdefault(kind, {})
        for each in page_of(page, lean(resource(kind)).type).items or ():
            kept[each.namespace, each.name] = fold(each)
        spent += time.process_time() - began
    zone = zone_of(each for kind, kept in found.items() if kind.field == "config_maps" for each in kept.values())
    began = time.process_time()
    snapshot = Snapshot(taken_at=datetime.now(UTC), zone=zone, **fields_of(found))
    return spent + time.process_time() - began, snapshot


def _by_kind(world: World) -> Iterator[list[Any]]:
    """Yield pages of objects of one kind, as lists come."""
    pages: dict[str, list[Any]] = {}
    for each in world.objects():
        page = pages.setdefault(each["kind"], [])
        page.append(each)
        if len(page) == _PAGE:
            yield pages.pop(each["kind"])
    yield from pages.values()
