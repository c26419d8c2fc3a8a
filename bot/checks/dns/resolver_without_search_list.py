"""The caller's resolver never uses the search list

## Meaning
Some resolvers ask for a name as it was typed and for nothing else: `resolver` of nginx, `resolvers` of HAProxy,
`dns.resolve` of Node.js, dnspython, `query` of aiodns ([all of them](../resolvers.md)). SERVICE.NAMESPACE is then no name
of the cluster.

## Impact
The name works in a shell of the same pod and not in the program. nginx answers 502 with "could not be resolved (3: Host not
found)", HAProxy 503 with an empty log.

## How it is detected
The name that was asked has no dot at its end and is found only by the search list, and the caller's resolver was named
(`--resolver`), or is guessed by its image, as one that has none. nginx and HAProxy ask the C library at their start, which
searches, for names that have no `resolver`, and whether one is set is not in the API: guessed by their image they are a
warning, unless what was seen fits; and nothing in a triage while they are ready, since without the name they do not start.

## When it stays silent
Without a known caller, for full names, and where nothing says which resolver the caller has.

## Fix
Write the full name, SERVICE.NAMESPACE.svc.ZONE.

`getent ahosts NAME` in the pod asks the C library, which does search: that it finds the name says nothing of the program.

## Known limits
A guess is one: an image says little of what runs in it. `--resolver NAME` says which one it is.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.dns._lookups import caller_ref, differs, names_tried, told
from bot.checks.engine.check import check
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.call.lookup import lookup
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.search.conclusion import Reason
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Severity

_FITTING = (Symptom.NXDOMAIN, Symptom.SERVER_ERROR)


@check(
    "DNS-032",
    "resolver-without-search-list",
    hop=Hop.RECORD,
    needs=("services", "source"),
    uses=("dns",),
    fits=_FITTING,
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.RESOLVER),
)
def resolver_without_search_list(case: Case) -> Iterator[Detection]:
    found = lookup(case)
    difference = differs(case, Reason.UNSEARCHED) if found and found.resolver else None
    if difference is None:
        return
    detection = told(case, *difference, about=caller_ref(case), evidence=(names_tried(case, difference[0]),))
    if not case.question.resolver and case.question.symptom not in _FITTING:
        detection = replace(detection, severity=Severity.WARN, confidence=Confidence.POSSIBLE)
    yield detection
