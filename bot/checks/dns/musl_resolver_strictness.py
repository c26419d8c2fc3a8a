"""Programs on musl end their search where others go on

## Meaning
musl, the C library of Alpine images, ignores a search line of more than 255 characters as a whole, so it searches nothing.

## Impact
A name that resolves with a Debian image does not resolve with an Alpine one.

## How it is detected
The name that was asked is resolved as each resolver does it, by the caller's `dnsConfig`: others find it by the search
list, whose line is longer than musl reads.

## When it stays silent
Without a known caller. For full names. Where the caller's resolver is known to be another one. Where nobody knows it, this
is a possibility and no verdict.

## Fix
Shorten the search list, or write the full name.

`getent ahosts NAME` in the pod says what the C library finds. `nslookup` of BusyBox has its own rules; ask it for the full
name with a dot at its end.

## Known limits
The search domains of the caller's node are not in the API; they make the line longer. A guess is one: an image says little
of what runs in it. `--resolver NAME` says which one it is.
"""

from collections.abc import Iterator

from bot.checks.dns._lookups import caller_ref, differs, names_tried, told
from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.search.conclusion import Reason
from bot.model.dns.search.table import WORDS
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Evidence


def _is_long(case: Case) -> bool:
    return case.caller.is_known and len(_line(case)) > WORDS["musl"].most_characters


def _line(case: Case) -> str:
    return " ".join(case.caller.resolv_conf.searches)


@check(
    "DNS-019",
    "musl-resolver-strictness",
    hop=Hop.RECORD,
    needs=("services", "source"),
    uses=("dns",),
    fits=(Symptom.NXDOMAIN,),
    when=_is_long,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def musl_resolver_strictness(case: Case) -> Iterator[Detection]:
    difference = differs(case, Reason.LINE)
    if difference:
        found, one = difference
        about = caller_ref(case)
        said = Evidence(about, "search line", f"{len(_line(case))} characters", found.conf.why)
        yield told(case, found, one, about=about, evidence=(said, names_tried(case, found)))
