"""What workers hold by watches, as `doctor` reads it: each says it twice a minute, and one that is gone says nothing."""

import asyncio
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from bot.commands.doctor import _held
from bot.jobs import keys
from bot.jobs.held import held_by, keep_held
from bot.jobs.store import Store
from bot.model.held import HeldKinds
from tests.jobs.test_names import until

NOW = datetime.now(UTC)
KNOWN = HeldKinds(NOW, 62_104, 14, {"events": "there are more than 50000"})


async def test_each_worker_says_what_it_holds(url, redis, monkeypatch) -> None:
    monkeypatch.setattr("bot.jobs.held.EVERY", 0.1)  # a store that was slow once is written to again
    async with Store(url) as store:
        now = datetime.now(UTC)  # the file may have been read minutes ago
        known, old = (replace(KNOWN, at=now - timedelta(seconds=age)) for age in (0, keys.HELD_LIFE + 60))
        tasks = [
            asyncio.create_task(keep_held(store, "prod", name, lambda each=each: each))
            for name, each in (("worker-1", known), ("worker-2", old))
        ]
        await until(lambda: redis.hexists(keys.held("prod"), "worker-1"))
        await until(lambda: redis.hexists(keys.held("prod"), "worker-2"))
        found = await held_by(store, "prod")
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    assert found == {"worker-1": known}
    assert 0 < await redis.ttl(keys.held("prod")) <= keys.HELD_LIFE


def test_doctor_tells_it() -> None:
    """Kinds that are read are named with their reason; a worker that let go of everything is a fault."""
    full = "460 MB are used, more than the 400 MB that watches may take"

    mark, told = _held("prod", "worker-1", KNOWN)
    assert mark == "ok"
    assert told == "watches of prod, worker-1: 62,104 objects of 14 kinds; it reads events: there are more than 50000"
    assert _held("prod", "worker-1", replace(KNOWN, ended=full))[0] == "no"
