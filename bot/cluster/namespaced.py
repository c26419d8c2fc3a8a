"""Whole namespaces, or a whole cluster, → one Snapshot: for tables and digests. Lists come in pages, each folded at once."""

from collections.abc import Iterable
from datetime import UTC, datetime

from bot.cluster.collector import Reading, together
from bot.cluster.compact import Fold
from bot.cluster.decode_lean import lean
from bot.cluster.errors import RefusedError
from bot.cluster.optional import discover, read_optional, undiscovered
from bot.cluster.resources import NAMESPACES, NODES, PODS, POLICIES, SERVICES, SLICES, WORKLOADS, Resource
from bot.cluster.shared_cache import read_dns
from bot.cluster.transport import Cluster
from bot.model.kube.kinds import row
from bot.model.snapshot import SCOPE, Gap, Snapshot

_OF_CLUSTER = {"nodes": NODES, "namespaces": NAMESPACES}
_OF_NAMESPACES: tuple[tuple[str, Resource], ...] = (
    ("services", SERVICES),
    ("endpointslices", SLICES),
    ("networkpolicies", POLICIES),
    ("pods", PODS),
    *((row(each.word).gap, each) for each in WORKLOADS.values()),
)
_LISTED = frozenset(need for need, _ in _OF_NAMESPACES)
# Namespaces that are read one by one, where the cluster may not be listed as a whole.
MOST_NAMESPACES = 50


async def read_scope(cluster: Cluster, namespaces: tuple[str, ...] | None) -> Snapshot:
    """Return all that the checks need of some namespaces, or of all (None). What may not be read is a Gap.

    Where Services may not be listed in the whole cluster, its namespaces are read one by one; where these are not known, the
    one of the kubeconfig context. Kubernetes Events, logs and details of single pods are left out: they explain one
    Service, not a table. The number of requests grows with pods (500 each) and namespaces. Raises ClusterUnreachable.
    """
    reading = Reading(cluster, Fold())
    with cluster.counting() as counter:
        places = ("",) if namespaces is None else tuple(dict.fromkeys(namespaces))
        whole = [read_dns(reading), *(reading.list(need, lean(each)) for need, each in _OF_CLUSTER.items())]
        await together(*whole, _optional(reading, places), _lists(reading, places))
        if namespaces is None:
            await _one_by_one(reading)
        return reading.snapshot(datetime.now(UTC), requests=counter.requests)


async def _lists(reading: Reading, places: Iterable[str]) -> None:
    await together(*(reading.list(need, lean(each), place) for place in places for need, each in _OF_NAMESPACES))


async def _optional(reading: Reading, places: tuple[str, ...]) -> None:
    try:
        apis = await discover(reading.cluster)
    except RefusedError as refusal:
        reading.gaps.append(undiscovered(refusal))
        return
    await read_optional(reading, apis, tuple(filter(None, places)))


async def _one_by_one(reading: Reading) -> None:
    """Services of the whole cluster were refused: ask for the namespaces, and say that there may be more."""
    refused = next(
        (each for each in reading.gaps if each.need == "services" and not each.namespace and each.grant), None
    )
    if refused is None:
        return
    reading.gaps[:] = [each for each in reading.gaps if each.namespace or each.need not in _LISTED]
    known = tuple(sorted(each.name for each in reading.of(NAMESPACES.word)))
    places = known[:MOST_NAMESPACES] or (reading.cluster.default_namespace or "default",)
    why = f"{refused.why}; read instead: {len(places)} of {len(known) or 'its'} namespaces"
    reading.gaps.append(Gap(SCOPE, "", "Services of the whole cluster", why, refused.grant))
    await _lists(reading, places)
