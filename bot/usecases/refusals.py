"""Questions that cannot be answered, refused in the same words wherever they are asked (command line, Slack)."""

from bot.errors import UsageError
from bot.model.snapshot import Snapshot
from bot.model.text import listing


def expect_services(snapshot: Snapshot, namespaces: tuple[str, ...]) -> None:
    """Raise UsageError for a scope without any Service, if its Services could be listed: a mistyped namespace, most likely."""
    if not namespaces or any(each.namespace in namespaces for each in snapshot.services):
        return
    if not all(snapshot.has("services", each) for each in namespaces):
        return
    known = sorted({each.namespace for each in snapshot.services} or {each.name for each in snapshot.namespaces})
    raise UsageError(
        f"There is no Service in {', '.join(namespaces)}.",
        hint=f"Namespaces: {listing(known, most=10)}." if known else "",
    )


def no_name(address: str) -> UsageError:
    """Return the refusal of a lookup without a name."""
    if address:
        return UsageError(
            f"{address} is an IP: there is nothing to resolve.", hint="Give a name, e.g. user-service.shop"
        )
    return UsageError("There is no name to resolve.", hint="Give a name, e.g. user-service.shop")


def two_ends() -> UsageError:
    """Return the refusal of a path that lacks an end."""
    return UsageError("A path has two ends.", hint="For example: path shop/checkout to user-service port 80")
