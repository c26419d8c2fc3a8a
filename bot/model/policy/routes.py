"""Rules of a mesh for a call on its way out of the caller: which of them may change where a call to a Service goes?

A rule counts where it may be about the Service; what cannot be read for certain counts. Sources:
https://gateway-api.sigs.k8s.io/mesh/ · https://istio.io/latest/docs/ambient/usage/waypoint/ ·
https://istio.io/latest/docs/reference/config/networking/ (virtual-service, destination-rule, service-entry, sidecar) ·
https://istio.io/latest/docs/reference/config/annotations/#NetworkingExportTo
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.model.kube.annotations import Annotation
from bot.model.kube.gateway import GATEWAY_ROUTES, Gateway, Route
from bot.model.kube.kinds import BY_STRUCT
from bot.model.kube.opaque import OpaqueObject, Sidecar
from bot.model.kube.services import Service, ServicePort
from bot.model.policy.opaque import ISTIO_PROXY, ISTIO_ROOT, ROUTES, Reaching, by_labels, in_mesh, objects_of, unread
from bot.model.policy.parties import Party
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.model.views.routes import routes_of

_NOTHING = Reaching()
_ANY, _OWN = "*", "."
_HTTP = ("http", "http2", "grpc", "grpc_web", "h2c", "ws")
_CORE = ("", "core")  # the group of Services, by both of its names
_WAYPOINT, _NO_WAYPOINT, _WAYPOINT_CLASS = "istio.io/use-waypoint", "none", "istio-waypoint"


def routing(snapshot: Snapshot, caller: Party | None, service: Service) -> Reaching:
    """Return which rules of Istio a caller's own proxy may follow on a call to a Service; none for a caller without one."""
    if caller is None or not has_istio(caller):
        return _NOTHING
    full = f"{service.name}.{service.namespace}.svc.{snapshot.zone.rstrip('.')}"
    rules = objects_of(snapshot)[ROUTES]
    refs = {each.ref for each in rules if not isinstance(each, Sidecar) and _is_of_host(each, service, full)}
    refs |= {each.ref for each in _sidecars(rules, caller) if not _knows(each, caller, service, full)}
    return Reaching(tuple(sorted(refs)), unread(snapshot, ROUTES, (caller.namespace,)))


def attached(snapshot: Snapshot, caller: Party | None, service: Service) -> Reaching:
    """Return the routes that send calls to a Service elsewhere where the caller is of a mesh; none for another caller."""
    if caller is None or caller.pod is None or not in_mesh(caller):
        return _NOTHING
    refs = tuple(sorted(each.ref for each in routes_of(snapshot) if _is_attached(each, service)))
    gaps = [gap for kind in GATEWAY_ROUTES for gap in snapshot.gaps_for(BY_STRUCT[kind].gap, service.namespace)]
    return Reaching(refs, f"{gaps[0].what} could not be read ({gaps[0].why})" if gaps else "")


def _is_attached(route: Route, service: Service) -> bool:
    own = (service.namespace, service.name)
    parents = (each for each in route.spec.parent_refs or () if each.kind == "Service" and each.group in _CORE)
    backends = {(each.namespace or route.namespace, each.name) for each in route.backend_refs}
    return own in {(each.namespace or route.namespace, each.name) for each in parents} and backends != {own}


def waypoint_of(snapshot: Snapshot, service: Service) -> str:
    """Return in words why the waypoint that a Service, or else its namespace, is to be called through may take no call."""
    space = snapshot.namespace(service.namespace)
    labels = service.labels if _WAYPOINT in service.labels else space.labels if space else {}
    name, place = labels.get(_WAYPOINT, _NO_WAYPOINT), labels.get(f"{_WAYPOINT}-namespace", service.namespace)
    if name == _NO_WAYPOINT:
        return "" if _WAYPOINT in labels else _unread_label(snapshot, service)
    gateway = snapshot.object(Ref("Gateway", name, place))
    if not isinstance(gateway, Gateway):  # one that is not there is not used
        return next(
            (f"{each.what} could not be read ({each.why})" for each in snapshot.gaps_for("gateways", place)), ""
        )
    said = gateway.condition("Programmed")
    if said is not None and said.status == "True":
        return ""
    why = f" ({said.reason})" if said and said.reason else ""
    return f"calls go through the waypoint {gateway.ref}, which is not programmed{why}"


