"""`k8snet playground`, `make demo`: five broken Services, asked in a Slack that is not Slack; each thread is printed.

Then the same Slack is served as a page, where somebody sits at the terminal.
"""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from msgspec import Struct

from bot.errors import K8snetError, UsageError
from playground.fake_slack import FakeSlack, Message
from playground.page.site import page
from playground.stage import DEBUG, stage

_PATIENCE = 60.0


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


async def ask(slack: FakeSlack, story: Story, patience: float = _PATIENCE) -> str:
    """Ask one question as a person does, wait for its verdict, and give the thread as that person sees it."""
    ana = slack.person("ana")
    before, alone = len(slack.messages(story.channel)), len(ana.ephemerals(story.channel))
    if story.in_thread:
        root = await slack.person("ben").say(story.channel, story.in_thread)
        await ana.mention(story.channel, story.words, thread_ts=root.ts)
    else:
        await ana.slash(story.channel, f"/k8snet {story.words}")
    try:
        await slack.until(lambda: _answered(slack, story.channel, before, alone), patience)
    except TimeoutError as error:
        raise K8snetError(f"No answer to {story.words!r} within {patience:.0f} s.", hint=DEBUG) from error
    lines = slack.transcript(story.channel, reader="ana").splitlines()
    start = [at for at, line in enumerate(lines) if line and not line.startswith((" ", "#"))]
    at = before + alone
    return "\n".join(lines[start[at] :] if at < len(start) else lines)


def _answered(slack: FakeSlack, channel: str, before: int, alone: int) -> bool:
    """The bot has said its last word: to the asker alone, or in the channel and its thread."""
    if any(not _waits(each) for each in slack.person("ana").ephemerals(channel)[alone:]):
        return True
    roots = slack.messages(channel)[before:]
    threads = [each for root in roots for each in slack.thread(channel, root.ts)]
    own = [each for each in (*roots, *threads) if each.user == slack.workspace.bot.id]
    expects_thread = any("details in thread" in str(each.blocks) for each in own)
    said = [each for each in threads if each in own] if expects_thread else own
    return bool(said) and not any(map(_waits, own))


def _waits(message: Message) -> bool:
    return message.text.startswith("k8snet is checking")


async def main(questions: Sequence[Story], *, is_served: bool, port: int = 0) -> None:
    """Start everything, ask, print; serve the page meanwhile and until SIGINT or SIGTERM, where it is served."""
    began = time.monotonic()
    async with AsyncExitStack() as stack:
        slack = await stack.enter_async_context(stage())
        address = await stack.enter_async_context(_page(slack, port)) if is_served else ""
        print(
            f"Slack, a worker and a sample cluster are up after {time.monotonic() - began:.1f} s.  {address}\n",
            flush=True,
        )
        for number, story in enumerate(questions, 1):
            asked = time.monotonic()
            told = await ask(slack, story)
            print(f"── {number}. {story.title} ── answered in {time.monotonic() - asked:.1f} s\n\n{told}\n", flush=True)
        assert slack.lint_errors == []
        print('Ask something else:  k8snet playground why user-service in shop   (make demo ASK="…")')
        if not is_served:
            print("Click through it:    k8snet playground --serve   (by itself where it runs in a terminal)")
            return
        print(f"Click through it:    {address}   (Ctrl-C ends it)", flush=True)
        await _stopped()


@asynccontextmanager
async def _page(slack: FakeSlack, port: int) -> AsyncIterator[str]:
    async with AsyncExitStack() as stack:
        try:
            address = await stack.enter_async_context(page(slack, port))
        except OSError as error:
            raise UsageError(f"Port {port} is taken.", hint="Without --port a free one is used.") from error
        yield address


async def _stopped() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def stories(asked: str) -> Sequence[Story]:
    return (Story(f"/k8snet {asked}", "#shop-dev", asked),) if asked else STORIES


def play(question: str, *, is_served: bool, port: int = 0) -> int:
    """Play the stories, or ask one question, and serve the page if told to; return 0."""
    asyncio.run(main(stories(question), is_served=is_served, port=port))
    return 0
