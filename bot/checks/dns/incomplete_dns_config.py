"""The caller's own DNS settings leave the cluster's DNS, or its search domains, out

## Meaning
With `dnsPolicy: None` a pod has the nameservers and search domains of its dnsConfig and no others; with any other policy those
of dnsConfig come after the cluster's. Here nameservers that are not the cluster's are asked alone or first, or the domain that
the name needs is not in the search list.

## Impact
Foreign nameservers say that names of Services do not exist, and that is final: the next one is asked only where one is silent.
Alpine images (musl) ask all of them at once and take the first answer, so names come and go. Without the search domain only
full names are found. Other pods are fine.

## How it is detected
The resolv.conf that the kubelet writes for the caller is worked out. A nameserver is foreign where it is no address of the
cluster's DNS, of a Service, pod or node that was read, and not link-local (NodeLocal DNSCache). A public one cannot know the
cluster's names (certain where it is asked alone); a private one is told where the asker saw a name that does not resolve
(likely). The search list is held against the name that was asked.

## When it stays silent
For a private nameserver without such a complaint, which may forward the cluster's zone: the resolver's hop is then unknown.
For foreign ones behind the cluster's, unless the caller's resolver is known, or guessed, to ask all at once. For pods of the
cluster's DNS itself, where an IP was asked for, and for a name that needs no search domain.

## Fix
Remove dnsPolicy and dnsConfig's nameservers, and let the cluster's DNS forward the zones of the other servers (a stub domain in
the Corefile). The patch is printed: the cluster's policy, or the search domain that is missing.

## Known limits
What a nameserver outside of the cluster forwards is not in the API.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from bot.checks.dns._caller_dns import Caller, found, look, pinned_caller, template_fix
from bot.checks.engine.check import check
from bot.checks.facts.lookups import has_caller
from bot.model.call.asked_name import asked_for
from bot.model.call.hop import Hop
from bot.model.call.hops.resolver import foreign_servers
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.search.guess import chosen_resolver
from bot.model.dns.search.table import WORDS
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Severity
from bot.model.text import listing


@check(
    "DNS-016",
    "incomplete-dns-config",
    hop=Hop.RESOLVER,
    needs=("source",),
    uses=("dns", "workloads"),
    fits=(Symptom.NXDOMAIN, Symptom.INTERMITTENT),
    when=has_caller,
    silent_when_plain=True,
    only=(Occasion.CALLER,),
)
def incomplete_dns_config(case: Case) -> Iterator[Detection]:
    caller = pinned_caller(case)
    if caller is None or caller.spec.dns_config is None:
        return
    servers = case.caller.resolv_conf.nameservers or tuple(caller.spec.dns_config.nameservers or ())
    foreign = foreign_servers(case, servers)
    public = all(ip_address(each).is_global for each in foreign)
    if foreign and (public or case.question.symptom is Symptom.NXDOMAIN):
        yield from _of_nameservers(case, caller, servers, foreign, public=public)
    elif not foreign and (wanted := _missing_domain(case)):
        yield _of_searches(case, caller, wanted)


def _of_nameservers(
    case: Case, caller: Caller, servers: tuple[str, ...], foreign: tuple[str, ...], *, public: bool
) -> Iterator[Detection]:
    names = listing(foreign)
    evidence = (
        Evidence(caller.about, "spec.dnsPolicy", caller.spec.dns_policy or "ClusterFirst"),
        Evidence(caller.about, "spec.dnsConfig.nameservers", listing(servers), f"not the cluster's: {names}"),
    )
    policy = "ClusterFirstWithHostNet" if caller.spec.host_network else "ClusterFirst"
    if set(servers) == set(foreign):
        confidence = Confidence.CERTAIN if public else Confidence.LIKELY
        because = f"since its dnsConfig names {names}"
        yield found(case, caller, because, evidence, policy, whose="other", confidence=confidence)
        return
    if how := _beside(case, servers, foreign):
        yield Detection(
            about=caller.about,
            message=f"{caller.about} {how}: {names} {'do' if len(foreign) > 1 else 'does'} not know {case.fqdn.rstrip('.')}.",
            severity=Severity.FAIL if servers[0] in foreign else Severity.WARN,
            confidence=Confidence.LIKELY,
            evidence=evidence,
            check=(look(caller),),
            fix=template_fix(
                caller,
                {"dnsPolicy": policy, "dnsConfig": {"nameservers": None}},
                "which then ask the cluster's DNS alone",
            ),
            pods=caller.pods,
            key=("nameservers", *foreign),
        )


def _beside(case: Case, servers: tuple[str, ...], foreign: tuple[str, ...]) -> str:
    """Return in words how foreign nameservers beside the cluster's hurt this caller; empty where they do not."""
    if servers[0] in foreign:
        return (
            f"asks {servers[0]} before the cluster's DNS ({case.dns.address}), which is asked only where that is silent"
        )
    chosen = chosen_resolver(case.question, case.caller)
    resolver = WORDS.get(chosen.resolver)
    if resolver is None or not resolver.asks_all_servers:
        return ""
    guess = f" (a guess, by {chosen.because})" if chosen.because else ""
    own = f"its resolver, {resolver.title}{guess}, takes the first answer"
    return f"asks {listing(foreign)} beside the cluster's DNS, and {own}"


def _missing_domain(case: Case) -> str:
    """Return the domain that the asked name needs and the search list lacks; empty where it lacks none."""
    name, conf, full = asked_for(case), case.caller.resolv_conf, case.fqdn.rstrip(".")
    if not name or not conf.reaches_cluster or case.service is None or not full.startswith(f"{name}."):
        return ""
    wanted = full.removeprefix(f"{name}.")
    has = {each.rstrip(".").lower() for each in conf.searches}
    return "" if wanted in has else wanted


def _of_searches(case: Case, caller: Caller, wanted: str) -> Detection:
    conf, config = case.caller.resolv_conf, caller.spec.dns_config
    kept = [*((config.searches if config else None) or ())]
    return Detection(
        about=caller.about,
        message=f"The search list of {caller.about} lacks {wanted}: a program there does not find {asked_for(case)}, only "
        f"{case.fqdn.rstrip('.')}.",
        severity=Severity.WARN,
        confidence=Confidence.LIKELY,
        evidence=(Evidence(caller.about, "search", list(conf.searches), conf.why),),
        check=(look(caller),),
        fix=template_fix(caller, {"dnsConfig": {"searches": [*kept, wanted]}}, f"which then search {wanted} as well"),
        pods=caller.pods,
        key=("searches", wanted),
    )
