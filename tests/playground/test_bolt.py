"""An unchanged Bolt app works against the fake, on a socket and over signed HTTP."""

import asyncio
from types import ModuleType
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError

from playground.fake_slack import FakeSlack, HandClock, NotPossibleError


async def test_slash_command_gives_a_root_and_a_thread(slack: FakeSlack, app: Any) -> None:
    """A command is acknowledged fast, then the bot posts a root, a reply in its thread, and edits the root."""
    delivery = await slack.person("ana").slash("#incidents", "/k8snet why user-service")
    root = await slack.until(lambda: next((one for one in slack.messages("#incidents") if one.edited), None))
    assert root.text == "user-service: pass."
    assert [one.text for one in slack.thread("#incidents", root.ts)] == ["user-service: pass."]
    assert delivery.acknowledged
    assert 0 < delivery.ack_seconds < 3
    assert app.heard[0][1]["text"] == "why user-service"


async def test_mention_in_a_thread_is_answered_there(slack: FakeSlack, app: Any) -> None:
    """An app_mention carries thread_ts inside a thread, and the answer stays in it."""
    ana = slack.person("ana")
    root = await ana.say("#incidents", "checkout is slow")
    await ana.mention("#incidents", "why is checkout slow?", thread_ts=root.ts)
    answer = await slack.until(lambda: [one for one in slack.thread("#incidents", root.ts) if one.user == "U0K8SNET"])
    assert answer[0].text == "Looking."
    event = app.heard[0][1]["event"]
    assert event["text"] == "<@U0K8SNET> why is checkout slow?"
    assert event["thread_ts"] == root.ts
    assert answer[0].notified == set()
    assert answer[0].followers == {"U0ANA"}


async def test_click_replaces_the_message_and_old_buttons_are_gone(slack: FakeSlack, app: Any) -> None:
    """A click reaches the app with its response_url; a button that went away cannot be clicked."""
    ana = slack.person("ana")
    await ana.slash("#incidents", "/k8snet why user-service")
    root = await slack.until(lambda: slack.messages("#incidents") and slack.messages("#incidents")[0])
    reply = (await slack.until(lambda: slack.thread("#incidents", root.ts)))[0]
    await ana.click(reply, "Re-Run")
    await slack.until(lambda: reply.text == "user-service: pass again.")
    assert app.heard[-1][1]["container"]["thread_ts"] == root.ts
    with pytest.raises(NotPossibleError, match="no 'evidence' here"):
        await ana.click(reply, "evidence")
    with pytest.raises(NotPossibleError, match="not in this channel"):
        await slack.person("sue").click(reply, "rerun")


async def test_modal_from_a_shortcut(slack: FakeSlack, app: Any) -> None:
    """A message shortcut opens a modal; options load as typed; errors show; a good submission closes it."""
    ana = slack.person("ana")
    message = await ana.say("#incidents", "no such host user-service")
    await ana.shortcut(message, "diagnose_message")
    view = await slack.until(lambda: ana.views and ana.view)
    offered = await ana.type(view, "service", "user")
    with pytest.raises(NotPossibleError, match="service is required"):
        await ana.submit(view, {})
    await ana.submit(view, {"service": offered[0], "port": "none"})
    assert view.errors == {"port": "A port is a number."}
    assert slack.screen(view).splitlines() == [
        "╭ Diagnose a Service",
        "│ Service: [▾ ]",
        "│ Port (optional): [      ]",
        "│ ! A port is a number.",
        "╰ [Run Check]",
    ]
    assert view.open
    await ana.submit(view, {"port": "80"})
    assert not view.open
    chosen = app.heard[-1][1]["state"]["values"]["target"]["service"]["selected_option"]
    assert chosen["value"] == "user-service"


