"""Questions that cannot be answered, refused in the same words wherever they are asked (command line, Slack)."""

from bot.errors import UsageError
from bot.model.snapshot import SCOPE, Snapshot
from bot.model.text import listing


def expect_services(snapshot: Snapshot, namespaces: tuple[str, ...]) -> None:
    """Raise UsageError for a scope without any Service, if its Services could be listed.

    A mistyped namespace, most likely; or with no namespace given, a dump of something else.
    """
    if any(not namespaces or each.namespace in namespaces for each in snapshot.services):
        return
    if not snapshot.has(SCOPE) or not all(snapshot.has("services", each) for each in namespaces or ("",)):
        return
    known = sorted({each.namespace for each in snapshot.services} or {each.name for each in snapshot.namespaces})
    raise UsageError(
        f"There is no Service in {', '.join(namespaces) or 'all that was read'}.",
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
