"""An ExternalName Service whose target does not resolve

## Meaning
A Service of type ExternalName is an alias: its name leads to another name, its target, which is looked up as it stands.
The target does not exist, has no address, or is no name at all.

## Impact
Callers get "No address associated with hostname", or "Name or service not known" for an IP address. No connection is
ever tried; the Service's ports and selector play no part.

## How it is detected
By the target itself: an IP address instead of a name, a Service of this cluster that is not there, a name of the
cluster's zone without `svc`, one of a pod that no ready endpoint has, a circle of aliases. By asking: the alias answers with
its target (a CNAME) and no address, neither IPv4 nor IPv6. The target is then asked as well, to tell a wrong name from
upstream servers that do not answer.

## When it stays silent
If the name did resolve. If the answer still holds another target than the Service, which was just changed. For targets
outside of the cluster without a measurement. For Services in namespaces that were not read. A short name of a Service is
likely, not certain, until it was asked.

## Fix
Correct the target. Where a Service of this cluster is meant, the printed patch writes its full name. For an IP address
use a Service without a selector and an EndpointSlice with that address.

## Known limits
TLS and virtual hosts behind an alias need the target's own name: that it resolves does not mean that it answers. A slow
upstream server looks like one that does not answer; it is then told as likely.
"""

from collections.abc import Iterator, Sequence

from bot.checks.dns._kept_failures import kept_words
from bot.checks.engine.check import check
from bot.checks.facts.aliases import Dangling, dangling, inside, looks_short
from bot.checks.facts.commands import at_endpoints, at_services, get_field
from bot.checks.facts.dns_replicas import control_answered
from bot.checks.facts.lookups import resolved_to
from bot.checks.facts.ownership import managed_by
from bot.model.call.alias import target_of
from bot.model.call.hop import Hop
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.planning.fresh import answered_beside
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Written
from bot.model.text import one_line

_LONGEST = 120
_FAMILIES = {"A", "AAAA"}
_UPSTREAM = (Outcome.TIMEOUT, Outcome.SERVFAIL)


@check(
    "DNS-026",
    "external-name-dangling",
    hop=Hop.RECORD,
    needs=("services",),
    uses=("dns", "namespaces"),
    shows=Effect.OUTSIDE_NAMES_FAIL,
    silent_when_plain=True,
    only=(Occasion.OUTSIDE,),
)
def external_name_dangling(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or not service.is_external_name or not target_of(service) or resolved_to(case):
        return
    known, measured = dangling(case, service), _measured(case, service)
    if known and (known.is_proven or measured):
        yield _found(case, service, known, Confidence.CERTAIN)
    elif measured:
        yield _found(case, service, measured, Confidence.CERTAIN if measured.is_proven else Confidence.LIKELY)
    elif known and not _asked(case):
        yield _found(case, service, known, Confidence.LIKELY)


def _found(case: Case, service: Service, why: Dangling, confidence: Confidence) -> Detection:
    target = one_line(target_of(service), limit=_LONGEST)
    meant = f" (did you mean {why.meant}?)" if why.meant else ""
    return Detection(
        about=service.ref,
        message=f"Service {service.namespace}/{service.name} is an alias of {target}, and {why.why}{meant}; "
        f"so {service.name}.{service.namespace} has no address.",
        confidence=confidence,
        evidence=(
            Evidence(service.ref, "spec.externalName", target, why.why),
            *(Evidence(service.ref, "dns", _told(each), "measured") for each in (*_asked(case), *_of_target(case))[:4]),
        ),
        check=tuple(_commands(case, service)),
        fix=_fixes(service, why),
        key=(target_of(service),),
        written=Written(service.ref, ("spec", "externalName")),
    )


def _measured(case: Case, service: Service) -> Dangling | None:
    """No address in either family although the alias itself answers; or nothing, while the cluster's DNS is up."""
    asked, of_target = _asked(case), _of_target(case)
    if not asked or any(each.outcome is Outcome.ANSWERED for each in of_target):
        return None
    if all(each.outcome is Outcome.NO_DATA and _leads_to_target(case, service, each) for each in asked):
        both = {each.query.type for each in asked} >= _FAMILIES
        full = looks_short(case, target_of(service))
        hint = f" (a Service of this cluster is written in full: {full})" if full else ""
        return Dangling(f"{_why(case, of_target)}{hint}", is_proven=both)
    if all(each.outcome in _UPSTREAM and not each.detail.get("aa") for each in asked) and control_answered(case):
        return Dangling(_no_upstream(case, asked), is_proven=False)
    return None


def _leads_to_target(case: Case, service: Service, seen: Observation) -> bool:
    """The CNAME is the present target; for a missing Service of this cluster CoreDNS leaves it out."""
    chain = [str(each).removesuffix(".").lower() for each in seen.detail.get("cname") or ()]
    return target_of(service) in chain or (not chain and inside(case, target_of(service)) is not None)


def _why(case: Case, of_target: Sequence[Observation]) -> str:
    if any(each.outcome is Outcome.NXDOMAIN for each in of_target):
        return "that name does not exist (NXDOMAIN)"
    failed = [each for each in of_target if each.outcome in _UPSTREAM]
    return _no_upstream(case, failed) if failed else "that name has no address"


def _no_upstream(case: Case, seen: Sequence[Observation]) -> str:
    root = case.measured.queries(Purpose.UPSTREAM)
    is_well = bool(root) and not any(each.outcome in _UPSTREAM for each in root)
    whose = "the servers of its own domain" if is_well else "the DNS servers outside of the cluster"
    if any(each.outcome is Outcome.SERVFAIL for each in seen):
        if beside := next(filter(None, (answered_beside(case, each.query.name) for each in seen)), None):
            return f"looking it up gives SERVFAIL, but {kept_words(beside)}"
        return f"looking it up gives SERVFAIL: {whose} fail, or cannot be reached"
    return f"looking it up gives no answer: {whose} are silent"


def _asked(case: Case) -> tuple[Observation, ...]:
    return tuple(each for each in case.measured.queries(Purpose.SERVICE) if each.query.name == case.fqdn)


def _of_target(case: Case) -> tuple[Observation, ...]:
    return case.measured.queries(Purpose.TARGET)


def _told(seen: Observation) -> str:
    chain = ", ".join(one_line(str(each), limit=_LONGEST) for each in seen.detail.get("cname") or ())
    query = seen.query
    return f"{query.type} {query.name.removesuffix('.')}: {seen.outcome}{f', CNAME {chain}' if chain else ''}"


def _commands(case: Case, service: Service) -> Iterator[str]:
    yield get_field(service.ref, "externalName")
    dns, place = case.dns.service, inside(case, target_of(service))
    if place:
        yield at_services(place[1])
        target = case.snapshot.service(place[1], place[0])
        if target:
            yield at_endpoints(target.ref)
    elif dns and dns.selector.pairs and any(each.outcome in _UPSTREAM for each in (*_asked(case), *_of_target(case))):
        yield kubectl("logs", "-l", str(dns.selector), "--tail=20", "--prefix", namespace=dns.namespace)


def _fixes(service: Service, why: Dangling) -> tuple[Fix, ...]:
    if not why.meant:
        return ()
    risk = f"callers then reach {why.meant}; make sure that it is the one meant{managed_by(service)}"
    return (Fix(about=service.ref, merge={"spec": {"externalName": why.meant}}, risk=risk),)
