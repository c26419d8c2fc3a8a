"""Run ids: ULIDs, 26 characters whose order as text is their order in time. Pure: clock and chance are given.

Source: https://github.com/ulid/spec (48 bits of milliseconds, 80 bits of chance, Crockford's base 32).
"""

from datetime import UTC, datetime

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


def ulid_time(text: str) -> datetime:
    """Return the moment inside an id, in UTC; ValueError where the text is none."""
    if not is_ulid(text):
        raise ValueError(f"{text!r} is not a ULID")
    milliseconds = 0
    for character in text[:10]:
        milliseconds = milliseconds * 32 + _ALPHABET.index(character)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def is_ulid(text: str) -> bool:
    """Whether a text may be a run id: 26 of the alphabet, and not beyond 48 bits of time."""
    return len(text) == _LENGTH and text[0] in "01234567" and all(each in _ALPHABET for each in text)
