"""A is answered and AAAA is not

## Meaning
Programs ask for IPv4 (A) and IPv6 (AAAA). "No data" is the right answer for the type that a name does not have. NXDOMAIN,
SERVFAIL or silence for AAAA spoils the good A: musl and nginx need both, HAProxy asks for A only after AAAA was answered.

## Impact
nginx: "Host not found", 502, at once or after 30 s. HAProxy: no server. Alpine: "Name does not resolve", or "Try again"
after 5 s. glibc and Java wait 15 s and then succeed, Go 10 s. What asks for A alone (`dig`, many checks) calls the name
healthy.

## How it is detected
The Service's name was asked through the DNS Service for both types, three times each: A has addresses, and AAAA was denied,
failed, or stayed silent most of the times. Or a line of the Corefile answers it so, by itself.

## When it stays silent
If AAAA has addresses or no data. Without a known caller. Without probes, unless the Corefile shows it. Where the caller's
resolver is known not to mind.

## Fix
The nameserver has to answer AAAA with no data: look for a `template` or `rewrite` of the Corefile that denies AAAA with
NXDOMAIN, or a firewall or load balancer that drops it. Until then: `ipv6=off` at nginx's `resolver`, `resolve-prefer ipv4`
in HAProxy.

`nslookup NAME.` prints the address and ends with 1 where AAAA is NXDOMAIN; `getent ahosts NAME` shows what the C library
makes of it.

## Known limits
Three tries do not show a loss of one in ten. A guess is one: an image says little of what runs in it. `--resolver NAME`
says which one it is.
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
    "DNS-034",
    "aaaa-not-answered",
    hop=Hop.RECORD,
    needs=("services", "source"),
    uses=("dns", "corefile"),
    fits=(Symptom.NXDOMAIN, Symptom.TIMEOUT, Symptom.SERVER_ERROR, Symptom.SLOW),
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.LOOKUP_ODD),
)
def aaaa_not_answered(case: Case) -> Iterator[Detection]:
    yield from differing(case, Reason.PAIR)
