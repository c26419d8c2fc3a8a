"""A policy names the Service's port where the pod's port belongs

## Meaning
Policies see a connection after the Service has been translated: its destination is the pod and the pod's port. The Service's
own port never appears there, nor does its node port. Here a rule lets the right caller through, but on the Service's port
or its node port, while the pods listen on another.

## Impact
The rule admits nothing that goes through this Service, although it reads as if it did. The caller's connections time out.

## How it is detected
Policies deny the caller, and in a rule of theirs the peers fit it and only the ports do not. One of these ports is the
Service's own number (or its node port, or its port's name, which no container port of the pods has), with the same protocol,
and differs from the pod port that the Service leads to. Without a known caller: nobody is admitted on the pod port, and a rule
has the Service's.

## When it stays silent
If another rule admits the caller. Where an ipBlock has the Service's own address, too, it is a warning: a network that
judges before the translation would admit it. If Service port and pod port are the same number. If the rule's peers do not
admit the caller either: then the port alone mends nothing (NPL-001, NPL-002). If the pods declare the port that the rule has,
and not the one that the Service leads to: then the Service leads astray (RTE-039).

## Fix
The printed patch puts the pod port into that rule. Where the policy selects pods besides those of this Service, the pod port
is added and the other stays. Where the rule lets its pods out to everyone, a policy that lets this caller out to these
endpoints alone is printed instead.

## Known limits
The AWS VPC CNI judges egress before the Service is translated, and there an egress rule may well name the Service's port.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, describe
from bot.checks.facts.listening import listens_rather
from bot.checks.policy._blocked_connections import (
    UNENFORCED,
    Blocked,
    BlockedGroup,
    blocked_groups,
    caller_evidence,
    caller_name,
    closed,
    confidence,
    isolated_pods,
    open_groups,
    severity_of_meant,
    written,
)
from bot.checks.policy._direction_words import lets_through, risk_of_port
from bot.checks.policy._policy_fixes import allow_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.networkpolicies import PolicyPort
from bot.model.policy.decisions import Judged
from bot.model.policy.rule_words import port_text
from bot.model.policy.rules import Direction, Match, Rule
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix


class Misnamed(Struct, frozen=True):
    """One port of one rule that should be the pod's and is the Service's."""

    blocked: Blocked
    rule: Rule
    place: int
    entry: PolicyPort


@check(
    "NPL-004",
    "policy-names-service-port",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    silent_when_plain=True,
    only=(Occasion.DENIED,),
)
def policy_names_service_port(case: Case) -> Iterator[Detection]:
    found = (
        (
            *blocked_groups(case, Direction.INGRESS),
            *blocked_groups(case, Direction.EGRESS),
            *open_groups(case, Direction.EGRESS),
        )
        if case.caller.party
        else closed(case)
    )
    for group in found:
        for misnamed in _misnamed(group, any_peer=case.caller.party is None):
            yield _found(case, group, misnamed)


def _misnamed(group: BlockedGroup, *, any_peer: bool) -> tuple[Misnamed, ...]:
    """The ports in question, each once, however many endpoints it keeps from."""
    found: dict[tuple[str, str, int], Misnamed] = {}
    for blocked in group.blocked:
        for judged in blocked.decision.judged:
            if _only_port_is_wrong(judged, any_peer=any_peer):
                for place, entry in enumerate(judged.rule.ports):
                    if _is_service_port(entry, blocked):
                        key = (str(judged.rule.policy), judged.rule.field, place)
                        found.setdefault(key, Misnamed(blocked, judged.rule, place, entry))
    return tuple(found.values())


def _only_port_is_wrong(judged: Judged, *, any_peer: bool) -> bool:
    return judged.ports is Match.NO and (any_peer or judged.peers is Match.YES)


def _is_service_port(entry: PolicyPort, blocked: Blocked) -> bool:
    port, pod = blocked.port, blocked.decision.target.pod
    if (entry.protocol or "TCP") != port.protocol or entry.end_port is not None:
        return False
    if isinstance(entry.port, str):
        return pod is not None and entry.port == port.name and pod.named_port(entry.port, port.protocol) is None
    if pod is not None and entry.port is not None and listens_rather(pod, entry.port, blocked.endpoint.port):
        return False  # the policy is right, and the Service leads astray
    return entry.port in (port.port, port.node_port) and entry.port != blocked.endpoint.port


def _ends(blocked: Blocked) -> str:
    return "its pods listen" if blocked.decision.target.pod else "its endpoints are"


def _kind(misnamed: Misnamed) -> str:
    return "node port" if misnamed.entry.port == misnamed.blocked.port.node_port else "port"


def _found(case: Case, group: BlockedGroup, misnamed: Misnamed) -> Detection:
    assert case.service is not None
    rule, blocked = misnamed.rule, misnamed.blocked
    right = f"{blocked.endpoint.port}/{blocked.port.protocol}"
    who = caller_name(case) if case.caller.party else "callers"
    lets = lets_through(rule.direction, who)
    message = (
        f"Policy {rule.policy.namespace}/{rule.policy.name} {lets} on {port_text(misnamed.entry)}, which is the "
        f"{_kind(misnamed)} of Service {case.service.name}; {_ends(blocked)} on {right}, and that is what policies see."
    )
    policy = next(each for each in group.policies if each.ref == rule.policy)
    return Detection(
        about=rule.policy,
        message=f"{message} {UNENFORCED}" if case.measured.policies_unenforced else message,
        severity=severity_of_meant(case, group),
        confidence=confidence(case, group) if group.decision.decision == "deny" else Confidence.LIKELY,
        evidence=_evidence(case, misnamed),
        check=(describe(rule.policy), at_endpoints_whole(case.service.ref)),
        fix=() if case.measured.policies_unenforced else _fixes(case, group, misnamed),
        affected=group.affected,
        pods=isolated_pods(group),
        key=(rule.field, port_text(misnamed.entry), right),
        written=written(policy),
    )


def _evidence(case: Case, misnamed: Misnamed) -> tuple[Evidence, ...]:
    assert case.service is not None
    rule, port = misnamed.rule, misnamed.blocked.port
    field = f"{rule.field}.ports[{misnamed.place}].port"
    policy = Evidence(rule.policy, field, misnamed.entry.port, "is held against the pod's port")
    service = Evidence(
        case.service.ref, "spec.ports.targetPort", port.target, f"port {port} leads to {misnamed.blocked.endpoint.port}"
    )
    return (policy, service, caller_evidence(case)) if case.caller.party else (policy, service)


def _fixes(case: Case, group: BlockedGroup, misnamed: Misnamed) -> tuple[Fix, ...]:
    """Mend the port of the rule; one that lets its pods out to everyone is left, and a policy for this call put beside it."""
    is_wide = misnamed.rule.is_for_everyone and misnamed.rule.direction is Direction.EGRESS
    own = allow_caller(case, group) if is_wide and case.caller.party else ()
    return own or (_fix(case, group, misnamed),)


def _fix(case: Case, group: BlockedGroup, misnamed: Misnamed) -> Fix:
    assert case.service is not None
    ports = f"/{misnamed.rule.field.replace('[', '/').replace(']', '').replace('.', '/')}/ports"
    right = _right_port(group, misnamed)
    if _is_ours_alone(case, group, misnamed):
        operation: dict[str, Any] = {"op": "replace", "path": f"{ports}/{misnamed.place}/port", "value": right}
        risk = f"the rule is no longer about {port_text(misnamed.entry)}, which none of these pods is called on"
    else:
        entry = {"protocol": misnamed.blocked.port.protocol, "port": right}
        operation = {"op": "add", "path": f"{ports}/-", "value": entry}
        risk = risk_of_port(misnamed.rule.direction, right)
    return Fix(about=misnamed.rule.policy, operations=(operation,), risk=risk)


def _right_port(group: BlockedGroup, misnamed: Misnamed) -> int | str:
    """The pods' number; the name of their port where the Service goes by name and they differ."""
    port = misnamed.blocked.port
    numbers = {each.endpoint.port for each in group.blocked if each.port == port}
    return misnamed.blocked.endpoint.port if len(numbers) == 1 else port.target


def _is_ours_alone(case: Case, group: BlockedGroup, misnamed: Misnamed) -> bool:
    """An ingress rule of a policy that selects only pods of this Service, which nobody can call on the Service's port."""
    assert case.service is not None
    if misnamed.rule.direction is not Direction.INGRESS:
        return False
    policy = next(each for each in group.policies if each.ref == misnamed.rule.policy)
    selected = case.snapshot.pods_matching(misnamed.rule.policy.namespace, policy.spec.pod_selector)
    return all(case.service.selector.matches(pod.labels) for pod in selected)
