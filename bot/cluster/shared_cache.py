"""The part of a cluster that every question shares: nodes, namespaces and the DNS. A worker keeps it for half a minute."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

from bot.cluster.collector import SnapshotBuilder, together
from bot.cluster.compact import Interner
from bot.cluster.decode_lean import lean
from bot.cluster.node_agents import read_some_agents
from bot.cluster.optional import DNS_NAMESPACE, Api, discover
from bot.cluster.redaction import redacted_object
from bot.cluster.resources import CONFIG_MAPS, NAMESPACES, NODES, PODS, POLICIES, SERVICES, SLICES
from bot.cluster.transport import Cluster
from bot.model.dns.cluster_dns import DNS_LABEL, DNS_LABEL_VALUES, UPSTREAM
from bot.model.gaps import Gap, Listed
from bot.model.kube.objects import KubeObject
from bot.model.kube.services import SERVICE_NAME_LABEL, Service

KEEP_SECONDS = 30.0
_VALUES = f"({','.join(DNS_LABEL_VALUES)})"
_DNS_PODS = f"{DNS_LABEL} in {_VALUES}"
_DNS_SLICES = f"{SERVICE_NAME_LABEL} in {_VALUES}"


class ClusterShared(NamedTuple):
    """What was read of it, with what could not be."""

    objects: tuple[KubeObject, ...]
    gaps: tuple[Gap, ...]
    listed: frozenset[Listed] = frozenset()


class Served:
    """Keeps which APIs are served. They change with what is installed, so for ten minutes."""

    def __init__(self, keep_seconds: float = 600.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_seconds, self._clock = keep_seconds, clock
        self._lock = asyncio.Lock()
        self._apis: tuple[Api, ...] = ()
        self._read_at: float | None = None

    async def read(self, cluster: Cluster) -> tuple[Api, ...]:
        """Return what is kept, or ask. Raises ApiError, ClusterUnreachableError."""
        async with self._lock:
            if self._read_at is None or self._clock() - self._read_at >= self._keep_seconds:
                self._apis, self._read_at = await discover(cluster), self._clock()
            return self._apis


class ClusterWide:
    """Keeps the shared part of one cluster. Questions that come at once wait for one reading."""

    def __init__(self, keep_seconds: float = KEEP_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self._keep_seconds, self._clock = keep_seconds, clock
        self._lock = asyncio.Lock()
        self._shared: ClusterShared | None = None
        self._read_at = 0.0
        self.served = Served()

    @property
    def is_fresh(self) -> bool:
        """What is kept is young enough to be given again."""
        return self._shared is not None and self._clock() - self._read_at < self._keep_seconds

    async def read(self, cluster: Cluster) -> ClusterShared:
        """Return what is kept, or read it. A reading with gaps is not kept: the next question tries again."""
        async with self._lock:
            if self._shared is None or not self.is_fresh:
                shared = await read_shared(cluster)
                if shared.gaps:
                    return shared
                self._shared, self._read_at = shared, self._clock()
            return self._shared


async def read_shared(cluster: Cluster) -> ClusterShared:
    """Read nodes, namespaces, DNS and some of the nodes' agents: eight requests where DNS is in kube-system."""
    many, dns = SnapshotBuilder(cluster, Interner()), SnapshotBuilder(cluster, redacted_object)
    nodes, namespaces = many.list("nodes", lean(NODES)), many.list("namespaces", lean(NAMESPACES))
    await together(nodes, namespaces, read_dns(dns), read_some_agents(dns))
    return ClusterShared(
        (*many.everything(), *dns.everything()), (*many.gaps, *dns.gaps), frozenset(many.listed | dns.listed)
    )


async def read_dns(reading: SnapshotBuilder) -> None:
    """Read the DNS Service with its slices, pods, Corefile, and the policies of its namespace.

    It is looked for in kube-system first; OpenShift has it elsewhere (openshift-dns/dns-default, without the label).
    """
    services, slices, pods, *_ = await together(
        reading.list("dns", SERVICES, DNS_NAMESPACE, labels=_DNS_PODS),
        reading.list("dns", SLICES, DNS_NAMESPACE, labels=_DNS_SLICES),
        reading.list("dns", PODS, DNS_NAMESPACE, labels=_DNS_PODS),
        reading.get("corefile", CONFIG_MAPS, DNS_NAMESPACE, "coredns"),
        reading.list("networkpolicies", POLICIES, DNS_NAMESPACE),
    )
    if services:
        service = min(services, key=lambda each: (each.name == UPSTREAM, each.name))
        await _complete(reading, service, slices, pods)
    elif reading.has("dns"):
        await _elsewhere(reading)


async def _elsewhere(reading: SnapshotBuilder) -> None:
    found = await reading.list("dns", SERVICES, labels=_DNS_PODS, most=1)
    found = found or await reading.list("dns", SERVICES, fields="metadata.name=dns-default", most=1)
    if found:
        corefile = reading.get("corefile", CONFIG_MAPS, found[0].namespace, found[0].name)
        policies = reading.list("networkpolicies", POLICIES, found[0].namespace)
        await together(_complete(reading, found[0], (), ()), corefile, policies)


async def _complete(
    reading: SnapshotBuilder, service: Service, slices: tuple[KubeObject, ...], pods: tuple[KubeObject, ...]
) -> None:
    """Read what the usual labels missed: a DNS Service may have another name, or select by other labels."""
    missing = []
    if not any(each.labels.get(SERVICE_NAME_LABEL) == service.name for each in slices):
        labels = f"{SERVICE_NAME_LABEL}={service.name}"
        missing.append(reading.list("dns", SLICES, service.namespace, labels=labels))
    if service.selector.pairs and not any(service.selector.matches(each.labels) for each in pods):
        missing.append(reading.list("dns", PODS, service.namespace, labels=str(service.selector), most=1))
    await together(*missing)
