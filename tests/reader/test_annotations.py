"""What a check reads of annotations is what every way of reading keeps, and nothing else is kept."""

import ast
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bot.cluster.archive import snapshot_in, write_snapshot
from bot.cluster.compact import Interner
from bot.cluster.decode_lean import _LEAN
from bot.cluster.documents import snapshot_from
from bot.cluster.dump import read_dump
from bot.cluster.redaction import redacted, redacted_object
from bot.model.kube.annotations import Annotation
from bot.model.kube.kinds import KINDS, Kind
from bot.model.kube.workloads import ConfigMap

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 28, 4, 0, tzinfo=UTC)
ALL = {each.value: f"value of {each.name}" for each in Annotation}
TOOLS = (
    *("bot/model/kube/objects.py", "bot/cluster/redaction.py", "bot/cluster/compact.py"),
    "bot/cluster/ephemeral/caller_pod.py",  # of a pod that it reads for itself, and of which nothing is kept
)


@pytest.mark.parametrize("kind", KINDS, ids=lambda each: each.key)
def test_read_annotation_survives_every_reader(kind: Kind, tmp_path: Path) -> None:
    """Live for one question, live in a fold, from a dump and from a snapshot file."""
    body = _body(kind)
    raw = msgspec.json.encode(body)
    file = tmp_path / "dump.json"
    file.write_text(json.dumps(body))
    snapshot = redacted(snapshot_from([body], taken_at=NOW))
    kept = [
        redacted_object(msgspec.json.decode(raw, type=kind.struct)),
        Interner()(msgspec.json.decode(raw, type=_LEAN.get(kind.struct, kind.struct))),
        *snapshot.all(kind.struct),
        *read_dump([str(file)]).all(kind.struct),
        *snapshot_in(json.loads(write_snapshot(snapshot, None)), "file").all(kind.struct),
    ]

    assert len(kept) == 5
    assert [each.metadata.annotations for each in kept] == [ALL] * 5
    assert all(each.annotation(key) == ALL[key.value] for each in kept for key in Annotation)


def test_annotations_are_read_by_name_only() -> None:
    """No code but what reads and redacts touches the dict: a key that is no member of Annotation cannot be asked for."""
    touched = {
        str(path.relative_to(ROOT))
        for path, node in _nodes()
        if isinstance(node, ast.Attribute) and node.attr == "annotations"
    }

    assert touched <= set(TOOLS)
    assert touched


def test_every_named_annotation_is_read() -> None:
    """What nobody asks for is not kept."""
    read = {
        node.attr
        for path, node in _nodes()
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Annotation"
    }

    assert read == {each.name for each in Annotation}


def _nodes() -> Iterator[tuple[Path, ast.AST]]:
    for room in ("bot", "handlers"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                yield path, node


def _body(kind: Kind) -> dict[str, Any]:
    """An object as the API gives it, with all annotations that are read, and one that is not."""
    meta: dict[str, Any] = {"name": "coredns", "annotations": {**ALL, "example.com/note": "hunter2"}}
    if kind.namespaced:
        meta["namespace"] = "kube-system"
    group = f"{kind.group}/" if kind.group else ""
    body: dict[str, Any] = {"apiVersion": f"{group}{kind.versions[0]}", "kind": kind.kind, "metadata": meta}
    return body | ({"data": {"Corefile": ".:53 {\n}"}} if kind.struct is ConfigMap else {})