def _unread_label(snapshot: Snapshot, service: Service) -> str:
    """Return in words that the namespace may name a waypoint and was not read; empty where there is none to name."""
    gaps = snapshot.gaps_for("namespaces", service.namespace)
    waypoints = (
        any(each.spec.gateway_class_name == _WAYPOINT_CLASS for each in snapshot.all(Gateway)) if gaps else False
    )
    if waypoints or (gaps and snapshot.gaps_for("gateways", service.namespace)):
        return f"{gaps[0].what} could not be read ({gaps[0].why}), and may name a waypoint"
    return ""


def is_http_to_istio(port: ServicePort) -> bool:
    """Return whether Istio's proxies take a port for HTTP by what the Service says, and not by what they see on it.

    https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
    """
    said = port.app_protocol or port.name
    return said.lower().removeprefix("kubernetes.io/").partition("-")[0] in _HTTP


def hidden_from(caller: Party | None, service: Service) -> str:
    """Return what the Service says of whose proxies know it, where the caller's is not among them; else empty."""
    said = service.annotation(Annotation.ISTIO_EXPORT_TO)
    if not said or caller is None or not has_istio(caller):
        return ""
    known = {each.strip() for each in said.split(",")}
    is_own = caller.namespace == service.namespace and _OWN in known
    return "" if is_own or known & {_ANY, caller.namespace} else f"{Annotation.ISTIO_EXPORT_TO}: {said}"


def has_istio(party: Party) -> bool:
    """Return whether a proxy of Istio stands in a party's pod."""
    return party.pod is not None and any(each.name == ISTIO_PROXY for each in party.pod.serving_containers)


def _is_of_host(known: OpaqueObject, service: Service, full: str) -> bool:
    """A short host is one of the rule's own namespace; what cannot be read counts, and `exportTo` is not read."""
    gateways, hosts = known.spec.get("gateways"), known.spec.get("hosts", known.spec.get("host"))
    if isinstance(gateways, list) and gateways and "mesh" not in gateways:
        return False
    for host in map(str, hosts if isinstance(hosts, list) else [hosts]):
        is_short = host == service.name and known.namespace == service.namespace
        if hosts is None or is_short or _covers(host, full) or ("." in host and full.startswith(f"{host}.")):
            return True
    return False


def _covers(host: str, full: str) -> bool:
    return host == full or (host.startswith("*") and full.endswith(host[1:]))


def _sidecars(rules: tuple[OpaqueObject, ...], caller: Party) -> list[Sidecar]:
    """Return those that configure the caller's proxy: one for its labels, else its namespace's, else the mesh's."""
    known = [each for each in rules if isinstance(each, Sidecar)]
    own = [each for each in known if each.namespace == caller.namespace]
    named = [each for each in own if _labels(each) is not None and by_labels(_labels(each), caller.labels)]
    return (
        named
        or [each for each in own if _labels(each) is None]
        or [each for each in known if each.namespace.startswith(ISTIO_ROOT) and _labels(each) is None]
    )


def _labels(known: Sidecar) -> dict[str, Any] | None:
    """Return the WorkloadSelector as a selector of meta/v1; None where the Sidecar is of the whole namespace."""
    selector = known.spec.get("workloadSelector")
    if selector is None:
        return None
    return {"matchLabels": selector.get("labels") if isinstance(selector, Mapping) else "not labels"}


def _knows(known: Sidecar, caller: Party, service: Service, full: str) -> bool:
    """Whether a listener of all ports surely imports the Service. Without `egress` the proxy knows all that is exported."""
    if not known.spec.get("egress"):
        return True
    for space, host in _imported(known.spec["egress"]):
        in_space = space in (_ANY, service.namespace) or (space == _OWN and caller.namespace == service.namespace)
        if in_space and (host == _ANY or _covers(host, full)):
            return True
    return False


def _imported(egress: Any) -> Iterator[tuple[str, str]]:
    """Yield namespace and host of what listeners of all ports import, e.g. `./*`."""
    for listener in egress if isinstance(egress, list) else []:
        if isinstance(listener, Mapping) and not listener.get("port"):
            hosts = listener.get("hosts")
            for each in hosts if isinstance(hosts, list) else []:
                space, _, host = str(each).partition("/")
                yield space, host
