"""What Slack sends an app, as JSON: events, commands, interactions.

Shapes: https://docs.slack.dev/reference/interaction-payloads and https://docs.slack.dev/reference/events.
"""

from typing import Any

from playground.fake_slack import views
from playground.fake_slack.core import Core
from playground.fake_slack.state import Channel, Json, Message, User, View, rendered

APP = "A0K8SNET"
TOKEN = "verification-token-nobody-checks"
NAMES = {"private": "privategroup", "im": "directmessage"}


def event(core: Core, inner: Json, channel: Channel | None = None, sender: User | None = None) -> Json:
    """Wrap an event for the Events API."""
    workspace = core.workspace
    outside = sender is not None and sender.team != workspace.team
    if outside and sender is not None:
        inner = inner | {"user_team": sender.team, "source_team": sender.team}
    return {
        "token": TOKEN,
        "team_id": workspace.team,
        "enterprise_id": workspace.enterprise or None,
        "context_team_id": workspace.team,
        "api_app_id": APP,
        "event": inner,
        "type": "event_callback",
        "event_id": workspace.next_id("Ev"),
        "event_time": int(core.clock.now()),
        "authorizations": [
            {
                "enterprise_id": workspace.enterprise or None,
                "team_id": workspace.team,
                "user_id": workspace.bot.id,
                "is_bot": True,
                "is_enterprise_install": False,
            }
        ],
        "is_ext_shared_channel": bool(channel and channel.ext_shared),
    }


def command(core: Core, user: User, channel: Channel, typed: str, response_url: str) -> Json:
    """A slash command. It knows nothing of threads."""
    name, _, text = typed.partition(" ")
    payload = {
        "token": TOKEN,
        "team_id": core.workspace.team,
        "team_domain": core.workspace.name.lower(),
        "channel_id": channel.id,
        "channel_name": NAMES.get(channel.kind, channel.name),
        "user_id": user.id,
        "user_name": user.name,
        "command": name,
        "text": text.strip(),
        "api_app_id": APP,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": core.trigger(user.id),
    }
    if core.workspace.enterprise:
        payload["enterprise_id"] = core.workspace.enterprise
    return payload


def interaction(core: Core, kind: str, user: User, *, view: str = "") -> Json:
    """What all interactions have in common."""
    workspace = core.workspace
    enterprise = {"id": workspace.enterprise, "name": workspace.name} if workspace.enterprise else None
    return {
        "type": kind,
        "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team},
        "api_app_id": APP,
        "token": TOKEN,
        "trigger_id": core.trigger(user.id, view),
        "team": {"id": workspace.team, "domain": workspace.name.lower()}
        | ({"enterprise_id": workspace.enterprise, "enterprise_name": workspace.name} if workspace.enterprise else {}),
        "enterprise": enterprise,
        "is_enterprise_install": False,
    }


def on_message(core: Core, message: Message) -> Json:
    """Where an interaction with a message happened."""
    channel = core.workspace.channels[message.channel]
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": message.ephemeral,
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    place: Json = {
        "container": container,
        "channel": {"id": channel.id, "name": NAMES.get(channel.kind, channel.name)},
        "state": {"values": {}},
    }
    # Slack leaves the message out of payloads from ephemeral ones: it does not keep them.
    return place if message.ephemeral else place | {"message": rendered(message, core.workspace)}


def on_view(core: Core, view: View) -> Json:
    """Where an interaction with a modal or App Home happened."""
    return {"container": {"type": "view", "view_id": view.id}, "view": views.shown(core, view)}


def action(core: Core, block_id: str, element: Json, chosen: Json) -> Json:
    """One entry of `actions`."""
    own: dict[str, Any] = {
        "type": element["type"],
        "action_id": element.get("action_id", ""),
        "block_id": block_id,
        "action_ts": f"{core.clock.now():.6f}",
    }
    copied = {key: element[key] for key in ("text", "value", "url", "style") if key in element}
    return own | copied | chosen
