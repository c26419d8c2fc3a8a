"""The caller's own hosts file pins the name to another address

## Meaning
`hostAliases` are lines of the pod's /etc/hosts, which resolvers read before they ask DNS. A name that stands there is never
looked up, and keeps its address for the life of the pod.

## Impact
Only this caller goes to the pinned address: nowhere, or to something else, since the Service has another one (a Service that
is made anew gets a new ClusterIP).

## How it is detected
The calling pod's `spec.hostAliases` have the Service's name, in one of its forms, with an address that is neither a ClusterIP
of the Service nor one of its endpoints. Resolvers compare a line with the name as it is asked: where a host name was asked
(`user-service.shop`), a line for another form of it is context.

## When it stays silent
Without a known caller. If the pinned address is the Service's.

## Fix
Take the line out of the workload's template, or give it the Service's address of today; pods are made anew by it.

## Known limits
A hosts file that an image or an init container writes cannot be seen in the API.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import describe
from bot.checks.facts.lookups import has_caller
from bot.model.call.hop import Hop
from bot.model.call.hops.resolver import all_pins, pins
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import listing


@check(
    "DNS-027",
    "hosts-file-override",
    hop=Hop.RESOLVER,
    needs=("services", "source"),
    uses=("endpointslices",),
    fits=(Symptom.TIMEOUT, Symptom.REFUSED, Symptom.TLS),
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def hosts_file_override(case: Case) -> Iterator[Detection]:
    service, pod = case.service, case.caller.pod
    if service is None or pod is None:
        return
    own = {*service.cluster_ips, *(each.address for each in case.backends.all_usable)}
    asked = tuple(each for each in pins(case) if each.address not in own)
    lines = asked or tuple(each for each in all_pins(case) if each.address not in own)
    if not lines:
        return
    stray = tuple(dict.fromkeys(each.address for each in lines))
    names = tuple(dict.fromkeys(each.name for each in lines))
    about = pod.workload or pod.ref
    right = listing(service.cluster_ips) or "none"
    whose = "its calls" if asked else f"calls of {listing(names)}, not of {case.question.name},"
    yield Detection(
        about=about,
        message=f"hostAliases of {about} pin {listing(names)} to {listing(stray)}, and the Service's address is {right}: "
        f"{whose} go there whatever DNS says.",
        severity=Severity.FAIL if asked else Severity.INFO,
        confidence=Confidence.CERTAIN,
        evidence=(Evidence(pod.ref, "spec.hostAliases", list(stray), f"ClusterIP of {service.ref} is {right}"),),
        check=(describe(pod.ref), describe(service.ref)),
        key=stray,
    )
