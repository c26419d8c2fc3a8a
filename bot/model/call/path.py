"""The way of a call: its hops in order, each with what was looked at (`k8snet.diagnosis/v1` `hops`).

One file a hop in `bot/model/call/hops`; this file knows their order. Everything that tells how a verdict came about
(verdicts, JSON, `--explain`, Slack's evidence) reads the one `CallPath` of the case.
"""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from bot.model.call.hop import Hop
from bot.model.call.hops.application import application
from bot.model.call.hops.backend import backend
from bot.model.call.hops.caller import caller
from bot.model.call.hops.dns_access import dns_access
from bot.model.call.hops.dns_server import dns_server
from bot.model.call.hops.endpoints import endpoints
from bot.model.call.hops.front import NO_LOOKUP, gateway, ingress
from bot.model.call.hops.mesh import mesh
from bot.model.call.hops.node import node
from bot.model.call.hops.policy import policy
from bot.model.call.hops.proxy import proxy
from bot.model.call.hops.record import record
from bot.model.call.hops.resolver import resolver
from bot.model.call.hops.service import service
from bot.model.call.onward import is_behind, onward
from bot.model.call.sight import Sight, unknown
from bot.model.case import Case
from bot.model.memo import memo
from bot.model.result.finding import Layer

CallPath = Mapping[Hop, Sight]
_FRONTS = {"Ingress": Hop.INGRESS}

_HOPS: Mapping[Hop, Callable[[Case], Sight]] = {
    Hop.CALLER: caller,
    Hop.RESOLVER: resolver,
    Hop.DNS_ACCESS: dns_access,
    Hop.DNS_SERVER: dns_server,
    Hop.RECORD: record,
    Hop.INGRESS: ingress,
    Hop.GATEWAY: gateway,
    Hop.SERVICE: service,
    Hop.PROXY: proxy,
    Hop.ENDPOINTS: endpoints,
    Hop.POLICY: policy,
    Hop.MESH: mesh,
    Hop.NODE: node,
    Hop.BACKEND: backend,
    Hop.APPLICATION: application,
}


@memo
def call_path(case: Case) -> CallPath:
    """Return every hop of the case's call, in order, with what was looked at. Computed once a case."""
    if case.route:
        return {hop: NO_LOOKUP if hop.layer is Layer.DNS else look(case) for hop, look in _HOPS.items()}
    further = onward(case)
    if further is None:
        return {hop: look(case) for hop, look in _HOPS.items()}
    seen = {hop: look(further if is_behind(hop) else case) for hop, look in _HOPS.items()}
    if further.route:
        return {**seen, _FRONTS.get(further.route.kind, Hop.GATEWAY): _by_front(case, further)}
    return {**seen, Hop.SERVICE: _behind_alias(further, seen[Hop.SERVICE])}


def _by_front(case: Case, further: Case) -> Sight:
    port = f", port {further.question.port}" if further.question.port else ""
    words = f"{further.route} sends {case.question.name}{case.question.path} to {further.service_ref}{port}"
    return unknown(f"{words}; who takes the call from outside, and that it does so, was not looked at")


def _behind_alias(further: Case, seen: Sight) -> Sight:
    return replace(seen, because=f"an alias of {further.service_ref}: {seen.because}")
