"""The pods' policies do not admit the caller

## Meaning
A NetworkPolicy that selects a pod isolates it: from then on only what some policy's rule admits gets in, and all else is
dropped without a word. Policies that isolate the Service's pods exist here, and none of their rules admits this caller on
the pods' port.

## Impact
The caller's connections time out (with kube-router, and so k3s and k0s, they are refused). The pods stay Ready, because the
kubelet's readiness probes come from the pod's own node, which is always let in. Other callers may be fine.

## How it is detected
Every usable endpoint's pod is held against all policies of its namespace: peers and ports of every ingress rule, with the
pod's own port, since policies see a connection after the Service has been translated. If no rule admits the caller, the
nearest rules are named with what they ask for and what the caller carries. A time-out from a vantage that the same
policies deny makes it certain.

## When it stays silent
If any rule of any isolating policy admits the caller: policies only add. If caller and endpoint are the same pod, or the
caller is on the host network of the pod's node. If nobody said who calls, only policies that admit nobody at all on that
port are a fault; otherwise it is told as context who is admitted. If a connection that policies deny came about all the
same, they are not enforced, and this is context too. If a mesh of both ends calls the pod on a port of
its own (4143, 15008) that the policies do not deny: which calls it carries so is not known.

## Fix
The printed policy admits exactly this caller to these pods on the pod port. It stands beside the others and isolates no
pod that is not isolated already. Or give the caller the labels that the existing rule asks for, if that is what was meant.

## Known limits
Policies of Cilium and Calico are named where one can select an end, and not evaluated. Nothing in the API tells whether the
network enforces policies; without a probe this is likely, not certain. Through an ingress or mesh gateway the gateway's pod
is the caller, not the one behind it.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.policy._blocked_connections import (
    UNENFORCED,
    BlockedGroup,
    blocked_groups,
    caller_name,
    closed,
    endpoints_text,
    isolated_pods,
    looks,
    policy_evidence,
)
from bot.checks.policy._denied import denied
from bot.model.call.hop import Hop
from bot.model.call.hops.policy import targets
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.rules import Direction, Rule
from bot.model.question.question import Symptom
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import listing


@check(
    "NPL-001",
    "ingress-not-admitted",
    hop=Hop.POLICY,
    needs=("services", "endpointslices", "pods", "networkpolicies"),
    uses=("namespaces", "workloads", "source"),
    shows=Effect.NOT_ADMITTED,
    fits=(Symptom.TIMEOUT,),
    silent_when_plain=True,
    only=(Occasion.DENIED,),
)
def ingress_not_admitted(case: Case) -> Iterator[Detection]:
    if case.caller.party is not None:
        for group in blocked_groups(case, Direction.INGRESS):
            yield _denied(case, group)
    elif case.service is not None:
        yield from _without_caller(case, case.service.name)


def _denied(case: Case, group: BlockedGroup) -> Detection:
    assert case.service is not None
    what = endpoints_text(group, case.service.name)
    return denied(case, group, f"{caller_name(case)} may not call {what} on {group.pod_ports}")


def _without_caller(case: Case, service: str) -> Iterator[Detection]:
    """Nobody at all is admitted: a fault whoever calls. Else who is admitted, as context."""
    for group in closed(case):
        yield _nobody(case, service, group)
    if case.in_table:
        return  # a row has no room for context
    for port in case.ports:
        own = (each for each in targets(case) if each.port is port)
        found = (rule for each in own for rule in case.policies.admitting(each.party, each.number, port.protocol))
        rules = tuple(
            {id(rule): rule for rule in found}.values()
        )  # a policy is compiled once, its rules are told by id
        if rules and not any(each.admits_everyone for each in rules):
            yield _restricted(service, str(port), rules)


def _nobody(case: Case, service: str, group: BlockedGroup) -> Detection:
    what = endpoints_text(group, service)
    rules = [f"{each} admits only {rule}" for each in group.policies for rule in each.ingress or ()]
    names = listing([f"{each.ref.namespace}/{each.ref.name}" for each in group.policies], 3)
    why = listing(rules, 2) if rules else f"isolated by {names}, without an ingress rule"
    message = f"Nobody is admitted to {what} on pod port {group.pod_ports}: {why}."
    return Detection(
        about=group.blamed.ref,
        message=f"{message} {UNENFORCED}" if case.measured.policies_unenforced else message,
        severity=group.severity,
        confidence=Confidence.LIKELY,
        evidence=policy_evidence(group),
        check=looks(group),
        affected=group.affected,
        pods=isolated_pods(group),
        key=("nobody", group.pod_ports, *(str(each.ref) for each in group.policies)),
    )


def _restricted(service: str, port: str, rules: tuple[Rule, ...]) -> Detection:
    admitted = listing([str(each) for each in rules], 3)
    return Detection(
        about=rules[0].policy,
        message=f"Only these may call {service} on {port}: {admitted}; say who calls to have it judged.",
        severity=Severity.INFO,
        confidence=Confidence.CERTAIN,
        evidence=tuple(Evidence(each.policy, each.field, str(each), "admits") for each in rules),
        check=tuple(dict.fromkeys(describe(each.policy) for each in rules))[:3],
        key=("restricted", port, *(f"{each.policy} {each.field}" for each in rules)),
    )
