"""Since when a finding is so, and who wrote what is wrong: found out in one place, by what checks say is written wrong.

Every write leaves its manager, its time and its fields in the object (managedFields). Where these are not there, as kubectl
prints objects, the object's own times may tell: a spec that nobody changed (generation 1) says what it says since it was made,
and one that was changed cannot say so for longer than the object is there.
"""

from datetime import datetime

from msgspec import Struct

from bot.model.kube.objects import KubeObject
from bot.model.result.changes import Writer, writer_of
from bot.model.result.finding import Detection, Written
from bot.model.snapshot import Snapshot


class Dated(Struct, frozen=True):
    """Since when, and in words by whom; None where that is not known. `earliest`: since when at most, where no more is."""

    since: datetime | None = None
    changed_by: str | None = None
    earliest: datetime | None = None


def dated(snapshot: Snapshot, found: Detection) -> Dated:
    """Return the dates of a finding: those of what is written wrong, else what its check knows."""
    if found.written is None:
        return Dated(found.since)
    fields = _all_of(found.written)
    known = [(each, there) for each in fields if (there := snapshot.object(each.object)) is not None]
    writers = [_writer(each, there) for each, there in known]
    last = max((each for each in writers if each), key=_time, default=None)
    is_whole = len(known) == len(fields) and all(each is not None and each.time for each in writers)
    began = last.time if last and is_whole and found.written.begins else None
    since = began or found.since
    by = str(last) if last and last.manager else None
    return Dated(since, by, None if since or not found.written.begins else _born(known))


def _all_of(written: Written) -> tuple[Written, ...]:
    return (written, *(_all_of(written.beside) if written.beside else ()))


def _writer(written: Written, known: KubeObject) -> Writer | None:
    """Return who last wrote it; nobody by name where only the creation of an object that nobody changed tells when."""
    is_as_made = written.made and known.metadata.generation == 1  # each change of its spec counts that up
    made = Writer("", known.metadata.creation_timestamp) if is_as_made else None
    return writer_of(known, *written.path) or made


def _time(writer: Writer) -> float:
    return writer.time.timestamp() if writer.time else 0.0


def _born(known: list[tuple[Written, KubeObject]]) -> datetime | None:
    """Return when the last of these objects was made."""
    return max((at for _, each in known if (at := each.metadata.creation_timestamp)), default=None)
