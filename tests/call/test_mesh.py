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
        (rule("ServiceEntry", "other", hosts=[OWN]), Status.UNKNOWN),
        (rule("ServiceEntry", hosts=["api.vendor.example"]), Status.OFF_PATH),
    ],
)
def test_rules_for_a_host_count_where_the_caller_has_a_proxy(document: dict[str, Any], status: Status) -> None:
    """Routes, subsets and TLS settings are followed by the caller's own proxy, and by nobody without one."""
    assert sight(Hop.MESH, document, CALLS).status is status
    assert sight(Hop.MESH, document).status is Status.OFF_PATH


def hosts(*egress: str, namespace: str = "shop", **more: Any) -> dict[str, Any]:
    return rule("Sidecar", namespace, egress=[{"hosts": list(egress)}], **more)


FOR_IT, FOR_OTHERS = ({"labels": {"app": app}} for app in ("checkout", "other"))


@pytest.mark.parametrize(
    ("sidecars", "status"),
    [
        ([hosts("other/*", "istio-system/*")], Status.UNKNOWN),
        ([hosts("~/*")], Status.UNKNOWN),
        ([hosts("shop/orders.shop.svc.cluster.local")], Status.UNKNOWN),
        ([rule("Sidecar", egress=[{"port": {"number": 9080}, "hosts": ["*/*"]}])], Status.UNKNOWN),
        ([rule("Sidecar", egress="not listeners")], Status.UNKNOWN),
        ([hosts("other/*", namespace="istio-system")], Status.UNKNOWN),
        ([hosts("other/*", workloadSelector=FOR_IT)], Status.UNKNOWN),
        ([hosts("./*", "istio-system/*")], Status.OFF_PATH),
        ([hosts("*/*")], Status.OFF_PATH),
        ([hosts("shop/*.shop.svc.cluster.local")], Status.OFF_PATH),
        ([hosts(f"shop/{OWN}")], Status.OFF_PATH),
        ([rule("Sidecar", outboundTrafficPolicy={"mode": "REGISTRY_ONLY"})], Status.OFF_PATH),
        ([hosts("other/*", namespace="other")], Status.OFF_PATH),
        ([hosts("other/*", workloadSelector=FOR_OTHERS)], Status.OFF_PATH),
        ([hosts("./*"), hosts("other/*", namespace="istio-system")], Status.OFF_PATH),
    ],
)
def test_sidecar_counts_where_it_may_hide_the_service(sidecars: list[dict[str, Any]], status: Status) -> None:
    """It lists what the caller's proxy knows; the nearest one is followed: by labels, of the namespace, of the mesh."""
    assert sight(Hop.MESH, *sidecars, CALLS).status is status
    assert sight(Hop.MESH, *sidecars).status is Status.OFF_PATH


@pytest.mark.parametrize(
    ("exported", "status"),
    [
        ("~", Status.UNKNOWN),
        ("pay, other", Status.UNKNOWN),
        (".", Status.OFF_PATH),
        ("*", Status.OFF_PATH),
        ("pay, shop", Status.OFF_PATH),
    ],
)
def test_service_that_is_not_exported_to_the_caller_is_not_known(exported: str, status: Status) -> None:
    """`networking.istio.io/exportTo` says whose proxies know a Service."""
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "user-service", "namespace": "shop"}}
    service["metadata"] |= {"annotations": {"networking.istio.io/exportTo": exported}}  # type: ignore[operator]

    assert sight(Hop.MESH, service, CALLS).status is status
    assert sight(Hop.MESH, service).status is Status.OFF_PATH


def behind(proxy: str, **annotations: str) -> list[dict[str, Any]]:
    spec = {"containers": [{"name": "app"}, {"name": proxy}]}
    noted = {f"config.linkerd.io/{key.replace('_', '-')}": value for key, value in annotations.items()}
    pods = [pod(f"user-service-{at}", spec=spec) for at in (1, 2, 3)]
    return [{**each, "metadata": {**each["metadata"], "annotations": noted}} for each in pods]


MESHED = pod(spec={"containers": [{"name": "app"}, {"name": "linkerd-proxy"}]})


