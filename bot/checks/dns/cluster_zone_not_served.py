"""A rule of the Corefile answers the name instead of the Service

## Meaning
CoreDNS takes a name through the plugins of one server block, in an order of its own: `rewrite`, `acl`, `template` and
`hosts` come before `kubernetes`, and `forward` behind it. A rule there answers this Service's name by itself, changes it into
another name, or no `kubernetes` plugin serves the zone at all.

## Impact
The name leads somewhere else, or nowhere, for every caller of the cluster, whatever the Service's own state is.

## How it is detected
The Corefile is read as CoreDNS reads it: which server block has the longest zone, what its plugins do in their fixed order,
with snippets, imports that were read, and regular expressions: the one that the DNS pods mount, and before it that of a
node-local cache. Stub domains of ConfigMap `kube-dns` count as what kube-dns (GKE) and the cache make of them. The rule is
named with its line. A lookup that was made and did not give the Service's address makes it certain.

## When it stays silent
If a lookup gave the Service's own address, or the rule itself does. If the Corefile was not read. Where what decides was
not read, an import, a hosts file, an acl by the asker's address: then the answer is unknown and says so. So it is where DNS
pods have different Corefiles, and where it is not known whether the node-local cache is asked.

## Fix
Edit the line in the ConfigMap; the command is printed. CoreDNS takes it over within a minute or two if it has `reload`.

## Known limits
CoreDNS may still run with the Corefile before, see DNS-004. Tables and digests do not read a node-local cache's.
"""

from collections.abc import Iterator

from bot.checks.dns._corefile_findings import is_refuted, told
from bot.checks.engine.check import check
from bot.model.call.answerer import Cause, detour
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection


@check(
    "DNS-005",
    "cluster-zone-not-served",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("dns", "corefile"),
    fits=(Symptom.NXDOMAIN,),
    silent_when_plain=True,
)
def cluster_zone_not_served(case: Case) -> Iterator[Detection]:
    found = detour(case)
    if found is None or found.cause is not Cause.OTHER or case.question.address or is_refuted(case):
        return
    name = case.fqdn.rstrip(".")
    own = case.service.cluster_ips if case.service else ()
    right = f" The Service has {own[0]}." if own else ""
    yield told(case, found, f"{name} does not lead to its Service: {found.words}.{right}")
