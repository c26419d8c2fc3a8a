"""What policies do to the caller's lookups: the ground that the checks of denied lookups share."""

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from bot.checks.policy._blocked_connections import (
    UNENFORCED,
    Blocked,
    BlockedGroup,
    caller_evidence,
    caller_name,
    caller_ref,
    isolated_pods,
    looks,
    policy_evidence,
    reasons,
    written,
)
from bot.checks.policy._policy_fixes import admit_dns, admit_nodes_to_dns
from bot.model.call.dns_policies import (
    CACHE_PROTOCOL,
    are_unenforced,
    asks_over_tcp,
    callers_lookups,
    lookups_of_caches,
    needs_tcp,
    way_to_cache,
)
from bot.model.call.hops.policy import Target, targets
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.call.kept_from_dns import every_pod, kept_from_dns, may_have_cache
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_PORT
from bot.model.dns.node_local import node_local_caches
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import ServicePort
from bot.model.policy.decisions import Decision
from bot.model.policy.matching import match_blocks
from bot.model.policy.parties import Party
from bot.model.policy.rules import Direction, Match, Tier
from bot.model.probe import DnsQuery, Observation, Outcome
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import count

_UNREAD = "Whether a node-local cache answers in their place is not known."
Key = tuple[Ref, ...]
Denied = dict[Key, tuple[Blocked, ...]]
Wanted = Callable[[Decision], bool]


class BlockedLookups(Struct, frozen=True):
    """The DNS pods that the same policies keep the caller from, over `how`: `UDP`, `TCP` or `UDP and TCP`.

    `cache` is the node-local cache that is kept from them in the caller's place; `is_only_way`: nothing else is tried.
    """

    group: BlockedGroup
    how: str
    cache: Pod | None = None
    is_only_way: bool = False

    @property
    def where(self) -> str:
        """E.g. `the DNS pods on port 53 over UDP`, with what TCP is needed for where it alone is denied."""
        group = self.group
        which = "the DNS pods" if group.affected is None else f"{len(group.blocked)} of {count(group.of, 'DNS pod')}"
        where = f"{which} on port {group.numbers[0][0]} over {self.how}"
        if self.is_only_way:
            return f"{where}, over which alone its resolver asks (options use-vc)"
        is_for_long = self.how == "TCP" and self.cache is None
        return f"{where}, which answers too long for UDP need" if is_for_long else where


def may_tell(case: Case) -> bool:
    """Return whether lookups can be judged: somebody was named, or all was read that tells of every pod of a namespace."""
    return case.caller.is_known or (case.snapshot.has("networkpolicies") and case.snapshot.has("dns"))


def by_network_policies(decision: Decision) -> bool:
    """Return whether NetworkPolicies settled a decision."""
    return decision.settled is Tier.POLICY


def blocked_lookups(case: Case, direction: Direction, wanted: Wanted) -> tuple[BlockedLookups, ...]:
    """Return the DNS pods in use to which policies deny the caller's lookups, by the policies; none past a cache.

    `wanted` says which decisions count: those of NetworkPolicies, or those of admin tiers. Where nobody was named, what
    they deny every pod of the Service's namespace, as a warning.
    """
    if case.question.source is None:
        return _for_nobody(case, direction, wanted)
    caller, port = case.caller.party, case.dns.port
    if caller is None or port is None or case.question.address or not asks_cluster_dns(case):
        return ()
    udp = _denied(case, caller, direction, replace(port, protocol="UDP"), wanted)
    tcp = _denied(case, caller, direction, replace(port, protocol="TCP"), wanted)
    of = len(case.dns.usable)
    found = []
    for key in dict.fromkeys((*udp, *tcp)):
        how = " and ".join(name for name, denied in (("UDP", udp), ("TCP", tcp)) if key in denied)
        is_whole = sum(map(len, udp.values())) == of
        group = BlockedGroup(udp.get(key) or tcp[key], _severity(case, how, is_whole=is_whole), of)
        found.append(BlockedLookups(group, how, is_only_way=how == "TCP" and asks_over_tcp(case)))
    return tuple(found)


