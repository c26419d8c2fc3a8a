"""The caller's way to the DNS servers: do network policies let its lookups through (failure-modes NPL-003)?"""

from msgspec.structs import replace

from bot.model.call.hops.policy import undecided_policies, unread_policies
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.call.sight import Sight, off_path, sound, unknown, unread_caller
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_PORT
from bot.model.dns.node_local import NODE_LOCAL_ADDRESS, node_local_caches
from bot.model.kube.endpoints import Endpoint
from bot.model.policy.decisions import Connection
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction


def dns_access(case: Case) -> Sight:
    """Return whether policies are known to let the caller's lookups through to the DNS pods, both ways."""
    if case.question.address:
        return off_path("an address was asked for, no name")
    if case.question.source is None:
        return _NOBODY
    if why := unread_caller(case):
        return unknown(f"whose lookups policies would judge is not known: {why}")
    if not asks_cluster_dns(case):
        return off_path("the caller does not ask the cluster's DNS")
    party = case.caller.party or case.policies.anyone(case.caller.namespace)
    return _by_policies(case, party)


def _by_policies(case: Case, party: Party) -> Sight:
    dns = case.dns
    places = {party.namespace, dns.service.namespace} if dns.service else {party.namespace}
    if why := unread_policies(case, places):
        return unknown(why)
    if why := undecided_policies(case, (party, *(case.policies.address(each.address) for each in dns.usable))):
        return unknown(why)
    if why := _past_cache(case, party):
        return sound(why)
    decided = [(each, _lookup(case, party, each)) for each in dns.usable]
    for endpoint, found in decided:
        if found.decision == "unknown":
            return unknown(f"lookups to {endpoint.address}: {'; '.join(_open_reasons(found))}")
    if decided and all(found.decision == "deny" for _, found in decided) and not case.measured.policies_unenforced:
        return unknown(f"policies deny lookups: {'; '.join(decided[0][1].decisive)}")
    if not decided and case.policies.isolating(Direction.EGRESS, party):
        return unknown(f"policies isolate {party.name}, and no DNS pod is known that its lookups could be judged for")
    return sound(_words(party, decided))


_NOBODY = off_path("no caller named: whose lookups policies would judge is not known")


def _past_cache(case: Case, party: Party) -> str:
    """Return how lookups pass where a node-local cache answers on its own address, or on the Service's."""
    if node_local_caches(case.snapshot) is None:
        return ""
    addresses = (NODE_LOCAL_ADDRESS, *(case.dns.service.cluster_ips if case.dns.service else ()))
    for each in addresses:
        if case.policies.decide(party, Party(ips=(each,), name=each), DNS_PORT, "UDP").egress.decision == "allow":
            return f"policies let lookups out to the node-local cache at {each}"
    return ""


def _lookup(case: Case, party: Party, endpoint: Endpoint) -> Connection:
    service, port = case.dns.service, case.dns.port
    virtual = service.cluster_ips if service else ()
    target = replace(
        case.policies.address(endpoint.address), virtual_ips=virtual, virtual_port=port.port if port else 0
    )
    return case.policies.decide(party, target, endpoint.port, "UDP")


def _open_reasons(found: Connection) -> tuple[str, ...]:
    return tuple(
        reason for side in (found.egress, found.ingress) if side.decision == "unknown" for reason in side.because
    )


def _words(party: Party, decided: list[tuple[Endpoint, Connection]]) -> str:
    if not any(found.egress.isolated or found.ingress.isolated for _, found in decided):
        return f"no policy restricts lookups of {party.name}"
    return "policies admit lookups"
