"""The tests' control plane without its controllers, and a way to fill it: thousands of writes, many at a time."""

import asyncio
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

import aiohttp
import msgspec

from bench.rows import CannotMeasureError
from bench.world import World, Written
from tests.cluster.binaries import build
from tests.cluster.control_plane import ADMIN, ControlPlane

_AT_ONCE = 24  # more does not write faster on two cores
_WRITTEN = (200, 201)


class SeededPlane(ControlPlane):
    """etcd and kube-apiserver alone: objects stay as they were written, with the status that was written."""

    @classmethod
    def of(cls, home: Path) -> Self:
        """Build the programs if need be (minutes, once a machine)."""
        try:
            return cls(build(), home)
        except (subprocess.CalledProcessError, OSError) as error:
            raise CannotMeasureError(f"etcd and kube-apiserver could not be built: {error}.") from error

    def run(
        self, name: str, command: Sequence[str | Path], env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Without admission that counts on controllers: service accounts are made, and new nodes untainted, by them."""
        more = ["--disable-admission-plugins=ServiceAccount,TaintNodesByCondition"] if name == "apiserver" else []
        return super().run(name, [*command, *more], env)

    def _start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self._keys()
        self._run_etcd()
        self._run_apiserver()
        self._wait("/readyz", 120)

    def seed(self, world: World) -> int:
        """Write a world, and give how many writes it took."""
        return asyncio.run(self._seed(world))

    async def _seed(self, world: World) -> int:
        headers = {"Authorization": f"Bearer {self._tokens[ADMIN]}", "Content-Type": "application/json"}
        async with aiohttp.ClientSession(
            self.server, headers=headers, connector=aiohttp.TCPConnector(limit=_AT_ONCE, ssl=False)
        ) as session:
            made = [await _write_all(session, wave) for wave in world.waves()]
        return sum(made)


async def _write_all(session: aiohttp.ClientSession, wave: Iterable[Written]) -> int:
    """Some writers take from one iterator, so objects exist only while they are sent."""
    todo = iter(wave)
    return sum(await asyncio.gather(*(_writer(session, todo) for _ in range(_AT_ONCE))))


async def _writer(session: aiohttp.ClientSession, todo: Iterator[Written]) -> int:
    made = 0
    for each in todo:
        body = msgspec.json.encode(each.body)
        await _send(session, "POST", each.path, body)
        made += 1
        if each.status:
            name = each.body["metadata"]["name"]
            body = msgspec.json.encode({**each.body, "status": each.status})
            await _send(session, "PUT", f"{each.path}/{name}/status", body)
            made += 1
    return made


async def _send(session: aiohttp.ClientSession, verb: str, path: str, body: bytes) -> None:
    async with session.request(verb, path, data=body) as reply:
        if reply.status not in _WRITTEN:
            raise CannotMeasureError(f"{verb} {path}: {reply.status} {(await reply.text())[:200]}")
        await reply.read()
