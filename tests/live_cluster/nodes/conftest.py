"""Fixtures of the real nodes, asked for by `-m nodes` only. K8SNET_TEST_PROXY is the mode of kube-proxy."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_cluster.binaries import build
from tests.live_cluster.nodes import release
from tests.live_cluster.nodes.cluster import MODES, RealCluster
from tests.live_cluster.nodes.images import Image
from tests.live_cluster.nodes.program import program
from tests.live_cluster.nodes.scorecard import Scorecard
from tests.live_cluster.nodes.turns import has_turn_once

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """These tests install packages and need root: they run when asked for by their marker, never along with others."""
    here = [item for item in items if item.path.is_relative_to(HERE)]
    if "nodes" in config.option.markexpr:
        here = [] if has_turn_once() else [item for item in here if item.get_closest_marker("once")]
    if here:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """Two nodes with everything on them; after the session only their logs are left."""
    binaries = Path(os.environ.get("K8SNET_TEST_BINARIES") or build())
    mode = os.environ.get("K8SNET_TEST_PROXY", MODES[0])
    with RealCluster(binaries, tmp_path_factory.mktemp(f"nodes-{os.getpid()}-"), mode) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def program_image(real_cluster: RealCluster, tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image of k8snet, on every node."""
    folder = tmp_path_factory.mktemp("program")
    image = program(folder)
    release.load(real_cluster, [image], folder)
    return image


@pytest.fixture(scope="session")
def scorecard(real_cluster: RealCluster) -> Iterator[Scorecard]:
    """Filled in by the tests, and written where K8SNET_SCORECARD says."""
    kept = Scorecard(real_cluster.mode)
    yield kept
    if path := os.environ.get("K8SNET_SCORECARD"):
        kept.write(Path(path))
