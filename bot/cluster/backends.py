"""The backends of some Services as they are at this moment, and nothing else: for what failed in a probe."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.cluster import deadline
from bot.cluster.collector import SnapshotBuilder, together
from bot.cluster.deadline import Run
from bot.cluster.reading.need import Known
from bot.cluster.reading.rows import BACKENDS
from bot.cluster.reading.schedule import read_rows
from bot.cluster.transport import Cluster
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot


async def read_backends(cluster: Cluster, services: Iterable[Ref], seconds: float) -> Snapshot:
    """Return these Services, their slices and pods, in three requests each; what is not here after `seconds` is a Gap."""
    reading = SnapshotBuilder(cluster)
    asked = [Question(service=each.name, namespace=each.namespace, name=each.name) for each in services]
    with deadline.running(Run(seconds)) as run:
        await together(*(read_rows(BACKENDS, Known(reading, each)) for each in asked))
        return reading.snapshot(datetime.now(UTC), requests=run.requests)
