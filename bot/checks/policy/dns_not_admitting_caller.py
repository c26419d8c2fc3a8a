"""Policies at the DNS pods do not admit the caller

## Meaning
NetworkPolicies in the namespace of the cluster's DNS isolate the DNS pods for what they receive, and no rule of theirs admits
this caller on the pods' DNS port. Such policies come with hardening guides and with charts that isolate `kube-system`.

## Impact
Every lookup from the caller waits 5 to 10 seconds and fails, with EAI_AGAIN ("Temporary failure in name resolution") or, as
misleading, "Name or service not known". Calls by IP work, and callers that a rule admits are fine. If only UDP is admitted,
lookups work until an answer is too long for UDP, as those of large headless Services are.

## How it is detected
Every DNS pod that is in use is held against the policies of its namespace, for the caller, on the pod's own DNS port (5353
on OpenShift), over UDP and over TCP. If no rule admits, the nearest rules are named with what they ask for. Where NodeLocal
DNSCache answers the caller, the cache of its node is held against them in its place: it asks the DNS pods over TCP, as a node.
If nobody said who calls, it is a warning where they admit no pod of the Service's namespace, whatever its labels.

## When it stays silent
If any rule of any policy that isolates the DNS pods admits the caller. If the caller does not use
the cluster's DNS. If a node-local cache asks in its place and is let in, as it always is from a DNS pod's own node. If the
Service was asked for by its IP.
TCP alone is context, unless the Service has more addresses than a UDP answer holds, or a probe's answer was cut short.
Policies that were seen not to be enforced are context, too.

## Fix
The printed policy admits the pods of the caller's namespace to the DNS pods, over UDP and TCP. It stands beside the others and
isolates no pod that is not isolated already. For a node-local cache it admits everybody to that port: nodes have no labels
that a rule could select.

## Known limits
Policies of other kinds (Cilium, Calico) are not read, and those of admin tiers are judged by NPL-016. Nothing in the API tells
whether the network enforces policies.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import caller_name
from bot.checks.policy._blocked_lookups import (
    blocked_behind_cache,
    blocked_lookups,
    by_network_policies,
    may_not,
    may_tell,
    told,
)
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.policy.rules import Direction
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Layer


@check(
    "NPL-015",
    "dns-not-admitting-caller",
    hop=Hop.DNS_ACCESS,
    layer=Layer.ROUTING,
    needs=("services", "networkpolicies", "dns"),
    uses=("pods", "namespaces", "workloads", "source"),
    fits=(Symptom.TIMEOUT,),
    when=may_tell,
    only=(Occasion.POLICIES,),
)
def dns_not_admitting_caller(case: Case) -> Iterator[Detection]:
    for found in blocked_lookups(case, Direction.INGRESS, by_network_policies):
        yield told(case, found, may_not(case, Direction.INGRESS, found.where))
    for found in blocked_behind_cache(case):
        cache = f"{caller_name(case)} asks the node-local cache of {case.caller.node}, which"
        yield told(case, found, f"{cache} may not ask {found.where}")
