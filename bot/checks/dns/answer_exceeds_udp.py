"""The answer does not fit into UDP, and the caller's resolver takes a part of it or none

## Meaning
A headless Service has one address for each ready endpoint. Some 28 fit into the 512 bytes of a plain UDP answer. Most
resolvers then ask again over TCP; HAProxy drops the answer, Netty and musl before 1.2.4 take the part for all, musl keeps
48.

## Impact
HAProxy has no server at all, and its log is empty. The others send all their traffic to a part of the endpoints.

## How it is detected
The Service is headless, its ready endpoints need more bytes than the caller's resolver takes, and that resolver was named
(`--resolver`) or is guessed by the caller's image. The name was then asked at the sizes that programs ask for (512 bytes, 1232
and 4096) and over TCP, each by itself. Where the longest answers do not arrive and shorter ones do, fragments are lost on
the way: that is told for whoever asks for such, the caller's resolver or not.

## When it stays silent
Without a known caller or resolver, but for lost fragments. If the answer fits. For a ClusterIP Service, which has one address.

## Fix
Lost fragments: `bufsize 1232` in the Corefile, or let fragments through between the nodes.

HAProxy: `accepted_payload_size 8192` in its `resolvers` section; TCP nameservers alone do not help. Others: a ClusterIP
Service in front, or a client that asks over TCP.

Compare `getent ahosts NAME` in a glibc image with the Service's endpoints.

## Known limits
What the configuration of HAProxy or the program already sets is not in the API. A guess is one: an image says little of
what runs in it. `--resolver NAME` says which one it is.
"""

from collections.abc import Iterator

from bot.checks.dns._lookups import caller_ref, differs, told
from bot.checks.engine.check import check
from bot.model.call.hop import Hop
from bot.model.call.lookup import lookup
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.search.conclusion import Reason
from bot.model.planning.sizes import limit_of
from bot.model.probe import Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Detection, Evidence

_FEW = 27  # addresses: the name of no Service is so short that more would fit into 512 bytes


def _is_big(case: Case) -> bool:
    service = case.service
    return case.caller.is_known and bool(service and service.is_headless) and len(case.backends.all_usable) >= _FEW


@check(
    "DNS-035",
    "answer-exceeds-udp",
    hop=Hop.RECORD,
    needs=("services", "endpointslices", "source"),
    uses=("dns",),
    fits=(Symptom.SERVER_ERROR, Symptom.INTERMITTENT),
    when=_is_big,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def answer_exceeds_udp(case: Case) -> Iterator[Detection]:
    found = lookup(case)
    reasons = (Reason.SIZE, Reason.CUT) if found and found.resolver else (Reason.SIZE,)
    difference = differs(case, *reasons)
    if difference is None or found is None:
        return
    number = next((len(each.addresses) for each in found.steps if each.is_hit), 0)
    said = Evidence(case.service_ref, "addresses", number, f"{found.hit.rstrip('.')} in one answer")
    is_measured = difference[1].reason is Reason.SIZE
    yield told(
        case, found, difference[1], about=caller_ref(case), evidence=(said, *_sizes(case)), is_measured=is_measured
    )


def _sizes(case: Case) -> Iterator[Evidence]:
    """Yield what each size gave."""
    for each in case.measured.queries(Purpose.SIZE):
        limit = limit_of(each.query)
        what = f"UDP, {limit} bytes" if limit else "TCP"
        cut = ", cut" if each.detail.get("truncated") else ""
        yield Evidence(case.service_ref, "dns", f"{what}: {each.outcome}{cut}", f"{each.query.type} {each.query.name}")
