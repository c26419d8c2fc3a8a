"""Which Ingress or route of a Gateway of this cluster takes calls of a public host, and where it sends them.

https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types (of the paths that match the longest counts, of
equals the exact one) · https://gateway-api.sigs.k8s.io/api-types/httproute/#hostnames
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.model.dependencies.ingress_controllers import controller_of
from bot.model.kube.gateway import Route
from bot.model.kube.workloads import Ingress, IngressPath
from bot.model.question.question import Question, Source
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.model.views.routes import routes_of

_EXACT = "Exact"


class Front(Struct, frozen=True):
    """What sends calls of a host on: to which Service and port, and the pod that does so, where one alone is known to."""

    route: Ref
    service: Ref
    port: int | str | None = None
    caller: Source | None = None


def has_host(snapshot: Snapshot, host: str, namespace: str) -> bool:
    """Return whether an Ingress or route of a namespace (empty: of any) names a host, or a wildcard above it."""
    return any(True for _ in _routes(snapshot, host, namespace))


def front_of(snapshot: Snapshot, question: Question) -> Front | None:
    """Return what sends calls of the host that was asked on; None where nothing does, or it may be one of several.

    What is in the namespace that was said comes first.
    """
    return _front_in(snapshot, question, question.namespace) or _front_in(snapshot, question, "")


def _front_in(snapshot: Snapshot, question: Question, namespace: str) -> Front | None:
    host = question.name.lower().rstrip(".")
    routes = tuple(_routes(snapshot, host, namespace))
    ingresses = [each for each in routes if isinstance(each, Ingress)]
    found = _of_ingresses(snapshot, ingresses, host, question.path.partition("?")[0] or "/")
    found |= {front for each in routes if isinstance(each, Route) for front in _of_route(each)}
    return next(iter(found)) if len(found) == 1 else None


def _routes(snapshot: Snapshot, host: str, namespace: str) -> Iterator[Ingress | Route]:
    for ingress in snapshot.all(Ingress):
        hosts = [rule.host for rule in ingress.spec.rules or ()]
        if namespace in ("", ingress.namespace) and any(_takes(each, host) for each in hosts):
            yield ingress
    for route in routes_of(snapshot):
        if namespace in ("", route.namespace) and any(_takes(each, host) for each in route.spec.hostnames or ()):
            yield route


def _takes(named: str, host: str) -> bool:
    named = named.lower()
    return bool(named) and (named == host or (named.startswith("*.") and host.partition(".")[2] == named[2:]))


def _of_ingresses(snapshot: Snapshot, known: list[Ingress], host: str, path: str) -> set[Front]:
    fitting = [
        (len(each.path.rstrip("/")), each.path_type == _EXACT, ingress, each)
        for ingress in known
        for _, named, each in ingress.paths
        if _takes(named, host) and _fits(each, path)
    ]
    best = max(((length, is_exact) for length, is_exact, _, _ in fitting), default=None)
    return {
        Front(
            ingress.ref,
            Ref("Service", each.backend.service.name, ingress.namespace),
            each.backend.service.port.number or each.backend.service.port.name or None,
            _source(snapshot, ingress),
        )
        for length, is_exact, ingress, each in fitting
        if (length, is_exact) == best and each.backend.service
    }


def _fits(known: IngressPath, path: str) -> bool:
    if known.path_type == _EXACT:
        return path == known.path
    begin = known.path.rstrip("/")
    return path == begin or path.startswith(f"{begin}/")


def _source(snapshot: Snapshot, ingress: Ingress) -> Source | None:
    pod = controller_of(snapshot, ingress)
    return Source(namespace=pod.namespace, pod=pod.name) if pod else None


def _of_route(route: Route) -> Iterator[Front]:
    """Which rule takes a path is not read, so all backends count."""
    for each in route.backend_refs:
        if each.kind == "Service" and not each.group and each.weight:
            yield Front(route.ref, Ref("Service", each.name, each.namespace or route.namespace), each.port)
