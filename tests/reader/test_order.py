"""What is asked does not depend on which answer comes first."""

import asyncio
import random
from pathlib import Path

import pytest
from aiohttp import web

from bot.cluster.live import ClusterWide, read
from bot.cluster.transport import Cluster
from bot.model.gaps import Gap
from tests.reader.healthy import Api, kubeconfig
from tests.reader.serving import serving
from tests.reader.test_budget import QUESTIONS, WORLDS

ORDERS = 6
# Questions whose requests are used up, and one that has room.
TIGHT = (
    ("crashing of all kinds", "from a pod"),
    ("typo", "from a workload named like a pod"),
    ("no such Service", "from a workload"),
    ("typo", "unplaced"),
)


async def _asked(folder: Path, objects: str, question: str, order: int) -> list[tuple[list[str], set[Gap]]]:
    """Return requests and gaps of a first question and of the next, with answers in an order of their own."""
    api, pauses = Api(), random.Random(order)
    api.objects = WORLDS[objects]

    async def late(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(pauses.choice((0, 0, 0.002, 0.01)))
        return await api.handle(request)

    found = []
    async with serving(late) as api.url:
        path = folder / f"kubeconfig-{order}"
        path.write_text(kubeconfig(api))
        cache = ClusterWide()
        async with Cluster(kubeconfig=str(path)) as cluster:
            for _ in range(2):
                api.asked.clear()
                _, snapshot = await read(cluster, QUESTIONS[question], cache=cache)
                found.append((sorted(api.asked), set(snapshot.gaps)))
    return found


@pytest.mark.parametrize(("objects", "question"), TIGHT)
async def test_order_of_answers(tmp_path: Path, objects: str, question: str) -> None:
    """The same requests are made, and the same left out, however the answers arrive."""
    first, *others = [await _asked(tmp_path, objects, question, order) for order in range(ORDERS)]

    assert all(each == first for each in others)
