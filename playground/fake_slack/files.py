"""files.*: the three-step upload. Completion is asynchronous: the file is unusable for 2 s, its message comes late.

https://docs.slack.dev/messaging/working-with-files; lateness: https://github.com/slackapi/node-slack-sdk/issues/2260.
"""

from typing import Any

from handlers.blockkit import limits
from playground.fake_slack.core import FILE_READY_SECONDS, Core
from playground.fake_slack.refusals import RefusalError, needed, open_channel, thread_root
from playground.fake_slack.state import File, Json, Message


async def get_upload_url(core: Core, call: Json) -> Json:
    """files.getUploadURLExternal; `origin` is where this fake listens."""
    if call.get("length") in (0, "0"):
        raise RefusalError("missing_argument")
    needed(call, "filename", "length")
    if len(str(call.get("alt_txt") or "")) > limits.FILE_ALT:
        raise RefusalError("alt_txt_too_large")
    file = File(
        id=core.workspace.next_id("F"),
        name=str(call["filename"]),
        length=int(call["length"]),
        snippet_type=str(call.get("snippet_type") or ""),
        alt=str(call.get("alt_txt") or ""),
    )
    core.workspace.files[file.id] = file
    return {"ok": True, "upload_url": f"{call['origin']}/upload/v1/{file.id}", "file_id": file.id}


def receive(core: Core, file_id: str, body: bytes) -> bool:
    """Take the bytes in; they must be as many as announced."""
    file = core.workspace.files.get(file_id)
    if file is None or len(body) != file.length:
        return False
    file.body = body
    return True


async def complete_upload(core: Core, call: Json) -> Json:
    """files.completeUploadExternal: answers at once, shares later."""
    listed = call.get("files")
    if not isinstance(listed, list) or not listed:
        raise RefusalError("invalid_arguments")
    files = [_uploaded(core, one) for one in listed]
    names = str(call.get("channels") or call.get("channel_id") or "").split(",")
    for name in filter(None, names):
        channel = open_channel(core.workspace, name)
        root = thread_root(core.workspace, channel, str(call.get("thread_ts") or ""))
        content = {"text": str(call.get("initial_comment") or "")}
        if call.get("blocks"):
            content["blocks"] = call["blocks"]
        if any(content.values()):
            core.judge(content, "files.completeUploadExternal")
        share = _share(core, files, channel.id, root, content)
        core.later(core.file_share_seconds, share)
    for file in files:
        file.complete = True
        file.ready_at = core.clock.now() + FILE_READY_SECONDS
    return {"ok": True, "files": [{"id": file.id, "title": file.title} for file in files]}


async def info(core: Core, call: Json) -> Json:
    """files.info."""
    file = core.workspace.files.get(str(call.get("file")))
    if file is None:
        raise RefusalError("file_not_found")
    return {"ok": True, "file": described(core, file), "comments": []}


def described(core: Core, file: File) -> Json:
    """Return a file as the API shows it; `mimetype` is empty until it is processed."""
    ready = file.complete and file.ready_at <= core.clock.now()
    shares: dict[str, list[Json]] = {}
    for channel, ts in file.shares:
        shares.setdefault(channel, []).append({"ts": ts})
    return {
        "id": file.id,
        "name": file.name,
        "title": file.title,
        "size": file.length,
        "mimetype": file.kind if ready else "",
        "filetype": file.snippet_type or ("png" if file.is_picture else "text"),
        "alt_txt": file.alt,
        "permalink": f"{core.site}/files/{core.workspace.bot.id}/{file.id}/{file.name}",
        "shares": {"public": shares} if shares else {},
        "channels": [channel for channel, _ in file.shares],
    }


def _uploaded(core: Core, one: Any) -> File:
    file = core.workspace.files.get(str(one.get("id"))) if isinstance(one, dict) else None
    if file is None or (file.length and not file.body):
        raise RefusalError("file_not_found")
    file.title = str(one.get("title") or file.name)
    return file


def _share(core: Core, files: list[File], channel: str, root: str, content: Json) -> Any:
    def share() -> None:
        ts = core.workspace.next_ts(core.clock.now())
        message = Message(channel=channel, ts=ts, user=core.workspace.bot.id, text=content["text"], thread_ts=root)
        message.blocks = content.get("blocks", [])
        for file in files:
            file.shares.append((channel, ts))
        message.files = [described(core, file) for file in files]
        core.workspace.messages[channel, ts] = message

    return share
