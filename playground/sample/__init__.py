"""The sample cluster: plain manifests with five things wrong in them; each file's head tells its story.

`k8snet why --dump playground/sample …` reads the same files. What a pod's program does is no part of a cluster's API:
it is an annotation, which dumps do not keep, and is read here.
"""

from pathlib import Path

import yaml

from bot.cluster.dump import read_dump
from bot.model.question.question import Question
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from playground.behaviour import ANNOTATION, Behaviour

FOLDER = Path(__file__).parent
# Where a playground's worker reads the manifests: a copy, where FOLDER's addresses are taken.
FOLDER_VARIABLE = "K8SNET_PLAYGROUND_SAMPLE"
# What `copy_sample` takes, without overlaps.
BLOCKS = range(50, 250, 3)
_KNOWN_BLOCKS = (20, 30, 40)


def sample_snapshot(question: Question | None = None, folder: Path = FOLDER) -> Snapshot:
    """Read the sample cluster, as it stood at 2026-11-23T04:53:00Z."""
    return read_dump([str(folder)], question)


def sample_behaviours(folder: Path = FOLDER) -> dict[Ref, Behaviour]:
    """Return the pods that misbehave, and how."""
    found: dict[Ref, Behaviour] = {}
    for file in sorted(folder.glob("*.yaml")):
        for document in yaml.load_all(file.read_text(), yaml.CSafeLoader):
            metadata = document["metadata"]
            said = (metadata.get("annotations") or {}).get(ANNOTATION)
            if document["kind"] == "Pod" and said:
                found[Ref("Pod", metadata["name"], metadata["namespace"])] = Behaviour(said)
    return found


def copy_sample(folder: Path, block: int) -> None:
    """Write the manifests into `folder` with 127.20, 127.30 and 127.40 as 127.{block}, +1 and +2.

    So several networks run on one machine at once. `block` is 50 to 250.
    """
    for file in sorted(FOLDER.glob("*.yaml")):
        text = file.read_text()
        for offset, known in enumerate(_KNOWN_BLOCKS):
            text = text.replace(f"127.{known}.", f"127.{block + offset}.")
        (folder / file.name).write_text(text)
