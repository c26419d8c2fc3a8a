"""A policy of an admin tier denies the caller's lookups

## Meaning
ClusterNetworkPolicies and AdminNetworkPolicies of the admin tier are asked before NetworkPolicies, by priority, and what they
deny no NetworkPolicy can allow. Those of the baseline tier decide for pods that no NetworkPolicy selects. Here a rule of such
a policy denies this caller the DNS pods, at the caller's end or at theirs.

## Impact
Every lookup from the caller waits 5 to 10 seconds and fails, with EAI_AGAIN ("Temporary failure in name resolution") or, as
misleading, "Name or service not known", whatever the NetworkPolicies of both namespaces say. Calls by IP may work.

## How it is detected
The caller and every DNS pod that is in use are held against the policies of the admin tier by priority and, in each, rule by
rule, on the pod's own DNS port, over UDP and over TCP: the first rule that matches decides. Then, where no NetworkPolicy
selects the end, against the baseline tier in the same way.

## When it stays silent
If a rule of higher precedence accepts, or passes and what comes after admits. If the caller does not use the cluster's DNS, is
on the host network, or asks a node-local cache. If nobody said who calls, and not every pod of the Service's namespace is
denied: all of them are a warning. If two policies of equal priority differ: then the hop is unknown. TCP alone is context,
unless the Service has more addresses than a UDP answer holds.

## Fix
The printed policy of the same tier stands before the one that denies and is about lookups of the caller's namespace alone: in
the admin tier it passes them on to NetworkPolicies, in the baseline tier it accepts them. Such policies belong to the cluster's
administrators. For a BaselineAdminNetworkPolicy, of which there is one, the printed patch puts a rule in front.

## Known limits
Nothing in the API tells whether these policies are enforced; few engines do.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.policy._blocked_connections import (
    caller_ref,
    denying_rules,
    isolated_pods,
)
from bot.checks.policy._blocked_lookups import (
    BlockedLookups,
    blocked_lookups,
    confidence,
    evidence_of_caller,
    may_not,
    may_tell,
    with_doubt,
)
from bot.checks.policy._tier_fixes import accept_lookups
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.decisions import Decision
from bot.model.policy.rules import Direction
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Evidence, Layer, Written


def _applies(case: Case) -> bool:
    return case.policies.has_tiers and may_tell(case)


@check(
    "NPL-016",
    "admin-policy-blocks-dns",
    hop=Hop.DNS_ACCESS,
    layer=Layer.ROUTING,
    needs=("services", "dns"),
    uses=("networkpolicies", "pods", "namespaces", "workloads", "source"),
    fits=(Symptom.TIMEOUT,),
    when=_applies,
    only=(Occasion.POLICIES,),
)
def admin_policy_blocks_dns(case: Case) -> Iterator[Detection]:
    for direction in Direction:
        for found in blocked_lookups(case, direction, _by_tier):
            yield _found(case, found)


def _by_tier(decision: Decision) -> bool:
    return decision.is_by_tier


def _found(case: Case, found: BlockedLookups) -> Detection:
    group = found.group
    rules, direction = denying_rules(group.decision), group.decision.direction
    message = f"{may_not(case, direction, found.where)}: {group.decision.because[-1]}."
    return Detection(
        about=rules[0].policy,
        message=with_doubt(case, message, direction),
        severity=group.severity,
        confidence=confidence(case),
        evidence=(
            *(Evidence(each.policy, each.field, str(each), "denies") for each in rules),
            *evidence_of_caller(case),
        ),
        check=tuple(dict.fromkeys(describe(each.policy) for each in rules))[:3],
        fix=accept_lookups(case, group, rules[0]),
        affected=group.affected,
        pods=isolated_pods(group),
        key=(str(caller_ref(case)), found.how, *(f"{each.policy} {each.field}" for each in rules)),
        written=Written(rules[0].policy, ("spec",)),
    )
