"""What policies say of lookups: to each DNS pod in use, at both ends; to a node-local cache before them; and of its own."""

from bot.model.call.kept_from_dns import Decided, addresses_of_cache, lookups_of
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_PORT
from bot.model.dns.node_local import node_local_caches
from bot.model.dns.search.guess import chosen_resolver
from bot.model.dns.search.resolver import Cut
from bot.model.dns.search.step import is_cut
from bot.model.dns.search.table import WORDS
from bot.model.memo import memo_by
from bot.model.policy.decisions import Decision
from bot.model.policy.enforcement import enforcer
from bot.model.policy.parties import Party
from bot.model.probe import DnsQuery

# A node-local cache asks the DNS pods for the cluster's zone over this: `force_tcp` in its manifest.
CACHE_PROTOCOL = "TCP"
_BEST_FIRST = ("allow", "unknown", "deny")
_PLAIN_UDP = 512  # bytes of an answer without EDNS (RFC 1035, 4.2.1)


def lookups(case: Case, party: Party, protocol: str = "UDP") -> Decided:
    """Return each DNS pod in use, with what policies at both ends say of a party's lookups over UDP or TCP."""
    return lookups_of(case.snapshot, party, protocol)


@memo_by
def callers_lookups(case: Case, protocol: str) -> Decided:
    """Return each DNS pod in use, with what policies say of the lookups of whoever calls; nothing where that is not known."""
    return lookups(case, case.caller.party, protocol) if case.caller.party else ()


def lookups_of_caches(case: Case) -> Decided:
    """Return each DNS pod in use, with what policies say of the cache of the caller's node, which asks in its place.

    Nothing where no cache runs there, or the caller's node is not known. A cache is on the host network: a node, to policies.
    """
    node = case.caller.node
    own = [each for each in node_local_caches(case.snapshot) or () if node and each.spec.node_name == node]
    return tuple(found for each in own for found in lookups(case, case.policies.pod(each), CACHE_PROTOCOL))


def way_to_cache(case: Case, party: Party, protocol: str = "UDP") -> Decision:
    """Return what policies say of a party's lookups at a node-local cache, whether or not there is one: the best of them.

    It answers on its own address, and on the DNS Service's.
    """
    found = [case.policies.decide(party, each, DNS_PORT, protocol).egress for each in addresses_of_cache(case.snapshot)]
    return min(found, key=lambda each: _BEST_FIRST.index(each.decision))


def are_unenforced(case: Case) -> bool:
    """Return whether policies were seen not to be enforced, or what runs here has no code for it."""
    here = enforcer(case.snapshot)
    return case.measured.policies_unenforced or (here is not None and not here.enforces)


def asks_over_tcp(case: Case) -> bool:
    """Return whether the caller asks over TCP alone: by `options use-vc`, unless its resolver is known not to obey it."""
    own = WORDS.get(chosen_resolver(case.question, case.caller).resolver)
    return case.caller.resolv_conf.over_tcp and (own is None or own.obeys_use_vc)


def needs_tcp(case: Case) -> bool:
    """Return whether the caller asks over TCP alone, or the answer does not fit into what its resolver takes over UDP.

    That is known by a probe, or by its addresses. Where its resolver is not known, into the 512 bytes of a plain answer.
    One that never asks over TCP needs none.
    """
    if asks_over_tcp(case):
        return True
    own = WORDS.get(chosen_resolver(case.question, case.caller).resolver)
    if own is not None and own.cut is not Cut.TCP:
        return False
    if any(each.detail.get("truncated") for each in case.observations if isinstance(each.probe, DnsQuery)):
        return True
    service = case.service
    if service is None or not service.is_headless:
        return False
    counts = {"A": 0, "AAAA": 0}
    for address in {each.address for each in case.backends.all_usable}:
        counts["AAAA" if ":" in address else "A"] += 1
    return any(is_cut(case.fqdn, kind, count, own.udp if own else _PLAIN_UDP) for kind, count in counts.items())
