"""Makes small what is kept by watches: as for a digest, and with what a question asks of the pods behind a Service.

No host is asked about when an object comes, so what is kept for one asked host only (variables, ConfigMaps) is not: a caller
is read for that. Values of variables stay in memory of the last pod alone, until the next one comes.
"""

from typing import Any

from msgspec.structs import replace

from bot.cluster.compact import OF_READY, Containers, Interner, as_word
from bot.cluster.redaction import kept_conditions, kept_volume, redacted_object
from bot.model.dns.mounted import dns_containers
from bot.model.kube.pods import Container, Pod, PodSpec, PodStatus
from bot.model.kube.services import Service
from bot.model.kube.workloads import Event

# https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-conditions
_EVERYWHERE = frozenset({"Ready", "ContainersReady", "Initialized", "PodScheduled", "PodReadyToStartContainers"})


class WatchedFold(Interner):
    """Call it with one object after another, as they are decoded for a watch; what it gives is the model's, redacted."""

    def __call__(self, known: Any) -> Any:
        match known:
            case Event():
                return redacted_object(as_word(Event, known, metadata=self._bare(known.metadata)))
            case Service():
                kept = super().__call__(known)
                return replace(kept, metadata=replace(kept.metadata, resource_version=known.metadata.resource_version))
        return super().__call__(known)

    def _spec(self, spec: PodSpec) -> PodSpec:
        """Keep the hosts file and the claims, too; of a DNS server also the ConfigMaps that it has its configuration from."""
        kept = super()._spec(spec)
        whole = bool(spec.volumes and dns_containers(kept))
        volumes = tuple(filter(None, (kept_volume(each, whole=whole) for each in spec.volumes or ())))
        if not volumes and spec.host_aliases is None:
            return kept
        return replace(kept, volumes=self._same[volumes] or None, host_aliases=self._same[spec.host_aliases])

    def _shared(self, containers: Containers) -> Containers:
        """Return them redacted, once for all replicas. Keys hold no value of a variable, since they stay."""
        if not containers:
            return ()
        if containers != self._last:
            bare = tuple(as_word(Container, each) for each in containers)
            kept = redacted_object(Pod(spec=PodSpec(containers=bare))).spec.containers
            self._last, self._last_kept = containers, self._containers.setdefault(kept, kept)
        return self._last_kept

    def _status(self, status: PodStatus, ready: bool) -> PodStatus:
        """Keep of a ready pod the conditions, too, that not every pod has (readiness gates)."""
        kept = super()._status(status, ready)
        unusual = (
            tuple(each for each in status.conditions or () if each.type not in (*_EVERYWHERE, *OF_READY))
            if ready
            else ()
        )
        return (
            replace(kept, conditions=(*(kept.conditions or ()), *(kept_conditions(unusual) or ()))) if unusual else kept
        )
