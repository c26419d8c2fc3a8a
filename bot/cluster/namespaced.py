"""Whole namespaces, or a whole cluster, → one Snapshot: for tables and digests. Lists come in pages, each folded at once."""

from datetime import UTC, datetime

from bot.cluster.collector import Reading, together
from bot.cluster.compact import Fold
from bot.cluster.decode_lean import lean
from bot.cluster.resources import NAMESPACES, NODES, PODS, POLICIES, SERVICES, SLICES, WORKLOADS
from bot.cluster.shared_cache import read_dns
from bot.cluster.transport import Cluster
from bot.model.snapshot import Snapshot

_OF_CLUSTER = {"nodes": NODES, "namespaces": NAMESPACES}
_OF_NAMESPACES = (
    ("services", SERVICES),
    ("endpointslices", SLICES),
    ("networkpolicies", POLICIES),
    ("pods", PODS),
    *(("workloads", each) for each in WORKLOADS.values()),
)


async def read_scope(cluster: Cluster, namespaces: tuple[str, ...] | None) -> Snapshot:
    """Read all that the checks need of some namespaces, or of all (None). What may not be read is a Gap.

    Kubernetes Events, logs and Corefile details of single pods are left out: they explain one Service, not a table. The
    number of requests grows with pods (500 each) and namespaces. Raises ClusterUnreachable.
    """
    reading = Reading(cluster, Fold())
    places = ("",) if namespaces is None else tuple(dict.fromkeys(namespaces))
    deeds = [read_dns(reading), *(reading.list(need, lean(each)) for need, each in _OF_CLUSTER.items())]
    deeds += [reading.list(need, lean(each), place) for place in places for need, each in _OF_NAMESPACES]
    with cluster.counting() as counter:
        await together(*deeds)
        return reading.snapshot(datetime.now(UTC), requests=counter.requests)
