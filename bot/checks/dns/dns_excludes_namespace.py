"""CoreDNS does not serve this Service

## Meaning
The `kubernetes` plugin of the Corefile serves a part of the cluster only: some namespaces, or what carries some labels,
or no headless Services (`noendpoints`). This Service is not of that part.

## Impact
Its name gives NXDOMAIN although it exists, for every caller. Other Services resolve.

## How it is detected
The Corefile's `kubernetes` plugin that takes the name has `namespaces`, `namespace_labels`, `labels`, `noendpoints` or
`ignore empty_service`, and by these the Service has no record, which it would have without them.

## When it stays silent
If a lookup gave the Service's address. If the Corefile or the namespace's labels were not read.

## Fix
Extend the list, or label the namespace; the command to edit the ConfigMap is printed.

## Known limits
Clusters of several tenants are set up like this on purpose.
"""

from collections.abc import Iterator

from bot.checks.dns._corefile_findings import is_refuted, told
from bot.checks.engine.check import check
from bot.model.call.answerer import Cause, detour
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection


@check(
    "DNS-031",
    "dns-excludes-namespace",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("dns", "corefile", "namespaces"),
    fits=(Symptom.NXDOMAIN,),
    silent_when_plain=True,
    only=(Occasion.LOOKUP_ODD,),
)
def dns_excludes_namespace(case: Case) -> Iterator[Detection]:
    found = detour(case)
    if found is None or found.cause is not Cause.LEFT_OUT or case.question.address or is_refuted(case):
        return
    yield told(case, found, f"CoreDNS gives NXDOMAIN for {case.fqdn.rstrip('.')}, which exists: {found.words}.")