@pytest.mark.parametrize(
    ("said", "alone", "meshed"),
    [
        ("deny", Status.UNKNOWN, Status.UNKNOWN),
        ("cluster-authenticated", Status.UNKNOWN, Status.OFF_PATH),
        ("all-authenticated", Status.UNKNOWN, Status.OFF_PATH),
        ("all-unauthenticated", Status.OFF_PATH, Status.OFF_PATH),
        ("cluster-unauthenticated", Status.OFF_PATH, Status.OFF_PATH),
    ],
)
def test_default_policy_of_linkerd_may_refuse(said: str, alone: Status, meshed: Status) -> None:
    """It stands at the pod or its namespace, and counts where Linkerd's proxy takes the connection."""
    backends = behind("linkerd-proxy", default_inbound_policy=said)
    space = {"kind": "Namespace", "metadata": {"name": "shop"}}
    space["metadata"] |= {"annotations": {"config.linkerd.io/default-inbound-policy": said}}  # type: ignore[operator]

    assert sight(Hop.MESH, *backends).status is alone
    assert sight(Hop.MESH, *backends, MESHED).status is meshed
    assert sight(Hop.MESH, space, *behind("linkerd-proxy")).status is alone
    assert sight(Hop.MESH, *behind("app-two", default_inbound_policy=said)).status is Status.OFF_PATH


@pytest.mark.parametrize("proxy", ["kuma-sidecar", "consul-dataplane"])
def test_proxy_of_a_mesh_that_is_not_read_leaves_the_hop_open(proxy: str) -> None:
    """Kuma and Consul may refuse whom nobody permits, and say so in objects that are not read."""
    assert sight(Hop.MESH, *behind(proxy)).status is Status.UNKNOWN


def route(*backends: str, parent: str = "user-service") -> dict[str, Any]:
    spec = {
        "parentRefs": [{"group": "", "kind": "Service", "name": parent, "port": 80}],
        "rules": [{"backendRefs": [{"name": each, "port": 80} for each in backends]}],
    }
    metadata = {"name": "rules", "namespace": "shop"}
    return {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (route("user-service-v2"), Status.UNKNOWN),
        (route("user-service", "user-service-v2"), Status.UNKNOWN),
        (route(), Status.UNKNOWN),
        (route("user-service"), Status.OFF_PATH),
        (route("orders-v2", parent="orders"), Status.OFF_PATH),
    ],
)
def test_route_of_a_service_counts_where_the_caller_is_of_a_mesh(document: dict[str, Any], status: Status) -> None:
    """A mesh sends calls by the HTTPRoutes of a Service; to nobody else do they mean anything."""
    assert sight(Hop.MESH, document, MESHED).status is status
    assert sight(Hop.MESH, document).status is Status.OFF_PATH


def waypoint(programmed: str) -> list[dict[str, Any]]:
    space = {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"istio.io/use-waypoint": "way"}}}
    gateway = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "Gateway"}
    metadata = {"name": "way", "namespace": "shop"}
    said = {"conditions": [{"type": "Programmed", "status": programmed, "reason": "Pending"}]}
    return [space, {**gateway, "metadata": metadata, "spec": {"gatewayClassName": "istio-waypoint"}, "status": said}]


def test_waypoint_that_is_not_programmed_leaves_the_hop_open() -> None:
    """Calls of an ambient mesh pass it; one that does not exist is not used, and a Service may want none."""
    (space, bad), (_, good) = waypoint("False"), waypoint("True")
    own = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "user-service", "namespace": "shop"}}
    own["metadata"] |= {"labels": {"istio.io/use-waypoint": "none"}}  # type: ignore[operator]

    assert sight(Hop.MESH, space, bad).status is Status.UNKNOWN
    for documents in ([space, good], [space], [bad], [space, bad, own]):
        assert sight(Hop.MESH, *documents).status is Status.OFF_PATH


@pytest.mark.parametrize("proxy", ["istio-proxy", "linkerd-proxy"])
def test_proxy_of_the_caller_that_is_not_ready_takes_no_call_out(proxy: str) -> None:
    """An application that is not ready itself still calls; its proxy without a configuration does not let it."""

    def caller(*unready: str) -> dict[str, Any]:
        states = [{"name": each, "ready": each not in unready} for each in ("app", proxy)]
        return pod(spec={"containers": [{"name": "app"}, {"name": proxy}]}, status={"containerStatuses": states})

    assert sight(Hop.MESH, caller(proxy)).status is Status.UNKNOWN
    assert sight(Hop.MESH, caller("app")).status is Status.OFF_PATH
    assert sight(Hop.MESH, caller()).status is Status.OFF_PATH


def database(name: str, **port: Any) -> list[dict[str, Any]]:
    ports = [{"name": name, "port": 3306, "targetPort": 3306, **port}]
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "user-service", "namespace": "shop"}}
    return [{**service, "spec": {"ports": ports}}, CALLS]


