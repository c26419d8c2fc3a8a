"""ndots is so low that programs on musl leave the search list out

## Meaning
A name with `ndots` dots or more is asked first as it was typed. glibc, Go and most others use the search list after that;
musl, the C library of Alpine images, does not. With `ndots:1` a name like SERVICE.NAMESPACE is then no name of the cluster.

## Impact
The same manifest works with a Debian image and not with an Alpine one: "Name does not resolve".

## How it is detected
The name that was asked is resolved as each resolver does it, by the caller's `dnsConfig`: others find it by the search
list, and those that are told never use the list for it.

## When it stays silent
Without a known caller. For full names, and names with fewer dots than `ndots`. Where the caller's resolver is known to be
another one. Where nobody knows it, this is a possibility and no verdict.

## Fix
Write the full name, or raise `ndots` above the dots of the name: 2 is enough for SERVICE.NAMESPACE.

`getent ahosts NAME` in the pod says what the C library finds. `nslookup` of BusyBox never searches for a name with a dot,
so its NXDOMAIN proves nothing; ask it for the full name with a dot at its end.

## Known limits
A guess is one: an image says little of what runs in it. `--resolver NAME` says which one it is.
"""

from collections.abc import Iterator

from bot.checks.dns._lookups import caller_ref, differs, names_tried, owner, told, with_ndots
from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.resolv_conf import POD_NDOTS
from bot.model.dns.search.conclusion import Reason
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Evidence, Fix


def _is_lowered(case: Case) -> bool:
    return case.caller.is_known and case.caller.resolv_conf.ndots < POD_NDOTS


@check(
    "DNS-020",
    "ndots-too-low",
    hop=Hop.RECORD,
    needs=("services", "source"),
    uses=("dns",),
    fits=(Symptom.NXDOMAIN,),
    when=_is_lowered,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def ndots_too_low(case: Case) -> Iterator[Detection]:
    difference = differs(case, Reason.NDOTS)
    if difference is None:
        return
    found, one = difference
    about = caller_ref(case)
    said = Evidence(about, "spec.dnsConfig.options", f"ndots:{found.conf.ndots}", found.conf.why)
    yield told(case, found, one, about=about, evidence=(said, names_tried(case, found)), fix=_raised(case, found.name))


def _raised(case: Case, name: str) -> tuple[Fix, ...]:
    """Return the patch that raises ndots above the dots of the name, with the other options as they are."""
    workload = owner(case)
    if workload is None or workload.spec.template.spec.dns_config is None:
        return ()
    return (with_ndots(workload, name.rstrip(".").count(".") + 1, "outside names then cost more lookups"),)
