"""Namespaces that policies keep from the DNS as a whole: what can be said of lookups where nobody was named.

Found once a namespace, since a digest asks it of each of its Services.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.cluster_dns import DNS_PORT, cluster_dns
from bot.model.dns.node_local import cache_address, node_local_caches
from bot.model.gaps import NODE_AGENTS
from bot.model.kube.endpoints import Endpoint
from bot.model.memo import memo_by
from bot.model.policy.decisions import Connection, Decision
from bot.model.policy.index import policy_index
from bot.model.policy.opaque import POLICIES, are_none
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction
from bot.model.snapshot import Snapshot

Decided = tuple[tuple[Endpoint, Connection], ...]


class KeptOut(Struct, frozen=True):
    """The end at which every pod of a namespace is denied, and what is decided there of each DNS pod in use, over UDP."""

    direction: Direction
    decided: tuple[tuple[Endpoint, Decision], ...]


def every_pod(snapshot: Snapshot, namespace: str) -> Party:
    """Return any pod of a namespace, whatever its labels are."""
    known = policy_index(snapshot).anyone(namespace, name=f"every pod of {namespace}")
    return replace(known, any_labels=True)


def lookups_of(snapshot: Snapshot, party: Party, protocol: str = "UDP") -> Decided:
    """Return each DNS pod in use, with what policies at both ends say of a party's lookups over UDP or TCP."""
    dns, policies = cluster_dns(snapshot), policy_index(snapshot)
    if dns.service is None or dns.port is None:
        return ()
    virtual = {"virtual_ips": dns.service.cluster_ips, "virtual_port": dns.port.port}
    targets = ((each, replace(policies.address(each.address), **virtual)) for each in dns.usable)
    return tuple((each, policies.decide(party, target, each.port, protocol)) for each, target in targets)


@memo_by
def kept_from_dns(snapshot: Snapshot, namespace: str) -> tuple[KeptOut, ...]:
    """Return the ends at which policies deny every pod of a namespace all DNS pods in use; none where a cache answers.

    None, too, where there are, or may be, policies that are not evaluated here, which may let it ask.
    """
    dns, policies = cluster_dns(snapshot), policy_index(snapshot)
    if dns.service is None or not dns.usable or not are_none(snapshot, POLICIES, {namespace, dns.service.namespace}):
        return ()
    if policies.is_free(namespace) and policies.is_free(dns.service.namespace):
        return ()
    made = lookups_of(snapshot, every_pod(snapshot, namespace))
    found = [KeptOut(side, tuple((each, one.side(side)) for each, one in made)) for side in Direction]
    return tuple(each for each in found if _is_kept(snapshot, namespace, each))


def _is_kept(snapshot: Snapshot, namespace: str, found: KeptOut) -> bool:
    if not found.decided or not all(decision.denied_by for _, decision in found.decided):
        return False
    has_cache = node_local_caches(snapshot) is not None
    if found.direction is Direction.INGRESS:
        return not has_cache
    asked = [(decision.target, each.port) for each, decision in found.decided]
    asked += [(each, DNS_PORT) for each in addresses_of_cache(snapshot)] if has_cache else []
    return all(_is_denied(snapshot, namespace, *each) for each in asked)


def _is_denied(snapshot: Snapshot, namespace: str, target: Party, port: int) -> bool:
    """Return whether no pod of a namespace is let out to a place, by a tier or by its own policies."""
    policies = policy_index(snapshot)
    if policies.has_tiers:
        egress = policies.decide(every_pod(snapshot, namespace), target, port, "UDP").egress
        return egress.is_by_tier and bool(egress.denied_by)
    return policies.shut_in(namespace, target, port, "UDP")


def may_have_cache(snapshot: Snapshot) -> bool:
    """Return whether a node-local cache answers lookups, or may, since agents of nodes were not read."""
    return node_local_caches(snapshot) is not None or not snapshot.has(NODE_AGENTS)


def addresses_of_cache(snapshot: Snapshot) -> tuple[Party, ...]:
    """Return where a node-local cache answers: at its own address, and at the DNS Service's."""
    service = cluster_dns(snapshot).service
    addresses = (cache_address(snapshot), *(service.cluster_ips if service else ()))
    return tuple(Party(ips=(each,), name=each) for each in addresses)
