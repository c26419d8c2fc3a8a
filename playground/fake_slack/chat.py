"""chat.*: posting, editing, deleting. https://docs.slack.dev/reference/methods?family=chat."""

from playground.fake_slack.core import Core
from playground.fake_slack.refusals import RefusalError, needed, open_channel, own_message, thread_root
from playground.fake_slack.state import Json, Message, rendered

TOMBSTONE = "This message was deleted."


async def post_message(core: Core, call: Json) -> Json:
    """chat.postMessage; a user's id as channel opens their direct messages."""
    needed(call, "channel")
    channel = open_channel(core.workspace, call["channel"])
    root = thread_root(core.workspace, channel, str(call.get("thread_ts") or ""))
    message = core.post(channel, call, "chat.postMessage", thread_ts=root)
    return _answer(core, message)


async def update(core: Core, call: Json) -> Json:
    """chat.update; a text alone takes the blocks away."""
    needed(call, "channel", "ts")
    channel = open_channel(core.workspace, call["channel"], member=False)
    message = own_message(core.workspace, channel, call["ts"], refused="cant_update_message")
    if core.edit_window is not None and core.clock.now() - float(message.ts) > core.edit_window:
        raise RefusalError("edit_window_closed")
    core.rewrite(message, call, "chat.update")
    return _answer(core, message) | {"text": message.text}


async def delete(core: Core, call: Json) -> Json:
    """chat.delete; a root with replies leaves a placeholder."""
    needed(call, "channel", "ts")
    channel = open_channel(core.workspace, call["channel"], member=False)
    message = own_message(core.workspace, channel, call["ts"], refused="cant_delete_message")
    remove(core, message)
    return {"ok": True, "channel": channel.id, "ts": message.ts}


def remove(core: Core, message: Message) -> None:
    """Take a message away, by the bot or by an admin."""
    message.deleted = True
    if core.workspace.in_thread(message.channel, message.ts):
        message.text, message.blocks, message.subtype = TOMBSTONE, [], "tombstone"
    else:
        core.workspace.messages.pop((message.channel, message.ts), None)
    core.changed()


async def post_ephemeral(core: Core, call: Json) -> Json:
    """chat.postEphemeral; gives a ts that nothing accepts."""
    needed(call, "channel", "user")
    channel = open_channel(core.workspace, call["channel"])
    if call["user"] not in channel.members:
        raise RefusalError("user_not_in_channel")
    thread_ts = str(call.get("thread_ts") or "")
    message = core.ephemeral(channel, call["user"], call, "chat.postEphemeral", thread_ts=thread_ts)
    return {"ok": True, "message_ts": message.ts}


async def get_permalink(core: Core, call: Json) -> Json:
    """chat.getPermalink."""
    needed(call, "channel", "message_ts")
    channel = open_channel(core.workspace, call["channel"], member=False)
    message = core.workspace.messages.get((channel.id, call["message_ts"]))
    if message is None:
        raise RefusalError("message_not_found")
    suffix = f"?thread_ts={message.thread_ts}&cid={channel.id}" if message.is_reply else ""
    return {"ok": True, "channel": channel.id, "permalink": core.site + message.permalink + suffix}


def _answer(core: Core, message: Message) -> Json:
    return {"ok": True, "channel": message.channel, "ts": message.ts, "message": rendered(message, core.workspace)}
