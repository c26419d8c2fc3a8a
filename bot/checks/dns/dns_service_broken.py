"""The DNS Service does not lead to the DNS pods

## Meaning
Pods ask the ClusterIP of the DNS Service, port 53. The Service selects no pod although DNS pods are there and ready, has no
port for UDP, or sends to a port at which CoreDNS does not listen, or not on the pod's address. Or NodeLocal DNSCache, which
asks by a Service of its own (`kube-dns-upstream`), finds no endpoint behind that one. Or the kubelets write another address
into pods than the DNS Service has, and no Service has that one: it was made anew without its old address.

## Impact
Every lookup in the cluster fails or waits for its time-out, while the DNS pods themselves answer.

## How it is detected
The Service's selector, its ports and the pods of its namespace were read: pods that carry a usual DNS label are ready, and the
selector fits none. Or its endpoints have a port that no server block of the Corefile listens on, or only with `bind` to a
loopback address. Or the cache's Corefile names its own Service, and the EndpointSlices of that have no ready endpoint. Or
`clusterDNS` in kubeadm's ConfigMap `kubelet-config` has addresses of no Service, pod or node, and of no node-local cache.

## When it stays silent
If lookups are answered. For a Service without a selector, and where no DNS pods are found: then DNS is managed elsewhere. Where
the Corefile was not read, its ports are not judged.

## Fix
For the selector and the port a patch is printed. For an address that kubelets write and nobody has, a second Service there.

## Known limits
A nameserver that belongs to no Service is told at the caller (dnsConfig), not here. What kubelets write is known where
kubeadm made the cluster; a kubelet that was started with another address is not seen.
"""

from collections.abc import Iterator
from ipaddress import ip_address

from msgspec.structs import replace

from bot.checks.engine.check import check
from bot.checks.facts.commands import at_endpoints_whole, at_labels, get_field, get_fields
from bot.checks.facts.ownership import managed_by
from bot.model.call.hop import Hop
from bot.model.call.hops.resolver import foreign_servers
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_LABEL, DNS_LABEL_VALUES, DNS_PORT, UPSTREAM, cluster_dns
from bot.model.dns.configured import CLUSTER_PILLAR, configured_cache, configured_dns, place_of
from bot.model.dns.corefile.answerers import each_of
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.kubelet_config import FIELD, KEY, KubeletDns, kubelet_dns
from bot.model.dns.node_local import listening_addresses, node_local_caches
from bot.model.gaps import KUBELET_SETTINGS
from bot.model.kube.endpoints import endpoints_of, usable
from bot.model.kube.pods import Pod
from bot.model.kube.services import EndpointSlice, Service
from bot.model.kubectl import kubectl
from bot.model.memo import memo
from bot.model.probe import Outcome, Purpose
from bot.model.question.question import Symptom
from bot.model.refs import Ref, is_ip
from bot.model.result.effects import Effect
from bot.model.result.finding import Confidence, Detection, Evidence, Fix, Written
from bot.model.snapshot import Snapshot
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
    elif bind := _loopback_bind(case):
        yield _bound_to_itself(case, service, bind)
    elif upstream := _empty_upstream(case.snapshot):
        yield _cut_off(case, upstream)
    elif written := _addresses_of_nobody(case):
        yield _renumbered(service, written)


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


def _loopback_bind(case: Case) -> Directive | None:
    """Return the `bind` of the server blocks at the endpoints' port where each has one, to loopback addresses alone."""
    known = configured_dns(case.snapshot)
    if known is None or known.corefile.unread or known.corefile.fault:
        return None
    ports = {each.port for each in case.dns.usable if each.port}
    blocks = [each.block for each in known.corefile.servers if each.port in ports]
    binds = [next(iter(each_of(each.directives, "bind")), None) for each in blocks]
    return binds[0] if binds and all(each and _is_loopback(each) for each in binds) else None


def _is_loopback(bind: Directive) -> bool:
    places = [each.text for each in bind.args]
    return bool(places) and not bind.body and all(is_ip(each) and ip_address(each).is_loopback for each in places)


