"""Names that are read as numbers: a Service may be called 443 (Kubernetes 1.36), which most resolvers take for an address.

inet_aton(3): one to four decimal, octal (0…) or hexadecimal (0x…) numbers, of which the last fills the bytes that are left.
How each resolver takes them was measured (tests/resolvers, the scenes "a number …"). Pure.
"""

from enum import StrEnum

from bot.model.pattern import pattern

_NUMBER = pattern(r"0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*")
_DECIMAL = pattern(r"[0-9]+(?:\.[0-9]+)*")
_PARTS = 4


class Numbers(StrEnum):
    """What a resolver makes of a name that inet_aton reads."""

    ASKED = "asked"  # like any name
    ADDRESS = "an address"  # and no DNS is asked
    DECIMAL = "decimal: an address"  # zeros in front are no octal numbers, and 0x… is refused without asking
    REFUSED = "decimal: refused"  # without asking; 0x… is asked


def inet_aton(name: str) -> str:
    """Return the IPv4 address that the C library reads a name as; empty where it reads none."""
    parts = name.split(".")
    if len(parts) > _PARTS or not all(_NUMBER.fullmatch(each) for each in parts):
        return ""
    *heads, last = map(_value, parts)
    room = 256 ** (_PARTS - len(heads))
    if any(each > 255 for each in heads) or last >= room:  # noqa: PLR2004 (a byte)
        return ""
    value = sum(each << 8 * (3 - at) for at, each in enumerate(heads)) + last
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def read(name: str, numbers: Numbers) -> tuple[bool, str]:
    """Return whether a resolver ends its lookup at the name itself, and the address that it takes it for, if any."""
    is_decimal = _DECIMAL.fullmatch(name) is not None
    match numbers:
        case Numbers.ADDRESS:
            address = inet_aton(name)
            return bool(address), address
        case Numbers.DECIMAL:
            plain = ".".join(each.lstrip("0") or "0" for each in name.split("."))
            return bool(inet_aton(name)), inet_aton(plain) if is_decimal else ""
        case Numbers.REFUSED:
            return is_decimal and name.count(".") != _PARTS - 1, ""
    return False, ""


def _value(text: str) -> int:
    base = 16 if text[:2] in ("0x", "0X") else 8 if text[0] == "0" else 10
    return int(text, base)
