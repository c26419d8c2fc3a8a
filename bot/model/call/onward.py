"""How a call goes on behind a name that is no Service's own: an alias of this cluster, or the host of an Ingress or route.

An ExternalName is a name alone: the same caller calls the Service that it stands for. A public host leads to a controller, and
that calls the Service which the Ingress or route names. What is behind is judged as far as all of it was read; else it is open.
"""

from msgspec.structs import replace

from bot.model.call.alias import aliased, chain, host_in, target_of
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.endpoints import called
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kube.workloads import Ingress
from bot.model.memo import memo
from bot.model.refs import Ref
from bot.model.result.finding import Layer
from bot.model.snapshot import Snapshot

_DECIDING = (EndpointSlice, Pod, NetworkPolicy)  # what lies behind a Service


def is_behind(hop: Hop) -> bool:
    """Return whether a hop lies behind the name that is called: lookups, and who looks up, are those of that name."""
    return hop.layer is not Layer.DNS and hop is not Hop.CALLER


@memo
def onward(case: Case) -> Case | None:
    """Return the call of the Service that the name asked for leads to; None where it is its own, or not all is known."""
    service = case.service
    if case.question.address:
        return None
    if service is None:
        return _fronted(case)
    if not service.is_external_name:
        return None
    last = chain(case.snapshot, service)[-1]
    ref, host = aliased(case.snapshot, last), host_in(case.snapshot, target_of(last))
    if ref is None or not _is_known(case.snapshot, ref, host):
        return None
    name = f"{host}.{ref.name}.{ref.namespace}" if host else ref.name
    question = replace(case.question, service=ref.name, namespace=ref.namespace, name=name)
    return replace(case, question=question, followed=(*case.followed, case.service_ref), called=case.sent)


def at_service(case: Case) -> Case:
    """Return the call as it comes to a Service: the one behind an alias or a public host, else the case itself."""
    return onward(case) or case


def _fronted(case: Case) -> Case | None:
    asked = case.question
    if asked.service or "." not in asked.name or not case.snapshot.was_listed(Ingress):
        return None
    from bot.model.call.fronts import front_of  # noqa: PLC0415 (most questions name a Service)

    front = front_of(case.snapshot, asked)
    if front is None or not case.snapshot.may_name(front.service.namespace):
        return None
    place = front.service
    if not all(case.snapshot.was_listed(each, place.namespace, place.name) for each in (*_DECIDING, Service)):
        return None
    question = replace(
        asked,
        service=front.service.name,
        namespace=front.service.namespace,
        name=front.service.name,
        port=front.port,
        source=front.caller,
        scheme="",
        path="",
    )
    return replace(case, question=question, route=front.route, called=asked, own_conf=None)


def _is_known(snapshot: Snapshot, ref: Ref, host: str) -> bool:
    known = snapshot.service(ref.namespace, ref.name)
    if known is None or known.is_external_name or not snapshot.may_name(ref.namespace):
        return False
    if host and not called(snapshot.slices_of(known), host):
        return False
    return all(snapshot.was_listed(each, ref.namespace, ref.name) for each in _DECIDING)
