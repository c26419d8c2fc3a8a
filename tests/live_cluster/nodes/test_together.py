"""Fixes that are needed together, on real traffic: both ends are closed and lookups too, and one printed fix opens the way."""

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.live_cluster.nodes.cluster import RealCluster
from tests.live_cluster.nodes.faults.doing import do
from tests.live_cluster.nodes.faults.words import policy
from tests.live_cluster.nodes.layout import manifest
from tests.live_cluster.nodes.traffic import expect

pytestmark = pytest.mark.nodes

SPACE = "closed-at-both-ends"
CLOSED = (
    policy("nothing-out", {"podSelector": {"matchLabels": {"app": "client"}}, "policyTypes": ["Egress"]}),
    policy("nothing-in", {"podSelector": {"matchLabels": {"app": "storefront"}}, "policyTypes": ["Ingress"]}),
)


@pytest.fixture
def shop(real_cluster: RealCluster) -> Iterator[RealCluster]:
    """The healthy shop, in a namespace of its own."""
    namespace = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}})
    do(real_cluster, SPACE, ("apply", "-f", f"{namespace}\n---\n{manifest('shop.yaml')}"))
    do(real_cluster, SPACE, ("rollout", "status", "deploy/storefront", "--timeout=180s"))
    yield real_cluster
    real_cluster.kubectl("delete", "namespace", SPACE, "--wait=false")


def test_one_printed_fix_opens_all_that_is_closed(shop: RealCluster) -> None:
    """Its commands are run by a shell as printed; then the client is answered, and nothing is found any more."""
    client = f"{SPACE}/client"
    expect(shop, client, "http://storefront", "answer")
    do(shop, SPACE, *CLOSED)
    expect(shop, client, "http://storefront", "no-dns", count=1)
    (first, *_) = _fixes(_ask(shop))

    assert len(first["command"].splitlines()) == 3
    assert "the call is admitted" in first["proof"]
    done = shop.shell(first["command"])
    assert done.returncode == 0, done.stderr
    expect(shop, client, "http://storefront", "answer", count=6)
    end = time.monotonic() + 25
    while (said := _ask(shop))["outcome"] != "ok":
        assert time.monotonic() < end, said["findings"]
        time.sleep(1)


def _ask(cluster: RealCluster) -> dict[str, Any]:
    done = cluster.k8snet("why", "storefront", "-n", SPACE, "--from", f"{SPACE}/client", "-o", "json")
    assert done.stdout, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def _fixes(diagnosis: dict[str, Any]) -> list[dict[str, Any]]:
    root = diagnosis["root_cause"]["finding"]
    return [fix for each in diagnosis["findings"] if each["id"] == root for fix in each["fix"]]
