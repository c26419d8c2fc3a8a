"""Kinds whose API may not be served (admin tiers, Cilium, Calico, Gateway API, meshes): found by one discovery request.

Only what is served is listed. What is not served does not exist, which is no gap. Aggregated discovery is KEP-3352 (stable
since Kubernetes 1.30); an older server answers with its groups alone, and a list that is then 404 means: none.
"""

from typing import NamedTuple

from msgspec import Struct

from bot.cluster.collector import FORBIDDEN, NOT_FOUND, Reading, gap_of, together
from bot.cluster.decode_lean import lean
from bot.cluster.errors import RefusedError, decoded
from bot.cluster.resources import Resource, resource
from bot.cluster.transport import Cluster
from bot.model.kube.kinds import KINDS, Kind
from bot.model.policy.opaque import DISCOVERY
from bot.model.snapshot import Gap, Listed

# The aggregated form where the server has it, else the plain one.
ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
OPTIONAL = tuple(each for each in KINDS if each.optional)


class _Name(Struct, frozen=True):
    name: str = ""


class _Served(Struct, frozen=True):
    resource: str = ""


class _Version(Struct, frozen=True):
    version: str = ""
    resources: tuple[_Served, ...] | None = None


class _Group(Struct, frozen=True):
    """A group of either form: the aggregated one has its name in `metadata`."""

    name: str = ""
    metadata: _Name = _Name()
    versions: tuple[_Version, ...] | None = None


class _Groups(Struct, frozen=True):
    items: tuple[_Group, ...] | None = None
    groups: tuple[_Group, ...] | None = None


class Api(NamedTuple):
    """An API group and version that is served, with its resources; None where the server does not say which."""

    group: str
    version: str
    plurals: frozenset[str] | None


async def discover(cluster: Cluster) -> tuple[Api, ...]:
    """Return the API groups and versions that the server has. Raises RefusedError, ClusterUnreachable."""
    said: _Groups = decoded(await cluster.read("/apis", accept=ACCEPT), _Groups)
    return tuple(
        Api(
            group.name or group.metadata.name,
            each.version,
            None if each.resources is None else frozenset(one.resource for one in each.resources),
        )
        for group in (*(said.items or ()), *(said.groups or ()))
        for each in group.versions or ()
    )


def served(kind: Kind, apis: tuple[Api, ...]) -> Resource | None:
    """Return how an optional kind is read here, by the first of its groups and versions that is served."""
    for group in kind.groups:
        for version in kind.versions:
            for api in apis:
                if (api.group, api.version) == (group, version) and (api.plurals is None or kind.plural in api.plurals):
                    return resource(kind, group, version)
    return None


async def read_optional(reading: Reading, apis: tuple[Api, ...], namespaces: tuple[str, ...]) -> None:
    """List every optional kind that is served: of the whole cluster, or where only that is allowed, in `namespaces`."""
    asked = [(kind, served(kind, apis)) for kind in OPTIONAL]
    reading.listed.update(Listed(kind.key) for kind, known in asked if known is None)
    found = [(kind, known) for kind, known in asked if known]
    await together(*(_list(reading, kind, lean(known), namespaces) for kind, known in found))


async def _list(reading: Reading, kind: Kind, known: Resource, namespaces: tuple[str, ...]) -> None:
    """One list a kind. A namespaced kind that may not be listed everywhere is asked for in these namespaces."""
    try:
        await reading.page(kind.gap, known)
    except RefusedError as refusal:
        if refusal.status == NOT_FOUND:
            reading.listed.add(Listed(kind.key))
            return
        if refusal.status == FORBIDDEN and kind.namespaced and namespaces:
            await together(*(reading.list(kind.gap, known, each, most=1) for each in namespaces))
            return
        reading.gaps.append(gap_of(kind.gap, known, "", refusal))


def undiscovered(refusal: RefusedError) -> Gap:
    """Return the gap of a discovery that failed: nobody knows which policy and mesh APIs are served."""
    return Gap(DISCOVERY, "", "the list of served APIs", str(refusal))
