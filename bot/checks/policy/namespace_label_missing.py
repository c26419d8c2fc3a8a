"""A policy asks for a label that the caller's namespace does not carry

## Meaning
A rule means the caller's namespace by a label (`namespaceSelector`), and the namespace does not carry that label. The name
of a namespace is no label by itself: only `kubernetes.io/metadata.name` is always there, `name` or `team` are there if
somebody put them.

## Impact
Every pod of that namespace is kept out, although the rule reads as if it let them in. Connections time out.

## How it is detected
Policies deny the caller, and in a rule of theirs all fits but the namespace's labels: port and podSelector admit the caller.
And one of two things shows that this namespace was meant: the selector has the namespace's own name as a value (`name: shop`),
or the namespace carries the same key with a value that is one slip away (`team: shop` and `team: shp`).

## When it stays silent
If another rule admits the caller. If a namespace carries what is asked for: then that one is meant. If the selector
means namespaces that do not exist yet, of another name. If the labels of the namespace could not be read.

## Fix
For the namespace's own name, the printed patch gives the namespace the label. For a slip, it puts the namespace's value into
the rule.

## Known limits
Who mistyped, namespace or policy, cannot be known. A label given to a namespace counts for every policy that asks for it.
Labels of system namespaces may be kept by an operator, which takes a new one away again.
"""

from collections.abc import Iterator

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.policy._blocked_connections import (
    UNENFORCED,
    BlockedGroup,
    blocked_groups,
    caller_name,
    confidence,
    isolated_pods,
    severity_of_meant,
    written,
)
from bot.checks.policy._direction_words import before_peers
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.networkpolicies import Peer
from bot.model.kubectl import kubectl
from bot.model.policy.decisions import Judged
from bot.model.policy.rules import Direction, Match, Rule
from bot.model.question.question import Symptom
from bot.model.question.suggest import is_slip
from bot.model.refs import Ref
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix


class Meant(Struct, frozen=True):
    """A pair of a namespaceSelector by which a namespace was meant, and what it carries instead (None: nothing)."""

    rule: Rule
    place: int
    key: str
    value: str
    carried: str | None
    namespace: str


def _has_policies(case: Case) -> bool:
    """Without any policy at the two ends no label of a namespace is asked for."""
    return not all(case.policies.is_free(each) for each in (case.question.namespace, case.caller.namespace))


@check(
    "NPL-006",
    "namespace-label-missing",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies", "namespaces"),
    uses=("workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=_has_policies,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def namespace_label_missing(case: Case) -> Iterator[Detection]:
    for direction in Direction:
        for group in blocked_groups(case, direction):
            for judged in group.decision.judged:
                for meant in _meant(case, group, judged):
                    yield _found(case, group, meant)


def _meant(case: Case, group: BlockedGroup, judged: Judged) -> Iterator[Meant]:
    if judged.ports is not Match.YES:
        return
    for place, peer in enumerate(judged.rule.peers):
        pair = _wrong_pair(group, peer)
        if pair is not None and not any(each.labels.get(pair[0]) == pair[1] for each in case.snapshot.namespaces):
            key, value = pair
            party = group.decision.peer
            yield Meant(judged.rule, place, key, value, party.namespace_labels.get(key), party.namespace)


def _wrong_pair(group: BlockedGroup, peer: Peer) -> tuple[str, str] | None:
    """The one pair that keeps the other end's namespace out, if that namespace was meant by it."""
    party, spaces = group.decision.peer, peer.namespace_selector
    if spaces is None or not party.knows_namespace or spaces.match_expressions:
        return None
    if peer.pod_selector is not None and not peer.pod_selector.matches(party.labels):
        return None
    wrong = [
        (key, value) for key, value in (spaces.match_labels or {}).items() if party.namespace_labels.get(key) != value
    ]
    if len(wrong) != 1:
        return None
    key, value = wrong[0]
    carried = party.namespace_labels.get(key)
    by_name = carried is None and value == party.namespace
    return wrong[0] if by_name or (carried is not None and is_slip(value, carried)) else None


def _found(case: Case, group: BlockedGroup, meant: Meant) -> Detection:
    space = Ref("Namespace", meant.namespace)
    policy = meant.rule.policy
    carries = f"{meant.key}={meant.carried}" if meant.carried is not None else f"no label {meant.key}"
    verb = before_peers(meant.rule.direction)
    message = (
        f"Policy {policy.namespace}/{policy.name} {verb} namespaces with {meant.key}={meant.value}; "
        f"namespace {meant.namespace} carries {carries}, so {caller_name(case)} is kept out."
    )
    if meant.rule.direction is Direction.EGRESS:
        message = message.replace("is kept out", "is not let out there")
    field = f"{meant.rule.peers_field}[{meant.place}].namespaceSelector"
    return Detection(
        about=policy,
        message=f"{message} {UNENFORCED}" if case.measured.policies_unenforced else message,
        severity=severity_of_meant(case, group),
        confidence=confidence(case, group),
        evidence=(
            Evidence(policy, f"{field}.matchLabels.{meant.key}", meant.value, "asked of the namespace"),
            Evidence(space, f"metadata.labels.{meant.key}", meant.carried, "what the namespace carries"),
        ),
        check=(kubectl("get", "ns", meant.namespace, "--show-labels"), describe(policy)),
        fix=() if case.measured.policies_unenforced else (_fix(meant, space),),
        affected=group.affected,
        pods=isolated_pods(group),
        key=(field, meant.key, meant.value, meant.namespace),
        written=written(group.blamed),
    )


def _fix(meant: Meant, space: Ref) -> Fix:
    path = f"/{meant.rule.peers_field.replace('[', '/').replace(']', '').replace('.', '/')}/{meant.place}"
    where = f"{path}/namespaceSelector/matchLabels/{_escaped(meant.key)}"
    if meant.carried is not None:
        operation = {"op": "replace", "path": where, "value": meant.carried}
        risk = f"the rule then means namespaces with {meant.key}={meant.carried}, and no longer {meant.value}"
        return Fix(about=meant.rule.policy, operations=(operation,), risk=risk)
    merge = {"metadata": {"labels": {meant.key: meant.value}}}
    return Fix(about=space, merge=merge, risk=f"every policy that asks for {meant.key}={meant.value} then means it")


def _escaped(key: str) -> str:
    """A key as one part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
