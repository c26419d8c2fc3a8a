"""A question about objects that were read beforehand: whom and what it means in them."""

from msgspec.structs import replace

from bot.model.gaps import Gap
from bot.model.question.question import Question
from bot.model.question.refusals import no_caller
from bot.model.question.resolve import resolve, resolve_source
from bot.model.snapshot import Snapshot
from bot.model.views.caller import Caller


def resolved_in(question: Question, snapshot: Snapshot, default_namespace: str) -> tuple[Question, Snapshot]:
    """Return the question as it is meant in a snapshot, and the snapshot, with a Gap for a caller that it may lack.

    Raises UnknownNameError for a caller that it surely does not have, and what `resolve` raises.
    """
    resolved = resolve_source(resolve(question, snapshot, default_namespace), snapshot)
    source = resolved.source
    if source is None or Caller(snapshot, source).party:
        return resolved, snapshot
    pods = snapshot.pods_in(source.namespace)
    if pods and snapshot.has("pods", source.namespace) and snapshot.has("workloads", source.namespace):
        raise no_caller(source, (each.name for each in (*pods, *snapshot.workloads_in(source.namespace))))
    gap = Gap("source", source.namespace, f"the caller {source}", "it is not in the dump")
    return resolved, replace(snapshot, gaps=(*snapshot.gaps, gap))
