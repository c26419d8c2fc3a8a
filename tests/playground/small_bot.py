"""A small bot in plain Bolt, as its documentation shows one. It knows nothing of the fake but an address."""

import asyncio
import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

QUIET = {"parse": "none", "link_names": False, "unfurl_links": False, "unfurl_media": False}
MODAL = {
    "type": "modal",
    "callback_id": "diagnose",
    "title": {"type": "plain_text", "text": "Diagnose a Service", "emoji": False},
    "submit": {"type": "plain_text", "text": "Run Check", "emoji": False},
    "blocks": [
        {
            "type": "input",
            "block_id": "target",
            "label": {"type": "plain_text", "text": "Service", "emoji": False},
            "element": {"type": "external_select", "action_id": "service", "min_query_length": 1},
        },
        {
            "type": "input",
            "block_id": "port",
            "optional": True,
            "label": {"type": "plain_text", "text": "Port", "emoji": False},
            "element": {"type": "plain_text_input", "action_id": "port"},
        },
    ],
}

PLACE = {
    "type": "modal",
    "callback_id": "place",
    "notify_on_close": True,
    "title": {"type": "plain_text", "text": "Where", "emoji": False},
    "submit": {"type": "plain_text", "text": "Next", "emoji": False},
    "blocks": [
        {
            "type": "input",
            "block_id": "where",
            "label": {"type": "plain_text", "text": "Channel", "emoji": False},
            "element": {"type": "conversations_select", "action_id": "channel", "response_url_enabled": True},
        },
    ],
}


def mrkdwn(text: str) -> dict[str, Any]:
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def section(text: str, block_id: str) -> dict[str, Any]:
    return {"type": "section", "block_id": block_id, "text": mrkdwn(text)}


def button(label: str, action_id: str) -> dict[str, Any]:
    return {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": label, "emoji": False},
        "value": "01JDB2Q4",
    }


def verdict(version: int) -> list[dict[str, Any]]:
    """Return the blocks of a small verdict; every version has block ids of its own."""
    return [
        section(f"*DNS* · pass :white_check_mark: · `10.96.12.7` (version {version})", f"v{version}.0"),
        {"type": "actions", "block_id": f"v{version}.1", "elements": [button("Re-Run", "rerun")]},
    ]


def option(name: str) -> dict[str, Any]:
    return {"text": {"type": "plain_text", "text": name, "emoji": False}, "value": name}


def bot(base_url: str, token: str, signing_secret: str) -> AsyncApp:
    """Return the app; `heard` collects what its listeners were given."""
    client = AsyncWebClient(token=token, base_url=base_url)
    app = AsyncApp(client=client, signing_secret=signing_secret)
    app.heard = []
    talking(app)
    clicking(app)
    modals(app)
    return app


def talking(app: Any) -> None:
    """Commands, mentions and direct messages."""

    @app.command("/k8snet")
    async def command(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        app.heard.append(("command", body))
        root = await client.chat_postMessage(channel=body["channel_id"], text="Checking user-service.", **QUIET)
        ts = root["ts"]
        await client.chat_postMessage(
            channel=body["channel_id"], thread_ts=ts, text="user-service: pass.", blocks=verdict(1), **QUIET
        )
        await client.chat_update(
            channel=body["channel_id"], ts=ts, text="user-service: pass.", parse="none", link_names=False
        )

    @app.command("/sleepy")
    async def sleepy(ack: Any) -> None:
        await asyncio.sleep(0.3)
        await ack("late")

    @app.event("app_mention")
    async def mention(event: dict[str, Any], body: dict[str, Any], say: Any) -> None:
        app.heard.append(("mention", body))
        await say(text="Looking.", thread_ts=event.get("thread_ts", event["ts"]), **QUIET)

    @app.action("rerun")
    async def rerun(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        app.heard.append(("action", body))
        await respond(text="user-service: pass again.", blocks=verdict(2), replace_original=True)

    @app.event("message")
    async def direct(event: dict[str, Any], say: Any) -> None:
        await say(text=f"You said: {event['text']}", **QUIET)


def clicking(app: Any) -> None:
    """Buttons, menus and a message shortcut."""

    @app.action(re.compile("^(more|fb|pick)$"))
    async def chosen(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        app.heard.append(("chosen", body))

    @app.options("service")
    async def options(ack: Any, payload: dict[str, Any]) -> None:
        await ack(options=[option(payload["value"] + "-service")])

    @app.shortcut("diagnose_message")
    async def shortcut(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        app.heard.append(("shortcut", body))
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)


def modals(app: Any) -> None:
    """What happens in modals and at home."""

    @app.shortcut("diagnose_global")
    async def anywhere(ack: Any, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=PLACE)

    @app.view("diagnose")
    async def submitted(ack: Any, view: dict[str, Any]) -> None:
        app.heard.append(("view", view))
        if view["state"]["values"]["port"]["port"]["value"] == "none":
            await ack(response_action="errors", errors={"port": "A port is a number."})
        else:
            await ack()

    @app.view("place")
    async def placed(ack: Any, body: dict[str, Any]) -> None:
        await ack(response_action="update", view=MODAL)
        app.heard.append(("view", body))

    @app.view_closed("place")
    async def closed(ack: Any, body: dict[str, Any]) -> None:
        await ack()
        app.heard.append(("closed", body))

    @app.event("app_home_opened")
    async def home(event: dict[str, Any], client: AsyncWebClient) -> None:
        view = {"type": "home", "blocks": [section("*Needs you* · nothing", "home")]}
        await client.views_publish(user_id=event["user"], view=view)
