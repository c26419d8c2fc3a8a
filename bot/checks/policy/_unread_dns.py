"""Callers that policies let out to no place where the cluster's DNS may be: known even where the DNS was not read.

A dump of one namespace has nothing of kube-system. A rule whose peers are pods of its own namespace leads to no DNS that
lies elsewhere, and neither does one whose ports are others than a DNS server's. Any other rule may.
"""

from collections.abc import Iterator

from bot.checks.facts.commands import describe
from bot.checks.policy._blocked_connections import caller_evidence, caller_name, caller_ref, written
from bot.model.call.dns_policies import are_unenforced
from bot.model.case import Case
from bot.model.kube.networkpolicies import PolicyPort
from bot.model.policy.compiling import Policy
from bot.model.policy.rules import Direction, Rule
from bot.model.result.finding import Confidence, Detection, Evidence
from bot.model.text import listing

_PORTS = (53, 5353, 1053)  # of DNS pods: CoreDNS as most have it, OpenShift's, RKE2's and others without privileges


def kept_from_unread_dns(case: Case) -> Iterator[Detection]:
    """Yield the policy that lets the caller out to some pods of its namespace and to no DNS server; likely."""
    caller, namespace = case.caller.party, case.caller.namespace
    if caller is None or caller.host_network or case.question.address or not case.caller.resolv_conf.reaches_cluster:
        return
    if case.policies.has_tiers or are_unenforced(case) or not case.snapshot.has("services", namespace):
        return
    policies = case.policies.isolating(Direction.EGRESS, caller)
    rules = [rule for policy in policies for rule in policy.rules(Direction.EGRESS) or ()]
    if not rules or any(map(_may_lead_to_dns, rules)) or case.dns.service:
        return
    blamed = next(each for each in policies if each.rules(Direction.EGRESS))
    yield _told(case, policies, blamed)


def _may_lead_to_dns(rule: Rule) -> bool:
    has_port = not rule.ports or rule.has_odd_port or any(map(_may_be_dns, rule.ports))
    stays_here = all(each.pod_selector and not (each.namespace_selector or each.ip_block) for each in rule.peers)
    return has_port and (rule.is_for_everyone or rule.goes_by_address or not stays_here)


def _may_be_dns(port: PolicyPort) -> bool:
    """Return whether a DNS server may be asked at this port: a name may stand for any."""
    if not isinstance(port.port, int):
        return True
    return any(port.port <= each <= (port.end_port or port.port) for each in _PORTS)


def _told(case: Case, policies: tuple[Policy, ...], blamed: Policy) -> Detection:
    who = caller_name(case)
    allowed = listing([each.allows(Direction.EGRESS) for each in policies if each.rules(Direction.EGRESS)], 2)
    names = listing([f"{each.ref.namespace}/{each.ref.name}" for each in policies], 3)
    return Detection(
        about=blamed.ref,
        message=f"{who} is let out to no DNS server: {names} {'lets' if len(policies) == 1 else 'let'} it out only to "
        f"{allowed}, and the cluster's DNS, which was not read, lies in another namespace.",
        confidence=Confidence.LIKELY,
        evidence=(
            *(
                Evidence(each.ref, "spec.egress", [str(rule) for rule in each.rules(Direction.EGRESS) or ()])
                for each in policies
            ),
            caller_evidence(case),
        ),
        check=tuple(describe(each.ref) for each in policies[:3]),
        key=(str(caller_ref(case)), "unread"),
        written=written(blamed),
    )
