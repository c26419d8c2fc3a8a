"""A question about objects that were read beforehand: whom and what it means in them."""

from datetime import datetime

from msgspec.structs import replace

from bot.model.gaps import Gap
from bot.model.kube.kinds import SHORT
from bot.model.names import Names, kept
from bot.model.pod_callers import pod_callers
from bot.model.question.question import Question
from bot.model.question.refusals import no_caller
from bot.model.question.resolve import resolve, resolve_source
from bot.model.snapshot import Snapshot
from bot.model.views.caller import Caller


def resolved_in(question: Question, snapshot: Snapshot, default_namespace: str) -> tuple[Question, Snapshot]:
    """Return the question as it is meant in a snapshot, and the snapshot, with a Gap for a caller that it may lack.

    Raises UnknownNameError for a caller that it surely does not have, and what `resolve` raises.
    """
    return sourced_in(resolve(question, snapshot, default_namespace), snapshot)


def sourced_in(question: Question, snapshot: Snapshot) -> tuple[Question, Snapshot]:
    """Return the question with the caller that it means in a snapshot, and the snapshot, with a Gap if it may lack him.

    Raises UnknownNameError for a caller that it surely does not have.
    """
    resolved = resolve_source(question, snapshot)
    source = resolved.source
    if source is None or Caller(snapshot, source).party:
        return resolved, snapshot
    pods = snapshot.pods_in(source.namespace)
    if pods and snapshot.has("pods", source.namespace) and snapshot.has("workloads", source.namespace):
        raise no_caller(source, (each.name for each in (*pods, *snapshot.workloads_in(source.namespace))))
    gap = Gap("source", source.namespace, f"the caller {source}", "it is not in the dump")
    return resolved, replace(snapshot, gaps=(*snapshot.gaps, gap))


def names_in(snapshot: Snapshot, at: datetime) -> Names:
    """Return the names of a snapshot by which people ask."""
    gaps: list[str] = []
    made = (*snapshot.deployments, *snapshot.stateful_sets, *snapshot.daemon_sets)
    workloads = (f"{each.namespace}/{SHORT[each.kind]}/{each.name}" for each in made)
    spaces = {each.name for each in snapshot.namespaces} | {each.namespace for each in snapshot.services}
    return Names(
        cluster=snapshot.cluster,
        at=at,
        namespaces=kept(spaces, "namespaces", gaps),
        services=kept((f"{each.namespace}/{each.name}" for each in snapshot.services), "services", gaps),
        workloads=kept((*workloads, *pod_callers(snapshot.pods)), "workloads", gaps),
        gaps=tuple(dict.fromkeys(gaps)),
    )
