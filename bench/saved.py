"""`k8snet why … --dump FILE` as a whole process on a small dump. Floor: a Python that imports msgspec and typer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from bench.lab import Lab
from bench.processes import ROOT, compared, in_turns, program, python
from bench.rows import Row

SAMPLE = ROOT / "playground/sample"
FLOOR = "import msgspec, typer"


def saved(lab: Lab) -> Iterator[Row]:
    """One healthy Service, and one whose selector has lost a letter."""
    for service, what in (("checkout", "a healthy Service"), ("cart-service", "a selector's typo")):
        objects = small(service)
        file = lab.folder / f"{service}.yaml"
        file.write_text(yaml.dump_all(objects, Dumper=yaml.CSafeDumper))
        ours = program("why", service, "-n", "shop", "--dump", str(file))
        pair = in_turns(python("-c", FLOOR), ours, lab.turns)
        yield compared("dump", f"`why --dump`, {len(objects)} objects in YAML, {what}", *pair, most=2)


def small(service: str) -> list[dict[str, Any]]:
    """One Service of the sample cluster with what is behind it, and the cluster's nodes and DNS."""

    def is_of(each: dict[str, Any]) -> bool:
        meta = each["metadata"]
        mine = meta.get("namespace") == "shop" and meta["name"].startswith(service)
        shared = meta.get("namespace") == "kube-system" or each["kind"] == "Node"
        return mine or shared or (each["kind"] == "Namespace" and meta["name"] in ("shop", "kube-system"))

    return [each for name in ("cluster.yaml", "shop.yaml") for each in documents(SAMPLE / name) if is_of(each)]


def documents(file: Path) -> Iterator[dict[str, Any]]:
    yield from yaml.load_all(file.read_text(), yaml.CSafeLoader)
