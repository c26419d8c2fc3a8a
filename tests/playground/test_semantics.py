"""What Slack does without refusing anything: whom it pages, what it fetches, files, response_url, clients, transcripts."""

from html import escape
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from playground.fake_slack import DESKTOP, PHONE, FakeSlack, HandClock, NotPossibleError
from playground.fake_slack.keyboard import sent, typed
from playground.fake_slack.sample import acme

QUIET: dict[str, Any] = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}


@pytest.mark.parametrize(
    ("text", "options", "paged"),
    [
        ("hello @channel", QUIET, set()),
        ("&lt;!channel&gt;", QUIET, set()),
        ("<!channel>", QUIET, {"U0ANA", "U0BEN", "U0GUS"}),
        ("<@U0BEN>", QUIET, {"U0BEN"}),
        ("<!subteam^S0SRE>", QUIET, {"U0ANA"}),
        ("hello @ben", QUIET | {"link_names": True}, {"U0BEN"}),
    ],
)
async def test_who_is_paged(strict_free: FakeSlack, text: str, options: dict[str, Any], paged: set[str]) -> None:
    """Only tokens page, and plain names only where parsing was asked for."""
    client = AsyncWebClient(token=strict_free.bot_token, base_url=strict_free.base_url)
    await client.chat_postMessage(channel="C0INCIDENTS", text=text, **options)
    assert strict_free.messages("#incidents")[0].notified == paged


async def test_an_update_parses_names_unless_told_not_to(strict_free: FakeSlack) -> None:
    """chat.update without parse links @names; this is why every call says parse: none."""
    client = AsyncWebClient(token=strict_free.bot_token, base_url=strict_free.base_url)
    posted = await client.chat_postMessage(channel="C0INCIDENTS", text="x", **QUIET)
    await client.chat_update(channel="C0INCIDENTS", ts=posted["ts"], text="ask @ben", parse="none", link_names=False)
    message = strict_free.messages("#incidents")[0]
    assert message.notified == set()
    await client.chat_update(channel="C0INCIDENTS", ts=posted["ts"], text="ask @ben")
    assert message.notified == {"U0BEN"}
    assert {one.problem.code for one in strict_free.lint_errors} == {"option"}


async def test_what_is_fetched(strict_free: FakeSlack) -> None:
    """An address in a message is fetched unless unfurling is off."""
    client = AsyncWebClient(token=strict_free.bot_token, base_url=strict_free.base_url)
    await client.chat_postMessage(channel="C0INCIDENTS", text="at http://10.0.0.1/metrics", **QUIET)
    await client.chat_postMessage(channel="C0INCIDENTS", text="at http://10.0.0.1/metrics")
    assert [one.fetched for one in strict_free.messages("#incidents")] == [[], ["http://10.0.0.1/metrics"]]


async def test_upload_is_late_and_not_ready() -> None:
    """The three steps work with the SDK; the message comes later, the picture two seconds later still."""
    clock = HandClock()
    async with FakeSlack(clock=clock) as slack:
        client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
        done = await client.files_upload_v2(channel="C0INCIDENTS", filename="report.md", content="# Report\n")
        file = done["file"]["id"]
        assert slack.messages("#incidents") == []
        await clock.advance(0.5)
        assert slack.messages("#incidents")[0].files[0]["name"] == "report.md"
        block = {"type": "image", "block_id": "i", "slack_file": {"id": file}, "alt_text": "A report"}
        post = {"channel": "C0INCIDENTS", "text": "x", "blocks": [block], **QUIET}
        assert (await client.files_info(file=file))["file"]["mimetype"] == ""
        with pytest.raises(Exception, match="invalid_blocks"):
            await client.chat_postMessage(**post)
        await clock.advance(2)
        await client.chat_postMessage(**post)
        assert slack.workspace.files[file].body == b"# Report\n"


