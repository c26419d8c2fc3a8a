"""The DNS Service does not lead to the DNS pods

## Meaning
Pods ask the ClusterIP of the DNS Service, port 53. The Service selects no pod although DNS pods are there and ready, has no
port for UDP, or sends to a port at which CoreDNS does not listen.

## Impact
Every lookup in the cluster fails or waits for its time-out, while the DNS pods themselves answer.

## How it is detected
The Service's selector, its ports and the pods of its namespace were read: pods that carry a usual DNS label are ready, and the
selector fits none. Or its endpoints have a port that no server block of the Corefile listens on.

## When it stays silent
If lookups are answered. For a Service without a selector, and where no DNS pods are found: then DNS is managed elsewhere. Where
the Corefile was not read, its ports are not judged.

## Fix
For the selector and the port a patch is printed.

## Known limits
A nameserver that belongs to no Service is told at the caller (dnsConfig), not here.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, at_labels, get_field
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_LABEL, DNS_LABEL_VALUES, DNS_PORT
from bot.model.dns.configured import configured_dns
from bot.model.kube.pods import Pod
from bot.model.kube.services import Service
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.result.changes import writer_of
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix
from bot.model.text import count, listing


@check(
    "DNS-008",
    "dns-service-broken",
    hop=Hop.DNS_SERVER,
    needs=("dns",),
    uses=("corefile", "pods"),
    causes=(Effect.DNS_SERVERS_DOWN,),
    fits=(Symptom.TIMEOUT, Symptom.NXDOMAIN),
    of_cluster=True,
)
def dns_service_broken(case: Case) -> Iterator[Detection]:
    service = case.dns.service
    if service is None or not service.selector.pairs or _answered(case):
        return
    if case.dns.port is None:
        yield _without_udp(service)
    elif not case.dns.pods and (pods := _labelled(case, service)):
        yield _astray(service, pods)
    elif port := _deaf_port(case):
        yield _at_the_wrong_port(case, service, port)


def _answered(case: Case) -> bool:
    back = (Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA)
    return any(each.outcome in back for each in case.measured.queries(Purpose.SERVICE))


def _labelled(case: Case, service: Service) -> list[Pod]:
    """Ready pods of the namespace that are DNS by their label, e.g. `k8s-app=kube-dns`."""
    pods = case.snapshot.pods_in(service.namespace)
    return [each for each in pods if each.labels.get(DNS_LABEL) in DNS_LABEL_VALUES and each.is_ready]


def _deaf_port(case: Case) -> int:
    """Return the port that the endpoints have and no server block listens on; 0 where there is none."""
    known = configured_dns(case.snapshot)
    if known is None or known.corefile.unread or known.corefile.fault:
        return 0
    ports = {each.port for each in case.dns.usable if each.port}
    listening = {each.port for each in known.corefile.servers}
    return min(ports) if ports and listening and not ports & listening else 0


def _without_udp(service: Service) -> Detection:
    ports = listing([str(each) for each in service.ports])
    return _found(
        service,
        f"has no port for UDP, only {ports}, and lookups are UDP",
        Evidence(service.ref, "spec.ports", ports),
    )


def _astray(service: Service, pods: list[Pod]) -> Detection:
    label = {DNS_LABEL: pods[0].labels[DNS_LABEL]}
    names = listing([each.name for each in pods], most=3)
    return _found(
        service,
        f"selects {service.selector}, which no pod carries; {count(len(pods), 'DNS pod')} ({names}) "
        f"{'is' if len(pods) == 1 else 'are'} ready with {DNS_LABEL}={label[DNS_LABEL]}",
        Evidence(service.ref, "spec.selector", str(service.selector), f"{names}: {DNS_LABEL}={label[DNS_LABEL]}"),
        merge={"spec": {"selector": {**dict.fromkeys(service.selector.pairs), **label}}},
    )


def _at_the_wrong_port(case: Case, service: Service, port: int) -> Detection:
    known = configured_dns(case.snapshot)
    listening = sorted({each.port for each in known.corefile.servers}) if known else []
    told = listing([str(each) for each in listening])
    operations = [
        {"op": "replace", "path": f"/spec/ports/{place}/targetPort", "value": listening[0]}
        for place, each in enumerate(service.ports)
        if each.port == DNS_PORT and len(listening) == 1
    ]
    return _found(
        service,
        f"sends to port {port} of the DNS pods, where no server block of the Corefile listens; they have {told}",
        Evidence(service.ref, "spec.ports.targetPort", port, f"the Corefile: {told}"),
        operations=tuple(operations),
        confidence=Confidence.LIKELY,
    )


def _found(
    service: Service,
    what: str,
    evidence: Evidence,
    *,
    merge: dict[str, object] | None = None,
    operations: tuple[dict[str, object], ...] = (),
    confidence: Confidence = Confidence.CERTAIN,
) -> Detection:
    writer = writer_of(service, "spec")
    risk = f"all lookups of the cluster pass it{managed_by(service)}"
    return Detection(
        about=service.ref,
        message=f"The DNS Service {service.namespace}/{service.name} ({service.cluster_ips[0]}) {what}.",
        confidence=confidence,
        evidence=(evidence,),
        check=(get_field(service.ref, "ports"), at_endpoints_whole(service.ref), at_labels(service.namespace)),
        fix=(Fix(about=service.ref, merge=merge, operations=operations or None, risk=risk),)
        if merge or operations
        else (),
        key=(evidence.field,),
        since=writer.time if writer else None,
        changed_by=str(writer) if writer else None,
    )
