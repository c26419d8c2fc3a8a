"""What Slack refuses comes back as slack_sdk's own exceptions, in Slack's shape."""

import asyncio
import time
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from playground.fake_slack import FakeSlack, HandClock

QUIET: dict[str, Any] = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


async def refused(call: Any) -> dict[str, Any]:
    """Return the answer of a call that must fail."""
    with pytest.raises(SlackApiError) as caught:
        await call
    answer: dict[str, Any] = caught.value.response.data
    return answer


@pytest.mark.parametrize(
    ("channel", "error"),
    [
        ("C0RANDOM", "not_in_channel"),
        ("C0OPSSECRET", "channel_not_found"),
        ("C0NOWHERE", "channel_not_found"),
        ("C0OLDINCIDENTS", "is_archived"),
    ],
)
async def test_where_the_bot_may_not_speak(client: AsyncWebClient, channel: str, error: str) -> None:
    """Not a member of a public channel, a private one, none at all, an archived one."""
    assert (await refused(client.chat_postMessage(channel=channel, text="x", **QUIET)))["error"] == error


async def test_tokens_and_scopes(slack: FakeSlack) -> None:
    """No token, a wrong one, a revoked one, the app's; a missing scope names what is needed and what is there."""
    expected = {"": "not_authed", "xoxb-wrong": "invalid_auth", slack.app_token: "not_allowed_token_type"}
    for token, error in expected.items():
        client = AsyncWebClient(token=token, base_url=slack.base_url)
        assert (await refused(client.auth_test()))["error"] == error
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
    assert (await client.auth_test()).headers["X-OAuth-Scopes"].startswith("app_mentions:read,")
    answer = await refused(client.reactions_add(channel="C0INCIDENTS", name="eyes", timestamp="1.0"))
    assert answer["error"] == "missing_scope"
    assert answer["needed"] == "reactions:write"
    assert "chat:write" in answer["provided"]
    slack.api.revoked = True
    assert (await refused(client.auth_test()))["error"] == "token_revoked"


async def test_bad_blocks(strict_free: FakeSlack, small_bot: ModuleType) -> None:
    """Bad blocks are refused with a pointer and remembered, so that a fixture notices them."""
    client = AsyncWebClient(token=strict_free.bot_token, base_url=strict_free.base_url)
    long = [small_bot.section("x" * 3001, "a")]
    answer = await refused(client.chat_postMessage(channel="C0INCIDENTS", text="x", blocks=long, **QUIET))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]
    assert [one.problem.code for one in strict_free.lint_errors] == ["too-long"]
    huge = [small_bot.section("x" * 2900, str(number)) for number in range(5)]
    answer = await refused(client.chat_postMessage(channel="C0INCIDENTS", text="x", blocks=huge, **QUIET))
    assert answer["error"] == "msg_blocks_too_long"
    view = small_bot.MODAL | {"title": {"type": "plain_text", "text": "x" * 25, "emoji": False}}
    trigger = strict_free.core.trigger("U0ANA")
    answer = await refused(client.views_open(trigger_id=trigger, view=view))
    assert answer["error"] == "invalid_arguments"
    assert "/view/title/text" in answer["response_metadata"]["messages"][0]


async def test_texts(strict_free: FakeSlack) -> None:
    """No text at all, and one that is too long."""
    client = AsyncWebClient(token=strict_free.bot_token, base_url=strict_free.base_url)
    # The SDK itself warns of a missing text in chat_postMessage, so the call goes out by hand.
    assert (await refused(client.api_call("chat.postMessage", json={"channel": "C0INCIDENTS"})))["error"] == "no_text"
    answer = await refused(client.chat_postMessage(channel="C0INCIDENTS", text="x" * 40_001, **QUIET))
    assert answer["error"] == "msg_too_long"


async def test_threads_hang_on_roots(slack: FakeSlack, client: AsyncWebClient) -> None:
    """A reply's ts is no thread, nor is one that never was."""
    root = await client.chat_postMessage(channel="C0INCIDENTS", text="root", **QUIET)
    reply = await client.chat_postMessage(channel="C0INCIDENTS", text="reply", thread_ts=root["ts"], **QUIET)
    for ts in (reply["ts"], "1.000001"):
        call = client.chat_postMessage(channel="C0INCIDENTS", text="x", thread_ts=ts, **QUIET)
        assert (await refused(call))["error"] == "invalid_thread_ts"
    assert isinstance(root["ts"], str)
    assert len(slack.thread("#incidents", root["ts"])) == 1


