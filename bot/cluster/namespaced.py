"""Whole namespaces, or a whole cluster, → one Snapshot: for tables and digests. Lists come in parts, each folded at once."""

from datetime import UTC, datetime

from bot.cluster import deadline
from bot.cluster.collector import Holding, SnapshotBuilder, together, what
from bot.cluster.compact import Interner
from bot.cluster.deadline import Run
from bot.cluster.errors import ApiError, NoConnectionError
from bot.cluster.optional import OPTIONAL, Api, discover, read_optional, undiscovered
from bot.cluster.reading.need import Known, Need
from bot.cluster.reading.rows import (
    AGENTS,
    CLASSES,
    CLUSTER,
    DNS,
    DNS_DOWN,
    SCOPE_CALLS,
    SCOPE_CAUSES,
    SCOPE_EVENTS,
    SCOPE_REST,
    SCOPE_ROUTES,
    SCOPE_SERVICES,
    SCOPE_SETTINGS,
)
from bot.cluster.reading.schedule import read_rows
from bot.cluster.reading.shared import dns_as_read
from bot.cluster.resources import SERVICES
from bot.cluster.transport import Cluster
from bot.model.call.named_hosts import ANY_SERVICE
from bot.model.dependencies.elsewhere import names_of_nobody, namespaces_named
from bot.model.gaps import SCOPE, SIMILAR_SERVICES, Gap
from bot.model.kube.workloads import Namespace
from bot.model.snapshot import Snapshot

# The needs that may be open for the whole cluster, and read in its namespaces.
_LISTED = frozenset(each.need for each in (SCOPE_SERVICES, *SCOPE_REST, *SCOPE_EVENTS, *SCOPE_ROUTES)) | {
    each.gap for each in OPTIONAL if each.namespaced
}
# Namespaces that are read one by one, where the cluster may not be listed as a whole.
MOST_NAMESPACES = 50
# Namespaces that are read beside those of a triage, since what runs there is called.
MOST_CALLED = 8
MOST_SOUGHT = 4  # names that nobody has there, which are looked for in all namespaces
MOST_HOMES = 2  # namespaces that have one of these, and are read
_OF_CALLS = (*SCOPE_SETTINGS, *SCOPE_CAUSES, *CLASSES)
_CALLED = (SCOPE_SERVICES, *SCOPE_CALLS, *SCOPE_EVENTS)


async def read_scope(
    cluster: Cluster,
    namespaces: tuple[str, ...] | None,
    *,
    seconds: float = 0.0,
    calls: bool = False,
    watches: Holding | None = None,
) -> Snapshot:
    """Return all that the checks need of some namespaces, or of all (None). What may not be read is a Gap.

    Where Services may not be listed in the whole cluster, its namespaces are read one by one; where these are not known, the
    one of the kubeconfig context. Kubernetes Events, logs and details of single pods are left out: they explain one
    Service, not a table; but for why the DNS has no pod that is ready, which fails all. With `calls`, for a triage, Events
    and Ingresses are read, which hosts containers are told to call (of named namespaces by ConfigMaps, too), which no watch
    holds, the claims of pods that wait for them, the controllers of Ingresses, and the other namespaces that are called, or may
    have been meant. What `watches` hold is not asked for. A list is one request, before 1.34 one for 500 pods, and the time
    grows with it: it ends when the API server has been silent for `seconds` (0: no limit of the whole). Raises
    ClusterUnreachableError.
    """
    reading = SnapshotBuilder(cluster, Interner(ANY_SERVICE if calls else ""), None if calls else watches)
    rest = (*SCOPE_CALLS, *SCOPE_EVENTS, *SCOPE_ROUTES) if calls else SCOPE_REST
    with deadline.running(Run(seconds, idle=True)) as run:
        await cluster.learn_version()
        places = ("",) if namespaces is None else tuple(dict.fromkeys(namespaces))
        rows = (*DNS, *CLUSTER, *AGENTS, SCOPE_SERVICES, *rest)
        known = Known(reading, places=places)
        _, apis = await together(read_rows((*rows, *(_OF_CALLS if calls else ())), known), _optional(reading, places))
        run.require_answer()
        known.dns = dns_as_read(known)
        await read_rows(DNS_DOWN, known)
        if namespaces is None:
            await _one_by_one(reading, apis, rest)
        elif calls:
            await _called(reading, places)
        return reading.snapshot(datetime.now(UTC), requests=run.requests)


