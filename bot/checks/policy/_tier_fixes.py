"""Policies of admin tiers to add: about exactly two ends, and before the one that denies. None opens for who has no labels."""

from typing import Any

from msgspec import Struct

from bot.checks.policy._blocked_connections import BlockedGroup, caller_ref
from bot.checks.policy._policy_fixes import as_json, caller_selector, dns_numbers
from bot.model.case import Case
from bot.model.kube.admin_policies import AdminPolicy
from bot.model.kube.selectors import LabelSelector
from bot.model.policy.parties import NAME_LABEL
from bot.model.policy.rules import Direction, Rule, Tier
from bot.model.refs import Ref
from bot.model.result.finding import Fix

Json = dict[str, Any]
_LONGEST_NAME = 63


class _Ends(Struct, frozen=True):
    """What a new rule is about: who is called and who calls, as `pods` of the API have them; what calls whom, in names."""

    called: Json
    caller: Json
    name: str  # of the new policy
    what: str  # e.g. `what pods with the caller's labels send to web`
    numbers: tuple[tuple[int, str], ...]


def accept_caller(case: Case, group: BlockedGroup, rule: Rule) -> tuple[Fix, ...]:
    """Return a policy beside the denying one that lets these two ends on, or a rule before its rule; none without labels."""
    service, caller = case.service, caller_selector(case)
    if service is None or not service.selector.pairs or caller.is_empty:
        return ()
    ends = _Ends(
        called=_pods(service.namespace, LabelSelector(match_labels=service.selector.pairs)),
        caller=_pods(case.caller.namespace, caller),
        name=f"let-{caller_ref(case).name}-to-{service.name}",
        what=f"what pods with the caller's labels send to {service.name}",
        numbers=group.numbers,
    )
    return _accepted(case, rule, ends)


def accept_lookups(case: Case, group: BlockedGroup, rule: Rule) -> tuple[Fix, ...]:
    """Return the same for lookups of the caller's namespace, over UDP and TCP."""
    service = case.dns.service
    if service is None or not service.selector.pairs:
        return ()
    ends = _Ends(
        called=_pods(service.namespace, LabelSelector(match_labels=service.selector.pairs)),
        caller=_pods(case.caller.namespace, LabelSelector()),
        name=f"let-{case.caller.namespace}-ask-dns",
        what=f"lookups of the pods of {case.caller.namespace}",
        numbers=dns_numbers(group),
    )
    return _accepted(case, rule, ends)


def _accepted(case: Case, rule: Rule, ends: _Ends) -> tuple[Fix, ...]:
    known = case.snapshot.object(rule.policy)
    if not isinstance(known, AdminPolicy):
        return ()
    ingress = rule.direction is Direction.INGRESS
    subject, peer = (ends.called, ends.caller) if ingress else (ends.caller, ends.called)
    written = _rule(rule, ends, {"pods": peer}, is_new=known.kind == "ClusterNetworkPolicy")
    lower = _free_priority(case, known)
    if lower is None:
        path = f"/spec/{rule.direction.lower()}/{rule.index}"
        operation = {"op": "add", "path": path, "value": written}
        risk = f"the rule counts for every pod that {known.name} governs"
        return (Fix(about=rule.policy, operations=(operation,), risk=risk),)
    spec = {"priority": lower, "subject": {"pods": subject}, rule.direction.lower(): [written]}
    return (_beside(case, known, rule, ends, spec),)


def _beside(case: Case, known: AdminPolicy, rule: Rule, ends: _Ends, spec: Json) -> Fix:
    taken = {each.name for each in case.snapshot.all(type(known))}
    stem = ends.name[: _LONGEST_NAME - 3].rstrip("-.")
    name = next(each for each in (stem, *(f"{stem}-{number}" for number in range(2, 100))) if each not in taken)
    is_new = known.kind == "ClusterNetworkPolicy"
    manifest = {
        "apiVersion": f"policy.networking.k8s.io/{'v1alpha2' if is_new else 'v1alpha1'}",
        "kind": known.kind,
        "metadata": {"name": name},
        "spec": {**({"tier": known.tier} if is_new else {}), **spec},
    }
    does = "passes on to NetworkPolicies" if rule.tier is Tier.ADMIN else "accepts"
    return Fix(about=Ref(known.kind, name), manifest=manifest, risk=f"{does} {ends.what}, before {known.name} is asked")


def _rule(rule: Rule, ends: _Ends, peer: Json, *, is_new: bool) -> Json:
    action = "Pass" if rule.tier is Tier.ADMIN else "Accept" if is_new else "Allow"
    side = "from" if rule.direction is Direction.INGRESS else "to"
    if is_new:
        ports = [{protocol.lower(): {"destinationPort": {"number": number}}} for number, protocol in ends.numbers]
        return {"action": action, side: [peer], "protocols": ports}
    old = [{"portNumber": {"protocol": protocol, "port": number}} for number, protocol in ends.numbers]
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
