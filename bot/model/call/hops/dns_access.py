"""The caller's way to the DNS servers: do network policies let its lookups through (failure-modes NPL-003)?

Where a node-local cache answers, its own way to the DNS pods counts as well: what it does not know it asks them.
"""

from bot.model.call.callers_way import heard_by_caller, with_lookups
from bot.model.call.dns_policies import Decided, asks_over_tcp, lookups, lookups_of_caches, way_to_cache
from bot.model.call.hops.policy import undecided_policies, unread_policies
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.call.sight import Sight, off_path, sound, unknown, unread_caller
from bot.model.case import Case
from bot.model.dns.cluster_dns import cluster_dns
from bot.model.dns.node_local import node_local_caches
from bot.model.memo import memo
from bot.model.policy.decisions import Connection
from bot.model.policy.differences import differing
from bot.model.policy.enforcement import enforcer
from bot.model.policy.index import policy_index
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.snapshot import Snapshot
from bot.model.text import count


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
    party = case.caller.party or case.policies.anyone(case.caller.namespace)
    return heard_by_caller(case) or with_lookups(case, _by_policies(case, party))


def _by_policies(case: Case, party: Party) -> Sight:
    dns = case.dns
    places = {party.namespace, dns.service.namespace} if dns.service else {party.namespace}
    if why := unread_policies(case, places):
        return unknown(why)
    if why := undecided_policies(case, (party, *(case.policies.address(each.address) for each in dns.usable))):
        return unknown(why)
    if why := _past_cache(case, party):
        return _behind_cache(case, why)
    cached = node_local_caches(case.snapshot) is not None
    decided = lookups(case, party, "TCP" if asks_over_tcp(case) else "UDP")
    if why := _open(case, decided):
        return unknown(why)
    denied = [found for _, found in decided if found.decision == "deny"]
    if denied and not case.measured.policies_unenforced:
        return unknown(_denial(case, denied, len(decided)))
    if cached and not case.measured.policies_unenforced:
        return unknown("policies let lookups out to the DNS pods, and not surely to the node-local cache before them")
    if not decided and case.policies.isolating(Direction.EGRESS, party):
        return unknown(f"policies isolate {party.name}, and no DNS pod is known that its lookups could be judged for")
    return sound(_words(party, decided))


def _behind_cache(case: Case, way: str) -> Sight:
    """Return whether policies let the cache ask the DNS pods in the caller's place; `way` says how it is reached."""
    decided = lookups_of_caches(case)
    parties = {found.egress.source.name: found.egress.source for _, found in decided}
    if why := undecided_policies(case, parties.values()) or _open(case, decided, "lookups of the cache"):
        return unknown(why)
    denied = [found for _, found in decided if found.decision == "deny"]
    if denied and not case.measured.policies_unenforced:
        return unknown(f"{way}, and {_denial(case, denied, len(decided), 'its own lookups')}")
    return sound(way)


def _open(case: Case, decided: Decided, whose: str = "lookups") -> str:
    """Return in words why it is not known what policies say of some DNS pod; empty where it is."""
    for endpoint, found in decided:
        if found.decision == "unknown":
            return f"{whose} to {endpoint.address}: {'; '.join(_open_reasons(found))}"
        for other in differing(case.snapshot, found)[:1]:
            said = f"by the API's text policies {found.decision} {whose} to {endpoint.address}, and {other}"
            return f"{said}; which engine runs here is not known"
    return ""


def _denial(case: Case, denied: list[Connection], of: int, whose: str = "lookups") -> str:
    which = "" if len(denied) == of else f" to {len(denied)} of {count(of, 'DNS pod')}"
    here = enforcer(case.snapshot)
    doubt = f", but {here}" if here and not here.enforces else ""
    return f"policies deny {whose}{which}: {'; '.join(denied[0].decisive)}{doubt}"


_NOBODY = off_path("no caller named: whose lookups policies would judge is not known")


@memo
def _for_nobody(snapshot: Snapshot) -> Sight:
    """Return that nobody's lookups are judged, unless policies let nobody at all ask a DNS pod; found once a snapshot."""
    dns, policies = cluster_dns(snapshot), policy_index(snapshot)
    if dns.service is None:
        return _NOBODY
    for gap in snapshot.gaps_for("networkpolicies", dns.service.namespace):
        return unknown(f"whether policies let anybody ask the DNS pods is not known: {gap.what} could not be read")
    if policies.is_free(dns.service.namespace):
        return _NOBODY
    closed = [each for each in dns.usable if policies.closes(policies.address(each.address), each.port, "UDP")]
    here = enforcer(snapshot)
    if not closed or len(closed) < len(dns.usable) or (here is not None and not here.enforces):
        return _NOBODY
    return unknown(f"no policy admits anybody to the DNS pods on {closed[0].port}/UDP")


def _past_cache(case: Case, party: Party) -> str:
    """Return how lookups pass where a node-local cache answers on its own address, or on the Service's."""
    if node_local_caches(case.snapshot) is None:
        return ""
    found = way_to_cache(case, party)
    if found.decision != "allow":
        return ""
    return f"policies let lookups out to the node-local cache at {found.target.name}"


def _open_reasons(found: Connection) -> tuple[str, ...]:
    return tuple(
        reason for side in (found.egress, found.ingress) if side.decision == "unknown" for reason in side.because
    )


def _words(party: Party, decided: Decided) -> str:
    if not any(found.egress.isolated or found.ingress.isolated for _, found in decided):
        return f"no policy restricts lookups of {party.name}"
    return "policies admit lookups"
