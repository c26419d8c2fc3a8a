"""The clock of a dump: the newest time in it, so that the same dump gives the same ages next year."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any, NamedTuple

import msgspec

from bot.cluster.documents import Document
from bot.model.kube.kinds import BY_STRUCT, Kind, row
from bot.model.kube.objects import KubeObject
from bot.model.kube.workloads import Event, Node
from bot.model.snapshot import RECENT, Snapshot

# Where nothing in a dump has a time, no age can be told; the start of the Unix epoch makes that plain.
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_LEASE = "Lease"


class Clock(NamedTuple):
    """When something last happened, as far as the objects say; NO_TIME where they do not.

    Heartbeats and Events (kept for an hour) come all the time, so these tell when a dump was made. Without any the newest
    time is a lower bound, perhaps of days ago: then it is not dated.
    """

    at: datetime
    is_dated: bool


def clock_of(snapshot: Snapshot, objects: Iterable[tuple[Kind | str, Document]]) -> Clock:
    """Return when a dump was made, as far as its objects say."""
    known = chain.from_iterable(snapshot.all(struct) for struct in BY_STRUCT)
    times = filter(None, chain.from_iterable(map(_times_of, known)))
    steady = (*_heartbeats(objects), *filter(None, (each.last_seen for each in snapshot.events)))
    newest = max((*times, *steady), default=NO_TIME)
    return Clock(newest, any(newest - each <= RECENT for each in steady))


def _times_of(known: KubeObject) -> Iterator[datetime | None]:
    """A deletionTimestamp is left out: it lies ahead by the grace period."""
    yield known.metadata.creation_timestamp
    yield from (entry.time for entry in known.metadata.managed_fields or ())
    status = getattr(known, "status", None)
    yield from (each.last_transition_time for each in getattr(status, "conditions", None) or ())
    for each in getattr(known, "container_statuses", ()):
        for state in (each.state, each.last_state):
            yield state.running and state.running.started_at
            yield state.terminated and state.terminated.finished_at
    if isinstance(known, Event):
        yield known.last_seen


def _heartbeats(objects: Iterable[tuple[Kind | str, Document]]) -> Iterator[datetime]:
    """Heartbeats are the youngest times in most dumps; no check needs them, so no struct has them."""
    for kind, document in objects:
        for each in _beats(kind, document):
            try:
                yield msgspec.convert(each, datetime).astimezone(UTC)
            except (TypeError, ValueError, OverflowError):  # a heartbeat is a courtesy, its absence no fault
                continue


def _beats(kind: Kind | str, document: Document) -> Iterator[Any]:
    """Yield the kubelet's heartbeats, and when a leader (or a kubelet) last renewed its Lease."""
    if kind == _LEASE:
        spec: Any = document.get("spec")
        yield spec.get("renewTime") if isinstance(spec, Mapping) else None
    elif kind is row(Node):
        status: Any = document.get("status")
        conditions = status.get("conditions") if isinstance(status, Mapping) else None
        for each in conditions if isinstance(conditions, list) else ():
            yield each.get("lastHeartbeatTime") if isinstance(each, Mapping) else None
