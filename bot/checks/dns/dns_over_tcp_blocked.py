"""Answers that are too long for UDP cannot be fetched over TCP

## Meaning
An answer that does not fit into a datagram comes cut, and the resolver asks again over TCP. The cluster's DNS cannot be
reached over TCP: its Service has no TCP port, or the connection was tried and failed.

## Impact
Names with many addresses (a big headless Service) fail: "Try again" for glibc and current Alpine images, "no such host" for
Go; Alpine images before 1.2.4 of musl take the part that fitted for all. NodeLocal DNSCache asks CoreDNS over TCP alone, so
behind it every name of the cluster ends with SERVFAIL once its cache is empty.

## How it is detected
The DNS Service has its port for UDP and none for TCP, while the name's addresses need TCP, the caller's `dnsConfig` has
the option `use-vc`, with which glibc, Go and others ask over TCP alone, or a node-local cache stands before it (then its
own way to CoreDNS, `kube-dns-upstream`, counts). Or an answer was cut when it was asked for and the query over TCP
failed. A name of many addresses is asked at the sizes that programs ask for (512 bytes, 1232, 4096) and over TCP by
itself: an answer that fits into 1232 bytes is cut at 512, and then only some programs are hurt, which are named.

## When it stays silent
While every answer fits and no node-local cache is there: then nobody asks over TCP. For resolvers that never do. Where
policies deny TCP, which is told with the policy (NPL-003).

## Fix
Give the DNS Service its TCP port; the patch is printed.

## Known limits
What a firewall between nodes drops is seen by a measurement alone, and from the worker's node.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.model.call.dns_policies import asks_over_tcp, needs_tcp
from bot.model.call.hop import Hop
from bot.model.call.lookup import lookup
from bot.model.call.occasions import Occasion
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_PORT, UPSTREAM, cluster_dns
from bot.model.dns.node_local import node_local_caches
from bot.model.dns.search.conclusion import Reason
from bot.model.kube.services import Service
from bot.model.memo import memo
from bot.model.probe import Observation, Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Severity
from bot.model.snapshot import Snapshot
from bot.model.text import listing

_FAILED = (Outcome.TIMEOUT, Outcome.REFUSED, Outcome.RESET, Outcome.UNREACHABLE)


@memo
def _without_tcp(snapshot: Snapshot) -> tuple[Service, ...]:
    """Return the DNS Service, or that of the node-local cache, if it has its port for UDP and not for TCP."""
    dns = cluster_dns(snapshot).service
    upstream = snapshot.service(dns.namespace, UPSTREAM) if dns and node_local_caches(snapshot) is not None else None
    return tuple(each for each in (dns, upstream) if each is not None and _lacks_tcp(each))


def _lacks_tcp(service: Service) -> bool:
    kinds = {each.protocol for each in service.ports if each.port == DNS_PORT}
    return kinds == {"UDP"}


def _may_be_blocked(case: Case) -> bool:
    return bool(_without_tcp(case.snapshot)) or bool(case.observations)


@check(
    "DNS-021",
    "dns-over-tcp-blocked",
    hop=Hop.DNS_SERVER,
    needs=("services", "dns"),
    uses=("endpointslices", "source"),
    fits=(Symptom.NXDOMAIN, Symptom.INTERMITTENT),
    when=_may_be_blocked,
    only=(Occasion.DNS_ODD,),
)
def dns_over_tcp_blocked(case: Case) -> Iterator[Detection]:
    if case.question.address:
        return
    cut = _cut(case)
    for service in _without_tcp(case.snapshot):
        if service.name == UPSTREAM:
            why = "NodeLocal DNSCache asks it over TCP alone, so names of the cluster fail behind it"
            yield _told(service, why, Severity.FAIL, Confidence.LIKELY, cut)
            return
        if asks_over_tcp(case):
            why = "the caller's resolv.conf has `options use-vc`: it asks over TCP alone"
            yield _told(service, why, Severity.FAIL, Confidence.LIKELY, cut)
            return
        if needs_tcp(case):
            why = f"the answer for {case.fqdn.rstrip('.')} does not fit into UDP"
            yield _told(service, why, Severity.FAIL if cut else Severity.WARN, Confidence.CERTAIN, cut)
            return
    if cut is not None and case.dns.service is not None and not _without_tcp(case.snapshot):
        why = f"the answer for {case.fqdn.rstrip('.')} came cut, and TCP gave {cut.outcome}"
        if whom := _whom(case, cut):
            yield _told(case.dns.service, f"{why}{whom[0]}", whom[1], Confidence.LIKELY, cut)


def _cut(case: Case) -> Observation | None:
    """Return a lookup whose answer came cut, at whatever size, and could not be fetched over TCP; None where there is none."""
    whole = (each for each in case.measured.queries(Purpose.SERVICE) if each.detail.get("truncated"))
    sizes = case.measured.queries(Purpose.SIZE)
    cut = {(each.query.name, each.query.type) for each in sizes if each.detail.get("truncated")}
    over_tcp = (each for each in sizes if each.query.transport == "tcp")
    tried = (*whole, *(each for each in over_tcp if (each.query.name, each.query.type) in cut))
    return next((each for each in tried if each.outcome in _FAILED), None)


def _whom(case: Case, cut: Observation) -> tuple[str, Severity] | None:
    """Return who is hurt, as a clause, and how badly; None where the caller's resolver is known and is not."""
    found = lookup(case)
    hurt = [each for each in found.conclusions if each.reason is Reason.TCP] if found else []
    if found and found.resolver:
        is_hurt = any(each.resolver == found.resolver for each in hurt)
        return ("", Severity.FAIL) if is_hurt or cut.query.purpose is not Purpose.SIZE else None
    named = listing([each.resolver.title for each in hurt], 6)
    whom = f"; {named} have no address" if named else ""
    return whom, Severity.FAIL if cut.query.purpose is not Purpose.SIZE else Severity.WARN


def _told(service: Service, why: str, severity: Severity, confidence: Confidence, cut: Observation | None) -> Detection:
    lacks = _lacks_tcp(service)
    said = f"has no TCP port {DNS_PORT}" if lacks else f"does not answer over TCP on port {DNS_PORT}"
    ports = [f"{each.port}/{each.protocol}" for each in service.ports]
    seen = (Evidence(service.ref, "dns", str(cut.outcome), "over TCP, after an answer that was cut"),) if cut else ()
    return Detection(
        about=service.ref,
        message=f"{service.ref} {said}, and {why}.",
        severity=severity,
        confidence=confidence,
        evidence=(Evidence(service.ref, "spec.ports", ports), *seen),
        check=(get_field(service.ref, "ports"),),
        fix=(_with_tcp(service),) if lacks else (),
        key=("no port",) if lacks else ("no answer",),
    )


def _with_tcp(service: Service) -> Fix:
    """Add the TCP port beside the UDP one, with the same target."""
    udp = next(each for each in service.ports if each.port == DNS_PORT)
    port = {"name": "dns-tcp", "port": DNS_PORT, "protocol": "TCP", "targetPort": udp.target}
    risk = "none is known: CoreDNS listens on both"
    return Fix(about=service.ref, operations=({"op": "add", "path": "/spec/ports/-", "value": port},), risk=risk)
