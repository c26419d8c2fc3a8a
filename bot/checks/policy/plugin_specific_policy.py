"""The engine here denies what the text of the API allows

## Meaning
Engines read some policies otherwise than the API's text: Cilium holds ipBlocks against addresses outside of the cluster only,
lets a section isolate that `policyTypes` does not name, and does not see some labels (`pod-template-hash`,
`statefulset.kubernetes.io/pod-name` …). The engine that runs here is known, and denies this connection for such a reason.

## Impact
The connections time out, and every tool that goes by the text says that they are allowed.

## How it is detected
The agents on the nodes, or what nodes say of their network plugin, tell which engine runs. The connection is decided twice, by
the text and by what that engine was measured to do (`docs/policy-engines.md`): the first allows, the second denies.

## When it stays silent
If the text denies it as well. If the engine is not known, or was not measured: then the hop is unknown where measured
engines differ, and says so.

## Fix
The printed policy admits the caller by labels that every engine sees.

## Known limits
Measured were Cilium 1.20.2 with an agent's defaults, Calico 3.34 in development and kube-network-policies 1.1.1.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, blocked_groups, caller_name, has_party
from bot.checks.policy._denied import pointed
from bot.checks.policy._policy_fixes import allow_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.differences import by_text
from bot.model.policy.enforcement import enforcer
from bot.model.policy.rules import Direction
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence


@check(
    "NPL-013",
    "plugin-specific-policy",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def plugin_specific_policy(case: Case) -> Iterator[Detection]:
    for direction in Direction:
        for group in blocked_groups(case, direction):
            text = by_text(case.snapshot, group.decision)
            if text is not None and text.decision == "allow":
                yield _found(case, group, text.because[-1])


def _found(case: Case, group: BlockedGroup, allowed: str) -> Detection:
    here = enforcer(case.snapshot)
    assert here is not None
    denied = group.decision.because[-1]
    message = (
        f"{here.engine.name} does not admit {caller_name(case)}, though the text of the API does ({allowed}): {denied}."
    )
    evidence = Evidence(group.blamed.ref, "spec", group.blamed.allows(group.decision.direction), f"read by {here}")
    return pointed(case, group, (evidence,), message, allow_caller(case, group))