async def test_menus_and_feedback(slack: FakeSlack, app: Any, small_bot: ModuleType) -> None:
    """Overflow options, check boxes and feedback buttons arrive as Slack sends them."""
    client = app.client
    plain = small_bot.option("Mute this finding")["text"]
    halves = {
        "positive_button": {"text": plain | {"text": "Correct"}, "value": "1"},
        "negative_button": {"text": plain | {"text": "Wrong"}, "value": "0"},
    }
    elements = [
        {"type": "overflow", "action_id": "more", "options": [small_bot.option("Mute this finding")]},
        {"type": "checkboxes", "action_id": "pick", "options": [small_bot.option("shop"), small_bot.option("pay")]},
    ]
    blocks = [
        {"type": "actions", "block_id": "a", "elements": elements},
        {
            "type": "context_actions",
            "block_id": "b",
            "elements": [{"type": "feedback_buttons", "action_id": "fb", **halves}],
        },
    ]
    await client.chat_postMessage(channel="C0INCIDENTS", text="Menus", blocks=blocks, **small_bot.QUIET)
    message = slack.messages("#incidents")[0]
    ana = slack.person("ana")
    await ana.select(message, "more", "Mute this finding")
    await ana.select(message, "pick", "shop", "pay")
    await ana.click(message, "Wrong")
    with pytest.raises(NotPossibleError, match="no option 'Explode'"):
        await ana.select(message, "more", "Explode")
    taken = [body["actions"][0] for _, body in app.heard]
    assert taken[0]["selected_option"]["value"] == "Mute this finding"
    assert [one["value"] for one in taken[1]["selected_options"]] == ["shop", "pay"]
    assert (taken[2]["type"], taken[2]["value"]) == ("feedback_buttons", "0")


async def test_global_shortcut_asks_for_the_place(slack: FakeSlack, app: Any) -> None:
    """A global shortcut has no channel; a conversation chosen in its modal brings a response_url; update and close work."""
    ana = slack.person("ana")
    await ana.global_shortcut("diagnose_global")
    view = await slack.until(lambda: ana.views and ana.view)
    await ana.submit(view, {"channel": "C0RANDOM"})
    assert view.content["callback_id"] == "diagnose"
    urls = app.heard[-1][1]["response_urls"]
    assert [one["channel_id"] for one in urls] == ["C0RANDOM"]
    await ana.global_shortcut("diagnose_global")
    second = await slack.until(lambda: ana.views and ana.view is not view and ana.view)
    assert not view.open
    await ana.close(second)
    assert app.heard[-1][0] == "closed"


async def test_direct_messages(slack: FakeSlack, app: Any) -> None:
    """What somebody writes to the bot directly arrives as message.im and is answered in the same place."""
    del app
    place = slack.workspace.direct("ana")
    await slack.person("ana").say(place, "help")
    await slack.until(lambda: [one for one in slack.messages(place) if one.text == "You said: help"])


async def test_eleventh_socket_is_turned_away(slack: FakeSlack, app: Any) -> None:
    """Ten connections at most: the next is told too_many_websockets; a used ticket opens nothing."""
    async with aiohttp.ClientSession() as session:
        urls = [slack.sockets.open()["url"] for _ in range(10)]
        sockets = [await session.ws_connect(url) for url in urls]
        hellos = [(await socket.receive_json()).get("type") for socket in sockets]
        assert hellos == ["hello"] * 9 + ["disconnect"]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(urls[0])
        for socket in sockets:
            await socket.close()
    slack.sockets.link_disabled = True
    with pytest.raises(SlackApiError, match="link_disabled"):
        await app.client.apps_connections_open(app_token=slack.app_token)


async def test_home_is_published(slack: FakeSlack, app: Any) -> None:
    """Opening the Home lets the bot publish it for that person only."""
    del app
    ana = slack.person("ana")
    await ana.open_home()
    await slack.until(lambda: ana.home)
    assert slack.person("ben").home is None


async def test_two_replicas_both_get_payloads(slack: FakeSlack, app: Any, small_bot: ModuleType) -> None:
    """With two sockets each payload goes to one of them, and both get some."""
    other = small_bot.bot(slack.base_url, slack.bot_token, slack.signing_secret)
    handler = AsyncSocketModeHandler(other, slack.app_token, ping_interval=1)
    await handler.connect_async()
    await slack.connected(2)
    for _ in range(4):
        await slack.person("ana").mention("#incidents", "hello")
    await slack.until(lambda: len(app.heard) + len(other.heard) == 4)
    assert len(app.heard) == len(other.heard) == 2
    await handler.close_async()


async def test_cut_link_is_reconnected_and_serves_again(slack: FakeSlack, app: Any) -> None:
    """When the network dies under the socket, Bolt comes back by itself and payloads flow again."""
    first = slack.sockets.connections[0]
    slack.sockets.cut()
    await slack.until(lambda: slack.sockets.connections and slack.sockets.connections[0] is not first, timeout=8)
    await slack.person("ana").mention("#incidents", "still there?")
    await slack.until(lambda: app.heard)


