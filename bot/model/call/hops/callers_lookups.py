"""A known caller's way to the DNS servers: what policies say of its lookups, and of those of a node-local cache before them."""

from bot.model.call.dns_policies import asks_over_tcp, lookups, lookups_of_caches, way_to_cache
from bot.model.call.hops.policy import undecided_policies, unread_policies
from bot.model.call.kept_from_dns import Decided
from bot.model.call.sight import Sight, sound, unknown
from bot.model.case import Case
from bot.model.dns.node_local import node_local_caches
from bot.model.policy.decisions import Connection
from bot.model.policy.differences import differing
from bot.model.policy.enforcement import enforcer
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.text import count


def lookups_by_policies(case: Case, party: Party) -> Sight:
    """Return whether policies are known to let the lookups of a caller through to the DNS pods, or to the cache before them."""
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
            return f"{whose} to {endpoint.address}: {'; '.join(found.open_reasons)}"
        for other in differing(case.snapshot, found)[:1]:
            said = f"by the API's text policies {found.decision} {whose} to {endpoint.address}, and {other}"
            return f"{said}; which engine runs here is not known"
    return ""


def _denial(case: Case, denied: list[Connection], of: int, whose: str = "lookups") -> str:
    which = "" if len(denied) == of else f" to {len(denied)} of {count(of, 'DNS pod')}"
    here = enforcer(case.snapshot)
    doubt = f", but {here}" if here and not here.enforces else ""
    return f"policies deny {whose}{which}: {'; '.join(denied[0].decisive)}{doubt}"


def _past_cache(case: Case, party: Party) -> str:
    """Return how lookups pass where a node-local cache answers on its own address, or on the Service's."""
    if node_local_caches(case.snapshot) is None:
        return ""
    found = way_to_cache(case, party)
    if found.decision != "allow":
        return ""
    return f"policies let lookups out to the node-local cache at {found.target.name}"


def _words(party: Party, decided: Decided) -> str:
    if not any(found.egress.isolated or found.ingress.isolated for _, found in decided):
        return f"no policy restricts lookups of {party.name}"
    return "policies admit lookups"
