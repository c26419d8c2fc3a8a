"""Nothing in this cluster enforces the policies that are written

## Meaning
A NetworkPolicy is a wish; the network plugin makes it true. The plugin that runs here has no code for that, or is told not to:
flannel alone, or Cilium with `enable-policy: never`. Or a connection came about that policies deny.

## Impact
What policies deny is allowed all the same. They are no cause of a fault, and no protection.

## How it is detected
Policies select one of the ends, and the agents on the nodes are known: flannel's without any that enforces policies, all
DaemonSets having been read; or an agent whose settings switch policies off. Or a probe connected although the same policies
deny its pod.

## When it stays silent
If no policy selects either end. If an agent that enforces was found. If it is not known what runs on the nodes: that proves
nothing.

## Fix
Install a network plugin that enforces policies (kube-network-policies and kube-router do nothing else), or take the policies
for what they are here.

## Known limits
An engine that runs as a process of the node, outside of Kubernetes, cannot be seen.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.model.call.hop import Hop
from bot.model.call.hops.policy import targets
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.policy.enforcement import enforcer
from bot.model.policy.rules import Direction
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import listing


@check(
    "NPL-011",
    "policies-not-enforced",
    hop=Hop.POLICY,
    needs=("networkpolicies",),
    uses=("services", "endpointslices", "pods", "namespaces", "workloads", "source"),
    only=(Occasion.POLICIES,),
)
def policies_not_enforced(case: Case) -> Iterator[Detection]:
    here = enforcer(case.snapshot)
    is_off = here is not None and not here.enforces
    selecting = _selecting(case) if is_off or case.measured.policies_unenforced else ()
    if not selecting:
        return
    names = listing([f"{each.namespace}/{each.name}" if each.namespace else each.name for each in selecting], 3)
    measured = "a connection came about that they deny"
    yield Detection(
        about=here.about if here and is_off else selecting[0],
        message=f"{names} {'are' if len(selecting) > 1 else 'is'} not enforced here: {here if is_off else measured}.",
        severity=Severity.INFO,
        confidence=Confidence.LIKELY if is_off else Confidence.CERTAIN,
        evidence=tuple(Evidence(each, "spec", None, "selects an end of this call") for each in selecting[:3]),
        check=(kubectl("get", "ds", "-A"), *((describe(here.about),) if here and is_off else ())),
        key=(str(here.about) if here else "measured",),
    )


def _selecting(case: Case) -> tuple[Ref, ...]:
    """Return the policies of all kinds that select an end of the call."""
    found: list[Ref] = []
    for one in targets(case):
        found += [each.ref for each in case.policies.isolating(Direction.INGRESS, one.party)]
        found += [each.ref for each in case.policies.governing(Direction.INGRESS, one.party)]
    if caller := case.caller.party:
        found += [each.ref for each in case.policies.isolating(Direction.EGRESS, caller)]
        found += [each.ref for each in case.policies.governing(Direction.EGRESS, caller)]
    return tuple(dict.fromkeys(found))
