"""What sends calls of the Service on, beside who calls it by its own name: its Ingresses and routes of Gateways.

Who gets an error from outside asks for the Service behind. So where nobody is named as the caller, or the pod that is named
serves the Ingress or the route's Gateway, what is wrong with these is told, too. Whoever else calls passes none of them.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.model.case import Case
from bot.model.kube.gateway import Route
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import Ingress
from bot.model.question.question import Source
from bot.model.refs import Ref
from bot.model.views.routes import routes_of

# Which Gateway a pod serves: by the API's own label, and by that of Envoy Gateway, whose pods are in its own namespace.
# https://gateway-api.sigs.k8s.io/geps/gep-1762/, https://gateway.envoyproxy.io/docs/tasks/operations/customize-envoyproxy/
_GATEWAY = "gateway.networking.k8s.io/gateway-name"
_ENVOY = ("gateway.envoyproxy.io/owning-gateway-namespace", "gateway.envoyproxy.io/owning-gateway-name")


def in_front(case: Case) -> Iterator[Case]:
    """Yield the call as each Ingress or route in front sends it on, once for each port that it names.

    It is called by the pod that sends it on, where one is known to.
    """
    if case.in_table or case.route or case.service is None or case.question.address:
        return
    snapshot = case.snapshot
    if not snapshot.all(Ingress) and not routes_of(snapshot):
        return
    from bot.model.dependencies.routes import routed  # noqa: PLC0415 (most questions have none)

    caller = case.caller.pod if case.question.source else None
    for call in dict.fromkeys(routed(snapshot, (case.service.namespace,))):
        if call.service == case.service_ref and call.route and _may_pass(case, caller, call.route):
            source = case.question.source or _source(case, call.route)
            yield Case(replace(case.question, port=call.port, source=source), snapshot, route=call.route)


def _source(case: Case, route: Ref) -> Source | None:
    pod = _server_of(case, route)
    return Source(namespace=pod.namespace, pod=pod.name) if pod else None


def _may_pass(case: Case, caller: Pod | None, route: Ref) -> bool:
    return case.question.source is None if caller is None else _serves(case, caller, route)


def _serves(case: Case, pod: Pod, route: Ref) -> bool:
    known = case.snapshot.object(route)
    if isinstance(known, Route):
        return any(_is_of_gateway(pod, each) for each in known.gateways)
    found = _server_of(case, route)
    return found is not None and (found.ref == pod.ref or found.workload == pod.workload)


def _server_of(case: Case, route: Ref) -> Pod | None:
    """Return a pod that sends on what the Ingress or route says; None where none is known, or several may be meant."""
    known = case.snapshot.object(route)
    if isinstance(known, Ingress):
        from bot.model.dependencies.ingress_controllers import controller_of  # noqa: PLC0415 (as above)

        return controller_of(case.snapshot, known)
    gateways = known.gateways if isinstance(known, Route) else ()
    found = [each for each in case.snapshot.pods if any(_is_of_gateway(each, one) for one in gateways)]
    return found[0] if len({each.workload for each in found}) == 1 else None


def _is_of_gateway(pod: Pod, gateway: Ref) -> bool:
    own = (pod.namespace, pod.labels.get(_GATEWAY))
    envoys = tuple(pod.labels.get(each) for each in _ENVOY)
    return (gateway.namespace, gateway.name) in (own, envoys)
