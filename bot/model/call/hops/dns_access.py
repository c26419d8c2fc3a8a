"""The caller's way to the DNS servers: do network policies let its lookups through (failure-modes NPL-003)?

Where a node-local cache answers, its own way to the DNS pods counts as well: what it does not know it asks them.
"""

from bot.model.call.callers_way import heard_by_caller, with_lookups
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.call.sight import Sight, off_path, unknown, unread_caller
from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.memo import memo
from bot.model.policy.enforcement import enforcer
from bot.model.policy.index import policy_index
from bot.model.snapshot import Snapshot


def dns_access(case: Case) -> Sight:
    """Return whether policies are known to let the caller's lookups through to the DNS pods, both ways."""
    if case.question.address:
        return off_path("an address was asked for, no name")
    if case.question.source is None:
        return _NOBODY if case.measured.policies_unenforced else _for_nobody(case.snapshot)
    if why := unread_caller(case):
        return unknown(f"whose lookups policies would judge is not known: {why}")
    if not asks_cluster_dns(case):
        return off_path("the caller does not ask the cluster's DNS")
    from bot.model.call.hops.callers_lookups import lookups_by_policies  # noqa: PLC0415 (only where somebody calls)

    party = case.caller.party or case.policies.anyone(case.caller.namespace)
    return heard_by_caller(case) or with_lookups(case, lookups_by_policies(case, party))


_NOBODY = off_path("no caller named: whose lookups policies would judge is not known")


@memo
def _for_nobody(snapshot: Snapshot) -> Sight:
    """Return that nobody's lookups are judged, unless policies let nobody at all ask a DNS pod; found once a snapshot."""
    dns, policies = cluster_dns(snapshot), policy_index(snapshot)
    if dns.service is None:
        return _NOBODY
    for gap in snapshot.gaps_for("networkpolicies", dns.service.namespace):
        return unknown(f"whether policies let anybody ask the DNS pods is not known: {gap.what} could not be read")
    if policies.unread_tiers:
        return unknown(f"whether policies let anybody ask the DNS pods is not known: {policies.unread_tiers}")
    if policies.is_free(dns.service.namespace):
        return _NOBODY
    closed = [each for each in dns.usable if policies.closes(policies.address(each.address), each.port, "UDP")]
    here = enforcer(snapshot)
    if not closed or len(closed) < len(dns.usable) or (here is not None and not here.enforces):
        return _NOBODY
    return unknown(f"no policy admits anybody to the DNS pods on {closed[0].port}/UDP")
