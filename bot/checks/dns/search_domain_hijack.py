"""Another name of the search answers before the Service's does

## Meaning
A resolver takes the first name of its search that has an address. Here a domain that is searched before the Service's own
answers for the name: by a wildcard record of the node's or company's domain, by a `template` or `hosts` of the Corefile, or
because a namespace is called like the end of an outside name.

## Impact
The name resolves, to somebody else: certificates that do not fit, 404, time-outs. DNS itself looks healthy, and the full name
with a dot at its end works.

## How it is detected
The names that the caller's resolver tries are looked up one by one, or worked out from the objects and the Corefile where
nothing is measured. One before the Service's own has addresses, and none of them is the Service's.

## When it stays silent
If one of the addresses is the Service's or an endpoint's. If they lie in 240.0.0.0/4, which meshes give to names that they
answer themselves. If nobody said who calls, or the caller's program is not known to ask for this name.

## Fix
Write the name with a dot at its end, or take the domain out of the search list, or the wildcard out of the domain. Where the
domain stands in the workload's `dnsConfig`, the patch that takes it out is printed.

## Known limits
Search domains of the node are not in the API: they are seen only where the caller's `dnsConfig` repeats them.
"""

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from bot.checks.dns._lookups import caller_ref, names_tried, owner
from bot.checks.engine.check import check
from bot.checks.facts.commands import look_up
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.hops.endpoints import published
from bot.model.call.lookup import Lookup, lookup
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.corefile.zones import covers, fqdn
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.search.table import LIBCS
from bot.model.question.question import Symptom
from bot.model.refs import is_ip
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.text import listing

_OF_MESHES = ip_network("240.0.0.0/4")  # https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/


def _may_search(case: Case) -> bool:
    return case.caller.is_known and case.service is not None and not case.service.is_external_name


@check(
    "DNS-013",
    "search-domain-hijack",
    hop=Hop.RECORD,
    needs=("services", "endpointslices", "source"),
    uses=("dns", "corefile", "workloads"),
    fits=(Symptom.TIMEOUT, Symptom.SERVER_ERROR, Symptom.REFUSED, Symptom.TLS),
    when=_may_search,
    silent_when_plain=True,
    only=(Occasion.CALLER, Occasion.LOOKUP_ODD),
)
def search_domain_hijack(case: Case) -> Iterator[Detection]:
    found = lookup(case)
    step = _hijacking(case, found) if found else None
    if found is None or step is None or case.service is None:
        return
    known = {each.resolver.name for each in found.conclusions if each.hit == step.name}
    missed = {each.resolver.name for each in found.conclusions if each.hit.rstrip(".").lower() != case.fqdn.rstrip(".")}
    wanted = {found.resolver.name} if found.resolver else {each.name for each in LIBCS}
    if not known & wanted:
        return
    whom = "this caller" if wanted <= missed else f"programs with {listing(sorted(wanted & missed))}"
    name, where, own = found.name.rstrip("."), step.name.rstrip("."), listing(sorted(_own(case)))
    yield Detection(
        about=caller_ref(case),
        message=f"{name} does not lead to the Service for {whom}: {where}, which its search tries before "
        f"{case.fqdn.rstrip('.')}, has {listing(step.addresses)}. The Service has {own}.",
        severity=Severity.FAIL if wanted <= missed else Severity.WARN,
        confidence=Confidence.CERTAIN if case.observations else Confidence.LIKELY,
        evidence=(
            names_tried(case, found),
            Evidence(case.service_ref, "spec.clusterIPs", own, "what it should lead to"),
        ),
        check=look_up(case.caller.pod, found.name, case.fqdn),
        fix=_without(case, found, step),
        pods=frozenset({case.caller.pod.name}) if case.caller.pod else frozenset(),
        key=(where,),
    )


def _hijacking(case: Case, found: Lookup) -> SearchStep | None:
    """Return the first name of the search with an address, if it is another's; None where that is the Service, or below it."""
    step = next((each for each in found.steps if each.is_hit), None)
    own = _own(case)
    if step is None or not own or covers(case.fqdn, fqdn(step.name)) or own & set(step.addresses):
        return None
    return None if not step.addresses or all(map(_is_of_mesh, step.addresses)) else step


def _own(case: Case) -> set[str]:
    return set(case.service.cluster_ips if case.service else ()) or set(published(case))


def _is_of_mesh(address: str) -> bool:
    return is_ip(address) and ip_address(address) in _OF_MESHES


def _without(case: Case, found: Lookup, step: SearchStep) -> tuple[Fix, ...]:
    """Return the patch that takes the answering domain out of the template's own search list, if it stands there."""
    workload = owner(case)
    config = workload.spec.template.spec.dns_config if workload else None
    domain = step.name.lower().rstrip(".").removeprefix(f"{found.name.lower().rstrip('.')}.")
    given = (config.searches if config else None) or ()
    kept = [each for each in given if each.lower().rstrip(".") != domain]
    if workload is None or len(kept) == len(given):
        return ()
    patch = {"spec": {"template": {"spec": {"dnsConfig": {"searches": kept}}}}}
    risk = (
        f"makes new pods of {workload.ref}, which then find no name of {domain} by its first part{managed_by(workload)}"
    )
    return (Fix(about=workload.ref, merge=patch, risk=risk),)
