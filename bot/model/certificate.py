"""A certificate that a server showed, as far as a caller would judge it: for which names, from when until when, by whom."""

from datetime import datetime, timedelta

from msgspec import Struct


class Certificate(Struct, frozen=True, omit_defaults=True):
    """`names` are the DNS names and IP addresses of its subjectAltName; the subject's common name is none of them."""

    starts: datetime
    ends: datetime
    names: tuple[str, ...] = ()
    subject: str = ""
    issuer: str = ""
    is_self_signed: bool = False

    def covers(self, name: str) -> bool:
        """Return whether a caller of `name`, a host name or an IP, finds it in there (RFC 9525, 6.3).

        A wildcard stands for one whole label, the leftmost. Common names do not count: no current client reads them.
        """
        wanted = name.rstrip(".").lower()
        return any(_matches(each.rstrip(".").lower(), wanted) for each in self.names)

    def days_left(self, at: datetime) -> int:
        """Return the whole days until it ends, rounded down; negative after that."""
        return (self.ends - at) // timedelta(days=1)


def _matches(pattern: str, name: str) -> bool:
    if not pattern.startswith("*."):
        return pattern == name
    first, _, rest = name.partition(".")
    return bool(first) and rest == pattern.removeprefix("*.")
