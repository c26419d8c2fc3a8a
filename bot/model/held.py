"""What a worker holds of its cluster by watches, for `doctor`."""

from datetime import datetime

from msgspec import Struct


class HeldKinds(Struct, frozen=True):
    """How many objects of how many kinds are held at a moment, and by kind why another one is read.

    `ended`: why nothing is held any more, such as a limit of memory; else empty.
    """

    at: datetime
    objects: int = 0
    kinds: int = 0
    read: dict[str, str] = {}
    ended: str = ""
