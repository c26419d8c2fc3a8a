"""An egress policy keeps the caller from the cluster's DNS

## Meaning
Policies isolate the caller for what it sends, and no rule of theirs lets it out to the DNS pods on their port. Before any
call the caller has to look a name up, so it does not even begin. This is forgotten in most first egress policies.

## Impact
Every lookup from the caller waits 5 to 10 seconds and fails, with EAI_AGAIN ("Temporary failure in name resolution") or, as
misleading, "Name or service not known". Calls by IP work. If only UDP is let out, lookups work until an answer is too long
for UDP, as those of large headless Services are.

## How it is detected
The caller is held against all policies of its namespace for every DNS pod that is in use, on the pod's own DNS port (5353 on
OpenShift), over UDP and over TCP. Where NodeLocal DNSCache runs, its address on the node is held against them too: where
the DNS pods are let out to and it is not, that is told as possible, since networks differ in what they see of the way to it.
A rule with the ClusterIP of the DNS Service as ipBlock, and none with its pods, is a warning where no node-local cache may
answer: most networks hold the block against the address after the translation.
Where the cluster's DNS was not read, it is likely if no rule leads out of the caller's namespace to a port of DNS servers.
If nobody said who calls, it is a warning where one policy selects every pod of the Service's namespace, no rule of any policy
there leads to the DNS, and some rule leads to the Service: then those that may call it by policies cannot look its name up.

## When it stays silent
If nobody said who calls, and some pod of the namespace may ask the DNS, or none may call: who calls is then elsewhere, or on
the host network. Then it is silent, too, where policies of other kinds are, which may let them ask.
If the caller does not use the cluster's DNS: `dnsPolicy: Default` or `None`, or the host network without
`ClusterFirstWithHostNet`. If the Service was asked for by its IP. If DNS is managed outside of the cluster. TCP alone
is context, unless the Service has more addresses than a UDP answer holds, or a probe's answer was cut short. Policies that
were seen not to be enforced are context, too.

## Fix
The printed policy lets every pod that the blamed policy isolates out to the DNS pods, over UDP and TCP. It stands beside the
others and isolates no pod that is not isolated already.

## Known limits
Policies at the DNS pods are judged by NPL-015, those of admin tiers by NPL-016. Policies of other kinds are not read.
Nothing in the API tells whether the network enforces policies. With NodeLocal DNSCache the real target is on the host
network, which networks treat differently, so it is told as likely at best.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.engine.check import check
from bot.checks.policy._blocked_connections import caller_name
from bot.checks.policy._blocked_lookups import (
    blocked_cache,
    blocked_lookups,
    by_network_policies,
    lookups_by_service_address,
    may_not,
    may_tell,
    told,
)
from bot.checks.policy._unread_dns import kept_from_unread_dns
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.node_local import cache_address
from bot.model.policy.rules import Direction
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Layer


@check(
    "NPL-003",
    "egress-blocks-dns",
    hop=Hop.DNS_ACCESS,
    layer=Layer.ROUTING,
    needs=("services", "networkpolicies"),
    uses=("dns", "pods", "namespaces", "workloads", "source"),
    fits=(Symptom.TIMEOUT,),
    when=may_tell,
    only=(Occasion.POLICIES,),
)
def egress_blocks_dns(case: Case) -> Iterator[Detection]:
    if not case.snapshot.has("dns"):
        yield from kept_from_unread_dns(case)
        return
    for found in blocked_lookups(case, Direction.EGRESS, by_network_policies):
        yield told(case, found, may_not(case, Direction.EGRESS, found.where))
    if by_address := lookups_by_service_address(case):
        how = "is let out to the DNS Service's address, and most networks judge lookups after its translation, to"
        yield told(case, by_address, f"{caller_name(case)} {how} {by_address.where}")
    if cache := blocked_cache(case):
        where = f"the node-local cache at {cache_address(case.snapshot)}, which answers in their place"
        sentence = f"{caller_name(case)} is let out to the DNS pods, and not to {where}"
        yield replace(told(case, cache, sentence), confidence=Confidence.POSSIBLE)