async def test_response_url_five_times_in_half_an_hour(small_bot: ModuleType) -> None:
    """It answers five times and not after 30 minutes, also where the bot is no member; it can replace and delete."""
    clock = HandClock()
    async with FakeSlack(clock=clock) as slack:
        ana = slack.person("ana")
        url = slack.urls.issue("C0RANDOM", ana.id)
        hook = AsyncWebhookClient(url)
        for number in range(5):
            assert (await hook.send(text=f"{number}")).status_code == 200
        assert (await hook.send(text="x")).body == '{"ok": false, "error": "used_url"}'
        assert len(ana.ephemerals("#random")) == 5
        late = AsyncWebhookClient(slack.urls.issue("C0RANDOM", ana.id))
        await clock.advance(30 * 60 + 1)
        assert "expired_url" in (await late.send(text="x")).body
        ephemeral = ana.ephemerals("#random")[0]
        own = AsyncWebhookClient(slack.urls.issue("C0RANDOM", ana.id, ephemeral))
        await own.send(text="replaced", blocks=small_bot.verdict(1), replace_original=True)
        assert ephemeral.text == "replaced"
        await own.send(delete_original=True)
        assert ephemeral not in ana.ephemerals("#random")
        with pytest.raises(NotPossibleError, match="not there any more"):
            await ana.click(ephemeral, "rerun")
        await own.send(text="for all", response_type="in_channel")
        assert slack.messages("#random")[0].text == "for all"
        assert slack.lint_errors == []


async def test_slash_in_a_thread_fails_like_slacks(slack: FakeSlack) -> None:
    """The client refuses it, says so, and the app hears nothing."""
    ana = slack.person("ana")
    root = await ana.say("#incidents", "root")
    with pytest.raises(NotPossibleError, match="/k8snet is not supported in threads"):
        await ana.slash("#incidents", "/k8snet why x", thread_ts=root.ts)
    assert slack.deliveries == []
    assert ana.ephemerals("#incidents")[0].text == "/k8snet is not supported in threads. Sorry!"


async def test_mention_where_the_bot_is_not(slack: FakeSlack) -> None:
    """No event is sent; the person is offered to invite the bot."""
    ana = slack.person("ana")
    await ana.mention("#random", "hello")
    assert slack.deliveries == []
    assert "Invite them?" in ana.ephemerals("#random")[0].text


async def test_strangers_are_told_apart(slack: FakeSlack) -> None:
    """A foreign person's mention carries their team; a guest is marked in users.info."""
    await slack.person("sue").mention("#with-other", "hello")
    payload = slack.deliveries[0].payload
    assert payload["is_ext_shared_channel"] is True
    assert payload["event"]["user_team"] == "T0OTHER"
    client = AsyncWebClient(token=slack.bot_token, base_url=slack.base_url)
    assert (await client.users_info(user="U0GUS"))["user"]["is_restricted"] is True
    sue = (await client.users_info(user="U0SUE"))["user"]
    assert (sue["team_id"], sue["is_stranger"]) == ("T0OTHER", False)  # they share a channel with the app
    slack.channel("with-other").members.discard("U0SUE")
    assert (await client.users_info(user="U0SUE"))["user"]["is_stranger"] is True
    slack.channel("with-other").members.add("U0SUE")
    with pytest.raises(NotPossibleError, match="not a valid command"):
        await slack.person("sue").slash("#with-other", "/k8snet why x")


def test_what_clients_do_to_text() -> None:
    """Quotes curl, dashes join, names that end in a top-level domain become links, and escaping comes first."""
    workspace = acme()
    assert typed("why 'x' --from \"shop\"", PHONE) == "Why ‘x’ —from “shop”"
    linked = "<http://user-service.shop|user-service.shop> on &lt;b&gt;"
    assert sent("user-service.shop on <b>", workspace, DESKTOP) == linked
    assert sent("@ana in #incidents", workspace, DESKTOP) == "<@U0ANA> in <#C0INCIDENTS|incidents>"
    assert sent("10.0.0.1 and user-service.shop.svc", workspace, DESKTOP) == "10.0.0.1 and user-service.shop.svc"


