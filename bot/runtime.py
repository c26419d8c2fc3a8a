"""A live cluster as the Runtime of answers, for workers and the command line alike."""

import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from bot.answer import Runtime
from bot.cluster.live import ClusterWide, read, read_scope
from bot.cluster.names import held_names, read_names
from bot.cluster.transport import Cluster
from bot.model.names import Names
from bot.model.question.question import Question
from bot.model.snapshot import Snapshot
from bot.usecases.diagnose import LONGEST_SILENCE, reading_seconds
from bot.usecases.given import Again

if TYPE_CHECKING:
    from bot.cluster.watching.watches import Watches  # of workers: a command holds nothing


def live_runtime(
    cluster: Cluster,
    *,
    namespace: str,
    probe: bool,
    deadline: float,
    cache: ClusterWide | None = None,
    watches: "Watches | None" = None,
    environ: Mapping[str, str] = os.environ,
) -> Runtime:
    """Return the runtime of an open cluster. `namespace` is where Services are looked for first; `probe`: also measure.

    A `cache` (nodes, namespaces, DNS, for half a minute) is shared by the questions of a worker, and so is what `watches` hold.
    """

    async def read_for(question: Question) -> tuple[Question, Snapshot]:
        seconds = reading_seconds(deadline, probes=probe)
        return await read(cluster, question, default_namespace=namespace, cache=cache, seconds=seconds, watches=watches)

    async def read_all(namespaces: tuple[str, ...]) -> Snapshot:
        return await read_scope(cluster, namespaces or None, seconds=LONGEST_SILENCE, watches=watches)

    async def read_calls(namespaces: tuple[str, ...]) -> Snapshot:
        return await read_scope(cluster, namespaces or None, seconds=LONGEST_SILENCE, calls=True)

    async def read_now(question: Question, seconds: float) -> tuple[Question, Snapshot]:
        return await read(cluster, question, default_namespace=namespace, seconds=seconds)

    async def names() -> Names:
        return (watches and held_names(cluster.name, watches)) or await read_names(cluster)

    reading = Runtime(
        read_for,
        read_all,
        deadline=deadline,
        names=names,
        read_triage=read_calls,
        held=(lambda: watches.state) if watches else None,
    )
    if not probe:
        return reading
    from bot.cluster.backends import read_backends  # noqa: PLC0415 (only what is measured is read again)
    from bot.measuring import measuring  # noqa: PLC0415 (dnspython, and all else that probes need)

    return measuring(replace(reading, again=Again(partial(read_backends, cluster), read_now)), environ)
