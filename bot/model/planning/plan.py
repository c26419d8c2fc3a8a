"""From a case without observations to the probes that settle it (failure-modes A.1, step 5). Pure: asks nothing.

The order is that of worth: names, virtual IPs, endpoints, HTTP, then ports the app may listen on instead. A run that is
cut short loses the end of the list. Which port is asked in which protocol stands in `protocol`.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import islice, zip_longest

from msgspec import Struct

from bot.model.call.lookup import steps_to_ask
from bot.model.call.onward import at_service
from bot.model.case import Case
from bot.model.dns.cluster_dns import DNS_PORT
from bot.model.dns.node_local import cache_on
from bot.model.dns.upstream import ROOT, is_outside
from bot.model.kube.endpoints import Endpoint
from bot.model.kube.pods import Pod
from bot.model.kube.services import ServicePort
from bot.model.planning.http import declared_ports, declared_readiness, scheme_of
from bot.model.planning.protocol import Spoken, asked_in, grpc_readiness
from bot.model.planning.sizes import size_probes
from bot.model.probe import Call, DnsQuery, GrpcHealth, HttpGet, Probe, Purpose, TcpConnect, TlsHandshake
from bot.model.question.question import Symptom
from bot.model.refs import is_dns_name, is_ip, service_fqdn

# Failures of single tries are noise (DNS-002, APP-013: one in three is flaky, two in three is bad).
TRIES = 3
# Who sees it now and then is asked for more: what fails one time in four shows in 94 % of all cases.
ROUNDS = 10
# DNS pods: enough to see one bad of a usual two to five, and 4 probes each stay a fraction of the plan.
MOST_DNS_PODS = 5
# A fault of one backend in ten shows among 20 in 88 % of all cases; more would cost the deadline.
MOST_ENDPOINTS = 20
# Unready pods are asked only to tell "its readiness probe is wrong" (APP-008) from "it does not answer": few will do.
MOST_UNREADY = 5
# Ports the app may listen on instead (RTE-010): two pods show what all replicas of a template do.
CANDIDATE_PODS = 2
MOST_CANDIDATES = 10
# A plan of this size fits into 5 s even where every probe is met with silence (bot.probes.run).
MOST_PROBES = 150


class Target(Struct, frozen=True):
    """One address and port to be reached, and the Service port and pod it stands for."""

    address: str
    number: int
    node: str
    zone: str
    port: ServicePort
    pod: Pod | None


def plan(case: Case) -> tuple[Probe, ...]:
    """Return the probes for a case, each once, at most `MOST_PROBES`; same case, same plan.

    UDP and SCTP ports are not probed: silence is a correct answer there. Only what reads is planned: GETs, gRPC health checks,
    handshakes and empty connections.
    """
    tries = ROUNDS if case.question.symptom is Symptom.INTERMITTENT else TRIES
    found = (*_names(case, tries), *_way(at_service(case), tries))
    return tuple(dict.fromkeys(found))[:MOST_PROBES]


def _way(case: Case, tries: int) -> Iterator[Probe]:
    """All beyond names: of an alias or a public host that of the Service behind it, called by the name that was asked for."""
    targets = _targets(case)
    yield from _virtual(case)
    yield from _connects(targets, tries)
    yield from _requests(case, targets, tries)
    yield from _handshakes(case, targets)
    yield from _candidates(targets)


# --- names


def _names(case: Case, tries: int) -> Iterator[DnsQuery]:
    """Q1: the name through the DNS Service. Q2: the same, and a name that always exists, from each DNS pod itself.

    `tries` of each over UDP; over TCP one of each DNS pod, since few lookups take it, but where the fault comes and goes.
    """
    dns = case.dns
    if dns.port is None or not case.question.service:
        return
    types = _types(case)
    for each in types:
        yield DnsQuery(case.fqdn, dns.address, dns.port.port, each, tries=tries)
    yield from _search(case, dns.address, dns.port.port, tries)
    yield from _target_of_alias(case)
    yield from size_probes(case)
    if case.vantage.node == case.caller.node and (cache := cache_on(case.snapshot, case.vantage.node)):
        yield DnsQuery(case.fqdn, cache, DNS_PORT, types[0], purpose=Purpose.CACHE, tries=tries)
    outside = _leaves_cluster(case)
    if outside:
        yield DnsQuery(ROOT, dns.address, dns.port.port, "NS", purpose=Purpose.UPSTREAM, tries=tries)
    control = service_fqdn("kubernetes", "default", case.snapshot.zone)
    # Without a usable pod the unready ones say why: SERVFAIL means "not synced" (DNS-006), refused means "not up".
    for server in (dns.usable or dns.endpoints)[:MOST_DNS_PODS]:
        for name, kind in ((case.fqdn, types[0]), (control, "A")):
            for transport, times in (("udp", tries), ("tcp", 1 if tries == TRIES else TRIES)):
                yield DnsQuery(name, server.address, server.port, kind, transport, Purpose.REPLICA, server.pod, times)
        if outside:
            where = (server.address, server.port, "NS", "udp", Purpose.UPSTREAM, server.pod or server.address)
            yield DnsQuery(ROOT, *where, tries)


def _leaves_cluster(case: Case) -> bool:
    """Return whether names are asked that the cluster's DNS has to ask of others: an alias's, or of the caller's search."""
    asked = (*steps_to_ask(case), *(each.name for each in _target_of_alias(case)))
    return any(is_outside(each, case.snapshot) for each in asked)


