"""Kubernetes objects as plain data → the words of the model, in one Snapshot. Pure; knows no file and no server.

An object is taken by its kind and API group (Knative has a `Service` too); what the model has no word for is left out,
Secrets among it. Of two documents about one object the later counts.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from bot.cluster.new_events import EVENT, EVENTS_GROUP, core_event
from bot.errors import DumpUnreadableError
from bot.model.dns.zone import DEFAULT_ZONE, is_mistyped, zone_of
from bot.model.gaps import Gap
from bot.model.kube.kinds import Kind, kind_of
from bot.model.kube.objects import KubeObject
from bot.model.kube.workloads import ConfigMap
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

Document = Mapping[str, Any]


# Kinds that clusters before 1.16 also have in the group `extensions`, in the shape that they have today (an Ingress has not).
# https://kubernetes.io/docs/reference/using-api/deprecation-guide/#v1-16
_EXTENSIONS = "extensions"
_LEFT_EXTENSIONS = ("Deployment", "DaemonSet", "ReplicaSet", "NetworkPolicy")


class Unread(NamedTuple):
    """An object that could not be read: its kind where that is known, its namespace, its name in words, and why."""

    kind: Kind | None
    namespace: str
    name: str
    called: str
    why: str

    def __str__(self) -> str:
        return f"{self.called} {self.why}."


def snapshot_from(
    documents: Iterable[Document], *, taken_at: datetime, cluster: str = "", gaps: tuple[Gap, ...] = ()
) -> Snapshot:
    """Build a Snapshot from API objects and Lists of them, in any order.

    A namespaced object without a namespace is in `default`, as for kubectl. The zone comes from the Corefile,
    unless that has it mistyped.
    Raises DumpUnreadableError, naming the object, for one that does not have its kind's shape.
    """
    unread: list[Unread] = []
    snapshot = snapshot_of(unfold(documents, unread), unread, taken_at=taken_at, cluster=cluster, gaps=gaps)
    if unread:
        raise DumpUnreadableError(str(unread[0]))
    return snapshot


def snapshot_of(
    objects: Iterable[tuple[Kind | str, Document]],
    unread: list[Unread],
    *,
    taken_at: datetime,
    cluster: str = "",
    gaps: tuple[Gap, ...] = (),
) -> Snapshot:
    """Build a Snapshot from unfolded objects; one that does not have its kind's shape is left out and added to `unread`."""
    found: dict[Kind, dict[tuple[str, str], Any]] = {}
    for kind, document in objects:
        if isinstance(kind, Kind) and (word := _word(kind, document, unread)) is not None:
            found.setdefault(kind, {})[word.namespace, word.name] = word
    fields = fields_of(found)
    return Snapshot(taken_at=taken_at, cluster=cluster, zone=zone_told(fields), gaps=gaps, **fields)


def zone_told(fields: Mapping[str, Any], more: Iterable[ConfigMap] = ()) -> str:
    """Return the Corefile's zone; the usual one where that is a slip of it, by what pods and ConfigMaps say.

    `fields` are a Snapshot's, not redacted; `more` are ConfigMaps that are elsewhere.
    """
    zone = zone_of((*fields.get("config_maps", ()), *more))
    return DEFAULT_ZONE if zone != DEFAULT_ZONE and is_mistyped(zone, _told(fields)) else zone


def _told(fields: Mapping[str, Any]) -> Iterator[str]:
    for config in fields.get("config_maps", ()):
        yield from (config.data or {}).values()
    for container in (one for pod in fields.get("pods", ()) for one in pod.spec.containers or ()):
        yield from (each.value or "" for each in container.env or ())
        yield from (*(container.command or ()), *(container.args or ()))


def fields_of(found: Mapping[Kind, Mapping[tuple[str, str], Any]]) -> dict[str, Any]:
    """Return the Snapshot's fields for objects by kind, each kind in order of namespace and name."""
    fields: dict[str, Any] = {kind.field: in_order(words) for kind, words in found.items() if kind.field}
    others = {kind.key: in_order(words) for kind, words in found.items() if not kind.field}
    return {**fields, "others": others} if others else fields


