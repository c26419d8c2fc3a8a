"""Who asks, from where: read from any payload of Slack's. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class Asker(Struct, frozen=True):
    """Who asks, in which channel. `homes` holds each workspace or company that the payload names for them.

    `shared`: whether the payload says that the channel is shared with another company; None where it says nothing, as
    only events do (https://docs.slack.dev/apis/slack-connect). `door` is the kind of payload, for the audit line.
    """

    user: str
    team: str
    channel: str = ""
    shared: bool | None = None
    homes: frozenset[str] = frozenset()
    name: str = ""
    door: str = ""


def asker_of(body: Mapping[str, Any]) -> Asker:
    """Read who asks from any payload: command, event, action, shortcut, view."""
    event, user, channel = body.get("event") or {}, body.get("user"), body.get("channel")
    person = user if isinstance(user, Mapping) else {}
    team = body.get("team_id") or (body.get("team") or {}).get("id") or ""
    named = (person.get("team_id"), event.get("user_team"), event.get("source_team"), event.get("team"))
    homes = {*named, body.get("user_team"), team}
    shared = body.get("is_ext_shared_channel")
    return Asker(
        user=body.get("user_id") or person.get("id") or _author(event),
        team=team,
        channel=body.get("channel_id")
        or (channel.get("id") if isinstance(channel, Mapping) else "")
        or _place(event)
        or (event.get("item") or {}).get("channel")
        or "",
        shared=shared if isinstance(shared, bool) else None,
        homes=frozenset(each for each in homes if isinstance(each, str) and each),
        name=str(body.get("user_name") or person.get("username") or person.get("name") or ""),
        door=_door(body, event),
    )


def _author(event: Mapping[str, Any]) -> str:
    user = event.get("user")
    return user if isinstance(user, str) else ""


def _place(event: Mapping[str, Any]) -> str:
    channel = event.get("channel")
    return channel if isinstance(channel, str) else ""


def _door(body: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    if event:
        return str(event.get("type") or "event")
    return str(body.get("type") or ("command" if body.get("command") else "payload"))
