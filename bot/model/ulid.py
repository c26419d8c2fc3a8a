"""Run ids: ULIDs, 26 characters whose order as text is their order in time. Pure: clock and chance are given.

Source: https://github.com/ulid/spec (48 bits of milliseconds, 80 bits of chance, Crockford's base 32).
"""

from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U: an id is read aloud in incidents
_LENGTH = 26
_CHANCE_BYTES = 10


def ulid(at: datetime, chance: bytes) -> str:
    """Return the id of a moment (aware, kept to the millisecond) and 10 random bytes."""
    if len(chance) != _CHANCE_BYTES:
        raise ValueError(f"a ULID takes {_CHANCE_BYTES} random bytes, not {len(chance)}")
    milliseconds = round(at.timestamp() * 1000)
    number = int.from_bytes(milliseconds.to_bytes(6, "big") + chance, "big")
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
