"""A caller on the host network does not ask the cluster's DNS

## Meaning
A pod with `hostNetwork: true` and `dnsPolicy: ClusterFirst`, which is what it has if nothing is written, gets the DNS
servers of its node: the kubelet falls back to Default without a word. These servers do not know the cluster's names.

## Impact
Every Service name fails in this caller: "Name or service not known", or a wait until the node's servers give up. Names
outside of the cluster resolve, and pods that are not on the host network reach the Service.

## How it is detected
The calling pod, or the template of the calling workload, has `hostNetwork: true` and the dnsPolicy ClusterFirst, written
or not, and its `dnsConfig` names no servers
(https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy).

## When it stays silent
Without a known caller. For `ClusterFirstWithHostNet`. If `dnsConfig` names servers. If the question was about an IP
address. For pods of the cluster's DNS itself. Where no DNS Service is found in the cluster: names may then be served by
the very servers that nodes use (GKE Cloud DNS).

## Fix
Set `dnsPolicy: ClusterFirstWithHostNet` in the workload's template; the patch is printed. It makes new pods. For a pod
without a workload, create it anew.

## Known limits
Nodes may forward the cluster's zone to the cluster's DNS, which is rare and cannot be seen in the API: then these names
do resolve.
"""

from collections.abc import Iterator

from bot.checks.dns._caller_dns import caller_of_node_dns, found
from bot.checks.engine.check import check
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Evidence


@check(
    "DNS-015",
    "host-network-without-cluster-dns",
    hop=Hop.RESOLVER,
    needs=("source",),
    uses=("dns", "workloads"),
    fits=(Symptom.NXDOMAIN,),
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def host_network_without_cluster_dns(case: Case) -> Iterator[Detection]:
    caller = caller_of_node_dns(case)
    if caller is None or not caller.spec.host_network or caller.spec.dns_policy not in ("ClusterFirst", ""):
        return
    evidence = (
        Evidence(caller.about, "spec.hostNetwork", value=True),
        Evidence(
            caller.about,
            "spec.dnsPolicy",
            "ClusterFirst",
            "on the host network only ClusterFirstWithHostNet asks the cluster's",
        ),
    )
    because = "since it is on the host network with dnsPolicy ClusterFirst"
    yield found(case, caller, because, evidence, "ClusterFirstWithHostNet")
