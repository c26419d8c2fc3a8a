"""The endpoints: addresses of known pods of this Service, or such that a probe reached."""

from typing import Any

import pytest

from bot.model.call.hop import Hop
from bot.model.result.status import Basis, Status
from tests.call.sights import pod, sight


def service(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "user-service", "namespace": "shop"},
        "spec": spec,
    }


def listing(*addresses: str, ready: bool = True, family: str = "IPv4") -> dict[str, Any]:
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "name": "user-service-x",
            "namespace": "shop",
            "labels": {"kubernetes.io/service-name": "user-service"},
        },
        "addressType": family,
        "ports": [{"name": "http", "port": 8080, "protocol": "TCP"}],
        "endpoints": [{"addresses": [each], "conditions": {"ready": ready}} for each in addresses],
    }


def of_job(**metadata: Any) -> dict[str, Any]:
    status = {
        "phase": "Running",
        "podIP": "10.244.0.77",
        "podIPs": [{"ip": "10.244.0.77"}],
        "conditions": [{"type": "Ready", "status": "True"}],
    }
    made = pod("migrate-1", labels={"app": "user-service"}, spec={"nodeName": "node-1"}, status=status)
    return {**made, "metadata": {**made["metadata"], **metadata}}


@pytest.mark.parametrize(
    "changes",
    [
        (),
        (listing("10.244.0.11", "10.244.1.12", "10.244.1.13"),),
        (pod("user-service-1", status={"conditions": [{"type": "Ready", "status": "False"}]}),),
        (of_job(),),
        (service(clusterIP="None", clusterIPs=["None"], ipFamilies=["IPv6"]), listing("10.244.0.11")),
    ],
)
def test_endpoints_of_known_pods_are_sound(changes: tuple[dict[str, Any], ...]) -> None:
    """Pods that were read, as many as are ready, owned by whatever but a Job; a headless Service has any family."""
    assert sight(Hop.ENDPOINTS, *changes).status is Status.OK


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ((listing("10.244.9.99"),), "1 of 1 endpoint (10.244.9.99) belongs to no pod"),
        ((listing("10.244.0.11", "10.244.9.99"),), "1 of 2 endpoints (10.244.9.99) belongs to no pod"),
        ((listing("10.244.0.11", ready=False),), "no endpoint takes traffic"),
        ((service(ipFamilies=["IPv6"]),), "no endpoint takes traffic"),
    ],
)
def test_endpoints_that_may_be_anything_are_unknown(changes: tuple[dict[str, Any], ...], words: str) -> None:
    """Strangers, none at all, and the wrong family."""
    seen = sight(Hop.ENDPOINTS, *changes)

    assert (seen.status, words in seen.because) == (Status.UNKNOWN, True), seen


def test_stranger_that_was_reached_is_sound() -> None:
    """A probe that gets through to an address outside of the cluster earns it; silence does not."""
    foreign = (service(selector=None), listing("192.0.2.7"))
    reached = sight(Hop.ENDPOINTS, *foreign, saw="tcp endpoint 192.0.2.7:8080 answered")
    silent = sight(Hop.ENDPOINTS, *foreign, saw="tcp endpoint 192.0.2.7:8080 timeout")

    assert (reached.status, reached.basis) == (Status.OK, Basis.PROBED)
    assert silent.status is Status.UNKNOWN
    assert sight(Hop.ENDPOINTS, gap="endpointslices").status is Status.UNKNOWN


def test_api_server_writes_its_own_endpoints() -> None:
    """`default/kubernetes` has endpoints that are no pods of a selector."""
    metadata = {"name": "kubernetes", "namespace": "default"}
    ports = [{"name": "https", "port": 443, "protocol": "TCP", "targetPort": 6443}]
    own = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {"clusterIP": "10.96.0.1", "clusterIPs": ["10.96.0.1"], "ports": ports},
    }
    written = listing("192.168.77.11")
    written["metadata"] = {
        "name": "kubernetes",
        "namespace": "default",
        "labels": {"kubernetes.io/service-name": "kubernetes"},
    }
    written["ports"] = [{"name": "https", "port": 6443, "protocol": "TCP"}]
    asked = "kubernetes -n default --from shop/checkout-1"

    assert sight(Hop.ENDPOINTS, own, written, ask=asked).status is Status.OK
    assert sight(Hop.APPLICATION, own, written, ask=asked).status is Status.OK


@pytest.mark.parametrize(
    ("addresses", "status"),
    [(["10.244.0.21"], Status.UNKNOWN), (["10.244.0.21", "fd00::21"], Status.OK), (["fd00::21"], Status.OK)],
)
def test_caller_without_an_address_of_the_family_reaches_nothing(addresses: list[str], status: Status) -> None:
    """A pod with IPv4 alone has no way to a ClusterIP of IPv6."""
    six = service(clusterIP="fd00:96::7", clusterIPs=["fd00:96::7"], ipFamilies=["IPv6"])
    own = [
        pod(name, status={"podIP": f"fd00::{at}", "podIPs": [{"ip": f"fd00::{at}"}]})
        for at, name in enumerate(("user-service-1", "user-service-2", "user-service-3"), 1)
    ]
    caller = pod(status={"podIP": addresses[0], "podIPs": [{"ip": each} for each in addresses]})

    assert sight(Hop.ENDPOINTS, six, caller, *own).status is status
