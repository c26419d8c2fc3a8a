"""Counts the requests of a whole process from outside, whatever version of ours it is: by a proxy before the API server."""

import asyncio
import json
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from msgspec import Struct
from yarl import URL

from bench.processes import Run, environ
from tests.reader.serving import serving

_ASKED = ("Authorization", "Accept", "Accept-Encoding")
_ANSWERED = ("Content-Type", "Content-Encoding")


class Counted(Struct, frozen=True):
    """How a process ended, and how many requests it made to each path."""

    code: int
    requests: dict[str, int]

    def __str__(self) -> str:
        return f"{sum(self.requests.values())} (exit {self.code})"


async def counted(run: Run) -> Counted:
    """Run once and count. The run's environment names its kubeconfig: JSON, with one cluster."""
    config = _kubeconfig(run)
    cluster = config["clusters"][0]["cluster"]
    requests: Counter[str] = Counter()
    with tempfile.NamedTemporaryFile("w", suffix=".kubeconfig") as file:
        async with _proxy(cluster["server"], requests) as cluster["server"]:
            json.dump(config, file)
            file.flush()
            process = await asyncio.create_subprocess_exec(
                *run.words,
                env=environ({**run.environ, "KUBECONFIG": file.name}),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
            )
            return Counted(await process.wait(), dict(requests))


def _kubeconfig(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Path(run.environ["KUBECONFIG"]).read_text())
    return found


@asynccontextmanager
async def _proxy(server: str, requests: Counter[str]) -> AsyncIterator[str]:
    """Yield the URL of a proxy that hands every GET on to this server and counts its path."""

    async def forward(asked: web.BaseRequest) -> web.Response:
        requests[asked.path] += 1
        headers = {name: asked.headers[name] for name in _ASKED if name in asked.headers}
        async with session.get(URL(server + asked.raw_path, encoded=True), headers=headers) as answer:
            kept = {name: answer.headers[name] for name in _ANSWERED if name in answer.headers}
            return web.Response(body=await answer.read(), status=answer.status, headers=kept)

    connector = aiohttp.TCPConnector(ssl=False)  # the server is the bench's own, on loopback
    async with aiohttp.ClientSession(auto_decompress=False, connector=connector) as session, serving(forward) as url:
        yield url
