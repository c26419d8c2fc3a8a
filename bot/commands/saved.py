"""Answers from saved objects: no network, no event loop, nothing loaded that only a cluster needs."""

import os
import time

from msgspec.structs import replace

from bot.cluster.dump import read_dump
from bot.commands.parse import Place
from bot.errors import UnknownName
from bot.model.caller import calling_party
from bot.model.case import Case
from bot.model.question.question import Question
from bot.model.question.resolve import resolve, resolve_source
from bot.model.result.diagnosis import Diagnosis
from bot.model.snapshot import Gap, Snapshot
from bot.model.ulid import ulid
from bot.usecases.diagnose import conclude, now

DEFAULT_NAMESPACE = "default"  # what kubectl uses where a context names none


def run_id() -> str:
    """A new run id of this moment."""
    return ulid(now(), os.urandom(10))


def diagnose_saved(question: Question, where: Place) -> Diagnosis:
    """Diagnose on saved objects. Raises DumpUnreadable, Ambiguous, UnknownName."""
    asked_at, began = now(), time.monotonic()
    resolved, snapshot = read_saved(question, where)
    took_ms = round((time.monotonic() - began) * 1000)
    return conclude(Case(resolved, snapshot), run_id=run_id(), asked_at=asked_at, took_ms=took_ms)


def read_saved(question: Question, where: Place) -> tuple[Question, Snapshot]:
    """Return the question as it is meant, and the saved objects. A caller they do not hold is refused, or is a gap."""
    snapshot = read_dump(where.dump, question)
    resolved = resolve_source(resolve(question, snapshot, DEFAULT_NAMESPACE), snapshot)
    source = resolved.source
    if source is None or calling_party(source, snapshot):
        return resolved, snapshot
    pods = snapshot.pods_in(source.namespace)
    if pods and snapshot.has("pods", source.namespace) and snapshot.has("workloads", source.namespace):
        from bot.model.question.suggest import suggest  # noqa: PLC0415 (only for a name that does not exist)

        names = {each.name for each in (*pods, *snapshot.workloads_in(source.namespace))}
        asked = source.pod or source.workload.partition("/")[2]
        raise UnknownName(f"There is no {asked} in {source.namespace} to call from.", suggestions=suggest(asked, names))
    gap = Gap("source", source.namespace, f"the caller {source}", "it is not in the dump")
    return resolved, replace(snapshot, gaps=(*snapshot.gaps, gap))
