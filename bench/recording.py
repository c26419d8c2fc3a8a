"""Writes down the requests that reading a cluster makes, and which of them waited for which, for a floor to make again."""

import json
import time
from pathlib import Path

from msgspec import Struct

from bot.cluster.transport import Cluster, Params


class Request(Struct):
    """One GET: when it began and ended (seconds), and the number of the request that it waited for."""

    path: str
    params: dict[str, str]
    began: float
    ended: float = 0.0
    after: int | None = None


class RecordingCluster(Cluster):
    """A Cluster that remembers what it was asked to read."""

    def __init__(self, *, kubeconfig: str) -> None:
        super().__init__(kubeconfig=kubeconfig)
        self.made: list[Request] = []

    async def read(self, path: str, params: Params | None = None, *, seconds: float = 0.0) -> bytes:
        request = Request(path, dict(params or {}), time.perf_counter())
        self.made.append(request)
        try:
            return await super().read(path, params, seconds=seconds)
        finally:
            request.ended = time.perf_counter()


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
    told = [{"path": each.path, "params": each.params, "after": each.after} for each in firsts]
    to.write_text(json.dumps(told, indent=1))
    return max(waves, default=0)
