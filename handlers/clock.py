"""What time it is, for whoever is given no other clock."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time of this machine, in UTC."""
    return datetime.now(UTC)