def unfold(documents: Iterable[Document], unread: list[Unread]) -> Iterator[tuple[Kind | str, Document]]:
    """Yield each object with its kind; items of a typed list (ServiceList) have theirs from the list's.

    What the table of kinds does not have comes with its kind's name. Items that are no objects are added to `unread`.
    """
    for outer in documents:
        pending = deque([(outer, "", "")])
        while pending:
            document, list_kind, list_version = pending.popleft()
            kind = _text(document, "kind") or list_kind
            version = _text(document, "apiVersion") or list_version
            if kind.endswith("List") and "items" in document:
                inside = [(each, kind.removesuffix("List"), version) for each in _items(kind, document, unread)]
                pending.extendleft(reversed(inside))
            elif kind:
                known = _known(kind, version)
                yield known, core_event(document) if kind == EVENT else document


def in_order(words: Mapping[tuple[str, str], Any]) -> tuple[Any, ...]:
    """By namespace and name, so that neither the order of files nor that of answers changes what is said."""
    return tuple(words[key] for key in sorted(words))


def list_kind(document: Document) -> Kind | str | None:
    """Return the kind that a typed list (`PodList`) is of, empty ones included; None for a plain List and for an object."""
    kind = _text(document, "kind")
    if "items" not in document or not kind.endswith("List") or kind == "List":
        return None
    return _known(kind.removesuffix("List"), _text(document, "apiVersion"))


def _known(kind: str, version: str) -> Kind | str:
    """`apps/v1` → group `apps`; a document without apiVersion is taken at its word."""
    group = version.rpartition("/")[0] if version else None
    group = "" if (kind, group) == (EVENT, EVENTS_GROUP) else group
    if group == _EXTENSIONS and kind in _LEFT_EXTENSIONS:
        group = None
    return kind_of(kind, group) or kind


def _items(kind: str, document: Document, unread: list[Unread]) -> list[Document]:
    items = document["items"] or []
    known = [each for each in items if isinstance(each, Mapping)] if isinstance(items, list) else []
    if not isinstance(items, list) or len(known) < len(items):
        of = _known(kind.removesuffix("List"), _text(document, "apiVersion"))
        called = f"A {one_line(kind, limit=60)}"
        why = "holds something that is no object"
        unread.append(Unread(of if isinstance(of, Kind) else None, "", "", called, why))
    return known


def _word(kind: Kind, document: Document, unread: list[Unread]) -> KubeObject | None:
    metadata = document.get("metadata")
    if kind.namespaced and isinstance(metadata, Mapping) and not metadata.get("namespace"):
        document = {**document, "metadata": {**metadata, "namespace": "default"}}
    try:
        word = _converted(kind.struct, document)
    except (msgspec.ValidationError, RecursionError) as error:
        why = f"cannot be read: {one_line(str(error), limit=200)}"
    else:
        if word.name:
            return word
        why = "has no name"
    metadata = metadata if isinstance(metadata, Mapping) else {}
    space = str(metadata.get("namespace") or "default") if kind.namespaced else ""
    unread.append(Unread(kind, space, str(metadata.get("name") or ""), _called(kind.kind, metadata), why))
    return None


def _converted(struct: type[KubeObject], document: Document) -> KubeObject:
    """A field that is null is one that is not there, as Go clients have it. Raises ValidationError, RecursionError."""
    try:
        return msgspec.convert(document, struct)
    except msgspec.ValidationError:
        return msgspec.convert(without_nulls(document), struct)


def without_nulls(value: Any) -> Any:
    """Return plain data without the fields that are null. Raises RecursionError."""
    if isinstance(value, Mapping):
        return {key: without_nulls(each) for key, each in value.items() if each is not None}
    return [without_nulls(each) for each in value] if isinstance(value, list) else value


def _called(kind: str, metadata: Any) -> str:
    if not isinstance(metadata, Mapping) or not metadata.get("name"):
        return f"A {kind} of the dump"
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return one_line(f"{kind} {place}{metadata['name']}", limit=160)


def _text(document: Document, key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
