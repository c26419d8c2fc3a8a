"""Kinds whose API may not be served (admin tiers, Cilium, Calico, Gateway API, meshes): found by one discovery request.

Only what is served is listed. What is not served does not exist, which is no gap. Aggregated discovery is KEP-3352 (stable
since Kubernetes 1.30); an older server answers with its groups alone, and a list that is then 404 means: none.
"""

from typing import NamedTuple

from msgspec import UNSET, Struct, UnsetType

from bot.cluster.collector import FORBIDDEN, NOT_FOUND, SnapshotBuilder, reason, together
from bot.cluster.decode_lean import lean
from bot.cluster.errors import ApiError, BrokenError, NoConnectionError, decoded
from bot.cluster.resources import Resource, resource
from bot.cluster.transport import Cluster
from bot.model.gaps import DISCOVERY, Gap, Listed
from bot.model.kube.kinds import KINDS, Kind
from bot.model.kube.opaque import IstioAuthorizationPolicy, PeerAuthentication
from bot.model.policy.opaque import ISTIO_SYSTEM, POLICIES, ROUTES

# The aggregated form where the server has it, else the plain one.
ACCEPT = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
DNS_NAMESPACE = "kube-system"
_MOST_PAGES = 4
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
    """APIGroupDiscoveryList, or APIGroupList."""

    items: tuple[_Group, ...] | UnsetType | None = UNSET
    groups: tuple[_Group, ...] | UnsetType | None = UNSET


class Api(NamedTuple):
    """An API group and version that is served, with its resources; None where the server does not say which."""

    group: str
    version: str
    plurals: frozenset[str] | None


async def discover(cluster: Cluster) -> tuple[Api, ...]:
    """Return the API groups and versions that the server has. Raises ApiError, ClusterUnreachableError."""
    found: tuple[Api, ...] = await cluster.read("/apis", decode=_apis, accept=ACCEPT)
    return found


def _apis(body: bytes) -> tuple[Api, ...]:
    """Return what a discovery says. Raises BrokenError for an answer that is none."""
    said: _Groups = decoded(body, _Groups)
    if said.items is UNSET and said.groups is UNSET:
        raise BrokenError(0, "an answer I do not understand (it is no list of APIs)")
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


def unknown_version(kind: Kind, apis: tuple[Api, ...]) -> str:
    """Return the group and version that a kind is served in, where that is none that its struct is made for; else empty."""
    found = (f"{each.group}/{each.version}" for each in apis if each.group in kind.groups and each.plurals)
    plurals = {f"{each.group}/{each.version}": each.plurals or () for each in apis}
    return next((each for each in found if kind.plural in plurals[each]), "")


async def read_optional(reading: SnapshotBuilder, apis: tuple[Api, ...], namespaces: tuple[str, ...]) -> None:
    """List every optional kind that is served, in the whole cluster.

    With `namespaces` one page of it; where there is more, or the whole may not be listed, those namespaces. Without, all.
    """
    asked = [(kind, served(kind, apis)) for kind in OPTIONAL]
    for kind, known in asked:
        if known is None and (other := unknown_version(kind, apis)):
            reading.gaps.append(Gap(kind.gap, "", kind.plural, f"they are served as {other}, which I do not know"))
        elif known is None:
            reading.listed.add(Listed(kind.key))
    found = [(kind, known) for kind, known in asked if known]
    await together(*(_list(reading, kind, lean(known), namespaces) for kind, known in found))


async def read_elsewhere(reading: SnapshotBuilder, apis: tuple[Api, ...], namespace: str) -> None:
    """List what is served and was not listed whole in one more namespace."""
    known = (
        (kind, served(kind, apis)) for kind in OPTIONAL if kind.namespaced and Listed(kind.key) not in reading.listed
    )
    await together(
        *(reading.list(kind.gap, lean(each), namespace, most=_MOST_PAGES) for kind, each in known if each is not None)
    )


async def _list(reading: SnapshotBuilder, kind: Kind, known: Resource, namespaces: tuple[str, ...]) -> None:
    try:
        has_more = await reading.part(known, most=1 if namespaces else 0)
    except (ApiError, NoConnectionError) as error:
        status = error.status if isinstance(error, ApiError) else 0
        if status == FORBIDDEN and kind.namespaced and namespaces:
            has_more = True
        elif status == NOT_FOUND:  # the group is served without it
            reading.listed.add(Listed(kind.key))
            return
        else:
            reading.leave(kind.gap, known, "", error)
            return
    if has_more:
        places = dict.fromkeys((*namespaces, *_also(kind))) if kind.namespaced else ("",)
        await together(*(reading.list(kind.gap, known, each, most=_MOST_PAGES) for each in places))


def _also(kind: Kind) -> tuple[str, ...]:
    """Return the namespaces beside those of the call whose objects can reach it: the DNS pods', a mesh's root."""
    if kind.struct in (PeerAuthentication, IstioAuthorizationPolicy, *ROUTES):
        return (ISTIO_SYSTEM,)
    return (DNS_NAMESPACE,) if kind.struct in POLICIES else ()


def undiscovered(error: ApiError | NoConnectionError) -> Gap:
    """Return the gap of a discovery that failed: nobody knows which policy and mesh APIs are served."""
    return Gap(DISCOVERY, "", "the list of served APIs", reason(error))
