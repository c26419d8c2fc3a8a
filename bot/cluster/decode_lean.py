"""The model's words as a fold wants them: they read less of the same bytes. Rule: none of them outlives its page.

managedFields are half of an object's bytes. Of pods, slices, nodes and namespaces nobody reads them; of the others one asks
who wrote, so their names of fields stay bytes until the fold, which meets the same bytes in a thousand objects. Values of
environment variables are kept for one asked host only, and here none is asked.
"""

from typing import Any

from msgspec import Raw, field

from bot.cluster.resources import Resource
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import ManagedFields, Meta
from bot.model.kube.pods import Container, Pod, PodSpec
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import (
    DaemonSet,
    Deployment,
    Event,
    Namespace,
    Node,
    PodTemplate,
    ReplicaSet,
    StatefulSet,
    WorkloadSpec,
)


def _unread(name: str) -> Any:
    """A field whose bytes are passed over: it has a name that the API does not use."""
    return field(name=f"-{name}", default=None)


class LeanFields(ManagedFields, frozen=True):
    fields_v1: Raw = field(name="fieldsV1", default=Raw())  # type: ignore[assignment]  # a narrower reading


class LeanMeta(Meta, frozen=True):
    resource_version: None = _unread("resourceVersion")  # type: ignore[assignment]  # as above
    managed_fields: tuple[LeanFields, ...] | None = None


class VersionedMeta(Meta, frozen=True):
    managed_fields: tuple[LeanFields, ...] | None = None


class BareMeta(LeanMeta, frozen=True):
    managed_fields: None = _unread("managedFields")


class LeanInitContainer(Container, frozen=True):
    env: None = _unread("env")
    env_from: None = _unread("envFrom")
    volume_mounts: None = _unread("volumeMounts")


class LeanContainer(LeanInitContainer, frozen=True):
    """Whose command is not read: what it calls shows in its words, where it fails."""

    command: None = _unread("command")
    args: None = _unread("args")
    lifecycle: None = _unread("lifecycle")


class LeanPodSpec(PodSpec, frozen=True):
    containers: tuple[LeanContainer, ...] | None = None
    init_containers: tuple[LeanInitContainer, ...] | None = None
    volumes: None = _unread("volumes")


class LeanPod(Pod, frozen=True):
    metadata: BareMeta = field(default_factory=BareMeta)
    spec: LeanPodSpec = field(default_factory=LeanPodSpec)


class LeanSlice(EndpointSlice, frozen=True):
    metadata: BareMeta = field(default_factory=BareMeta)


class LeanNode(Node, frozen=True):
    metadata: BareMeta = field(default_factory=BareMeta)


class LeanNamespace(Namespace, frozen=True):
    metadata: BareMeta = field(default_factory=BareMeta)


class LeanService(Service, frozen=True):
    metadata: LeanMeta = field(default_factory=LeanMeta)


class LeanPolicy(NetworkPolicy, frozen=True):
    metadata: LeanMeta = field(default_factory=LeanMeta)


class LeanTemplate(PodTemplate, frozen=True):
    metadata: BareMeta = field(default_factory=BareMeta)
    spec: LeanPodSpec = field(default_factory=LeanPodSpec)


class LeanWorkloadSpec(WorkloadSpec, frozen=True):
    template: LeanTemplate = field(default_factory=LeanTemplate)


class LeanDeployment(Deployment, frozen=True):
    metadata: LeanMeta = field(default_factory=LeanMeta)
    spec: LeanWorkloadSpec = field(default_factory=LeanWorkloadSpec)


class LeanStatefulSet(StatefulSet, frozen=True):
    metadata: LeanMeta = field(default_factory=LeanMeta)
    spec: LeanWorkloadSpec = field(default_factory=LeanWorkloadSpec)


class LeanDaemonSet(DaemonSet, frozen=True):
    metadata: LeanMeta = field(default_factory=LeanMeta)
    spec: LeanWorkloadSpec = field(default_factory=LeanWorkloadSpec)


class LeanReplicaSet(ReplicaSet, frozen=True):
    """Most have an owner, whose revisions they are: then when they were made is all that is asked of them."""

    metadata: LeanMeta = field(default_factory=LeanMeta)
    spec: Raw = Raw()  # type: ignore[assignment]  # as above
    status: Raw = Raw()  # type: ignore[assignment]  # as above


_LEAN: dict[type, type] = {
    Pod: LeanPod,
    EndpointSlice: LeanSlice,
    Node: LeanNode,
    Namespace: LeanNamespace,
    Service: LeanService,
    NetworkPolicy: LeanPolicy,
    Deployment: LeanDeployment,
    StatefulSet: LeanStatefulSet,
    DaemonSet: LeanDaemonSet,
    ReplicaSet: LeanReplicaSet,
}


class WatchedContainer(Container, frozen=True):
    """Without its mounts, which name a token's volume that is another one for each replica."""

    volume_mounts: None = _unread("volumeMounts")


class WatchedPodSpec(PodSpec, frozen=True):
    containers: tuple[WatchedContainer, ...] | None = None
    init_containers: tuple[WatchedContainer, ...] | None = None


class WatchedPod(Pod, frozen=True):
    """What questions need of a pod that is behind a Service: its containers whole, until the fold takes words and addresses."""

    metadata: BareMeta = field(default_factory=BareMeta)
    spec: WatchedPodSpec = field(default_factory=WatchedPodSpec)


class WatchedService(Service, frozen=True):
    """With its version, which tells whether a watch is up to date."""

    metadata: VersionedMeta = field(default_factory=VersionedMeta)


class WatchedEvent(Event, frozen=True):
    metadata: BareMeta = field(default_factory=BareMeta)


_WATCHED: dict[type, type] = {**_LEAN, Pod: WatchedPod, Service: WatchedService, Event: WatchedEvent}
_PLAIN = {narrow: word for words in (_LEAN, _WATCHED) for word, narrow in words.items()}


def watched(resource: Resource) -> Resource:
    """Return the same resource, to be read for what a worker keeps by watches."""
    return resource._replace(type=_WATCHED.get(resource.type, resource.type))


def lean(resource: Resource) -> Resource:
    """Return the same resource, to be read for a fold; a kind of which few exist is read as it is."""
    return resource._replace(type=_LEAN.get(resource.type, resource.type))


def plain(word: type) -> type:
    """The word of the model that a lean one stands for."""
    return _PLAIN.get(word, word)
