"""What the lint answers with: one fault, where it is and how bad. Pure data."""

from typing import Literal

import msgspec

Severity = Literal["error", "warning"]


class Problem(msgspec.Struct, frozen=True):
    """One fault of a message. `pointer` is a JSON pointer (RFC 6901), `code` a stable word for machines."""

    pointer: str
    code: str
    message: str
    severity: Severity = "error"


class Allowed(msgspec.Struct, frozen=True):
    """The tokens a message may hold: ids of people and channels to name, and beginnings of links."""

    mentions: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