@memo
def _empty_upstream(snapshot: Snapshot) -> Service | None:
    """Return the Service by which node-local caches ask the DNS pods, if it has no ready endpoint; else None."""
    cache, dns = configured_cache(snapshot), cluster_dns(snapshot)
    upstream = snapshot.service(dns.service.namespace, UPSTREAM) if dns.service else None
    if cache is None or upstream is None or upstream is dns.service or not upstream.selector.pairs:
        return None
    names_it = CLUSTER_PILLAR in cache.text or any(each in cache.text.split() for each in upstream.cluster_ips)
    slices = snapshot.slices_of(upstream)
    if not names_it or not (slices or snapshot.was_listed(EndpointSlice, upstream.namespace)):
        return None
    return None if any(usable(endpoints_of(slices, each)) for each in upstream.ports) else upstream


def _addresses_of_nobody(case: Case) -> KubeletDns | None:
    """Return what kubelets write into pods, if nobody who could answer has any of it; else None."""
    written = kubelet_dns(case.snapshot)
    if written is None or not case.snapshot.has(KUBELET_SETTINGS):
        return None
    caches = listening_addresses(case.snapshot)
    may_be_cache = not caches if node_local_caches(case.snapshot) is not None else False
    is_foreign = foreign_servers(case, written.addresses) == written.addresses
    return written if is_foreign and not may_be_cache and not {*caches} & {*written.addresses} else None


def _renumbered(service: Service, written: KubeletDns) -> Detection:
    """A second Service at the address that pods have takes nothing away; making them all anew is the other way."""
    address = written.addresses[0]
    found = _found(
        service,
        f"is not what pods ask: kubelets write {listing(list(written.addresses))} into them, which no Service has",
        Evidence(written.config, f"data.{KEY}", f"{FIELD}: {address}", f"{service.name} has {service.cluster_ips[0]}"),
        confidence=Confidence.LIKELY,
    )
    manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": f"{service.name}-of-kubelets", "namespace": service.namespace},
        "spec": {
            "clusterIP": address,
            "selector": dict(service.selector.pairs),
            "ports": [
                {"name": each.name, "port": each.port, "protocol": each.protocol, "targetPort": each.target_port}
                for each in service.ports
            ],
        },
    }
    risk = "refused where the address is outside of the range of Services; then clusterDNS must change, and pods start anew"
    fix = Fix(about=Ref("Service", f"{service.name}-of-kubelets", service.namespace), manifest=manifest, risk=risk)
    look = (
        get_fields(written.config, {KEY: f".data.{KEY}"}),
        kubectl("get", "svc", "-A", "--field-selector", f"spec.clusterIP={address}"),
        at_endpoints_whole(service.ref),
    )
    return replace(found, check=look, fix=(fix,))


def _bound_to_itself(case: Case, service: Service, bind: Directive) -> Detection:
    known = configured_dns(case.snapshot)
    assert known is not None  # `_loopback_bind` gives nothing without
    config = known.config.ref
    found = _found(
        service,
        f"leads to pods that listen on {listing([each.text for each in bind.args])} alone: {place_of(bind)}",
        Evidence(config, f"data.{known.key}", bind.words, f"line {bind.line}"),
        confidence=Confidence.LIKELY,
    )
    risk = "all DNS of the cluster depends on it; an operator of the cluster may undo the edit"
    fix = Fix(about=config, command=kubectl("edit", "cm", config.name, namespace=config.namespace), risk=risk)
    return replace(found, about=config, fix=(fix,))


def _cut_off(case: Case, upstream: Service) -> Detection:
    """The same selector as the DNS Service has mends it: both are to lead to the same pods."""
    dns = case.dns.service
    fits = dns is not None and dns.selector.pairs != upstream.selector.pairs and bool(case.dns.usable)
    selector = {**dict.fromkeys(upstream.selector.pairs), **dict(dns.selector.pairs)} if dns and fits else {}
    return _found(
        upstream,
        f"has no ready endpoint, and the node-local caches ask the DNS pods by it; it selects {upstream.selector}",
        Evidence(upstream.ref, "spec.selector", str(upstream.selector), "no ready pod carries it"),
        merge={"spec": {"selector": selector}} if selector else None,
        confidence=Confidence.LIKELY,
    )


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
        written=Written(service.ref, ("spec",)),
    )