@pytest.mark.parametrize(
    ("documents", "status"),
    [
        (database("http-mysql"), Status.UNKNOWN),
        (database("mysql", appProtocol="http"), Status.UNKNOWN),
        (database("mysql"), Status.OFF_PATH),
        (database("tcp-http"), Status.OFF_PATH),
        (database("http", appProtocol="mysql"), Status.OFF_PATH),
        (database("http-api", targetPort=8080), Status.OFF_PATH),
        (database("http-mysql")[:1], Status.OFF_PATH),
    ],
)
def test_port_of_a_database_that_is_called_http(documents: list[dict[str, Any]], status: Status) -> None:
    """Istio chooses the protocol by the name of the port, and a database does not understand HTTP."""
    assert sight(Hop.MESH, *documents).status is status


def test_what_was_not_read_may_hold_a_rule_of_a_mesh() -> None:
    """The namespace's own default policy, a waypoint's state, and routes of the Service."""
    space, programmed = waypoint("True")

    assert sight(Hop.MESH, *behind("linkerd-proxy"), gap="namespaces").status is Status.UNKNOWN
    assert sight(Hop.MESH, space, gap="gateways").status is Status.UNKNOWN
    assert sight(Hop.MESH, MESHED, gap="httproutes").status is Status.UNKNOWN
    assert sight(Hop.MESH, MESHED, gap="grpcroutes").status is Status.UNKNOWN
    assert sight(Hop.MESH, programmed, gap="httproutes").status is Status.OFF_PATH


def admitting(*ports: int) -> dict[str, Any]:
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"ports": [{"port": each} for each in ports]}]}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "own", "namespace": "shop"},
        "spec": spec,
    }


TO_REDIS = {
    "kind": "Service",
    "metadata": {"name": "user-service", "namespace": "shop"},
    "spec": {"ports": [{"name": "http", "port": 80, "targetPort": 6379}]},
}
AMBIENT = {"kind": "Namespace", "metadata": {"name": "shop", "labels": {"istio.io/dataplane-mode": "ambient"}}}


def meshed(image: str) -> list[dict[str, Any]]:
    """Caller and backends with a proxy of Linkerd of this image."""
    spec = {"containers": [{"name": "app"}, {"name": "linkerd-proxy", "image": f"cr.l5d.io/linkerd/{image}"}]}
    return [pod(spec=spec), *(pod(f"user-service-{at}", spec=spec) for at in (1, 2, 3))]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ([MESHED, *behind("linkerd-proxy", opaque_ports="8000-8100"), admitting(8080)], Status.UNKNOWN),
        ([MESHED, *behind("linkerd-proxy", opaque_ports="8080"), admitting(8080, 4143)], Status.OFF_PATH),
        ([MESHED, *behind("linkerd-proxy"), admitting(8080)], Status.UNKNOWN),
        ([*meshed("proxy:edge-25.3.1"), admitting(8080)], Status.UNKNOWN),
        ([*meshed("proxy:edge-25.2.3"), admitting(8080)], Status.OFF_PATH),
        ([*meshed("proxy:enterprise-2.18.0"), admitting(8080)], Status.UNKNOWN),
        ([*meshed("proxy:stable-2.14.10"), admitting(8080)], Status.OFF_PATH),
        ([*meshed("proxy:stable-2.14.10"), admitting(8080, 4143)], Status.OFF_PATH),
        ([*meshed("proxy@sha256:1"), admitting(8080)], Status.UNKNOWN),
        ([*meshed("proxy:edge-25.3.1"), admitting(8080, 4143)], Status.OFF_PATH),
        ([MESHED, *behind("linkerd-proxy"), TO_REDIS, admitting(6379)], Status.UNKNOWN),
        ([*behind("linkerd-proxy", opaque_ports="8080"), admitting(8080)], Status.OFF_PATH),
        ([MESHED, *behind("linkerd-proxy", opaque_ports="8080")], Status.OFF_PATH),
        ([AMBIENT, admitting(8080)], Status.UNKNOWN),
        ([AMBIENT, admitting(8080, 15008)], Status.OFF_PATH),
        ([AMBIENT, *SIDECAR, admitting(8080)], Status.UNKNOWN),
        ([CALLS, *SIDECAR, admitting(8080)], Status.OFF_PATH),
        ([admitting(8080)], Status.OFF_PATH),
    ],
)
def test_policies_see_the_port_on_which_a_mesh_carries_a_call(changes: list[dict[str, Any]], status: Status) -> None:
    """Linkerd calls 4143, up to edge-25.2 for opaque ports alone, Istio's ambient mode 15008; the pod's port is not seen."""
    seen = sight(Hop.MESH, *changes)

    assert (seen.status, "in place of" in seen.because) == (status, status is Status.UNKNOWN), seen
