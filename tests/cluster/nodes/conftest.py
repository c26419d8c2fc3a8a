"""Fixtures of the real nodes: one cluster a session, asked for by `-m nodes` only; K8SNET_TEST_PROXY is kube-proxy's mode."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.binaries import build
from tests.cluster.nodes.cluster import RealCluster

HERE = Path(__file__).parent


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """These tests install packages and need root: they run when asked for by their marker, never along with others."""
    if "nodes" in config.option.markexpr:
        return
    here = [item for item in items if item.path.is_relative_to(HERE)]
    if here:
        config.hook.pytest_deselected(items=here)
        items[:] = [item for item in items if item not in here]


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealCluster]:
    """Two nodes with everything on them; after the session only their logs are left."""
    binaries = Path(os.environ.get("K8SNET_TEST_BINARIES") or build())
    mode = os.environ.get("K8SNET_TEST_PROXY", "iptables")
    with RealCluster(binaries, tmp_path_factory.mktemp(f"nodes-{os.getpid()}-"), mode) as cluster:
        yield cluster
