"""Who may ask. Pure: facts of one payload in, a sentence of refusal or nothing out.

In a Slack Connect channel people of other companies see messages, click buttons and mention the bot; hiding a button is
no access control, so every payload is judged. https://docs.slack.dev/apis/slack-connect
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from bot.config import Config

STRANGER = "k8snet answers members of its own workspace only."
SHARED = "This channel is shared with another company, and k8snet tells nothing about a cluster there."


class Asker(Struct, frozen=True):
    """Who asks, from which workspace, where. `foreign` holds every other workspace that the payload names for them."""

    user: str
    team: str
    channel: str = ""
    shared: bool = False
    foreign: frozenset[str] = frozenset()
    enterprise: str = ""
    name: str = ""


def asker_of(body: Mapping[str, Any]) -> Asker:
    """Read who asks from any payload: command, event, action, shortcut, view."""
    event, user, channel = body.get("event") or {}, body.get("user"), body.get("channel")
    person = user if isinstance(user, Mapping) else {}
    team = body.get("team_id") or (body.get("team") or {}).get("id") or ""
    homes = {person.get("team_id"), event.get("user_team"), event.get("source_team"), body.get("user_team")}
    return Asker(
        user=body.get("user_id") or person.get("id") or event.get("user") or "",
        team=team,
        channel=body.get("channel_id")
        or (channel.get("id") if isinstance(channel, Mapping) else "")
        or event.get("channel")
        or (event.get("item") or {}).get("channel")
        or "",
        shared=bool(body.get("is_ext_shared_channel")),
        foreign=frozenset(str(each) for each in homes if each and each != team),
        name=str(body.get("user_name") or person.get("username") or person.get("name") or ""),
        enterprise=str(body.get("enterprise_id") or (body.get("enterprise") or {}).get("id") or ""),
    )


def refused(asker: Asker, config: Config, own_team: str) -> str:
    """Return why this asker gets no answer here, or nothing. Without a setting the bot's own workspace is the allowed one."""
    allowed = config.allowed_team or own_team
    if asker.foreign or (allowed and allowed not in (asker.team, asker.enterprise)):
        return STRANGER
    if asker.shared and asker.channel not in config.allowed_channels:
        return SHARED
    return ""
