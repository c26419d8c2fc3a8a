"""A section of a policy counts for nothing, or a policy isolates a direction that it does not mention

## Meaning
`policyTypes` says in which directions a policy has a say. A section of a direction that it does not name counts for nothing.
Left out, it means Ingress always, and Egress if there are egress rules: a policy of egress rules alone then lets nobody in.

## Impact
Rules that were written have no effect, or pods are cut off in a direction that nobody thought of. Connections time out.

## How it is detected
Policies deny the caller. Either a policy that selects the same end has a section of this direction whose rules would admit
the connection, and its `policyTypes` does not name the direction; or one of the denying policies has no `policyTypes`, no
section of this direction, and rules of the other.

## When it stays silent
If the inert section would not admit the connection either. If `policyTypes` is given and names both directions: then the
missing section is how one denies. If Cilium runs here, where such a section counts (NPL-013).

## Fix
The printed patch sets `policyTypes` so that the section counts, or so that the policy is about its own direction only.

## Known limits
The API server writes `policyTypes` into what is stored, so the second form is seen in manifests, and not in a cluster.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, blocked_groups, caller_name, has_party
from bot.checks.policy._denied import pointed
from bot.checks.policy._direction_words import would_let_through
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.compiling import Policy, compiled
from bot.model.policy.rules import Direction, Match
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix


@check(
    "NPL-009",
    "policy-types-defaulted",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def policy_types_defaulted(case: Case) -> Iterator[Detection]:
    for direction in Direction:
        for group in blocked_groups(case, direction):
            for policy in _inert(case, group):
                yield _without_effect(case, group, policy)
            for policy in group.policies:
                if _is_defaulted(policy, direction):
                    yield _unmentioned(case, group, policy)


def _inert(case: Case, group: BlockedGroup) -> Iterator[Policy]:
    """Yield policies of the same end, compiled as if every section counted, of which one that does not would admit."""
    decision = group.decision
    for known in case.snapshot.policies:
        if known.namespace != decision.subject.namespace or str(decision.direction) in known.directions:
            continue
        policy = compiled(known, sections_isolate=True)
        rules = policy.rules(decision.direction) or ()
        if known.spec.pod_selector.matches(decision.subject.labels) and any(
            decision.judge(each).match is Match.YES for each in rules
        ):
            yield policy


def _is_defaulted(policy: Policy, direction: Direction) -> bool:
    spec = policy.spec
    own, other = (spec.ingress, spec.egress) if direction is Direction.INGRESS else (spec.egress, spec.ingress)
    return not spec.policy_types and own is None and bool(other)


def _without_effect(case: Case, group: BlockedGroup, policy: Policy) -> Detection:
    direction = group.decision.direction
    types = list(policy.spec.policy_types or ())
    message = (
        f"Policy {policy.ref.namespace}/{policy.ref.name} has {direction.lower()} rules that "
        f"{would_let_through(direction, caller_name(case))}, "
        f"and policyTypes names {' and '.join(types)} only: they count for nothing."
    )
    merge = {"spec": {"policyTypes": [*types, str(direction)]}}
    risk = f"the policy then isolates all pods that it selects for {direction.lower()}, too"
    evidence = Evidence(policy.ref, "spec.policyTypes", types, f"does not name {direction}")
    return pointed(case, group, (evidence,), message, (Fix(about=policy.ref, merge=merge, risk=risk),))


def _unmentioned(case: Case, group: BlockedGroup, policy: Policy) -> Detection:
    direction = group.decision.direction
    other = Direction.EGRESS if direction is Direction.INGRESS else Direction.INGRESS
    message = (
        f"Policy {policy.ref.namespace}/{policy.ref.name} has {other.lower()} rules only and no policyTypes, which means "
        f"{direction} as well: without an {direction.lower()} rule it denies {caller_name(case)}."
    )
    merge = {"spec": {"policyTypes": [str(other)]}}
    risk = f"its pods are then isolated for {direction.lower()} by other policies only"
    evidence = Evidence(policy.ref, "spec.policyTypes", None, "left out, it means Ingress always")
    return pointed(case, group, (evidence,), message, (Fix(about=policy.ref, merge=merge, risk=risk),))
