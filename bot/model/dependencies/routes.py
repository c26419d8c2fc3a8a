"""The calls that Ingresses and routes of Gateways send on, and the pods of controllers that make them.

https://kubernetes.io/docs/concepts/services-networking/ingress/, https://gateway-api.sigs.k8s.io/api-types/httproute/
"""

from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from bot.model.dependencies.call import Call
from bot.model.dependencies.ingress_controllers import controller_of
from bot.model.kube.annotations import Annotation
from bot.model.kube.workloads import Ingress
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot
from bot.model.views.routes import routes_of

# The port that tells the AWS Load Balancer Controller to do what an annotation says: the backend's name is that of an action.
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/#actions
_BY_ANNOTATION = "use-annotation"
# ingress-nginx answers these itself, whatever the backend.
# https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/#permanent-redirect
_REDIRECTS = (Annotation.PERMANENT_REDIRECT, Annotation.TEMPORAL_REDIRECT)


def routed(snapshot: Snapshot, places: Iterable[str]) -> Iterator[Call]:
    """Yield the calls that Ingresses and routes of Gateways of these namespaces, or to Services of these, send on."""
    inside = set(places)
    yield from (call for _, call in _of_ingresses(snapshot, inside))
    for route in routes_of(snapshot):
        for ref in route.backend_refs:
            place = ref.namespace or route.namespace
            if ref.kind == "Service" and not ref.group and ref.weight and inside & {place, route.namespace}:
                yield Call(Ref("Service", ref.name, place), port=ref.port, route=route.ref)


def sent_on(snapshot: Snapshot, places: Collection[str] | None = None) -> Iterator[Call]:
    """Yield the calls of Services that exist, of these namespaces (None: of all), by the controllers of their Ingresses."""
    for ingress, call in _of_ingresses(snapshot, places):
        pod = controller_of(snapshot, ingress)
        if pod and snapshot.service(call.service.namespace, call.service.name):
            yield replace(call, caller=pod.ref)


def _of_ingresses(snapshot: Snapshot, inside: Collection[str] | None) -> Iterator[tuple[Ingress, Call]]:
    for each in snapshot.all(Ingress):
        if (inside is not None and each.namespace not in inside) or any(map(each.annotation, _REDIRECTS)):
            continue
        for _, backend in each.backends:
            if backend.service and backend.service.port.name != _BY_ANNOTATION:
                port = backend.service.port.number or backend.service.port.name or None
                called = Ref("Service", backend.service.name, each.namespace)
                yield each, Call(called, port=port, route=each.ref)
