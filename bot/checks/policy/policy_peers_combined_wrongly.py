"""A policy's two selectors in one peer admit nobody, and one of them would admit the caller

## Meaning
In one list item namespaceSelector and podSelector are ANDed: pods that carry these labels *in* those namespaces. In two items
they are ORed. Here no pod of the cluster fits both selectors of an item, and the caller fits one of them: one dash is missing.

## Impact
The rule admits nobody, although it reads as if it admitted the caller. Its connections time out.

## How it is detected
Policies deny the caller, and in a rule of theirs whose ports admit stands a peer with both selectors. The caller fits exactly
one of them, and no pod that was read, in the whole cluster, fits both.

## When it stays silent
If any pod of the cluster fits both selectors: then they are meant together, and the caller is just not among those meant. If
the caller fits neither. If the caller carries nearly the labels of the podSelector (`app: piper`, and it has `platform-piper`):
then a value is wrong. If the pods of the cluster were not all read: nobody knows then whether a pod fits.

## Fix
Where the caller fits the podSelector, the printed patch adds it as an item of its own, for the policy's namespace. Where it
fits the namespaceSelector alone, splitting the item would admit a whole namespace, so nothing is printed here: the policy of
NPL-001 or NPL-002 admits this caller alone.

## Known limits
The opposite mistake, two items where one was meant, denies nobody and is not looked for. On a live cluster a question reads
the pods of its two ends only, so this is found in dumps, and by `check` and `digest` of the whole cluster.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, caller_name, has_party
from bot.checks.policy._denied import near_misses, pointed
from bot.checks.policy._direction_words import before_peers
from bot.checks.policy._policy_fixes import as_json, pointer
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.networkpolicies import Peer
from bot.model.kube.pods import Pod
from bot.model.kube.selectors import Labels, LabelSelector
from bot.model.policy.decisions import Judged
from bot.model.policy.parties import Party
from bot.model.policy.rules import Match
from bot.model.question.question import Symptom
from bot.model.question.suggest import has_words, is_slip
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix


@check(
    "NPL-005",
    "policy-peers-combined-wrongly",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def policy_peers_combined_wrongly(case: Case) -> Iterator[Detection]:
    if not case.snapshot.was_listed(Pod):
        return
    for group, judged in near_misses(case):
        for place, peer in enumerate(judged.rule.peers):
            is_near = judged.ports is Match.YES and judged.peers is Match.NO and _fits_one(peer, group.decision.peer)
            if is_near and not _admits_anybody(case, peer):
                yield _found(case, group, judged, place)


def _fits_one(peer: Peer, party: Party) -> bool:
    spaces, pods = peer.namespace_selector, peer.pod_selector
    if spaces is None or pods is None or spaces.is_empty or pods.is_empty or not party.knows_namespace:
        return False
    if _is_nearly(pods, party.labels):
        return False
    return spaces.matches(party.namespace_labels) != pods.matches(party.labels)


def _is_nearly(selector: LabelSelector, labels: Labels) -> bool:
    """Return whether labels have all keys of a selector, and where the values differ, one is nearly the other."""
    pairs = selector.match_labels or {}
    differing = [(value, labels.get(key, "")) for key, value in pairs.items() if labels.get(key) != value]
    return bool(differing) and all(
        other and (is_slip(other, value) or has_words(other, value) or has_words(value, other))
        for value, other in differing
    )


def _admits_anybody(case: Case, peer: Peer) -> bool:
    spaces, pods = peer.namespace_selector, peer.pod_selector
    assert spaces is not None
    assert pods is not None
    labels = case.snapshot.namespace_labels
    return any(pods.matches(pod.labels) and spaces.matches(labels(pod.namespace)) for pod in case.snapshot.pods)


def _found(case: Case, group: BlockedGroup, judged: Judged, place: int) -> Detection:
    rule, party = judged.rule, group.decision.peer
    spaces, pods = rule.peers[place].namespace_selector, rule.peers[place].pod_selector
    assert spaces is not None
    assert pods is not None
    by_labels = pods.matches(party.labels)
    fits = f"carries {pods}" if by_labels else f"is in namespace {party.namespace}, which fits {spaces}"
    verb = before_peers(rule.direction)
    message = (
        f"Policy {rule.policy.namespace}/{rule.policy.name} {verb} pods with {pods} in namespaces "
        f"with {spaces}, both in one item: no pod of the cluster is that. {party.name} {fits}, so {caller_name(case)} was "
        "probably meant by one of them."
    )
    value = {"podSelector": as_json(pods), "namespaceSelector": as_json(spaces)}
    evidence = Evidence(rule.policy, rule.place(place), value, "both selectors of an item have to fit")
    if not (by_labels and party.namespace == rule.policy.namespace):
        return pointed(case, group, (evidence,), message)
    operation = {"op": "add", "path": f"{pointer(rule.peers_field)}/-", "value": {"podSelector": as_json(pods)}}
    risk = f"{verb} every pod with {pods} of namespace {party.namespace}"
    return pointed(case, group, (evidence,), message, (Fix(about=rule.policy, operations=(operation,), risk=risk),))
