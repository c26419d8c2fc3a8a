"""How a call goes on behind an alias of this cluster: to the Service that it stands for, as the same caller's call of that.

An ExternalName is a name alone. What is behind it is judged as far as all of it was read; else it is left open (`hops.policy`).
"""

from msgspec.structs import replace

from bot.model.call.alias import aliased, chain
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.networkpolicies import NetworkPolicy
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice
from bot.model.memo import memo
from bot.model.refs import Ref
from bot.model.result.finding import Layer
from bot.model.snapshot import Snapshot

_DECIDING = (EndpointSlice, Pod, NetworkPolicy)  # what lies behind a Service
# Who calls is the same, and how names are looked up was judged for the name that is called.
_BEFORE = (Hop.CALLER, Hop.INGRESS, Hop.GATEWAY)


def is_behind(hop: Hop) -> bool:
    """Return whether a hop lies behind the name that is called."""
    return hop.layer is not Layer.DNS and hop not in _BEFORE


@memo
def onward(case: Case) -> Case | None:
    """Return the call of the Service that the one asked about is an alias of; None where it is none, or not all is known."""
    service = case.service
    if service is None or not service.is_external_name or case.question.address:
        return None
    ref = aliased(case.snapshot, chain(case.snapshot, service)[-1])
    if ref is None or not _is_known(case.snapshot, ref):
        return None
    question = replace(case.question, service=ref.name, namespace=ref.namespace, name=ref.name)
    return Case(question, case.snapshot, followed=(*case.followed, case.service_ref), in_table=case.in_table)


def _is_known(snapshot: Snapshot, ref: Ref) -> bool:
    known = snapshot.service(ref.namespace, ref.name)
    if known is None or known.is_external_name:
        return False
    return all(snapshot.was_listed(each, ref.namespace) for each in _DECIDING)
