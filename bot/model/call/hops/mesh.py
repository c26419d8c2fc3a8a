"""A service mesh: its authorization and mTLS objects decide whether a connection is taken (not evaluated yet)."""

from bot.model.call.hops.policy import targets
from bot.model.call.sight import Sight, off_path, unknown
from bot.model.case import Case
from bot.model.policy.opaque import MESH, may_reach, reaching, routing
from bot.model.text import listing


def mesh(case: Case) -> Sight:
    """Return whether a mesh object can decide this call; without any the call passes no mesh that is known."""
    if case.service is None or case.service.is_external_name:
        return off_path("there is no backend of this cluster")
    rules = routing(case.snapshot, case.caller.party, case.service)
    if rules.refs:
        names = listing([str(each) for each in rules.refs], 3)
        return unknown(f"the caller's proxy goes by {names}, which cannot be evaluated yet")
    if rules.unread:
        return unknown(rules.unread)
    if not may_reach(case.snapshot, MESH):
        return _NO_MESH
    named = reaching(case.snapshot, MESH, [each.party for each in targets(case)])
    if named.refs:
        return unknown(f"{listing([str(each) for each in named.refs], 3)} can decide here and cannot be evaluated yet")
    if named.unread:
        return unknown(named.unread)
    return _NO_MESH


_NO_MESH = off_path("no authorization or mTLS object of a mesh selects the backends")
