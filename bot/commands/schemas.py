"""docs/schemas: the JSON Schema of every output, a file each: `python -m bot.commands.schemas docs/schemas`."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from bot.cluster.archive import SnapshotFile
from bot.reports.schemas import DIALECT, output_schemas
from bot.usecases.path import Line


def schema_files() -> dict[str, str]:
    """Return the text of each file by its name, e.g. `diagnosis.v1.json`."""
    typed = {"snapshot": SnapshotFile, "batch-question": Line}
    schemas = {**output_schemas(), **{name: _of_type(name, kind) for name, kind in typed.items()}}
    return {f"{name}.v1.json": _text(schema) for name, schema in sorted(schemas.items())}


def _of_type(name: str, kind: type) -> dict[str, Any]:
    """Return the schema that msgspec derives from a type, without the docstrings, which speak to us."""
    (root,), definitions = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    plain = {
        each: {key: value for key, value in found.items() if key != "description"}
        for each, found in definitions.items()
    }
    return {"$schema": DIALECT, "title": f"k8snet.{name}/v1", **root, "$defs": plain}


def _text(schema: dict[str, Any]) -> str:
    return msgspec.json.format(msgspec.json.encode(schema), indent=1).decode() + "\n"


def _write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    files = schema_files()
    for old in set(folder.glob("*.json")) - {folder / name for name in files}:
        old.unlink()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write(Path(sys.argv[1]))