async def test_status_goes_with_the_answer(slack: FakeSlack, client: AsyncWebClient) -> None:
    """A thread status shows until the app replies."""
    root = await slack.person("ana").say("#incidents", "root")
    await client.assistant_threads_setStatus(channel_id="C0INCIDENTS", thread_ts=root.ts, status="is checking DNS…")
    assert slack.status("#incidents", root.ts) == "is checking DNS…"
    await client.chat_postMessage(channel="C0INCIDENTS", thread_ts=root.ts, text="done", **QUIET)
    assert slack.status("#incidents", root.ts) == ""


async def test_transcript_reads_like_the_channel(
    slack: FakeSlack, client: AsyncWebClient, small_bot: ModuleType
) -> None:
    """Roots stand left, replies are indented, buttons are in brackets, marks are rendered."""
    root = await slack.person("ana").say("#incidents", "checkout is *slow* & sad")
    await client.chat_postMessage(
        channel="C0INCIDENTS", thread_ts=root.ts, text="user-service: pass.", blocks=small_bot.verdict(1), **QUIET
    )
    lines = [line[6:] if line[:1].isdigit() else line for line in slack.transcript("#incidents").splitlines()]
    assert lines[1] == "ana: checkout is slow & sad"
    assert lines[2].strip()[6:] == "k8snet:"
    assert lines[3:] == ["      DNS · pass ✅ · `10.96.12.7` (version 1)", "      [Re-Run]"]
    reply = slack.thread("#incidents", root.ts)[0]
    assert slack.notification(reply) == "k8snet: user-service: pass."
    assert slack.spoken(reply) == "user-service: pass.\nbutton: Re-Run"
    html = slack.transcript_html("#incidents")
    assert ">Re-Run</button>" in html
    assert "<b>DNS</b>" in html


async def test_page_never_runs_what_people_write(slack: FakeSlack) -> None:
    """A transcript is a page: what a message says stays text in it."""
    await slack.person("ana").say("#incidents", "<script>alert(1)</script>")
    html = slack.transcript_html("#incidents")
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


async def test_views_and_attachments_are_pages_too(
    slack: FakeSlack, client: AsyncWebClient, small_bot: ModuleType
) -> None:
    """Home, a modal and an alert's attachment can be looked at, and what they say stays text."""
    hostile = "<b>not bold</b>"
    field = {"type": "plain_text_input", "action_id": "name", "initial_value": hostile}
    blocks = [{"type": "input", "block_id": "b", "label": {"type": "plain_text", "text": "Service"}, "element": field}]
    await client.views_publish(user_id="U0ANA", view={"type": "home", "blocks": blocks})
    home = slack.person("ana").home
    assert home is not None
    html = slack.view_html(home)
    assert 'aria-label="Service"' in html
    assert f'value="{escape(hostile)}"' in html
    await client.chat_postMessage(
        channel="#incidents",
        text="alert",
        attachments=[{"title": "Down", "text": escape(hostile), "fallback": "Down"}],
        **QUIET,
    )
    assert f"<p>{escape(hostile)}</p>" in slack.transcript_html("#incidents")


async def test_until_tells_what_it_saw(slack: FakeSlack) -> None:
    """A wait that fails shows the channels, so that the test's log explains itself."""
    await slack.person("ana").say("#incidents", "only this")
    with pytest.raises(TimeoutError, match="only this"):
        await slack.until(lambda: slack.messages("#shop-dev"), timeout=0.05)


async def test_blocks_validate_needs_no_token(strict_free: FakeSlack) -> None:
    """blocks.validate answers pointers and codes to anybody."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(strict_free.base_url + "blocks.validate", json={"blocks": [{"type": "sektion"}]}) as answer,
    ):
        found = await answer.json()
    assert found["errors"][0]["pointer"] == "/blocks/0"