async def _optional(reading: SnapshotBuilder, places: tuple[str, ...]) -> tuple[Api, ...]:
    """Read the optional kinds that are served, and return what is."""
    try:
        apis = await discover(reading.cluster)
    except (ApiError, NoConnectionError) as error:
        reading.gaps.append(undiscovered(error))
        return ()
    await read_optional(reading, apis, tuple(filter(None, places)))
    return apis


async def _called(reading: SnapshotBuilder, places: tuple[str, ...]) -> None:
    """Read the namespaces whose Services are called from these, and those that have what is called here by its bare name."""
    snapshot = reading.snapshot(datetime.now(UTC))
    named = namespaces_named(snapshot, places)
    sought = names_of_nobody(snapshot, places)[:MOST_SOUGHT]
    homes = [each for found in await together(*(_homes(reading, each) for each in sought)) for each in found]
    beside = tuple(dict.fromkeys(each for each in (*named, *homes) if each not in places))
    await read_rows(_CALLED, Known(reading, places=beside[:MOST_CALLED]))
    why = f"left out: no more than {MOST_CALLED} namespaces are read beside those that were asked about"
    reading.gaps.extend(
        Gap(SCOPE_SERVICES.need, each, what(SCOPE_SERVICES.resource, each), why) for each in beside[MOST_CALLED:]
    )


async def _homes(reading: SnapshotBuilder, name: str) -> tuple[str, ...]:
    """Return the namespaces that have a Service of a name; none where so many have one that it tells nothing.

    They are then read as a whole: a Service without what is behind it would be judged as one that has no pods.
    """
    aside = SnapshotBuilder(reading.cluster, Interner(""))
    found = await aside.list(SIMILAR_SERVICES, SERVICES, fields=f"metadata.name={name}", most=1)
    reading.gaps.extend(aside.gaps)
    homes = tuple(dict.fromkeys(each.namespace for each in found))
    if not homes:
        reading.listed.update(aside.listed)  # then no namespace has one
    return homes if len(homes) <= MOST_HOMES else ()


async def _one_by_one(reading: SnapshotBuilder, apis: tuple[Api, ...], rest: tuple[Need, ...]) -> None:
    """Services of the whole cluster were refused: ask for the namespaces, and say that there may be more.

    A namespace whose Services may not be read either is named, and nothing more is asked of it.
    """
    refused = next((each for each in reading.gaps if _is_refused(each) and each.need == "services"), None)
    if refused is None:
        return
    reading.gaps[:] = [each for each in reading.gaps if not _is_refused(each) or each.need not in _LISTED]
    known = tuple(sorted(each.name for each in reading.of(Namespace)))
    places = known[:MOST_NAMESPACES] or (reading.cluster.default_namespace or "default",)
    await read_rows((SCOPE_SERVICES,), Known(reading, places=places))
    open_ones = {each.namespace for each in reading.gaps if each.need == "services"}
    readable = tuple(each for each in places if each not in open_ones)
    why = f"{refused.why}; read instead: {len(readable)} of {len(known) or 'its'} namespaces"
    reading.gaps.append(Gap(SCOPE, "", "Services of the whole cluster", why, refused.grant))
    if readable:
        await together(read_rows(rest, Known(reading, places=readable)), read_optional(reading, apis, readable))


def _is_refused(gap: Gap) -> bool:
    """It is of the whole cluster, and a right is missing."""
    return bool(gap.grant) and not gap.namespace
