"""Healthy Services that look odd: their ports, their types, and slices that somebody wrote."""

from tests.live_cluster.nodes.controls.words import ON_N1, SPACE, Body, Control, body, deployment, service, stateful
from tests.live_cluster.nodes.layout import address

BY_HAND = "18082"  # on the host network, whose address is known beforehand


def _hosted(name: str, port: str) -> Body:
    ready = {"httpGet": {"path": "/healthz", "port": int(port)}, "periodSeconds": 1}
    return deployment(name, hostNetwork=True, nodeSelector=ON_N1, args=["-port", port], readinessProbe=ready)


def _slice(name: str, port: int) -> Body:
    return body(
        "EndpointSlice",
        f"{name}-1",
        "discovery.k8s.io/v1",
        {"kubernetes.io/service-name": name, "endpointslice.kubernetes.io/managed-by": "staff"},
        addressType="IPv4",
        ports=[{"name": "http", "port": port, "protocol": "TCP"}],
        endpoints=[{"addresses": [address("n1")], "conditions": {"ready": True}}],
    )


SERVICES = (
    Control(
        "no selector, and a slice written by hand",
        "by-hand",
        (service("by-hand", selector=None), _hosted("by-hand", BY_HAND), _slice("by-hand", int(BY_HAND))),
    ),
    Control(
        "no selector, and Endpoints written by hand",
        "by-endpoints",
        (
            service("by-endpoints", selector=None),
            _hosted("by-endpoints", "18083"),
            body(
                "Endpoints",
                "by-endpoints",
                subsets=[{"addresses": [{"ip": address("n1")}], "ports": [{"name": "http", "port": 18083}]}],
            ),
        ),
    ),
    Control(
        "two Services for the same pods",
        "first-name",
        (service("first-name", "two-names"), service("second-name", "two-names"), deployment("two-names", 2)),
    ),
    Control(
        "a governing Service beside the one that is called",
        "stateful",
        (
            service("stateful"),
            service("stateful-headless", "stateful", clusterIP="None"),
            stateful("stateful", 2),
        ),
    ),
    Control(
        "one member by its own name",
        "named-0.named",
        (service("named", clusterIP="None", ports=[{"name": "http", "port": 8080}]), stateful("named", 2)),
        port=8080,
    ),
    Control(
        "published unready, and all are ready",
        "published",
        (service("published", publishNotReadyAddresses=True), deployment("published", 2)),
    ),
    Control(
        "one number for TCP and UDP",
        "both",
        (
            service(
                "both",
                ports=[
                    {"name": "tcp", "port": 80, "targetPort": 8080},
                    {"name": "udp", "port": 80, "targetPort": 8080, "protocol": "UDP"},
                ],
            ),
            deployment("both"),
        ),
    ),
    Control(
        "a node port for local endpoints, called inside",
        "node-port",
        (
            service("node-port", type="NodePort", externalTrafficPolicy="Local"),
            deployment("node-port", nodeSelector=ON_N1),
        ),
    ),
    Control(
        "a load balancer that nobody gives, called inside",
        "balanced",
        (service("balanced", type="LoadBalancer"), deployment("balanced")),
    ),
    Control(
        "traffic to the same zone, on nodes without one",
        "zonal",
        (service("zonal", trafficDistribution="PreferSameZone"), deployment("zonal", 2)),
    ),
    Control(
        "both families, and the second is asked too",
        "both-families",
        (
            service("both-families", ipFamilyPolicy="RequireDualStack", ipFamilies=["IPv6", "IPv4"]),
            deployment("both-families", 2),
        ),
    ),
    Control(
        "IPv6 alone",
        "sixth",
        (service("sixth", ipFamilyPolicy="SingleStack", ipFamilies=["IPv6"]), deployment("sixth", 2)),
    ),
    Control(
        "asked by its whole name, with the last dot",
        f"whole.{SPACE}.svc.cluster.local.",
        (service("whole"), deployment("whole")),
    ),
    Control(
        "an alias to a name that another block of hosts answers",
        "alias-again",
        objects=(
            service("behind-again"),
            deployment("behind-again"),
            body(
                "Service",
                "alias-again",
                spec={"type": "ExternalName", "externalName": f"behind-again.{SPACE}.svc.cluster.local."},
            ),
        ),
    ),
)
