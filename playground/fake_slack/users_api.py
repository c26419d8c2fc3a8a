"""The methods about who and where: auth.test, users.*, usergroups.*, conversations.*, reactions.*, thread status."""

from collections.abc import Mapping

from handlers.blockkit.lint import lint
from playground.fake_slack.core import Core
from playground.fake_slack.refusals import RefusalError, needed, open_channel, scoped, thread_root
from playground.fake_slack.state import Channel, Json, User, rendered

READS = {"public": "channels:read", "private": "groups:read", "im": "im:read"}
HISTORY = {"public": "channels:history", "private": "groups:history", "im": "im:history"}
STATUS_SECONDS = 120.0  # https://docs.slack.dev/reference/methods/assistant.threads.setStatus


async def auth_test(core: Core, call: Json) -> Json:
    """auth.test."""
    del call
    workspace = core.workspace
    return {
        "ok": True,
        "url": f"{core.site}/",
        "team": workspace.name,
        "user": workspace.bot.name,
        "team_id": workspace.team,
        "user_id": workspace.bot.id,
        "bot_id": "B0K8SNET",
        "enterprise_id": workspace.enterprise or None,
        "is_enterprise_install": False,
    }


async def users_info(core: Core, call: Json) -> Json:
    """users.info."""
    user = core.workspace.users.get(str(call.get("user")))
    if user is None:
        raise RefusalError("user_not_found")
    return {"ok": True, "user": described(core, user)}


def described(core: Core, user: User) -> Json:
    """Return a user as users.info shows one: https://docs.slack.dev/reference/objects/user-object.

    `is_stranger` is false for people of other companies who share a channel with the app: it does not tell them apart.
    """
    together = any({user.id, core.workspace.bot.id} <= each.members for each in core.workspace.channels.values())
    grid = {"id": user.id, "enterprise_id": user.enterprise, "enterprise_name": "Grid", "teams": [user.team]}
    return {
        "id": user.id,
        "team_id": user.team,
        "name": user.name,
        "real_name": user.real_name or user.name,
        "tz": user.tz,
        "deleted": user.deleted,
        "is_bot": user.bot,
        "is_restricted": user.guest or user.single_channel_guest,
        "is_ultra_restricted": user.single_channel_guest,
        "is_stranger": user.stranger and not together,
        **({"enterprise_user": grid} if user.enterprise else {}),
        "profile": {"real_name": user.real_name or user.name, "display_name": user.name},
    }


async def usergroup_users(core: Core, call: Json) -> Json:
    """usergroups.users.list."""
    members = core.workspace.groups.get(str(call.get("usergroup")))
    if members is None:
        raise RefusalError("no_such_subteam")
    return {"ok": True, "users": sorted(members)}


async def conversations_info(core: Core, call: Json) -> Json:
    """conversations.info; the scope depends on the kind of the channel."""
    channel = _readable(core, call)
    return {
        "ok": True,
        "channel": {
            "id": channel.id,
            "name": channel.name,
            "is_channel": channel.kind == "public",
            "is_private": channel.kind == "private",
            "is_im": channel.kind == "im",
            "is_archived": channel.archived,
            "is_mpim": False,
            "is_shared": channel.ext_shared,
            "is_ext_shared": channel.ext_shared,
            "is_pending_ext_shared": channel.pending_ext_shared,
            "is_org_shared": False,
            "is_member": core.workspace.bot.id in channel.members,
            "context_team_id": core.workspace.team,
        },
    }


async def conversations_replies(core: Core, call: Json) -> Json:
    """conversations.replies: the thread's root first; the scope depends on the kind of the channel."""
    channel = _readable(core, call, HISTORY)
    needed(call, "ts")
    thread = [each for each in core.workspace.messages.values() if each.channel == channel.id and not each.seen_by]
    shown = sorted((each for each in thread if call["ts"] in (each.ts, each.thread_ts)), key=lambda each: each.ts)
    if not shown:
        raise RefusalError("thread_not_found")
    told = [rendered(each, core.workspace) for each in shown[: int(call.get("limit") or 1000)]]
    return {"ok": True, "messages": told, "has_more": len(told) < len(shown)}


async def conversations_history(core: Core, call: Json) -> Json:
    """conversations.history: what stands in the channel itself, the newest first."""
    channel = _readable(core, call, HISTORY)
    oldest = float(call.get("oldest") or 0)
    stands = [
        each
        for each in core.workspace.messages.values()
        if each.channel == channel.id and not (each.seen_by or each.is_reply) and float(each.ts) > oldest
    ]
    shown = sorted(stands, key=lambda each: float(each.ts), reverse=True)
    told = [rendered(each, core.workspace) for each in shown[: int(call.get("limit") or 100)]]
    return {"ok": True, "messages": told, "has_more": len(told) < len(shown)}


async def conversations_members(core: Core, call: Json) -> Json:
    """conversations.members, on one page."""
    channel = _readable(core, call)
    return {"ok": True, "members": sorted(channel.members), "response_metadata": {"next_cursor": ""}}


async def conversations_open(core: Core, call: Json) -> Json:
    """conversations.open with one user."""
    user = str(call.get("users") or "")
    if user not in core.workspace.users:
        raise RefusalError("user_not_found")
    return {"ok": True, "channel": {"id": core.workspace.direct(user).id}}


async def reactions_add(core: Core, call: Json) -> Json:
    """reactions.add."""
    needed(call, "channel", "name", "timestamp")
    channel = open_channel(core.workspace, call["channel"])
    message = core.workspace.messages.get((channel.id, call["timestamp"]))
    if message is None:
        raise RefusalError("message_not_found")
    given = message.reactions.setdefault(call["name"], set())
    if core.workspace.bot.id in given:
        raise RefusalError("already_reacted")
    given.add(core.workspace.bot.id)
    core.changed()
    return {"ok": True}


async def set_status(core: Core, call: Json) -> Json:
    """assistant.threads.setStatus: gone after two minutes or at the app's reply; empty takes it away."""
    needed(call, "channel_id", "thread_ts")
    channel = open_channel(core.workspace, call["channel_id"])
    root = thread_root(core.workspace, channel, str(call["thread_ts"]))
    core.workspace.statuses.pop((channel.id, root), None)
    if call.get("status"):
        core.workspace.statuses[channel.id, root] = (str(call["status"]), core.clock.now() + STATUS_SECONDS)
    core.changed()
    return {"ok": True}


async def blocks_validate(core: Core, call: Json) -> Json:
    """blocks.validate, which is our lint here; works without a token."""
    del core
    view = call.get("view")
    if isinstance(view, dict):
        found = lint(view, surface="home" if view.get("type") == "home" else "modal")
    else:
        message = call.get("message") if isinstance(call.get("message"), dict) else {"blocks": call.get("blocks") or []}
        found = lint({"text": "validated", **(message or {})})
    errors = [
        {"pointer": one.pointer, "code": one.code, "message": one.message} for one in found if one.severity == "error"
    ]
    return {"ok": True, "valid": not errors, "errors": errors}


async def accept(core: Core, call: Json) -> Json:
    """A method that only says yes: functions.completeSuccess and functions.completeError."""
    del core, call
    return {"ok": True}


def _readable(core: Core, call: Json, scopes: Mapping[str, str] = READS) -> Channel:
    needed(call, "channel")
    try:
        channel = core.workspace.channel(call["channel"])
    except KeyError:
        raise RefusalError("channel_not_found") from None
    scoped(core.workspace, (scopes[channel.kind],))
    if channel.kind != "public" and core.workspace.bot.id not in channel.members:
        raise RefusalError("channel_not_found")
    return channel
