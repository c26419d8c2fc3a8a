"""Since when a finding is so, and who wrote what is wrong: found out in one place, by what checks say is written wrong.

Every write leaves its manager, its time and its fields in the object (managedFields). Where these are not there, as kubectl
prints objects, the object's own times may tell.
"""

from datetime import datetime

from msgspec import Struct

from bot.model.result.changes import Writer, writer_of
from bot.model.result.finding import Detection, Written
from bot.model.snapshot import Snapshot


class Dated(Struct, frozen=True):
    """Since when, and in words by whom; None where that is not known."""

    since: datetime | None = None
    changed_by: str | None = None


def dated(snapshot: Snapshot, found: Detection) -> Dated:
    """Return the dates of a finding: those of what is written wrong, else what its check knows."""
    if found.written is None:
        return Dated(found.since)
    writer = _writer(snapshot, found.written)
    began = writer.time if writer and found.written.begins else None
    return Dated(began or found.since, str(writer) if writer and writer.manager else None)


def _writer(snapshot: Snapshot, written: Written) -> Writer | None:
    """Return who last wrote it; nobody by name where only the object's creation tells when."""
    known = snapshot.object(written.object)
    if known is None:
        return None
    made = Writer("", known.metadata.creation_timestamp) if written.made else None
    return writer_of(known, *written.path) or made
