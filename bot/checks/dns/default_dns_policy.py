"""The caller's dnsPolicy is Default, so it does not ask the cluster's DNS

## Meaning
`dnsPolicy: Default` does not mean what pods have by default (that is ClusterFirst). It gives a pod the DNS servers of its
node. These know the names of the internet and of the company, and not those of the cluster.

## Impact
Every Service name fails in this caller: "Name or service not known", or a wait until the node's servers give up. Names
outside of the cluster resolve, and other pods reach the Service.

## How it is detected
The calling pod, or the template of the calling workload, has `dnsPolicy: Default`, and its `dnsConfig` names no servers.

## When it stays silent
Without a known caller. If `dnsConfig` names servers. If the question was about an IP address. For pods of the cluster's
DNS itself, which must ask the node's servers. Where no DNS Service is found in the cluster: names may then be served by
the very servers that nodes use (GKE Cloud DNS).

## Fix
Set `dnsPolicy: ClusterFirst` in the workload's template (`ClusterFirstWithHostNet` with hostNetwork); the patch is
printed. It makes new pods. For a pod without a workload, create it anew.

## Known limits
Nodes may forward the cluster's zone to the cluster's DNS, which is rare and cannot be seen in the API: then these names
do resolve.
"""

from collections.abc import Iterator

from bot.checks.dns._caller_dns import caller_of_node_dns, found, own_answer
from bot.checks.engine.check import check
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Evidence


@check(
    "DNS-014",
    "default-dns-policy",
    hop=Hop.RESOLVER,
    needs=("source",),
    uses=("dns", "workloads"),
    fits=(Symptom.NXDOMAIN,),
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def default_dns_policy(case: Case) -> Iterator[Detection]:
    caller = caller_of_node_dns(case)
    if caller is None or caller.spec.dns_policy != "Default":
        return
    note = "the node's DNS servers; without this line it would be ClusterFirst"
    evidence = (Evidence(caller.about, "spec.dnsPolicy", "Default", note), *own_answer(case, caller))
    policy = "ClusterFirstWithHostNet" if caller.spec.host_network else "ClusterFirst"
    yield found(case, caller, "since its dnsPolicy is Default", evidence, policy)
