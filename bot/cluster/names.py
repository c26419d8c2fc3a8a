"""The names of a cluster, for pickers: metadata only, some of what a question reads anyway, once in some minutes.

https://kubernetes.io/docs/reference/using-api/api-concepts/#partial-objects-metadata
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from msgspec import Struct

from bot.cluster import deadline
from bot.cluster.collector import Holding, together
from bot.cluster.deadline import Run
from bot.cluster.errors import ApiError, NoConnectionError
from bot.cluster.paging import pages
from bot.cluster.resources import DAEMON_SETS, DEPLOYMENTS, NAMESPACES, PODS, SERVICES, STATEFUL_SETS, Resource
from bot.cluster.transport import Cluster
from bot.model.kube.kinds import SHORT
from bot.model.kube.objects import KubeObject, Meta
from bot.model.names import MOST_NAMES, Names, kept
from bot.model.pod_callers import pod_callers

ACCEPT = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
SECONDS = 20.0  # of silence, after which the rest is a gap
_CALLERS = (DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS)


class _Meta(Struct, frozen=True):
    name: str = ""
    namespace: str = ""


class _Named(KubeObject, frozen=True):
    """Of an object its name: all else is passed over."""

    metadata: _Meta = _Meta()  # type: ignore[assignment]  # a narrower reading


async def read_names(cluster: Cluster) -> Names:
    """Return the names of namespaces, Services and workloads; what may not be listed is a gap.

    Raises ClusterUnreachableError where nothing answers.
    """
    gaps: list[str] = []
    at = datetime.now(UTC)
    with deadline.running(Run(SECONDS, idle=True)) as run:
        reading = [_listed(cluster, each, gaps) for each in (NAMESPACES, SERVICES, *_CALLERS)]
        namespaces, services, *callers = await together(*reading)
        run.require_answer()
    return _names(cluster.name, at, (namespaces, services, callers), gaps)


def held_names(cluster: str, watches: Holding) -> Names | None:
    """Return the same names from what watches hold; None where they do not hold all of it.

    Where they hold pods, Jobs, CronJobs and bare pods are among them: no list of their own would be worth its cost.
    """
    found = [watches.held(each) for each in (NAMESPACES, SERVICES, *_CALLERS)]
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        return None
    at = datetime.now(UTC) - timedelta(seconds=max(each.age for each in known))
    namespaces, services, *callers = ([one.metadata for one in each.objects] for each in known)
    pods = watches.held(PODS)
    return _names(cluster, at, (namespaces, services, callers), [], pod_callers(pods.objects if pods else ()))


Metas = Sequence[_Meta | Meta]


def _names(
    cluster: str, at: datetime, found: tuple[Metas, Metas, Sequence[Metas]], gaps: list[str], more: Iterable[str] = ()
) -> Names:
    namespaces, services, callers = found
    workloads = (
        f"{each.namespace}/{SHORT[resource.type.__name__]}/{each.name}"
        for resource, found in zip(_CALLERS, callers, strict=True)
        for each in found
    )
    spaces = {each.name for each in namespaces} | {each.namespace for each in services}
    return Names(
        cluster=cluster,
        at=at,
        namespaces=kept(spaces, "namespaces", gaps),
        services=kept((f"{each.namespace}/{each.name}" for each in services), "services", gaps),
        workloads=kept((*workloads, *more), "workloads", gaps),
        gaps=tuple(dict.fromkeys(gaps)),
    )


async def _listed(cluster: Cluster, resource: Resource, gaps: list[str]) -> tuple[_Meta, ...]:
    """Return what a list has, as many pages of it as names are kept; one that ends early is a gap."""
    found: list[_Meta] = []
    page = None
    try:
        read = partial(cluster.read, accept=ACCEPT)
        async for page in pages(read, resource.path(), {"limit": str(resource.page)}, _Named, _most(resource)):
            found.extend(each.metadata for each in page.items or () if each.metadata.name)
    except (ApiError, NoConnectionError) as error:
        if (run := deadline.current()) and isinstance(error, NoConnectionError):
            run.unanswered = error
        gaps.append(_kind(resource))
        return tuple(found)
    if page and page.resume:
        gaps.append(_kind(resource))
    return tuple(found)


def _most(resource: Resource) -> int:
    return -(-MOST_NAMES // resource.page)


def _kind(resource: Resource) -> str:
    return "workloads" if resource in _CALLERS else resource.plural