async def test_updates(slack: FakeSlack, client: AsyncWebClient, small_bot: ModuleType) -> None:
    """A text alone removes the blocks; metadata stays; others' and deleted messages and old ones are refused."""
    posted = await client.chat_postMessage(
        channel="C0INCIDENTS",
        text="x",
        blocks=small_bot.verdict(1),
        metadata={"event_type": "run", "event_payload": {"id": "1"}},
        **QUIET,
    )
    where = {"channel": "C0INCIDENTS", "ts": posted["ts"], "parse": "none", "link_names": False}
    await client.chat_update(text="plain", **where)
    message = slack.messages("#incidents")[0]
    assert message.blocks == []
    assert message.metadata == {"event_type": "run", "event_payload": {"id": "1"}}
    theirs = await slack.person("ana").say("#incidents", "mine")
    answer = await refused(client.chat_update(**where | {"ts": theirs.ts}, text="x"))
    assert answer["error"] == "cant_update_message"
    slack.core.edit_window = -1.0
    assert (await refused(client.chat_update(text="y", **where)))["error"] == "edit_window_closed"
    await client.chat_delete(channel="C0INCIDENTS", ts=posted["ts"])
    assert (await refused(client.chat_update(text="y", **where)))["error"] == "message_not_found"


async def test_ephemerals(slack: FakeSlack, client: AsyncWebClient) -> None:
    """Only for members, only seen by one, not at all in a thread without replies, and nothing updates them."""
    quiet = {"parse": "none", "link_names": False}
    shown = await client.chat_postEphemeral(channel="C0INCIDENTS", user="U0ANA", text="psst", **quiet)
    assert [one.text for one in slack.person("ana").ephemerals("#incidents")] == ["psst"]
    assert slack.person("ben").ephemerals("#incidents") == []
    root = await slack.person("ana").say("#incidents", "root")
    await client.chat_postEphemeral(channel="C0INCIDENTS", user="U0ANA", text="unseen", thread_ts=root.ts, **quiet)
    assert len(slack.person("ana").ephemerals("#incidents")) == 1
    call = client.chat_postEphemeral(channel="C0INCIDENTS", user="U0SUE", text="x", **quiet)
    assert (await refused(call))["error"] == "user_not_in_channel"
    call = client.chat_update(channel="C0INCIDENTS", ts=shown["message_ts"], text="x", **quiet)
    assert (await refused(call))["error"] == "message_not_found"


async def test_triggers_and_views(small_bot: ModuleType) -> None:
    """A trigger lives three seconds and once; the stack holds three; a stale hash loses the race."""
    clock = HandClock()
    async with FakeSlack(clock=clock) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
        trigger = slack.core.trigger("U0ANA")
        opened = await client.views_open(trigger_id=trigger, view=small_bot.MODAL)
        again = await refused(client.views_open(trigger_id=trigger, view=small_bot.MODAL))
        assert again["error"] == "exchanged_trigger_id"
        late = slack.core.trigger("U0ANA")
        await clock.advance(3.1)
        assert (await refused(client.views_open(trigger_id=late, view=small_bot.MODAL)))[
            "error"
        ] == "expired_trigger_id"
        view = opened["view"]
        for _ in range(2):
            above = slack.core.trigger("U0ANA", view=view["id"])
            view = (await client.views_push(trigger_id=above, view=small_bot.MODAL))["view"]
        above = slack.core.trigger("U0ANA", view=view["id"])
        assert (await refused(client.views_push(trigger_id=above, view=small_bot.MODAL)))[
            "error"
        ] == "push_limit_reached"
        await client.views_update(view_id=view["id"], hash=view["hash"], view=small_bot.MODAL)
        answer = await refused(client.views_update(view_id=view["id"], hash=view["hash"], view=small_bot.MODAL))
        assert answer["error"] == "hash_conflict"
        assert slack.lint_errors == []


