"""The Service's ClusterIP is written in a way that DNS takes for a name

## Meaning
Until Kubernetes 1.36 the API server stored addresses as they were written: with zeros in front (`010.096.000.077`), or as
IPv4 inside IPv6. kube-proxy reads such an address as it is meant. CoreDNS takes it for a name and answers with an alias
(CNAME) to it, and no address. Programs that read it themselves take parts with a leading zero for octal numbers.

## Impact
The Service's name has no address, or leads to another host: 010.010.000.077 is 8.8.0.63 to the C library. Its right
ClusterIP, without the zeros, works.

## How it is detected
The stored `spec.clusterIP` is an address only without its leading zeros, or is one mapped into IPv6.

## When it stays silent
For addresses in the usual form, and for headless Services. If a lookup gave the right address.

## Fix
Delete the Service and make it again with the address in its usual form, or without one. To change it in place is refused
(`may not change once set`).

## Known limits
The same in an EndpointSlice or a NetworkPolicy is not looked at here.
"""

from collections.abc import Iterator

from bot.checks.engine.check import check
from bot.checks.facts.commands import get_field
from bot.checks.facts.lookups import resolved_to
from bot.model.call.hop import Hop
from bot.model.case import Case
from bot.model.kube.services import Service
from bot.model.kubectl import kubectl
from bot.model.question.question import Symptom
from bot.model.result.finding import Confidence, Detection, Evidence, Fix


def _is_odd(case: Case) -> bool:
    return case.service is not None and case.service.cluster_ips != case.service.written_ips


@check(
    "DNS-036",
    "odd-cluster-ip",
    hop=Hop.RECORD,
    needs=("services",),
    fits=(Symptom.NXDOMAIN,),
    when=_is_odd,
)
def odd_cluster_ip(case: Case) -> Iterator[Detection]:
    service = case.service
    if service is None or set(resolved_to(case)) & set(service.cluster_ips):
        return
    pairs = zip(service.written_ips, service.cluster_ips, strict=True)
    for written, plain in [each for each in pairs if each[0] != each[1]][:1]:
        yield _found(service, written, plain)


def _found(service: Service, written: str, plain: str) -> Detection:
    return Detection(
        about=service.ref,
        message=f"The ClusterIP of {service.namespace}/{service.name} is stored as {written}: CoreDNS takes that for a name "
        f"and gives no address; it is meant as {plain}.",
        confidence=Confidence.CERTAIN,
        evidence=(Evidence(service.ref, "spec.clusterIP", written, f"kube-proxy reads it as {plain}"),),
        check=(get_field(service.ref, "clusterIP"),),
        fix=(
            Fix(
                about=service.ref,
                command=kubectl("delete", "svc", service.name, namespace=service.namespace),
                risk=f"the Service is gone until it is made again: save it first (-o yaml), write {plain} or nothing as "
                "clusterIP, and apply it; its clients lose their connections",
            ),
        ),
        key=(written,),
    )
