"""A mesh: off the path until an object of it selects a backend that has its proxy."""

from typing import Any

import pytest

from bot.model.call.hop import Hop
from bot.model.result.status import Status
from tests.call.sights import pod, sight

SIDECAR = [
    pod(f"user-service-{at}", spec={"containers": [{"name": "app"}, {"name": "istio-proxy"}]}) for at in (1, 2, 3)
]


def strict(namespace: str = "shop", mode: str = "STRICT") -> dict[str, Any]:
    metadata = {"name": "default", "namespace": namespace}
    api = "security.istio.io/v1"
    return {"apiVersion": api, "kind": "PeerAuthentication", "metadata": metadata, "spec": {"mtls": {"mode": mode}}}


@pytest.mark.parametrize(
    "changes", [[], [strict()], SIDECAR, [strict("kube-system"), *SIDECAR], [strict(mode="PERMISSIVE"), *SIDECAR]]
)
def test_call_without_a_deciding_mesh_is_off_its_path(changes: list[dict[str, Any]]) -> None:
    """A proxy without rules, rules without a proxy, rules of others, and rules that take plain text."""
    assert sight(Hop.MESH, *changes).status is Status.OFF_PATH


@pytest.mark.parametrize("namespace", ["shop", "istio-system"])
def test_mesh_object_leaves_the_hop_open(namespace: str) -> None:
    """Strict mTLS of the namespace or the whole mesh may refuse the caller; it is named."""
    seen = sight(Hop.MESH, strict(namespace), *SIDECAR)

    assert (seen.status, f"PeerAuthentication {namespace}/default" in seen.because) == (Status.UNKNOWN, True), seen
    assert sight(Hop.MESH, gap="peerauthentications").status is Status.UNKNOWN


def rule(kind: str, namespace: str = "shop", **spec: Any) -> dict[str, Any]:
    metadata = {"name": "rules", "namespace": namespace}
    return {"apiVersion": "networking.istio.io/v1", "kind": kind, "metadata": metadata, "spec": spec}


CALLS = pod(spec={"containers": [{"name": "app"}, {"name": "istio-proxy"}]})
OWN = "user-service.shop.svc.cluster.local"


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (rule("DestinationRule", host=OWN), Status.UNKNOWN),
        (rule("DestinationRule", host="user-service"), Status.UNKNOWN),
        (rule("DestinationRule", "istio-system", host="*.local"), Status.UNKNOWN),
        (rule("VirtualService", hosts=["orders", "user-service.shop"]), Status.UNKNOWN),
        (rule("VirtualService", hosts=["*"], gateways=["mesh"]), Status.UNKNOWN),
        (rule("VirtualService", hosts=["*"], gateways=["shop/front"]), Status.OFF_PATH),
        (rule("VirtualService", hosts=["orders.shop.svc.cluster.local"]), Status.OFF_PATH),
        (rule("DestinationRule", "other", host="user-service"), Status.OFF_PATH),
    ],
)
def test_rules_for_a_host_count_where_the_caller_has_a_proxy(document: dict[str, Any], status: Status) -> None:
    """Routes, subsets and TLS settings are followed by the caller's own proxy, and by nobody without one."""
    assert sight(Hop.MESH, document, CALLS).status is status
    assert sight(Hop.MESH, document).status is Status.OFF_PATH