def _search(case: Case, server: str, port: int, tries: int) -> Iterator[DnsQuery]:
    """Both types of each name that the caller's program asks: programs that need AAAA fail where only A is answered."""
    for name in steps_to_ask(case):
        for each in ("A", "AAAA"):
            if name != case.fqdn or each not in _types(case):
                yield DnsQuery(name, server, port, each, purpose=Purpose.STEP, tries=tries)


def _target_of_alias(case: Case) -> Iterator[DnsQuery]:
    """The target of an ExternalName by itself: is the name wrong, or do the upstream servers fail (DNS-026)?"""
    target = case.service.spec.external_name if case.service and case.service.is_external_name else ""
    if case.dns.port and is_dns_name(target) and not is_ip(target):
        for each in ("A", "AAAA"):
            name = f"{target.removesuffix('.')}."
            yield DnsQuery(name, case.dns.address, case.dns.port.port, each, purpose=Purpose.TARGET, tries=TRIES)


def _types(case: Case) -> tuple[str, ...]:
    """A, unless the Service is IPv6 only; AAAA where it has that family. What an alias leads to may have either."""
    if case.service and case.service.is_external_name:
        return ("A", "AAAA")
    families = case.service.spec.ip_families if case.service else None
    wanted = {"IPv4": "A", "IPv6": "AAAA"}
    found = tuple(wanted[each] for each in ("IPv4", "IPv6") if each in (families or ()))
    return found or ("A",)


# --- addresses


def _virtual(case: Case) -> Iterator[TcpConnect]:
    """T1: the virtual IP, and the address that was asked for instead of it.

    Only the first virtual one: this vantage may lack the second family, which would look like a fault.
    """
    if case.service and case.service.cluster_ips:
        for port in _tcp_ports(case):
            yield TcpConnect(case.service.cluster_ips[0], port.port, Purpose.SERVICE, tries=TRIES)
            if (entry := case.question.entry) is not None:
                yield TcpConnect(entry.address, entry.port or port.port, Purpose.ENTRY, tries=TRIES)


def _tcp_ports(case: Case) -> tuple[ServicePort, ...]:
    if case.service is None or case.service.is_external_name:
        return ()
    return tuple(each for each in case.ports if each.protocol == "TCP")


def _targets(case: Case) -> tuple[Target, ...]:
    """Usable endpoints spread over nodes, then unready pods that have an IP."""
    ports = _tcp_ports(case)
    usable = _once(
        _target(case, port, each)
        for port in ports
        for each in case.backends.usable(port) or case.backends.usable_anywhere(port)
    )
    unready = _once(each for port in ports for each in _unready(case, port))
    others = [target for place, target in sorted(unready.items()) if place not in usable]
    return (*_spread(usable.values(), MOST_ENDPOINTS), *others[:MOST_UNREADY])


def _once(targets: Iterable[Target]) -> dict[tuple[str, int], Target]:
    """Key by address and port number: two Service ports may lead to one."""
    found: dict[tuple[str, int], Target] = {}
    for each in targets:
        found.setdefault((each.address, each.number), each)
    return found


def _target(case: Case, port: ServicePort, endpoint: Endpoint) -> Target:
    return Target(endpoint.address, endpoint.port, endpoint.node, endpoint.zone, port, case.backends.pod_of(endpoint))


def _unready(case: Case, port: ServicePort) -> Iterator[Target]:
    for pod in case.backends.unready_pods:
        number = port.resolve(pod)
        if pod.ip and number:
            yield Target(pod.ip, number, pod.spec.node_name, "", port, pod)


def _spread(targets: Iterable[Target], most: int) -> tuple[Target, ...]:
    """Keep `most`, in turns over ports, revisions, zones and nodes, so that no fault of one hides behind the others' number."""
    turns = _in_turns(sorted(targets, key=_place), (_port_of, _revision_of, _zone_of, _node_of))
    return tuple(sorted(turns[:most], key=_place))


def _in_turns(targets: list[Target], by: tuple[Callable[[Target], Hashable], ...]) -> list[Target]:
    """Order targets so that each beginning of the list has, as far as it goes, as many of each group as of the others."""
    if not by:
        return targets
    groups: dict[Hashable, list[Target]] = {}
    for each in targets:
        groups.setdefault(by[0](each), []).append(each)
    ordered = (_in_turns(groups[key], by[1:]) for key in groups)
    return [each for turn in zip_longest(*ordered) for each in turn if each]


