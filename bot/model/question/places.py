"""Whether a namespace that was named is there at all: a mistyped one has no Services, no policies and nothing that is wrong."""

from collections.abc import Iterable

from bot.model.gaps import Gap
from bot.model.snapshot import Snapshot


def is_missing(place: str, snapshot: Snapshot) -> bool:
    """Return whether a namespace surely is not there.

    Every cluster has the namespace `default`, so where that is not in the list, the list is not whole.
    """
    if snapshot.namespace(place) or not snapshot.namespace("default") or not snapshot.has("namespaces"):
        return False
    return not (snapshot.services_in(place) or snapshot.pods_in(place))


def missing_gaps(places: Iterable[str], snapshot: Snapshot) -> tuple[Gap, ...]:
    """Return a gap for each of these namespaces that surely is not there: of its Services nothing can be said."""
    why = "there is none of that name"
    return tuple(Gap("services", each, f"namespace {each}", why) for each in places if is_missing(each, snapshot))
