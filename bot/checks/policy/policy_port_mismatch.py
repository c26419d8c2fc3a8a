"""A policy's port does not mean the port that is called

## Meaning
An entry of `ports` without a protocol means TCP; a name is the container port of that name *of the destination pod*, with the
same protocol, in both directions. A rule admits the right caller here, and misses the pod's port by one of these.

## Impact
The rule admits nothing of this traffic, although it reads as if it did. Connections time out.

## How it is detected
Policies deny the caller, and in a rule of theirs the peers admit it and only the ports do not. One entry has the right number
and another protocol; or a name that no container port of the pod has, or has with another protocol or number; or a range
that ends one short of the port.

## When it stays silent
If another rule admits the caller. If the rule's peers do not admit it either. If the entries are other numbers altogether:
then the rule is about other ports (NPL-001, NPL-002), or about the Service's (NPL-004).

## Fix
The printed patch adds the pod's port with its protocol to the rule.

## Known limits
Cilium and the AWS VPC CNI pass over a name that resolves nowhere without a word.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import BlockedGroup, caller_name, has_party
from bot.checks.policy._denied import near_misses, pointed
from bot.checks.policy._direction_words import lets_through, risk_of_port
from bot.checks.policy._policy_fixes import pointer
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.networkpolicies import PolicyPort
from bot.model.policy.decisions import Decision, Judged
from bot.model.policy.rule_words import port_text
from bot.model.policy.rules import Match
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Detection, Evidence, Fix


@check(
    "NPL-010",
    "policy-port-mismatch",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    causes=(Effect.NOT_ADMITTED,),
    fits=(Symptom.TIMEOUT,),
    when=has_party,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.DENIED),
)
def policy_port_mismatch(case: Case) -> Iterator[Detection]:
    for group, judged in near_misses(case):
        if judged.peers is not Match.YES or judged.ports is not Match.NO:
            continue
        names = {each.port.name for each in group.blocked}
        for place, entry in enumerate(judged.rule.ports):
            if entry.port not in names and (why := _why(entry, group.decision)):
                yield _found(case, group, judged, place, why)
                break


def _why(entry: PolicyPort, decision: Decision) -> str:
    """Return in words by what an entry misses the port; empty where it means another port altogether."""
    protocol, number = entry.protocol or "TCP", decision.port
    if isinstance(entry.port, str):
        return _misnamed(entry.port, protocol, decision)
    if protocol != decision.protocol:
        return f"the connection is {decision.protocol}" if entry.port in (None, number) else ""
    if entry.end_port is not None and number == entry.end_port + 1:
        return f"the range ends with {entry.end_port}, and the connection is to {number}"
    return ""


def _misnamed(name: str, protocol: str, decision: Decision) -> str:
    pod = decision.target.pod
    if pod is None:
        return ""
    if decision.target.is_of_sidecar(name, protocol):
        return (
            f"{name} is a port of a native sidecar of {pod.name}, and the engine here knows names of containers alone"
        )
    given = pod.named_port(name, protocol)
    other = next((each for each in ("TCP", "UDP", "SCTP") if pod.named_port(name, each) is not None), "")
    if given is not None:
        return (
            f"{name} is {given}/{protocol} of {pod.name}, and the connection is to {decision.port}/{decision.protocol}"
        )
    if other:
        return f"{name} is a port of {pod.name} over {other}, not over {protocol}"
    return f"{pod.name} has no container port named {name}"


def _found(case: Case, group: BlockedGroup, judged: Judged, place: int, why: str) -> Detection:
    rule, decision = judged.rule, group.decision
    entry = rule.ports[place]
    message = (
        f"Policy {rule.policy.namespace}/{rule.policy.name} "
        f"{lets_through(rule.direction, caller_name(case))} on {port_text(entry)}; {why}."
    )
    value = {"protocol": decision.protocol, "port": decision.port}
    operation = {"op": "add", "path": f"{pointer(rule.field)}/ports/-", "value": value}
    risk = risk_of_port(rule.direction, f"{decision.port}/{decision.protocol}")
    evidence = Evidence(rule.policy, f"{rule.field}.ports[{place}]", port_text(entry), why)
    return pointed(case, group, (evidence,), message, (Fix(about=rule.policy, operations=(operation,), risk=risk),))