async def test_refresh_request_moves_the_app_to_a_new_socket(slack: FakeSlack, app: Any) -> None:
    """After a disconnect frame Bolt opens a new connection and leaves the old one."""
    old = slack.sockets.connections[0]
    await slack.sockets.disconnect("refresh_requested")
    await slack.until(lambda: slack.sockets.connections and slack.sockets.connections[-1] is not old)
    await slack.person("ana").mention("#incidents", "hello")
    await slack.until(lambda: app.heard)


async def test_without_an_app_the_person_sees_slacks_error() -> None:
    """With nobody connected the person sees Slack's own sentence, and a command is never sent twice."""
    async with FakeSlack() as slack:
        delivery = await slack.person("ana").slash("#incidents", "/k8snet help")
        assert [one.outcome for one in delivery.attempts] == ["connection_failed"]
        assert slack.person("ana").ephemerals("#incidents")[0].text == '/k8snet failed with the error "dispatch_failed"'


async def test_slow_ack_times_out(slack: FakeSlack, app: Any) -> None:
    """An app that acknowledges too late has failed, however good its answer is."""
    del app
    slack.postman.patience = 0.05
    delivery = await slack.person("ana").slash("#incidents", "/sleepy now")
    assert not delivery.acknowledged
    assert "operation_timeout" in slack.transcript("#incidents", reader="ana")


async def test_events_are_tried_again_on_slacks_schedule() -> None:
    """An event nobody took is tried at once, after one minute and after five, and then given up."""
    clock = HandClock()
    async with FakeSlack(clock=clock) as slack:
        await slack.person("ana").mention("#incidents", "hello")
        delivery = slack.deliveries[0]
        await slack.until(lambda: len(delivery.attempts) == 2)
        await clock.advance(59)
        assert len(delivery.attempts) == 2
        await clock.advance(2)
        await slack.until(lambda: len(delivery.attempts) == 3)
        await clock.advance(301)
        await slack.until(lambda: delivery.done)
        assert [one.number for one in delivery.attempts] == [0, 1, 2, 3]


async def test_duplicates_and_repeats_reach_the_app(slack: FakeSlack, app: Any) -> None:
    """One message may come as several events with ids of their own, and one envelope twice."""
    slack.postman.duplicates = 1
    slack.postman.repeats = 1
    await slack.person("ana").mention("#incidents", "hello")
    await slack.until(lambda: len(app.heard) == 4)
    ids = [body["event_id"] for _, body in app.heard]
    assert len(set(ids)) == 2


async def test_signed_http(small_bot: ModuleType) -> None:
    """Over HTTP a right signature is served, a wrong or stale one refused, and refusals of events are retried."""
    async with FakeSlack() as slack:
        slack.postman.retry_delays = (0.0, 0.0, 0.0)
        bolt = small_bot.bot(slack.base_url, slack.bot_token, slack.signing_secret)
        runner = web.AppRunner(bolt.web_app(path="/slack/events"))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        slack.postman.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        ana = slack.person("ana")

        await ana.slash("#incidents", "/k8snet why user-service")
        root = await slack.until(lambda: slack.messages("#incidents") and slack.messages("#incidents")[0])
        reply = (await slack.until(lambda: slack.thread("#incidents", root.ts)))[0]
        await ana.click(reply, "rerun")
        await slack.until(lambda: reply.text == "user-service: pass again.")
        answered = await ana.slash("#incidents", "/sleepy")
        assert answered.response == {"text": "late"}

        for wrong in ("wrong", "stale"):
            slack.postman.signature = wrong
            await ana.mention("#incidents", "hello")
            delivery = slack.deliveries[-1]
            await slack.until(lambda one=delivery: one.done)
            assert [one.status for one in delivery.attempts] == [401] * 4
            assert [one.number for one in delivery.attempts] == [0, 1, 2, 3]
        assert not any(kind == "mention" for kind, _ in bolt.heard)
        assert slack.lint_errors == []
        await runner.cleanup()


async def test_ack_times_are_measured(slack: FakeSlack, app: Any) -> None:
    """Fifty commands at once are all acknowledged, and each one's time is known."""
    del app
    slack.limits.on = False
    ana = slack.person("ana")
    await asyncio.gather(*(ana.slash("#incidents", "/k8snet why x") for _ in range(50)))
    times = slack.ack_seconds("slash_commands")
    assert len(times) == 50
    assert max(times) < 3
    await slack.until(lambda: len([one for one in slack.messages("#incidents") if one.edited]) == 50)
