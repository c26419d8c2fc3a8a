"""Kubernetes objects as plain data → the words of the model, in one Snapshot. Pure; knows no file and no server.

An object is taken by its kind and API group (Knative has a `Service` too); what the model has no word for is left out,
Secrets among it. Of two documents about one object the later counts.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from bot.errors import DumpUnreadable
from bot.model.dns.zone import zone_of
from bot.model.kube.kinds import Kind, kind_of
from bot.model.kube.objects import KubeObject
from bot.model.snapshot import Gap, Snapshot
from bot.model.text import one_line

Document = Mapping[str, Any]


def snapshot_from(
    documents: Iterable[Document], *, taken_at: datetime, cluster: str = "", gaps: tuple[Gap, ...] = ()
) -> Snapshot:
    """Build a Snapshot from API objects and Lists of them, in any order.

    A namespaced object without a namespace is in `default`, as for kubectl. The zone comes from the Corefile.
    Raises DumpUnreadable, naming the object, for one that does not have its kind's shape.
    """
    found: dict[Kind, dict[tuple[str, str], Any]] = {}
    for kind, document in unfold(documents):
        if isinstance(kind, Kind):
            word = _word(kind, document)
            found.setdefault(kind, {})[word.namespace, word.name] = word
    fields = fields_of(found)
    return Snapshot(
        taken_at=taken_at, cluster=cluster, zone=zone_of(fields.get("config_maps", ())), gaps=gaps, **fields
    )


def fields_of(found: Mapping[Kind, Mapping[tuple[str, str], Any]]) -> dict[str, Any]:
    """Return the Snapshot's fields for objects by kind, each kind in order of namespace and name."""
    fields: dict[str, Any] = {kind.field: in_order(words) for kind, words in found.items() if kind.field}
    others = {kind.key: in_order(words) for kind, words in found.items() if not kind.field}
    return {**fields, "others": others} if others else fields


def unfold(documents: Iterable[Document]) -> Iterator[tuple[Kind | str, Document]]:
    """Yield each object with its kind; items of a typed list (ServiceList) have theirs from the list's.

    What the table of kinds does not have comes with its kind's name.
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


def kinds_in(documents: Iterable[Document]) -> frozenset[Kind]:
    """Return the kinds that documents speak of, those of typed lists without items included."""
    known = tuple(documents)
    lists = {
        kind
        for each in known
        if "items" in each
        and isinstance(kind := _known(_text(each, "kind").removesuffix("List"), _text(each, "apiVersion")), Kind)
    }
    return frozenset(lists | {kind for kind, _ in unfold(known) if isinstance(kind, Kind)})


def _known(kind: str, version: str) -> Kind | str:
    """`apps/v1` → group `apps`; a document without apiVersion is taken at its word."""
    group = version.rpartition("/")[0] if version else None
    return kind_of(kind, group) or kind


def _items(kind: str, document: Document) -> list[Document]:
    items = document["items"]
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(each, Mapping) for each in items):
        raise DumpUnreadable(f"A {one_line(kind, limit=60)} holds something that is no object.")
    return items


def _word(kind: Kind, document: Document) -> KubeObject:
    metadata = document.get("metadata")
    if kind.namespaced and isinstance(metadata, Mapping) and not metadata.get("namespace"):
        document = {**document, "metadata": {**metadata, "namespace": "default"}}
    try:
        word: KubeObject = msgspec.convert(document, kind.struct)
    except (msgspec.ValidationError, RecursionError) as error:
        said = one_line(str(error), limit=200)
        raise DumpUnreadable(f"{_called(kind.kind, metadata)} cannot be read: {said}.") from None
    if not word.name:
        raise DumpUnreadable(f"{_called(kind.kind, metadata)} has no name.")
    return word


def _called(kind: str, metadata: Any) -> str:
    if not isinstance(metadata, Mapping) or not metadata.get("name"):
        return f"A {kind} of the dump"
    place = f"{metadata['namespace']}/" if metadata.get("namespace") else ""
    return one_line(f"{kind} {place}{metadata['name']}", limit=160)


def _text(document: Document, key: str) -> str:
    value = document.get(key)
    return value if isinstance(value, str) else ""
