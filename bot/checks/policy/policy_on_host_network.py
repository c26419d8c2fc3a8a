"""A policy would admit the caller by its labels, and one of the two shares its node's network

## Meaning
The API leaves open whether a network tells pods on the host network apart from their node. If it does not, and hardly any
does, their labels are not seen: such a pod is its node, and only an ipBlock with the node's address means it.

## Impact
The connections time out, although labels and rule fit, with nearly every engine; kubelet probes and `kubectl port-forward`
pass all the same, since they come from the pod's own node.

## How it is detected
One end has `hostNetwork: true`, or is the API server, and the only rules that admit the connection do so by labels of that
end. What no reading of the API admits is denied (NPL-001, NPL-002).

## When it stays silent
If a rule admits everyone, or the node's address. If the caller is on the pod's own node, which is always let in. If the
engine is known: then its own reading decides.

## Fix
The printed policy admits the addresses of the nodes in question (of a workload all that have a pod of it now), and with them
all that runs there on the host network.

## Known limits
A pod may move to another node, whose address the blocks do not have.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, caller_name, has_party, open_groups
from bot.checks.policy._denied import pointed
from bot.checks.policy._direction_words import before_peers, let_through
from bot.checks.policy._policy_fixes import allow_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.rules import Direction, Match, Rule
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence


@check(
    "NPL-012",
    "policy-on-host-network",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source", "nodes"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def policy_on_host_network(case: Case) -> Iterator[Detection]:
    for direction in Direction:
        for group in open_groups(case, direction):
            if group.decision.peer.host_network and group.decision.peer.tenants is not None:
                for rule in _by_labels(group):
                    yield _found(case, group, rule)


def _by_labels(group: BlockedGroup) -> Iterator[Rule]:
    for judged in group.decision.judged:
        if judged.match is Match.MAYBE and judged.ports is Match.YES:
            yield judged.rule
            return


def _found(case: Case, group: BlockedGroup, rule: Rule) -> Detection:
    end = group.decision.peer
    verb, through = before_peers(rule.direction), let_through(rule.direction)
    message = (
        f"Policy {rule.policy.namespace}/{rule.policy.name} {verb} {rule}, and {end.name} is on the host network: most "
        f"networks take it for its node and do not see its labels, so {caller_name(case)} is probably not {through}."
    )
    evidence = (
        Evidence(rule.policy, rule.peers_field, str(rule), f"{verb} them by labels"),
        Evidence(end.pod.ref, "spec.hostNetwork", True, "shares the address of its node")
        if end.pod
        else Evidence(rule.policy, rule.field, end.name, "is on the host network"),
    )
    return pointed(case, group, evidence, message, allow_caller(case, group))