def lookups_by_service_address(case: Case) -> BlockedLookups | None:
    """Return the DNS pods, if policies let the caller out to the DNS Service's address and to none of them; else None.

    Whether an ipBlock is held against the address before or after its translation the API leaves open; most networks do after.
    """
    caller, port = case.caller.party, case.dns.port
    if caller is None or port is None or case.question.address or not asks_cluster_dns(case):
        return None
    if _passes_cache(case, caller, Direction.EGRESS, "UDP"):
        return None
    udp = replace(port, protocol="UDP")
    found = tuple(Blocked(udp, endpoint, each.egress) for endpoint, each in callers_lookups(case, "UDP"))
    if not found or any(each.decision.decision != "unknown" or not _has_service(case, each) for each in found):
        return None
    return BlockedLookups(
        BlockedGroup(found, Severity.INFO if are_unenforced(case) else Severity.WARN, len(found)), "UDP"
    )


def _has_service(case: Case, blocked: Blocked) -> bool:
    """Return whether an egress rule has the DNS Service's address."""
    service = case.dns.service
    parties = [Party(ips=(each,)) for each in service.cluster_ips] if service else []
    rules = (rule for policy in blocked.decision.isolating for rule in policy.egress or ())
    return any(match_blocks(rule.blocks, each, each) is Match.YES for rule in rules for each in parties)


def _for_nobody(case: Case, direction: Direction, wanted: Wanted) -> tuple[BlockedLookups, ...]:
    """Return the DNS pods, if policies let no pod of the Service's namespace ask any of them.

    Only where they let some of its pods come to the Service: a namespace that nobody in it calls from needs no DNS.
    """
    port, asked = case.dns.port, case.question
    if case.service is None or port is None or asked.address or asked.entry or case.route or case.called:
        return ()
    known = next((each for each in kept_from_dns(case.snapshot, asked.namespace) if each.direction is direction), None)
    if known is None or not all(wanted(decision) for _, decision in known.decided):
        return ()
    if not any(_may_come(case, each) for each in targets(case)):
        return ()
    blocked = tuple(Blocked(replace(port, protocol="UDP"), *each) for each in known.decided)
    severity = Severity.INFO if are_unenforced(case) else Severity.WARN
    return (BlockedLookups(BlockedGroup(blocked, severity, len(blocked)), "UDP"),)


def _may_come(case: Case, target: Target) -> bool:
    """Return whether policies let some pod of the Service's namespace come to a port of the Service's pods."""
    namespace, port, protocol = case.question.namespace, target.number, target.port.protocol
    if case.policies.shut_in(namespace, target.party, port, protocol):
        return False
    everybody = every_pod(case.snapshot, namespace)
    return case.policies.decide(everybody, target.party, port, protocol).ingress.decision != "deny"


def may_not(case: Case, direction: Direction, where: str) -> str:
    """Return whom policies keep from the DNS, as the beginning of a sentence."""
    asks = direction is Direction.INGRESS
    if case.question.source is None:
        return f"no pod of namespace {case.question.namespace} {'may ask' if asks else 'is let out to'} {where}"
    return f"{caller_name(case)} {'may not ask' if asks else 'is not let out to'} {where}"


def evidence_of_caller(case: Case) -> tuple[Evidence, ...]:
    """Return what is known of who calls; nothing where nobody was named."""
    return (caller_evidence(case),) if case.question.source else ()


def blocked_cache(case: Case) -> BlockedLookups | None:
    """Return the node-local cache that policies do not let the caller out to, though they do to the DNS pods; else None."""
    caller, port = case.caller.party, case.dns.port
    if caller is None or port is None or node_local_caches(case.snapshot) is None or not asks_cluster_dns(case):
        return None
    decision = way_to_cache(case, caller)
    if case.question.address or not decision.denied_by or not by_network_policies(decision):
        return None
    if any(found.egress.denied_by for _, found in callers_lookups(case, "UDP")):
        return None
    severity = Severity.INFO if are_unenforced(case) else Severity.WARN
    blocked = Blocked(replace(port, protocol="UDP"), Endpoint(decision.target.name, DNS_PORT), decision)
    return BlockedLookups(BlockedGroup((blocked,), severity, 1), "UDP")


def blocked_behind_cache(case: Case) -> tuple[BlockedLookups, ...]:
    """Return the DNS pods that NetworkPolicies keep the cache of the caller's node from, which asks in its place; by policies.

    The node is the client then. What the API leaves open of a node is none of these.
    """
    caller, port = case.caller.party, case.dns.port
    if caller is None or port is None or case.question.address or not asks_cluster_dns(case):
        return ()
    if way_to_cache(case, caller).decision != "allow":
        return ()
    groups: dict[Key, list[Blocked]] = {}
    for endpoint, connection in lookups_of_caches(case):
        decision = connection.ingress
        if decision.denied_by and by_network_policies(decision):
            blocked = Blocked(replace(port, protocol=CACHE_PROTOCOL), endpoint, decision)
            groups.setdefault(decision.denied_by, []).append(blocked)
    of = len(case.dns.usable)
    is_whole = sum(map(len, groups.values())) == of
    severity = Severity.INFO if are_unenforced(case) else Severity.FAIL if is_whole else Severity.WARN
    found = (BlockedGroup(tuple(each), severity, of) for each in groups.values())
    return tuple(BlockedLookups(each, CACHE_PROTOCOL, each.decision.source.pod) for each in found)


