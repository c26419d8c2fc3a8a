"""KIND/NAME is also how NAMESPACE/POD looks where a namespace is called like a kind: what exists is meant."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cluster.live import read
from bot.cluster.transport import Cluster
from bot.errors import AmbiguousNameError, UnknownNameError
from bot.model.question.grammar import parse
from bot.model.question.question import Source
from tests.cli.program import CLUSTER, k8snet
from tests.reader.healthy import OBJECTS, Api, healthy, kubeconfig
from tests.reader.objects import Json, meta, pod

# What was typed, the pods beside those of the cluster, and how the caller is meant; empty: it is asked which one.
CASES = [
    ("deploy/job", ("deploy/job",), "deploy/job"),
    ("pods/job", ("pods/job",), "pods/job"),
    ("sts/job", ("sts/job",), "sts/job"),
    ("pod/job", ("shop/job",), "shop/job"),
    ("pod/job", ("shop/job", "pods/job"), "shop/job"),
    ("pods/job", ("shop/job", "pods/job"), ""),
    ("shop/pod/job", ("shop/job", "pods/job"), "shop/job"),
    ("pods/pod/job", ("shop/job", "pods/job"), "pods/job"),
    ("pods/", ("shop/job", "pods/job"), "pods/"),
]
READINGS = pytest.mark.parametrize(("typed", "pods", "meant"), CASES, ids=str)


def made(places: tuple[str, ...]) -> tuple[list[Json], list[Json]]:
    """Return pods, and the namespaces called like kinds."""
    names = [each.split("/") for each in places]
    return [pod(name, space) for space, name in names], [meta(each) for each in ("deploy", "pods", "sts")]


@READINGS
def test_of_a_dump(tmp_path: Path, typed: str, pods: tuple[str, ...], meant: str) -> None:
    """The reading that exists is taken; where both do, both spellings are named."""
    found, spaces = made(pods)
    cluster: Any = yaml.safe_load(Path(CLUSTER).read_text())
    more = [{**each, "apiVersion": "v1", "kind": "Pod"} for each in found]
    named = [{"apiVersion": "v1", "kind": "Namespace", "metadata": each} for each in spaces]
    (tmp_path / "all.yaml").write_text(yaml.safe_dump({**cluster, "items": [*cluster["items"], *more, *named]}))

    done = k8snet("path", typed, "to", "web", "-n", "shop", "--dump", str(tmp_path / "all.yaml"))

    if meant:
        assert f"  {meant} may" in done.stdout, done
        return
    assert done.returncode == 2
    assert "shop/pod/job or pods/pod/job: say which" in done.stderr


@READINGS
async def test_of_a_cluster(tmp_path: Path, typed: str, pods: tuple[str, ...], meant: str) -> None:
    """As of a dump; a pod of another namespace is asked for only where there is such a namespace."""
    found, spaces = made(pods)
    async with healthy() as api:
        namespaces = [*OBJECTS["namespaces"], *({"metadata": each} for each in spaces)]
        api.objects = {**OBJECTS, "pods": [*OBJECTS["pods"], *found], "namespaces": namespaces}
        if not meant:
            with pytest.raises(AmbiguousNameError, match="shop/pod/job or pods/pod/job"):
                await caller(api, tmp_path, typed)
            return
        source = await caller(api, tmp_path, typed)

    assert str(source) == meant


async def test_namespace_that_is_not_there(tmp_path: Path) -> None:
    """The usual cluster: KIND/NAME costs no request more, and a caller that does not exist is refused as before."""
    async with healthy() as api:
        with pytest.raises(UnknownNameError, match="There is no job in shop"):
            await caller(api, tmp_path, "deploy/job")

    assert not [each for each in api.asked if "/namespaces/deploy/" in each]


async def caller(api: Api, folder: Path, typed: str) -> Source | None:
    """Return who calls, as a question about a Service of shop is understood."""
    (folder / "kubeconfig").write_text(kubeconfig(api))
    async with Cluster(kubeconfig=str(folder / "kubeconfig")) as cluster:
        question, _ = await read(cluster, parse(f"why user-service in shop from {typed}").question)
    return question.source
