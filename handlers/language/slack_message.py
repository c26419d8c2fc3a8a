"""Every text of a Slack message on lines of its own: alerts stand in attachments and blocks, where `text` is empty.

https://docs.slack.dev/reference/messaging/attachments and https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterator, Mapping
from typing import Any

_LONGEST = 4000  # characters of a message that are read
_PARTS = ("pretext", "author_name", "title", "text", "footer")


def message_text(message: Mapping[str, Any]) -> str:
    """Return the texts of a message; a field is one line `title: value`. Whatever is not as Slack sends it gives nothing."""
    lines = dict.fromkeys(each.strip() for each in _texts(message) if each.strip())
    return "\n".join(lines)[:_LONGEST]


def _texts(message: Mapping[str, Any]) -> Iterator[str]:
    yield _string(message.get("text"))
    for block in _list(message.get("blocks")):
        yield _block(block)
    for each in _list(message.get("attachments")):
        yield from _attachment(each)


def _attachment(attachment: Mapping[str, Any]) -> Iterator[str]:
    told = [_string(attachment.get(part)) for part in _PARTS]
    yield from told
    for field in _list(attachment.get("fields")):
        yield f"{_string(field.get('title')).strip(' :')}: {_string(field.get('value'))}"
    blocks = [_block(each) for each in _list(attachment.get("blocks"))]
    yield from blocks
    if not any([*told, *blocks]):
        yield _string(attachment.get("fallback"))


def _block(block: Any) -> str:
    """Return the words of a block; elements of a line of rich text stand beside each other, all else on its own line."""
    if isinstance(block, str):
        return block
    if isinstance(block, list | tuple):
        return "\n".join(filter(None, map(_block, block)))
    if not isinstance(block, Mapping):
        return ""
    kind = block.get("type")
    if kind in ("rich_text_section", "rich_text_preformatted", "rich_text_quote"):
        return "".join(_string(each.get("text") or each.get("url")) for each in _list(block.get("elements")))
    inside = [
        block[key] for key in ("text", "title", "fields", "elements", "rows") if key in block and kind != "actions"
    ]
    return "\n".join(filter(None, map(_block, inside)))


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list | tuple) else []


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""
