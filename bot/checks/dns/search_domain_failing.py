"""A search domain is not answered well, and some programs stop there

## Meaning
A resolver completes a name with each search domain in turn. NXDOMAIN sends it to the next one. SERVFAIL, REFUSED, silence
and an empty answer (a name without an address) are taken differently: musl, Ruby and BIND's tools end the search at each of
them, c-ares (gRPC, aiodns) at all but the last, glibc leaves the rest of the list out after REFUSED and silence, Go and
others go on ([all of them](../resolvers.md)).

## Impact
A name that exists does not resolve for some programs, at once or after seconds, and resolves for others in the same
namespace.

## How it is detected
Each name of the caller's search was asked through the DNS Service, for A and AAAA, three times each. One before the name
that exists was answered with SERVFAIL or REFUSED, or not at all, most of the times. Or a line of the Corefile answers it so,
by itself (`template`, `hosts` without `fallthrough`, `acl`).

## When it stays silent
Without a known caller. Without probes, unless the Corefile shows it. If all programs find the name in time. If the name
is denied for all: then other causes are told. Where the caller's resolver is known to go on.

## Fix
Mend the nameserver that serves that domain (an upstream of CoreDNS, mostly), take the domain out of `dnsConfig` or the
node's resolv.conf, or write the full name with a dot at its end. A `forward` of the Corefile with `next NXDOMAIN` is a cause
of its own where the next `forward` is of another zone: CoreDNS 1.15 then says SERVFAIL of each name that is missing.

`getent ahosts NAME` in a glibc image. `nslookup`, `host` and `dig +search` of BIND stop at SERVFAIL and at an empty answer
where glibc goes on, so their error proves nothing: ask them for the full name with a dot at its end.

## Known limits
The search domains of the caller's node are not in the API and are not asked. A guess is one: an image says little of what
runs in it. `--resolver NAME` says which one it is.
"""

from collections.abc import Iterator

from bot.checks.dns._lookups import differing
from bot.checks.engine.check import check
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.search.conclusion import Reason
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection


@check(
    "DNS-033",
    "search-domain-failing",
    hop=Hop.RECORD,
    needs=("services", "source"),
    uses=("dns", "corefile"),
    fits=(Symptom.NXDOMAIN, Symptom.TIMEOUT, Symptom.INTERMITTENT, Symptom.SLOW),
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.LOOKUP_ODD),
)
def search_domain_failing(case: Case) -> Iterator[Detection]:
    yield from differing(case, Reason.STOPPED, Reason.SKIPPED)
