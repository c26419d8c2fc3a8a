"""Policies of admin tiers to add: about exactly two ends, and before the one that denies. None opens for who has no labels."""

from typing import Any

from bot.checks.policy._blocked_connections import BlockedGroup, caller_ref
from bot.checks.policy._policy_fixes import as_json, caller_selector
from bot.model.case import Case
from bot.model.kube.admin_policies import AdminPolicy
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import NAME_LABEL
from bot.model.policy.rules import Direction, Rule, Tier
from bot.model.refs import Ref
from bot.model.result.finding import Fix

Json = dict[str, Any]
_LONGEST_NAME = 63


def accept_caller(case: Case, group: BlockedGroup, rule: Rule) -> tuple[Fix, ...]:
    """Return a policy beside the denying one that lets these two ends on, or a rule before its rule; none without labels."""
    known, service = case.snapshot.object(rule.policy), case.service
    caller = caller_selector(case)
    if service is None or not service.selector.pairs or caller.is_empty or not isinstance(known, AdminPolicy):
        return ()
    own = _pods(service.namespace, LabelSelector(match_labels=service.selector.pairs))
    its = _pods(case.caller.namespace, caller)
    ingress = group.decision.direction is Direction.INGRESS
    subject, peer = (own, its) if ingress else (its, own)
    written = _rule(rule, group, {"pods": peer}, is_new=known.kind == "ClusterNetworkPolicy")
    lower = _free_priority(case, known)
    if lower is None:
        path = f"/spec/{rule.direction.lower()}/{rule.index}"
        operation = {"op": "add", "path": path, "value": written}
        risk = f"the rule counts for every pod that {known.name} governs"
        return (Fix(about=rule.policy, operations=(operation,), risk=risk),)
    return (_beside(case, known, rule, subject, written, lower),)


def _beside(case: Case, known: AdminPolicy, rule: Rule, subject: Json, written: Json, priority: int) -> Fix:  # noqa: PLR0917
    assert case.service is not None
    taken = {each.name for each in case.snapshot.all(type(known))}
    stem = f"let-{caller_ref(case).name}-to-{case.service.name}"[: _LONGEST_NAME - 3].rstrip("-.")
    name = next(each for each in (stem, *(f"{stem}-{number}" for number in range(2, 100))) if each not in taken)
    is_new = known.kind == "ClusterNetworkPolicy"
    tier = {"tier": known.tier} if is_new else {}
    spec = {**tier, "priority": priority, "subject": {"pods": subject}, rule.direction.lower(): [written]}
    manifest = {
        "apiVersion": f"policy.networking.k8s.io/{'v1alpha2' if is_new else 'v1alpha1'}",
        "kind": known.kind,
        "metadata": {"name": name},
        "spec": spec,
    }
    does = "passes on to NetworkPolicies" if rule.tier is Tier.ADMIN else "accepts"
    risk = f"{does} what pods with the caller's labels send to {case.service.name}, before {known.name} is asked"
    return Fix(about=Ref(known.kind, name), manifest=manifest, risk=risk)


def _rule(rule: Rule, group: BlockedGroup, peer: Json, *, is_new: bool) -> Json:
    action = "Pass" if rule.tier is Tier.ADMIN else "Accept" if is_new else "Allow"
    side = "from" if rule.direction is Direction.INGRESS else "to"
    if is_new:
        ports = [{protocol.lower(): {"destinationPort": {"number": number}}} for number, protocol in group.numbers]
        return {"action": action, side: [peer], "protocols": ports}
    old = [{"portNumber": {"protocol": protocol, "port": number}} for number, protocol in group.numbers]
    return {"action": action, side: [peer], "ports": old}


def _pods(namespace: str, selector: LabelSelector) -> Json:
    return {
        "namespaceSelector": {"matchLabels": {NAME_LABEL: namespace}},
        "podSelector": as_json(selector),
    }


def _free_priority(case: Case, known: AdminPolicy) -> int | None:
    """Return the priority next before a policy's that none of its tier has; None where there is none."""
    if known.kind == "BaselineAdminNetworkPolicy":
        return None
    taken = {each.spec.priority for each in case.snapshot.all(type(known)) if each.tier == known.tier}
    return next((each for each in range(known.spec.priority - 1, -1, -1) if each not in taken), None)
