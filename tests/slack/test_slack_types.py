"""Everything the bot says, held against Slack's own types (@slack/types, pinned in tests/page/package-lock.json) by tsc.

The types know shapes, not limits, which are the lint's. `make test-page` runs this: npm brings compiler and types.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.jobs.messages import Step
from bot.model.question.request import Kind
from handlers.messages.levels import stepped_down
from handlers.messages.progress import plan
from playground.fake_slack import FakeSlack
from tests.page.machine import MODULES
from tests.slack.test_levels import RICH

pytestmark = pytest.mark.browser
HEAD = 'import type { HomeView, KnownBlock, ModalView } from "@slack/types";\n'
OPTIONS = ("--noEmit", "--strict", "--skipLibCheck", "--module", "esnext", "--moduleResolution", "bundler")
NEWER = ("chart", "pie", "tag")  # @slack/types 3.2.0 does not know charts, nor tags in rich text
# Each in a channel of its own, so that no rate limit makes the test wait.
ASKED = {
    "#incidents": ["why cart-service in shop", "why catalog in shop", "wyh ledger", "help"],
    "#shop-dev": [
        "why user-service from default/checkout",
        "why user-service in shop",
        "recent",
        "why usr-service in shop",
    ],
    "#ops-private": [
        "why payments in pay from shop/checkout",
        "check shop/*",
        "digest for shop",
        "digest daily 09:00 for shop",
    ],
    "#random": ["why ledger in pay", "dns user-service from shop/checkout", "path shop/checkout to payments in pay"],
}


def complaints(folder: Path, messages: list[Any], views: list[Any]) -> list[str]:
    """Return what the compiler says, a line each."""
    (folder / "node_modules").symlink_to(MODULES)
    source = folder / "said.ts"
    said = (f"export const messages: KnownBlock[][] = {json.dumps(messages, indent=1)};\n",)
    shown = (f"export const views: (HomeView | ModalView)[] = {json.dumps(views, indent=1)};\n",)
    source.write_text("".join((HEAD, *said, *shown)))
    done = subprocess.run(
        ["node", MODULES / "typescript/bin/tsc", *OPTIONS, source],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.splitlines()


def said(slack: FakeSlack) -> Iterator[list[Any]]:
    """Yield the blocks of every message of the bot, in each of its versions."""
    for message in (*slack.workspace.messages.values(), *slack.workspace.ephemerals):
        versions = (*(blocks for _, blocks in message.versions), message.blocks)
        if message.user == slack.workspace.bot.id:
            yield from (blocks for blocks in versions if blocks)


async def test_everything_said_has_slacks_shapes(bot, tmp_path: Path) -> None:
    """Verdicts of every sample fault, tables, digests, refusals, help, modals and Home: the compiler has nothing to say."""
    slack, ana = bot.slack, bot.slack.person("ana")
    await ana.invite_bot("#random")
    for channel, questions in ASKED.items():
        for words in questions:
            before = len([*slack.messages(channel), *ana.ephemerals(channel)])
            await ana.slash(channel, f"/k8snet {words}")
            await slack.until(lambda: len([*slack.messages(channel), *ana.ephemerals(channel)]) > before)  # noqa: B023 (waited for here)
    root = slack.messages("#incidents")[0]
    verdict = await bot.thread_of("#incidents", root, says="RTE-001")
    await ana.click(verdict, "Show Evidence")
    await slack.until(lambda: ana.views)
    await ana.shortcut(await ana.say("#incidents", "all is on fire"), "k8snet_diagnose_message")
    await ana.open_home()
    await slack.until(lambda: ana.home and len(slack.workspace.views) > 2)
    for opens in (lambda: ana.click(ana.home, "k8snet.diagnose"), lambda: ana.click(ana.home, "k8snet.digest.new")):
        await opens()
    await ana.select(verdict, "k8snet.more", "Run From Another Pod")
    await slack.until(lambda: any(view.content["title"]["text"] == "Run From Another Pod" for view in ana.views))
    await ana.close()
    await ana.select(verdict, "k8snet.more", "Mute for 1 Day")
    await slack.until(lambda: any("muted" in message.text for message in slack.thread("#incidents", root.ts)))
    messages, views = list(said(slack)), [view.content for view in slack.workspace.views.values()]

    assert len(messages) > sum(map(len, ASKED.values()))
    assert complaints(tmp_path, messages, views) == []


def test_rich_blocks_have_slacks_shapes(tmp_path: Path) -> None:
    """Plans at every step, the rich blocks that the types know, and what each becomes where Slack refuses it."""
    plans = [[plan("Checking web", kind, step)] for kind in Kind for step in (None, *Step)]
    known = [[block] for name, (block, _) in RICH.items() if name not in NEWER]
    classic = [stepped_down([block]) for block, _ in RICH.values()]

    assert complaints(tmp_path, [*plans, *known, *classic], []) == []


@pytest.mark.parametrize(
    "block",
    [
        {"type": "sektion", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        {"type": "actions", "elements": [{"type": "button", "text": "x"}]},
        {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, "colour": "red"},
    ],
    ids=["an unknown type", "a wrong text object", "a text that is none", "an unknown key"],
)
def test_compiler_finds_mistakes(tmp_path: Path, block: dict[str, Any]) -> None:
    """The types are no rubber stamp."""
    assert complaints(tmp_path, [[block]], [])
