"""What is read, changed and written again keeps what a newer version wrote there and this one does not know.

During an upgrade processes of both versions change the same schedules and watches, which outlive them all.
"""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import fields


def rewritten(raw: bytes, word: Struct) -> bytes:
    """Encode a word over the JSON that it was read from."""
    after = msgspec.json.decode(msgspec.json.encode(word))
    return msgspec.json.encode(_over(msgspec.json.decode(raw), after, word))


def _over(before: dict[str, Any], after: dict[str, Any], word: Struct) -> dict[str, Any]:
    known = {each.encode_name: getattr(word, each.name) for each in fields(word)}
    for name, inner in known.items():
        if isinstance(inner, Struct) and isinstance(before.get(name), dict) and name in after:
            after[name] = _over(before[name], after[name], inner)
    return {name: value for name, value in before.items() if name not in known} | after
