"""The caller's resolver never uses the search list

## Meaning
Some resolvers ask for a name as it was typed and for nothing else: `resolver` of nginx, `resolvers` of HAProxy,
`dns.resolve` of Node.js, dnspython, `query` of aiodns ([all of them](../resolvers.md)). SERVICE.NAMESPACE is then no name
of the cluster.

## Impact
The name works in a shell of the same pod and not in the program. nginx answers 502 with "could not be resolved (3: Host not
found)", HAProxy 503 with an empty log.

## How it is detected
A host of the Service stands in the caller's configuration where nginx or HAProxy look it up while they run: in a `proxy_pass`
with a variable, as the value of one, in a `server` with `resolve` or `resolvers`; it is found only by the search list, and no
other host there leads to the Service.

Or the caller's resolver was named (`--resolver`), or is guessed by its image, as one that has no search list, and the name that
was asked is found only by it. All other hosts nginx and HAProxy ask the C library for as they start, which searches, so
guessed by their image alone they are told beside the verdict, unless what was seen fits.

## When it stays silent
Without a known caller, for full names, where nothing says which resolver the caller has, and for a guessed one where its
configuration shows a host of the Service that is looked up as it starts.

## Fix
Write the full name, SERVICE.NAMESPACE.svc.ZONE.

`getent ahosts NAME` in the pod asks the C library, which does search: that it finds the name says nothing of the program.

## Known limits
A guess is one: an image says little of what runs in it. `--resolver NAME` says which one it is. A file of an image is not seen;
nor are a `map` of nginx, and a `default-server` of HAProxy that has the `resolvers`.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from bot.checks.dns._lookups import caller_ref, differs, names_tried, told
from bot.checks.engine.check import check
from bot.checks.facts.caller_hosts import Leads, about_hosts, host_evidence, hosts, leads
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.call.lookup import lookup
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.search.conclusion import Reason
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Severity
from bot.model.views.configuration import ConfiguredHost

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
    known, asked = () if case.question.resolver else hosts(case), tuple(_asked(case))
    if not asked and not any(each.named.run_time for each in known):
        return
    to_it = tuple(each for each in known if _leads(case, each))
    if not to_it:
        yield from asked
    elif all(each.named.run_time for each in to_it):
        found = next(filter(None, (_written(case, each) for each in to_it)), None)
        if found:
            yield found


def _leads(case: Case, found: ConfiguredHost) -> bool:
    return leads(case, found.named.host)[0] is Leads.TO_IT


def _written(case: Case, found: ConfiguredHost) -> Detection | None:
    """Judge a host that a proxy looks up while it runs, by its own resolver; None where that one finds it as the others do."""
    named = found.named
    asked = replace(case.question, name=named.host, resolver=named.run_time.resolver)
    of_host = replace(case, question=asked)
    difference = differs(of_host, Reason.UNSEARCHED)
    if difference is None:
        return None
    shown = host_evidence(case, found, f"looked up while it runs: {named.run_time}")
    detection = told(
        of_host, *difference, about=about_hosts(case), evidence=(shown, names_tried(of_host, difference[0]))
    )
    return replace(detection, confidence=Confidence.LIKELY)


def _asked(case: Case) -> Iterator[Detection]:
    """Judge the name that was asked."""
    found = lookup(case)
    difference = differs(case, Reason.UNSEARCHED) if found and found.resolver else None
    if difference is None:
        return
    detection = told(case, *difference, about=caller_ref(case), evidence=(names_tried(case, difference[0]),))
    if not case.question.resolver and case.question.symptom not in _FITTING:
        detection = replace(detection, severity=Severity.INFO, confidence=Confidence.POSSIBLE)
    yield detection
