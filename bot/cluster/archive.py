"""A Snapshot as a file: written, trimmed and redacted, and read back to the same Snapshot. Pure: bytes in, bytes out.

Schema `k8snet.snapshot/v1`: the words as they are encoded, with the question they were read for, so that a replay gives
the same diagnosis, ages and gaps included.
"""

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from bot.cluster.dump_scope import other_question_gaps
from bot.cluster.redaction import redacted
from bot.errors import DumpUnreadableError
from bot.model.kube.kinds import BY_KEY
from bot.model.kube.objects import KubeObject
from bot.model.pattern import pattern
from bot.model.question.question import Question, Source
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

SCHEMA = "k8snet.snapshot/v1"
_ANY_VERSION = pattern(r"k8snet\.snapshot/v\d+")


class SnapshotFile(Struct, frozen=True):
    schema: str
    question: Question | None
    snapshot: Snapshot


def write_snapshot(snapshot: Snapshot, question: Question | None) -> bytes:
    """Return the file's content, one JSON object. Environment values stay only where they name the question's Service."""
    kept = redacted(snapshot, question.service if question else "")
    return msgspec.json.format(msgspec.json.encode(SnapshotFile(SCHEMA, question, kept)), indent=1) + b"\n"


def is_snapshot(document: Any) -> bool:
    """Whether a decoded JSON value is a snapshot file, of whatever version."""
    return isinstance(document, dict) and _ANY_VERSION.fullmatch(str(document.get("schema"))) is not None


def snapshot_in(document: Any, label: str, question: Question | None = None) -> Snapshot:
    """Return the Snapshot of a decoded snapshot file. Raises DumpUnreadableError for another version or a damaged file.

    Asked another question than it was read for, it has gaps where its record of lists does not say that all was read.
    """
    if document["schema"] != SCHEMA:
        raise DumpUnreadableError(f"{label} is a {document['schema']}, and this k8snet reads {SCHEMA}.")
    try:
        file = msgspec.convert(document, SnapshotFile)
        known = replace(file.snapshot, others=_others(document["snapshot"].get("others") or {}))
    except (msgspec.ValidationError, RecursionError) as error:
        raise DumpUnreadableError(f"{label} is a damaged snapshot: {one_line(str(error), limit=200)}.") from None
    if known.listed is None or _is_answered(question, file.question):
        return known
    return replace(known, gaps=(*known.gaps, *other_question_gaps(known)))


def _is_answered(question: Question | None, read_for: Question | None) -> bool:
    """Whether a question is the one that was read for, as far as the words of both tell."""
    if question is None or read_for is None:
        return False
    same = question.service == read_for.service or (bool(question.name) and question.name == read_for.name)
    here = question.namespace in ("", read_for.namespace) and question.address in ("", read_for.address)
    caller = question.source is None or (
        read_for.source is not None
        and _name(question.source) == _name(read_for.source)
        and question.source.namespace in ("", read_for.source.namespace)
    )
    return same and here and caller


def _name(source: Source) -> str:
    return source.pod or source.workload.rpartition("/")[2]


def _others(given: dict[str, Any]) -> dict[str, tuple[KubeObject, ...]]:
    """Return the kinds that lie together, each in its struct; one that this version does not know is left out."""
    return {
        key: tuple(msgspec.convert(each, BY_KEY[key].struct) for each in found)
        for key, found in given.items()
        if key in BY_KEY
    }
