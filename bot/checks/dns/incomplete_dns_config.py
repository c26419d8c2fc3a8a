"""The caller's dnsConfig names servers that are not the cluster's

## Meaning
With `dnsPolicy: None` a pod asks the nameservers of its dnsConfig and no others. None of them is the cluster's DNS, so the
names of Services are asked of somebody who does not know them.

## Impact
Every name of a Service fails in that pod, although the Service works and other pods resolve it.

## How it is detected
The caller is known, its dnsPolicy is None, and none of its nameservers is the address of the cluster's DNS Service or of one
of its pods, nor a link-local one (NodeLocal DNSCache). A public nameserver cannot know the cluster's names (certain); a
private one is told where the asker saw a name that does not resolve (likely).

## When it stays silent
For a private nameserver without such a complaint, which may forward the cluster's zone: the resolver's hop is then unknown.
For pods of the cluster's DNS itself, and where an IP was asked for.

## Fix
Remove dnsPolicy and dnsConfig's nameservers, and let the cluster's DNS forward the zones of the other servers (a stub domain in
the Corefile). The patch that sets the policy back is printed; nameservers of dnsConfig then come after the cluster's.

## Known limits
What a nameserver outside of the cluster forwards is not in the API.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from bot.checks.dns._caller_dns import found, pinned_caller
from bot.checks.engine.check import check
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.refs import is_ip
from bot.model.result.finding import Confidence, Detection, Evidence
from bot.model.text import listing


@check(
    "DNS-016",
    "incomplete-dns-config",
    hop=Hop.RESOLVER,
    needs=("source",),
    uses=("dns", "workloads"),
    fits=(Symptom.NXDOMAIN,),
    when=has_caller,
)
def incomplete_dns_config(case: Case) -> Iterator[Detection]:
    caller = pinned_caller(case)
    if caller is None or caller.spec.dns_policy != "None" or caller.spec.dns_config is None:
        return
    servers = caller.spec.dns_config.nameservers or ()
    if not servers or not all(_is_foreign(case, each) for each in servers):
        return
    public = all(ip_address(each).is_global for each in servers)
    if public or case.question.symptom is Symptom.NXDOMAIN:
        evidence = (
            Evidence(caller.about, "spec.dnsPolicy", "None", "only the nameservers of dnsConfig are asked"),
            Evidence(caller.about, "spec.dnsConfig.nameservers", listing(servers)),
        )
        confidence = Confidence.CERTAIN if public else Confidence.LIKELY
        because = f"since its dnsConfig names {listing(servers)}"
        policy = "ClusterFirstWithHostNet" if caller.spec.host_network else "ClusterFirst"
        yield found(case, caller, because, evidence, policy, whose="other", confidence=confidence)


def _is_foreign(case: Case, server: str) -> bool:
    """Return whether an address is that of no DNS of the cluster; what cannot be read is not judged."""
    if not is_ip(server) or ip_address(server).is_link_local or ip_address(server).is_loopback:
        return False
    ours = {case.dns.address, *(each.address for each in case.dns.endpoints)}
    return (
        server not in ours and case.snapshot.service_by_ip(server) is None and case.snapshot.pod_by_ip(server) is None
    )
