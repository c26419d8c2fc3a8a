"""The kubelet of the caller's node has no cluster DNS to write into pods

## Meaning
A kubelet without `clusterDNS` cannot give a pod the cluster's nameserver. It says so (`MissingClusterDNS`) and writes the
node's own resolv.conf instead, as if the pod had dnsPolicy Default.

## Impact
No Service name resolves in the pods of that node; names of the internet do. Pods of other nodes are fine.

## How it is detected
A Kubernetes Event `MissingClusterDNS` about the calling pod.

## When it stays silent
Without a known caller, and where Kubernetes Events could not be read or have expired (an hour, as a rule): then nobody can
tell from the API what the kubelet wrote.

## Fix
Set `clusterDNS` (and `clusterDomain`) in the kubelet's configuration of that node, restart the kubelet, and make its pods
anew: resolv.conf is written when a pod starts.

## Known limits
A kubelet that has a wrong address in `clusterDNS` says nothing.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.call.hops.resolver import MISSING_CLUSTER_DNS
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.refs import Ref
from bot.model.result.finding import Confidence, Detection, Evidence


@check(
    "DNS-017",
    "kubelet-dns-misconfigured",
    hop=Hop.RESOLVER,
    needs=("source",),
    uses=("events", "dns"),
    fits=(Symptom.NXDOMAIN,),
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def kubelet_dns_misconfigured(case: Case) -> Iterator[Detection]:
    pod = case.caller.pod
    if pod is None or case.question.address or pod.spec.dns_policy not in ("ClusterFirst", "ClusterFirstWithHostNet"):
        return
    events = case.snapshot.events_about(pod.ref, MISSING_CLUSTER_DNS)
    if not events:
        return
    node = pod.spec.node_name
    yield Detection(
        about=Ref("Node", node) if node else pod.ref,
        message=f"The kubelet of {node or 'its node'} has no clusterDNS, so {pod.namespace}/{pod.name} asks its node's "
        "nameservers, which do not know the cluster's names.",
        confidence=Confidence.CERTAIN,
        evidence=(Evidence(pod.ref, f"event {MISSING_CLUSTER_DNS}", events[0].message, "the kubelet's own words"),),
        check=(
            kubectl("exec", pod.name, "--", "cat", "/etc/resolv.conf", namespace=pod.namespace),
            kubectl("get", "--raw", f"/api/v1/nodes/{node}/proxy/configz"),
        ),
        key=(node,),
        since=events[0].first_timestamp or events[0].last_seen,
    )
