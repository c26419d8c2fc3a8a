"""An egress policy keeps the caller from the cluster's DNS

## Meaning
Policies isolate the caller for what it sends, and no rule of theirs lets it out to the DNS pods on their port. Before any
call the caller has to look a name up, so it does not even begin. This is forgotten in most first egress policies.

## Impact
Every lookup from the caller waits 5 to 10 seconds and fails, with EAI_AGAIN ("Temporary failure in name resolution") or, as
misleading, "Name or service not known". Calls by IP work. If only UDP is let out, lookups work until an answer is too long
for UDP, as those of large headless Services are.

## How it is detected
The caller is held against all policies of its namespace for every DNS pod that is in use, on the pod's own DNS port (5353 on
OpenShift), over UDP and over TCP. Where NodeLocal DNSCache runs, its address on the node is held against them too.

## When it stays silent
If nobody said who calls. If the caller does not use the cluster's DNS: `dnsPolicy: Default` or `None`, or the host network
without `ClusterFirstWithHostNet`. If a rule has the ClusterIP of the DNS Service as ipBlock, since networks differ in whether
that counts. If the Service was asked for by its IP. If DNS is managed outside of the cluster.

## Fix
The printed policy lets every pod that the blamed policy isolates out to the DNS pods, over UDP and TCP. It stands beside the
others and isolates no pod that is not isolated already.

## Known limits
Policies in the DNS pods' own namespace that keep callers out are not judged here. Policies of other kinds are not read.
Nothing in the API tells whether the network enforces policies. With NodeLocal DNSCache the real target is on the host
network, which networks treat differently, so it is told as likely at best.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import (
    UNENFORCED,
    Blocked,
    BlockedGroup,
    caller_evidence,
    caller_name,
    caller_ref,
    looks,
    policy_evidence,
    reasons,
    written,
)
from bot.checks.policy._policy_fixes import admit_dns
from bot.model.call.hop import Hop
from bot.model.call.hops.resolver import asks_cluster_dns
from bot.model.case import Case
from bot.model.dns.node_local import NODE_LOCAL_ADDRESS, node_local_caches
from bot.model.gaps import NODE_AGENTS
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.services import ServicePort
from bot.model.policy.decisions import Decision
from bot.model.policy.parties import Party
from bot.model.probe import DnsQuery, Outcome, VantageKind
from bot.model.question.question import Symptom
from bot.model.result.finding import Affected, Confidence, Detection, Layer, Severity
from bot.model.text import count


@check(
    "NPL-003",
    "egress-blocks-dns",
    hop=Hop.DNS_ACCESS,
    layer=Layer.ROUTING,
    needs=("services", "networkpolicies", "dns"),
    uses=("pods", "namespaces", "workloads", "source"),
    fits=(Symptom.TIMEOUT,),
)
def egress_blocks_dns(case: Case) -> Iterator[Detection]:
    port = case.dns.port
    if case.caller.party is None or port is None or case.question.address or not asks_cluster_dns(case):
        return
    udp = _blocked(case, case.caller.party, port, "UDP")
    tcp = _blocked(case, case.caller.party, port, "TCP")
    if udp:
        yield _found(case, udp, "UDP" if not tcp else "UDP and TCP")
    elif tcp:
        yield _found(case, tcp, "TCP")


def _blocked(case: Case, caller: Party, port: ServicePort, protocol: str) -> tuple[Blocked, ...]:
    """The DNS pods in use that the caller is not let out to; none at all if something else answers, or may, on its node."""
    may_have_cache = node_local_caches(case.snapshot) is not None or not case.snapshot.has(NODE_AGENTS)
    if may_have_cache and _reaches_node_local(case, caller, protocol):
        return ()
    found = ((each, _egress(case, caller, each, protocol)) for each in case.dns.usable)
    numbered = replace(port, protocol=protocol)
    return tuple(
        Blocked(numbered, each, decision) for each, decision in found if decision.denied_by and not decision.is_by_tier
    )


def _egress(case: Case, caller: Party, endpoint: Endpoint, protocol: str) -> Decision:
    assert case.dns.service is not None
    virtual = case.dns.service.cluster_ips
    number = case.dns.port.port if case.dns.port else 0
    target = replace(case.policies.address(endpoint.address), virtual_ips=virtual, virtual_port=number)
    return case.policies.decide(caller, target, endpoint.port, protocol).egress


def _reaches_node_local(case: Case, caller: Party, protocol: str) -> bool:
    """A rule lets the caller out to NodeLocal DNSCache, which answers on its own address and on the Service's."""
    addresses = (NODE_LOCAL_ADDRESS, *(case.dns.service.cluster_ips if case.dns.service else ()))
    parties = (Party(ips=(each,), name=each) for each in addresses)
    return any(case.policies.decide(caller, each, 53, protocol).egress.decision != "deny" for each in parties)


def _found(case: Case, blocked: tuple[Blocked, ...], how: str) -> Detection:
    of = len(case.dns.usable)
    group = BlockedGroup(blocked, _severity(case, len(blocked), of, how), of)
    writer = written(case, group.blamed)
    return Detection(
        about=group.blamed.ref,
        message=_message(case, group, how),
        severity=group.severity,
        confidence=_confidence(case),
        evidence=(*policy_evidence(group), caller_evidence(case)),
        check=looks(group),
        fix=() if case.measured.policies_unenforced else admit_dns(case, group),
        affected=Affected(len(blocked), of) if len(blocked) < of else None,
        pods=frozenset({group.decision.source.name}),
        key=(str(caller_ref(case)), how, *(str(each.ref) for each in group.policies)),
        since=writer.time if writer else None,
        changed_by=str(writer) if writer and writer.manager else None,
    )


def _message(case: Case, group: BlockedGroup, how: str) -> str:
    which = "the DNS pods" if group.affected is None else f"{len(group.blocked)} of {count(group.of, 'DNS pod')}"
    begin = f"{caller_name(case)} is not let out to {which} on port {group.numbers[0][0]} over {how}"
    if how == "TCP":
        begin = f"{begin}, which answers too long for UDP need"
    message = f"{begin}: {reasons(group)}."
    return f"{message} {UNENFORCED}" if case.measured.policies_unenforced else message


def _severity(case: Case, blocked: int, of: int, how: str) -> Severity:
    if case.measured.policies_unenforced:
        return Severity.INFO
    return Severity.FAIL if blocked == of and how != "TCP" else Severity.WARN


def _confidence(case: Case) -> Confidence:
    """Certain where the caller itself asked and heard nothing."""
    asked = [each.outcome for each in case.observations if isinstance(each.probe, DnsQuery)]
    heard_nothing = bool(asked) and all(each is Outcome.TIMEOUT for each in asked)
    return Confidence.CERTAIN if heard_nothing and case.vantage.kind is VantageKind.CALLER else Confidence.LIKELY
