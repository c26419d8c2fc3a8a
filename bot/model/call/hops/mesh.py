"""A service mesh: its authorization, mTLS and routes decide whether a connection is taken, and where it goes.

They are not evaluated yet: what may decide this call leaves the hop unknown and is named.
"""

from bot.model.call.hops.policy import targets
from bot.model.call.sight import Sight, off_path, unknown
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.planning.http import FOREIGN_PORTS, has_get_probe
from bot.model.policy.opaque import MESH, may_reach, reaching
from bot.model.policy.parties import Party
from bot.model.policy.proxies import not_ready, refusal, without_destinations, without_ztunnel
from bot.model.policy.routes import attached, has_istio, hidden_from, is_http_to_istio, routing, waypoint_of
from bot.model.policy.tunnels import closed_tunnel
from bot.model.text import listing


def mesh(case: Case) -> Sight:
    """Return whether a mesh can decide this call; without a proxy and an object of one the call passes none that is known."""
    if case.service is None or case.service.is_external_name:
        return off_path("there is no backend of this cluster")
    return _on_the_way_out(case, case.service) or _at_the_backends(case) or _NO_MESH


def _on_the_way_out(case: Case, service: Service) -> Sight | None:
    """Return what the caller's own proxy, or a waypoint, may make of the call; None where they change nothing."""
    caller, snapshot = case.caller.party, case.snapshot
    if proxy := not_ready(caller.pod if caller else None):
        return unknown(f"the caller's own {proxy} is not ready, and its calls leave through it")
    if why := without_destinations(snapshot, caller.pod if caller else None):
        return unknown(why)
    if caller and (why := without_ztunnel(snapshot, caller, case.caller.node)):
        return unknown(why)
    rules, routes = routing(snapshot, caller, service), attached(snapshot, caller, service)
    if refs := (*rules.refs, *routes.refs):
        names = listing([str(each) for each in refs], 3)
        return unknown(f"the caller's proxy goes by {names}, which cannot be evaluated yet")
    if said := hidden_from(caller, service):
        return unknown(f"{service.name} says {said}, so that the caller's proxy does not know it")
    if why := waypoint_of(snapshot, service):
        return unknown(why)
    if port := _misnamed(case, caller):
        return unknown(
            f"Istio's proxies speak HTTP on {port}, as the Service calls it, and web servers do not listen there"
        )
    unread = rules.unread or routes.unread
    return unknown(unread) if unread else None


def _misnamed(case: Case, caller: Party | None) -> str:
    """Return a port that is HTTP to a proxy of Istio at either end, while its number is one of databases and the like."""
    for each in targets(case):
        pod, number = each.party.pod, each.number
        proxied = has_istio(each.party) or (caller is not None and has_istio(caller))
        is_foreign = number in FOREIGN_PORTS and not (pod and has_get_probe(pod, number))
        if proxied and is_foreign and is_http_to_istio(each.port):
            return f"port {each.port.name or each.port.port} ({number}/{each.port.protocol})"
    return ""


def _at_the_backends(case: Case) -> Sight | None:
    """Return what the backends' proxies may refuse; None where nothing decides there."""
    caller = case.caller.party
    parties = [each.party for each in targets(case)]
    if why := _closed(case):
        return unknown(why)
    for each in parties:
        if each.pod and (why := without_ztunnel(case.snapshot, each, each.pod.spec.node_name)):
            return unknown(why)
        if each.pod and (why := refusal(case.snapshot, each.pod, caller.pod if caller else None)):
            return unknown(why)
    if not may_reach(case.snapshot, MESH):
        return None
    named = reaching(case.snapshot, MESH, parties)
    if named.refs:
        return unknown(f"{listing([str(each) for each in named.refs], 3)} can decide here and cannot be evaluated yet")
    return unknown(named.unread) if named.unread else None


def _closed(case: Case) -> str:
    """Return in words how policies stop the mesh, which carries the call on a port of its own; empty where they do not."""
    caller, service = case.caller.party, case.service
    if caller is None or service is None or caller.pod is None:
        return ""
    said = (
        closed_tunnel(case.snapshot, case.policies, service, each.number, (caller, each.party))
        for each in targets(case)
    )
    return next(filter(None, said), "")


_NO_MESH = off_path("no authorization or mTLS object of a mesh selects the backends")
