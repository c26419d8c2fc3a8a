"""The name is asked for many times before it is found

## Meaning
A name with fewer dots than `ndots` (5 in pods) is tried with each domain of the search list first, for IPv4 and IPv6 each.
`SERVICE.NAMESPACE.svc.cluster.local` has four dots, so even that is tried in vain three times and more, unless it ends in a
dot.

## Impact
Each call that opens a connection waits for all these lookups, and one lost packet among them is 5 seconds. Cluster DNS gets
a multiple of the load.

## How it is detected
It was said that calls are slow, and a resolver that searches asks for at least three names that do not exist, each for A and
AAAA, before the one that does.

## When it stays silent
If nobody complains of slowness: this is how names are resolved, and no fault. If the calling pod, and so its `ndots`, is not
known. If the name is found with fewer lookups, or ends in a dot.

## Fix
Write the name with a dot at its end, or as SERVICE.NAMESPACE, or lower `ndots` to 2 in `dnsConfig` (not to 1, with which
Alpine images do not find SERVICE.NAMESPACE any more, DNS-020).

## Known limits
Which name the program asks for is known only by what was asked. Search domains of the node are not in the API.
"""

from collections.abc import Iterator

from bot.checks.dns._lookups import caller_ref, names_tried, owner, with_ndots
from bot.checks.engine.check import check
from bot.checks.facts.commands import look_up
from bot.model.call.hop import Hop
from bot.model.call.lookup import Lookup, lookup
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Fix, Severity

_WASTED = 3  # names in vain: with two types each, six lookups
_NDOTS = 2


def _is_slow(case: Case) -> bool:
    return case.question.symptom is Symptom.SLOW and case.caller.pod is not None


@check(
    "DNS-018",
    "search-list-too-long",
    hop=Hop.RECORD,
    needs=("services", "source"),
    uses=("dns", "workloads"),
    fits=(Symptom.SLOW,),
    when=_is_slow,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def search_list_too_long(case: Case) -> Iterator[Detection]:
    found = lookup(case)
    hit = next((each for each in found.conclusions if each.is_found and len(each.asked) > 1), None) if found else None
    if found is None or hit is None or (wasted := hit.asked.index(hit.hit)) < _WASTED:
        return
    name = found.name.rstrip(".")
    yield Detection(
        about=caller_ref(case),
        message=f"{name} is asked for with {wasted} search domains in vain, for A and AAAA each, before it is found: "
        f"{2 * (wasted + 1)} lookups a call instead of 2, with ndots {found.conf.ndots}.",
        severity=Severity.WARN,
        confidence=Confidence.POSSIBLE,  # it is how names are resolved, and mostly takes a millisecond
        evidence=(names_tried(case, found),),
        check=look_up(case.caller.pod, found.name, found.hit),
        fix=_lowered(case, found),
        pods=frozenset({case.caller.pod.name}) if case.caller.pod else frozenset(),
        key=(name,),
    )


def _lowered(case: Case, found: Lookup) -> tuple[Fix, ...]:
    """Return the patch that lowers ndots, with the other options as they are; none for a name that 2 would not help."""
    workload = owner(case)
    if workload is None or found.name.rstrip(".").count(".") < _NDOTS:
        return ()
    risk = "names of two dots and more are then asked for as they are first"
    return (with_ndots(workload, _NDOTS, risk),)