def _port_of(target: Target) -> Hashable:
    return target.port.name, target.port.port


def _revision_of(target: Target) -> Hashable:
    return target.pod.revision if target.pod else ""


def _zone_of(target: Target) -> Hashable:
    return target.zone


def _node_of(target: Target) -> Hashable:
    return target.node


def _place(target: Target) -> tuple[str, int, str, int]:
    return target.address, target.number, target.port.name, target.port.port


def _connects(targets: tuple[Target, ...], tries: int) -> Iterator[TcpConnect]:
    """T2: each endpoint itself, not through the virtual IP (APP-013)."""
    for each in targets:
        yield TcpConnect(each.address, each.number, Purpose.ENDPOINT, _name(each.pod), tries)


def _candidates(targets: tuple[Target, ...]) -> Iterator[TcpConnect]:
    """Connect to other ports that the first pods declare: the app may listen there (RTE-010)."""
    asked = {(each.address, each.number) for each in targets}
    pods = {each.pod.name: each.pod for each in targets if each.pod and not each.pod.spec.host_network}
    found = (
        TcpConnect(pod.ip, number, Purpose.CANDIDATE, pod.name)
        for pod in islice(pods.values(), CANDIDATE_PODS)
        for number in declared_ports(pod)
        if pod.ip and (pod.ip, number) not in asked
    )
    return islice(found, MOST_CANDIDATES)


# --- what the application answers


def _requests(case: Case, targets: tuple[Target, ...], tries: int) -> Iterator[Call]:
    """H1, H2, gRPC and TLS, as each port is asked; one address, port and path is asked once, whatever it is good for."""
    seen: set[tuple[str, int, str, str]] = set()
    for target in targets:
        calls: list[Call] = [*_paths(case, target, tries), *_health(case, target, tries)]
        for each in calls:
            key = (each.address, each.port, each.scheme, each.path)
            if key not in seen:
                seen.add(key)
                yield each


def _asked(case: Case, target: Target) -> Spoken:
    """Whoever complains of TLS speaks it; who sends the call of a public host on may not."""
    scheme = "https" if case.question.symptom is Symptom.TLS and not case.route else case.question.scheme
    return asked_in(scheme, target.port, target.number, target.pod)


def _handshakes(case: Case, targets: tuple[Target, ...]) -> Iterator[TlsHandshake]:
    """Look at the certificates, as a caller of the name would be shown them."""
    for each in targets:
        if _asked(case, each) in (Spoken.HTTPS, Spoken.TLS):
            yield TlsHandshake(each.address, each.number, _host(case), pod=_name(each.pod))


def _paths(case: Case, target: Target, tries: int) -> Iterator[HttpGet]:
    """The path its readiness probe declares, as the kubelet asks it; then as the caller would: its path, else `/`."""
    name, question, spoken = _name(target.pod), case.question, _asked(case, target)
    if spoken is Spoken.H2C and question.path:
        where = (target.address, target.number, question.path, _host(case), "http")
        yield HttpGet(*where, Purpose.ASKED, name, tries, version="2")
    if spoken not in (Spoken.HTTP, Spoken.HTTPS):
        return
    declared = declared_readiness(target.pod, target.number) if target.pod else None
    if declared:
        yield HttpGet(target.address, declared.port, declared.path, "", declared.scheme, Purpose.ENDPOINT, name, tries)
    if declared and declared.port != target.number and target.pod and not target.pod.is_ready:
        # Its readiness probe may ask the right path on the wrong port (APP-008).
        own = scheme_of(target.port, target.number, target.pod)
        yield HttpGet(target.address, target.number, declared.path, "", own, Purpose.MOVED, name, tries)
    purpose = Purpose.ASKED if question.path else Purpose.ROOT
    path = question.path or "/"
    yield HttpGet(target.address, target.number, path, _host(case), str(spoken), purpose, name, tries)


def _health(case: Case, target: Target, tries: int) -> Iterator[GrpcHealth]:
    """The health check that its readiness probe declares, else that of the server as a whole."""
    spoken = _asked(case, target)
    if spoken is Spoken.GRPC or (spoken is Spoken.H2C and not case.question.path):
        declared = grpc_readiness(target.pod, target.number) if target.pod else None
        service, purpose = (declared.service or "", Purpose.ENDPOINT) if declared else ("", Purpose.ROOT)
        host = "" if declared else _host(case)
        yield GrpcHealth(target.address, target.number, service, host, "http", purpose, _name(target.pod), tries)


def _host(case: Case) -> str:
    """The Host header a caller sends: virtual hosts answer by it (APP-020)."""
    sent = case.sent
    given = sent.name.rstrip(".")
    return given if given and "/" not in given else f"{sent.service}.{sent.namespace}"


def _name(pod: Pod | None) -> str:
    return pod.name if pod else ""
