"""Kubernetes objects as plain data → the words of the model, in one Snapshot. Pure; knows no file and no server.

An object is taken by its kind and API group (Knative has a `Service` too); what the model has no word for is left out,
Secrets among it. Of two documents about one object the later counts.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from bot.errors import DumpUnreadable
from bot.model.dns.zone import zone_of
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.objects import KubeObject
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import (
    ConfigMap,
    DaemonSet,
    Deployment,
    Event,
    Ingress,
    Namespace,
    Node,
    ReplicaSet,
    StatefulSet,
)
from bot.model.snapshot import Gap, Snapshot
from bot.model.text import one_line

Document = Mapping[str, Any]


class Kind(NamedTuple):
    """Where objects of a kind go: Snapshot field, word and API group; and whether they live in namespaces."""

    field: str
    word: type[KubeObject]
    group: str = ""
    namespaced: bool = True


KINDS = {
    "Service": Kind("services", Service),
    "EndpointSlice": Kind("slices", EndpointSlice, "discovery.k8s.io"),
    "Pod": Kind("pods", Pod),
    "Node": Kind("nodes", Node, namespaced=False),
    "Namespace": Kind("namespaces", Namespace, namespaced=False),
    "Deployment": Kind("deployments", Deployment, "apps"),
    "StatefulSet": Kind("stateful_sets", StatefulSet, "apps"),
    "DaemonSet": Kind("daemon_sets", DaemonSet, "apps"),
    "ReplicaSet": Kind("replica_sets", ReplicaSet, "apps"),
    "NetworkPolicy": Kind("policies", NetworkPolicy, "networking.k8s.io"),
    "Ingress": Kind("ingresses", Ingress, "networking.k8s.io"),
    "Event": Kind("events", Event),
    "ConfigMap": Kind("config_maps", ConfigMap),
}


def snapshot_from(
    documents: Iterable[Document], *, taken_at: datetime, cluster: str = "", gaps: tuple[Gap, ...] = ()
) -> Snapshot:
    """Build a Snapshot from API objects and Lists of them, in any order.

    A namespaced object without a namespace is in `default`, as for kubectl. The zone comes from the Corefile.
    Raises DumpUnreadable, naming the object, for one that does not have its kind's shape.
    """
    found: dict[str, dict[tuple[str, str], Any]] = {}
    for kind, document in unfold(documents):
        if kind in KINDS:
            word = _word(kind, document)
            found.setdefault(KINDS[kind].field, {})[word.namespace, word.name] = word
    fields: dict[str, Any] = {field: in_order(words) for field, words in found.items()}
    zone = zone_of(fields.get("config_maps", ()))
    return Snapshot(taken_at=taken_at, cluster=cluster, zone=zone, gaps=gaps, **fields)


def unfold(documents: Iterable[Document]) -> Iterator[tuple[str, Document]]:
    """Give each object with its kind; items of a typed list (ServiceList) have theirs from the list's.

    Kinds of foreign API groups come as `Kind.group`, which is no kind of ours.
    """
    for outer in documents:
        pending = deque([(outer, "", "")])
        while pending:
            document, list_kind, list_version = pending.popleft()
            kind = _text(document, "kind") or list_kind
            version = _text(document, "apiVersion") or list_version
            if kind.endswith("List") and "items" in document:
                inside = [(each, kind.removesuffix("List"), version) for each in _items(kind, document)]
                pending.extendleft(reversed(inside))
            elif kind:
                yield _known(kind, version), document


def in_order(words: Mapping[tuple[str, str], Any]) -> tuple[Any, ...]:
    """By namespace and name, so that neither the order of files nor that of answers changes what is said."""
    return tuple(words[key] for key in sorted(words))


def kinds_in(documents: Iterable[Document]) -> frozenset[str]:
    """Give the kinds that documents speak of, those of typed lists without items included."""
    known = tuple(documents)
    lists = {_text(each, "kind").removesuffix("List") for each in known if "items" in each}
    return frozenset(lists | {kind for kind, _ in unfold(known)}) - {""}


def _known(kind: str, version: str) -> str:
    """`apps/v1` → group `apps`; a document without apiVersion is taken at its word."""
    group = version.rpartition("/")[0]
    if kind in KINDS and version and group != KINDS[kind].group:
        return f"{kind}.{group}"
    return kind


def _items(kind: str, document: Document) -> list[Document]:
    items = document["items"]
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
        raise DumpUnreadable(f"A {one_line(kind, limit=60)} holds something that is no object.")
    return items


def _word(kind: str, document: Document) -> KubeObject:
    metadata = document.get("metadata")
    if KINDS[kind].namespaced and isinstance(metadata, Mapping) and not metadata.get("namespace"):
        document = {**document, "metadata": {**metadata, "namespace": "default"}}
    try:
        word = msgspec.convert(document, KINDS[kind].word)
    except (msgspec.ValidationError, RecursionError) as error:
        raise DumpUnreadable(f"{_called(kind, metadata)} cannot be read: {one_line(str(error), limit=200)}.") from None
    if not word.name:
        raise DumpUnreadable(f"{_called(kind, metadata)} has no name.")
    return word


def _called(kind: str, metadata: Any) -> str:
    if not isinstance(metadata, Mapping) or not metadata.get("name"):
        return f"A {kind} of the dump"
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return one_line(f"{kind} {place}{metadata['name']}", limit=160)


def _text(document: Document, key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
