"""The clock of a dump: the newest time in it, so that the same dump gives the same ages next year."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import msgspec

from bot.cluster.documents import Document
from bot.model.kube.kinds import BY_STRUCT, Kind, row
from bot.model.kube.objects import KubeObject
from bot.model.kube.workloads import Event, Node
from bot.model.snapshot import Snapshot

# Where nothing in a dump has a time, no age can be told; the start of the Unix epoch makes that plain.
NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def newest_time(snapshot: Snapshot, objects: Iterable[tuple[Kind | str, Document]]) -> datetime:
    """Return when something last happened, as far as the objects say; NO_TIME where they do not."""
    known = chain.from_iterable(snapshot.all(struct) for struct in BY_STRUCT)
    times = chain.from_iterable(map(_times_of, known))
    return max(chain(filter(None, times), _heartbeats(objects)), default=NO_TIME)


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
    """The kubelet's heartbeat is the youngest time in most dumps; no check needs it, so no struct has it."""
    for kind, document in objects:
        status: Any = document.get("status") if kind is row(Node) else None
        conditions = status.get("conditions") if isinstance(status, Mapping) else None
        for each in conditions if isinstance(conditions, list) else ():
            try:
                yield msgspec.convert(each["lastHeartbeatTime"], datetime).astimezone(UTC)
            except (
                KeyError,
                TypeError,
                ValueError,
                OverflowError,
            ):  # the heartbeat is a courtesy, its absence no fault
                continue