async def test_rate_limit_handler_waits_as_told() -> None:
    """Past the burst a channel takes one post a second; the SDK's handler waits Retry-After and gets through."""
    clock = HandClock()
    async with FakeSlack(clock=clock) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
        for number in range(10):
            await client.chat_postMessage(channel="C0INCIDENTS", text=f"{number}", **QUIET)
        answer = await refused(client.chat_postMessage(channel="C0INCIDENTS", text="x", **QUIET))
        assert answer["error"] == "ratelimited"
        await client.chat_postMessage(channel="C0SHOPDEV", text="other channels are free", **QUIET)
        client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=2))
        late = asyncio.create_task(client.chat_postMessage(channel="C0INCIDENTS", text="late", **QUIET))
        await slack.until(lambda: slack.calls[-1].status == 429)
        started = time.monotonic()
        await clock.advance(1)
        await late
        assert time.monotonic() - started >= 0.9
        assert [call.status for call in slack.calls[-2:]] == [429, 200]


async def test_tiers_on_a_clock_moved_by_hand() -> None:
    """chat.update is Tier 3: fifty at once, then one every 1.2 s."""
    clock = HandClock()
    async with FakeSlack(clock=clock) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
        posted = await client.chat_postMessage(channel="C0INCIDENTS", text="x", **QUIET)
        where = {"channel": "C0INCIDENTS", "ts": posted["ts"], "parse": "none", "link_names": False}
        for number in range(50):
            await client.chat_update(text=f"{number}", **where)
        with pytest.raises(SlackApiError) as caught:
            await client.chat_update(text="x", **where)
        assert caught.value.response.status_code == 429
        assert caught.value.response.headers["Retry-After"] == "2"
        await clock.advance(2)
        await client.chat_update(text="x", **where)


async def test_faults(slack: FakeSlack, client: AsyncWebClient) -> None:
    """A planted 500, broken JSON, reset or refusal hits exactly the chosen call; after a late reset the post stands."""
    client.retry_handlers.clear()

    async def post(text: str) -> None:
        await client.chat_postMessage(channel="C0INCIDENTS", text=text, **QUIET)

    slack.fault("chat.postMessage", "500", skip=1)
    await post("first")
    with pytest.raises(SlackApiError):
        await post("lost")
    slack.fault("chat.postMessage", "broken-json")
    with pytest.raises(SlackApiError, match="non-JSON format"):
        await post("lost")
    slack.fault("chat.postMessage", "error", error="fatal_error")
    with pytest.raises(SlackApiError, match="fatal_error"):
        await post("lost")
    slack.fault("chat.postMessage", "reset")
    with pytest.raises(OSError, match=r".*"):
        await post("lost")
    slack.fault("chat.postMessage", "reset-after")
    with pytest.raises(OSError, match=r".*"):
        await post("stands")
    slack.fault("chat.postMessage", "slow", seconds=0.05)
    await post("last")
    assert [one.text for one in slack.messages("#incidents")] == ["first", "stands", "last"]


async def test_faults_that_are_no_json(slack: FakeSlack, client: AsyncWebClient) -> None:
    """A proxy's words with status 200 are no answer of Slack's (slack_sdk 3.47 trips over them); a rate limit says how long."""
    slack.fault("chat.postMessage", "text")
    with pytest.raises(AttributeError):
        await client.chat_postMessage(channel="#incidents", text="x", **QUIET)
    slack.fault("chat.postMessage", "429", seconds=7)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="#incidents", text="x", **QUIET)
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert slack.messages("#incidents") == []


async def test_more_attachments_than_slack_takes(client: AsyncWebClient) -> None:
    many = [{"text": "x", "fallback": "x"}] * 101
    refusal = await refused(client.chat_postMessage(channel="#incidents", text="x", attachments=many, **QUIET))
    assert refusal["error"] == "too_many_attachments"


@pytest.mark.parametrize(
    ("kind", "status", "arrives"), [("500", 500, False), ("text", 200, False), ("reset-after", 0, True)]
)
async def test_faults_at_a_response_url(slack: FakeSlack, kind: Any, status: int, arrives: bool) -> None:
    """An answer by response_url fails like any other call: refused, not understood, or cut when it had arrived."""
    ana = slack.person("ana")
    url = slack.urls.issue("C0INCIDENTS", ana.id)
    slack.fault("response_url", kind)
    async with aiohttp.ClientSession() as session:
        try:
            async with session.post(url, json={"text": "hello"}) as answer:
                assert answer.status == status
        except aiohttp.ClientError:
            assert status == 0
        assert bool(ana.ephemerals("#incidents")) == arrives
        async with session.post(url, json={"text": "again"}) as answer:
            assert answer.status == 200