def _denied(case: Case, caller: Party, direction: Direction, port: ServicePort, wanted: Wanted) -> Denied:
    """Return the denied DNS pods by the policies that deny; none at all if a cache answers, or may, on the caller's node."""
    if _passes_cache(case, caller, direction, port.protocol):
        return {}
    found: Denied = {}
    for endpoint, connection in callers_lookups(case, port.protocol):
        decision = connection.side(direction)
        if decision.denied_by and wanted(decision):
            known = found.get(decision.denied_by, ())
            found[decision.denied_by] = (*known, Blocked(port, endpoint, decision))
    return found


def _passes_cache(case: Case, caller: Party, direction: Direction, protocol: str) -> bool:
    """Return whether lookups end at a node-local cache. Where agents of nodes were not read, an egress rule for it tells."""
    if not may_have_cache(case.snapshot) or way_to_cache(case, caller, protocol).decision == "deny":
        return False
    return node_local_caches(case.snapshot) is not None or direction is Direction.EGRESS


def _severity(case: Case, how: str, *, is_whole: bool) -> Severity:
    """All DNS pods: fail; some: warn; TCP alone: only where an answer does not fit into UDP."""
    if are_unenforced(case):
        return Severity.INFO
    if how == "TCP":
        return Severity.FAIL if asks_over_tcp(case) else Severity.WARN if needs_tcp(case) else Severity.INFO
    return Severity.FAIL if is_whole else Severity.WARN


def confidence(case: Case) -> Confidence:
    """Certain where the caller itself asked and heard nothing, unless the worker heard nothing either."""
    if not case.vantage.is_caller or not _heard_nothing(case.observations):
        return Confidence.LIKELY
    return Confidence.LIKELY if _heard_nothing(case.elsewhere.observations) else Confidence.CERTAIN


def _heard_nothing(observations: Iterable[Observation]) -> bool:
    """Return whether lookups were made, and none got an answer."""
    asked = [each.outcome for each in observations if isinstance(each.probe, DnsQuery)]
    made = [each for each in asked if each is not Outcome.NOT_RUN]
    return bool(made) and all(each is Outcome.TIMEOUT for each in made)


def with_doubt(case: Case, message: str, direction: Direction) -> str:
    """Return a message with what speaks against it: that nothing enforces policies, or a cache that nobody looked for."""
    if case.measured.policies_unenforced:
        return f"{message} {UNENFORCED}"
    unread = may_have_cache(case.snapshot) and node_local_caches(case.snapshot) is None
    is_open = direction is Direction.INGRESS or case.question.source is None
    return f"{message} {_UNREAD}" if unread and is_open else message


def told(case: Case, found: BlockedLookups, sentence: str) -> Detection:
    """Return the finding of NetworkPolicies that deny lookups; `sentence` says which, and the reasons are put behind it."""
    group = found.group
    direction = group.decision.direction
    return Detection(
        about=group.blamed.ref,
        message=with_doubt(case, f"{sentence}: {reasons(group)}.", direction),
        severity=group.severity,
        confidence=confidence(case),
        evidence=(
            *policy_evidence(group),
            *((_cache_evidence(found.cache),) if found.cache else evidence_of_caller(case)),
        ),
        check=looks(group),
        fix=() if case.measured.policies_unenforced else _fix(case, found),
        affected=group.affected,
        pods=isolated_pods(group),
        key=(str(caller_ref(case)), found.how, *(str(each.ref) for each in group.policies)),
        written=written(group.blamed),
    )


def _fix(case: Case, found: BlockedLookups) -> tuple[Fix, ...]:
    return admit_nodes_to_dns(case, found.group) if found.cache else admit_dns(case, found.group)


def _cache_evidence(cache: Pod) -> Evidence:
    where = f"on the host network of {cache.spec.node_name}: to policies it is the node"
    return Evidence(cache.ref, "status.podIP", cache.ip, where)
