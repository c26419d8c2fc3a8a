"""The store did as it was told and its answer was lost: the command is repeated, and our mark is not taken for another's."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from bot.config import Config, read_config
from bot.jobs.client import JobClient
from bot.jobs.dedup import Claim
from tests.jobs.conftest import FAST

Marks = Callable[[JobClient], Awaitable[object]]


class Between:
    """Stands between client and store, and hangs up once where the answer to a `SET` is due."""

    def __init__(self, store: str) -> None:
        self._store = store
        self.is_due = False
        self.lost = 0

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand on what both sides say, until one of them hangs up or an answer is lost."""
        above, below = await asyncio.open_unix_connection(self._store)
        asked = asyncio.create_task(self._asked(reader, below))
        with suppress(OSError):
            while told := await above.read(65536):
                if self.is_due and self.lost == 0:
                    self.lost += 1
                    break
                writer.write(told)
                await writer.drain()
        for each in (writer, below):
            each.close()
        asked.cancel()

    async def _asked(self, reader: asyncio.StreamReader, below: asyncio.StreamWriter) -> None:
        while words := await reader.read(65536):
            self.is_due = self.is_due or b"\r\nSET\r\n" in words
            below.write(words)
        below.close()


@pytest.fixture
async def between(config: Config) -> AsyncIterator[tuple[JobClient, Between]]:
    """A client whose store is reached through it."""
    hidden = Between(config.redis_url.partition("://")[2])
    with tempfile.TemporaryDirectory(prefix="k8snet") as folder:
        path = str(Path(folder, "s"))
        async with await asyncio.start_unix_server(hidden.talk, path):
            jobs = await JobClient.open(read_config({"REDIS_URL": f"unix://{path}", "K8SNET_CLUSTER": "prod"}), FAST)
            yield jobs, hidden
            await jobs.close()


async def _begun_before(jobs: JobClient) -> bool:
    return await jobs.begun("k") is not None


@pytest.mark.parametrize(
    ("mark", "first", "second"),
    [
        (lambda jobs: jobs.claim("k"), Claim.OURS, Claim.ANOTHERS),
        (lambda jobs: jobs.seen("k"), False, True),
        (_begun_before, False, True),
    ],
    ids=["claim", "seen", "begun"],
)
async def test_our_own_mark_is_ours(
    between: tuple[JobClient, Between], jobs: JobClient, mark: Marks, first: object, second: object
) -> None:
    """The command that is repeated finds the mark that it made itself; whoever comes later finds another's."""
    through, hidden = between

    assert await mark(through) == first
    assert hidden.lost == 1
    assert await mark(jobs) == second


async def test_what_is_handled_stays_so(between: tuple[JobClient, Between], jobs: JobClient) -> None:
    """A claim that was settled is no longer anybody's."""
    through, _ = between
    await through.claim("k")
    await through.settle("k", handled=True)

    assert await jobs.claim("k") is Claim.HANDLED
    await through.settle("k", handled=False)
    assert await jobs.claim("k") is Claim.OURS
