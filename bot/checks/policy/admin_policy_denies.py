"""A policy of an admin tier denies the connection

## Meaning
ClusterNetworkPolicies and AdminNetworkPolicies of the admin tier are asked before NetworkPolicies, by priority, and what they
deny no NetworkPolicy can allow. Those of the baseline tier decide for pods that no NetworkPolicy selects. Here a rule of such
a policy denies this caller these pods.

## Impact
The caller's connections time out, whatever the NetworkPolicies of both namespaces say.

## How it is detected
Both ends are held against the policies of the admin tier by priority and, in each, rule by rule: the first rule that matches
decides. Then, where no NetworkPolicy selects the end, against the baseline tier in the same way.

## When it stays silent
If a rule of higher precedence accepts, or passes and what comes after admits. If a NetworkPolicy decides before the baseline
tier is asked. If either end is on the host network, which these policies do not select. If two policies of equal priority
differ: then the API leaves open which counts, and the hop is unknown.

## Fix
The printed policy of the same tier stands before the one that denies and is about exactly these two ends: in the admin tier
it passes the connection on to NetworkPolicies, in the baseline tier it accepts it. Such policies belong to the cluster's
administrators. For a BaselineAdminNetworkPolicy, of which there is one, the printed patch puts a rule in front.

## Known limits
Nothing in the API tells whether these policies are enforced; few engines do.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.policy._blocked_connections import (
    BlockedGroup,
    caller_evidence,
    caller_name,
    caller_ref,
    confidence,
    denying_rules,
    endpoints_text,
    isolated_pods,
    tier_groups,
)
from bot.checks.policy._tier_fixes import accept_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.rules import Direction, Match, Tier
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Written
from bot.model.text import listing


def _has_tiers(case: Case) -> bool:
    return case.policies.has_tiers


@check(
    "NPL-014",
    "admin-policy-denies",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods"),
    uses=("networkpolicies", "namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=_has_tiers,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.POLICIES),
)
def admin_policy_denies(case: Case) -> Iterator[Detection]:
    for direction in Direction:
        for group in tier_groups(case, direction):
            yield _found(case, group)


def _found(case: Case, group: BlockedGroup) -> Detection:
    assert case.service is not None
    rules = denying_rules(group.decision)
    what = endpoints_text(group, case.service.name)
    may = "may not call" if group.decision.direction is Direction.INGRESS else "is not let out to"
    return Detection(
        about=rules[0].policy,
        message=f"{caller_name(case)} {may} {what} on {group.pod_ports}: {group.decision.because[-1]}{_not_asked(group)}.",
        severity=group.severity,
        confidence=confidence(case, group),
        evidence=(*(Evidence(each.policy, each.field, str(each), "denies") for each in rules), caller_evidence(case)),
        check=tuple(dict.fromkeys(describe(each.policy) for each in rules))[:3],
        fix=accept_caller(case, group, rules[0]),
        affected=group.affected,
        pods=isolated_pods(group),
        key=(str(caller_ref(case)), group.pod_ports, *(f"{each.policy} {each.field}" for each in rules)),
        written=Written(rules[0].policy, ("spec",)),
    )


def _not_asked(group: BlockedGroup) -> str:
    """Return in words which NetworkPolicies admit the call, and come after the admin tier that denies it; else nothing."""
    if group.decision.settled is not Tier.ADMIN:
        return ""
    named = dict.fromkeys(each.rule.policy for each in group.decision.judged if each.match is Match.YES)
    names = [f"{each.namespace}/{each.name}" for each in named]
    return f"; NetworkPolicy {listing(names, 2)}, which would admit it, is not asked" if names else ""
