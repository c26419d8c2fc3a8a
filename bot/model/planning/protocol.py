"""What a port says that it speaks, by which a probe of it is chosen. Rule: who says nothing, or something foreign, is only
connected to.

In order: well-known foreign numbers are never asked; a probe of the pod that calls the port knows best; then the port's
`appProtocol`, its name as Istio reads it, its number.
https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
"""

from enum import StrEnum

from bot.model.kube.pods import GrpcAction, Pod
from bot.model.kube.services import ServicePort
from bot.model.planning.http import FOREIGN_PORTS, has_get_probe, scheme_of, speaks_http

_GRPC_PORT = 50051  # what gRPC's own examples listen on


class Spoken(StrEnum):
    """A protocol, as far as it decides how a port is asked."""

    NOTHING_KNOWN = ""
    HTTP = "http"
    HTTPS = "https"
    H2C = "h2c"  # HTTP/2 in plain text
    GRPC = "grpc"  # the same, and gRPC within
    TLS = "tls"  # and nobody knows what within


_BY_PROTOCOL = {
    "kubernetes.io/h2c": Spoken.H2C,
    "h2c": Spoken.H2C,
    "http2": Spoken.H2C,
    "grpc": Spoken.GRPC,
    "tls": Spoken.TLS,
}
_BY_NAME = {"http2": Spoken.H2C, "grpc": Spoken.GRPC, "tls": Spoken.TLS}


_BY_SCHEME = {"http": Spoken.HTTP, "https": Spoken.HTTPS, "grpc": Spoken.GRPC}


def asked_in(scheme: str, port: ServicePort, number: int, pod: Pod | None) -> Spoken:
    """Return how a port is asked for who calls it by a URL of this scheme, if any: as they do, unless it is foreign."""
    if number in FOREIGN_PORTS or port.port in FOREIGN_PORTS:
        return Spoken.NOTHING_KNOWN
    return _BY_SCHEME.get(scheme) or spoken_on(port, number, pod)


def spoken_on(port: ServicePort, number: int, pod: Pod | None) -> Spoken:
    """Return what the pod port `number` behind a Service port is declared, or usually known, to speak."""
    if number in FOREIGN_PORTS or port.port in FOREIGN_PORTS:
        return Spoken.NOTHING_KNOWN
    if pod and grpc_readiness(pod, number):
        return Spoken.GRPC
    declared = _declared(port)
    if declared is not None and not (pod and has_get_probe(pod, number)):
        return declared
    if speaks_http(port, number, pod):
        return Spoken.HTTPS if scheme_of(port, number, pod) == "https" else Spoken.HTTP
    return Spoken.GRPC if number == _GRPC_PORT and not port.app_protocol else Spoken.NOTHING_KNOWN


def grpc_readiness(pod: Pod, number: int) -> GrpcAction | None:
    """Return the grpc readiness probe of a container that asks this port of the pod; the kubelet speaks plain text there."""
    for each in pod.serving_containers:
        probe = each.readiness_probe
        if probe and probe.grpc and probe.grpc.port == number:
            return probe.grpc
    return None


def _declared(port: ServicePort) -> Spoken | None:
    """Return what neither speaks HTTP/1.1 nor HTTPS by the port's own words; None where it says nothing of the kind."""
    if port.app_protocol:
        return _BY_PROTOCOL.get(port.app_protocol.lower())
    name = port.name.lower()
    return None if name.startswith("grpc-web") else _BY_NAME.get(name.partition("-")[0])
