"""KUBECONFIG may list several files: which cluster is asked then, as kubectl has it."""

from pathlib import Path

import pytest

from bot.cluster.transport import Cluster

CLUSTER = """
apiVersion: v1
kind: Config
{current}
clusters: [{{name: {name}, cluster: {{server: "http://127.0.0.1:9"}}}}]
users: [{{name: {name}, user: {{token: t-1}}}}]
contexts: [{{name: {name}, context: {{cluster: {name}, user: {name}}}}}]
"""


def files(folder: Path, *currents: str) -> str:
    """Write a kubeconfig for each line and give their list; each file also has a context of its own, c0, c1."""
    paths = [folder / f"c{number}" for number in range(len(currents))]
    for path, current in zip(paths, currents, strict=True):
        path.write_text(CLUSTER.format(name=path.name, current=current))
    return ":".join(map(str, paths))


@pytest.mark.parametrize(
    ("currents", "asked"),
    [
        (("current-context: c0", "current-context: c1"), "c0"),
        (("current-context: c1", "current-context: c0"), "c1"),  # the first file may name a context of the second
        (("", "current-context: c1"), "c1"),
        (('current-context: ""', "current-context: c1"), "c1"),
        (("current-context: c0", 'current-context: ""'), "c0"),
    ],
)
async def test_first_current_context_counts(tmp_path: Path, currents: tuple[str, ...], asked: str) -> None:
    """Kubernetes' page on kubeconfig files: "Preserve the context of the first file to set current-context"."""
    async with Cluster(kubeconfig=files(tmp_path, *currents)) as cluster:
        assert cluster.name == asked


async def test_named_context_is_of_any_file(tmp_path: Path) -> None:
    """--context stands over all of them."""
    paths = files(tmp_path, "current-context: c0", "current-context: c0")
    async with Cluster(kubeconfig=paths, context="c1") as cluster:
        assert cluster.name == "c1"
