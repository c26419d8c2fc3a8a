"""A policy's podSelector means its own namespace, and the caller is in another

## Meaning
A peer with a podSelector alone selects pods of the policy's own namespace. The caller carries exactly the labels that such a
peer asks for, and runs in another namespace, so the rule does not mean it.

## Impact
Clients in the policy's namespace pass, those of other namespaces time out.

## How it is detected
Policies deny the caller, and in a rule of theirs whose ports admit stands a peer with a podSelector only, which is not empty
and which the caller's labels fit, in a policy of another namespace than the caller's. If pods of the policy's own namespace
carry these labels too, they may be the ones that were meant: then this is context only.

## When it stays silent
If another rule admits the caller. If the podSelector is empty: "my own namespace" is what people mean by it. If the caller's
labels do not fit, or the rule's ports do not.

## Fix
The printed patch adds a peer with the same podSelector and the caller's namespace to the rule; the peer that is there stays,
so nobody loses access.

## Known limits
Whether pods of the policy's own namespace were meant cannot be known.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, caller_name, has_party
from bot.checks.policy._denied import near_misses, pointed
from bot.checks.policy._direction_words import before_peers, let_through
from bot.checks.policy._policy_fixes import as_json, pointer
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.networkpolicies import Peer
from bot.model.policy.decisions import Judged
from bot.model.policy.parties import NAME_LABEL, Party
from bot.model.policy.rules import Match
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix, Severity


@check(
    "NPL-007",
    "policy-peer-lacks-namespace",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def policy_peer_lacks_namespace(case: Case) -> Iterator[Detection]:
    for group, judged in near_misses(case):
        home = judged.rule.policy.namespace
        for place, peer in enumerate(judged.rule.peers):
            if judged.ports is Match.YES and judged.peers is Match.NO and _fits(peer, home, group.decision.peer):
                yield _found(case, group, judged, place)


def _fits(peer: Peer, home: str, party: Party) -> bool:
    pods = peer.pod_selector
    if pods is None or pods.is_empty or peer.namespace_selector is not None or party.host_network:
        return False
    return bool(party.namespace) and party.namespace != home and pods.matches(party.labels)


def _found(case: Case, group: BlockedGroup, judged: Judged, place: int) -> Detection:
    rule, party = judged.rule, group.decision.peer
    pods = rule.peers[place].pod_selector
    assert pods is not None
    home = rule.policy.namespace
    verb = before_peers(rule.direction)
    message = (
        f"Policy {home}/{rule.policy.name} {verb} {pods} of its own namespace {home} only; {party.name} carries that "
        f"and is in namespace {party.namespace}, so {caller_name(case)} is not {let_through(rule.direction)}."
    )
    field = f"{rule.place(place)}.podSelector"
    peer = {"namespaceSelector": {"matchLabels": {NAME_LABEL: party.namespace}}, "podSelector": as_json(pods)}
    operation = {"op": "add", "path": f"{pointer(rule.peers_field)}/-", "value": peer}
    risk = f"{verb} every pod with {pods} of namespace {party.namespace} as well"
    found = pointed(
        case,
        group,
        (Evidence(rule.policy, field, str(pods), f"without a namespaceSelector it means namespace {home}"),),
        message,
        (Fix(about=rule.policy, operations=(operation,), risk=risk),),
    )
    is_used = bool(case.snapshot.pods_matching(home, pods))
    return replace(found, severity=Severity.INFO) if is_used else found
