"""The caller's resolver: does this pod ask the cluster's DNS (dnsPolicy, core/v1)?"""

from ipaddress import ip_address

from msgspec import Struct

from bot.model.call.callers_way import resolved_by_caller
from bot.model.call.sight import NO_CALLER, Sight, gap_words, off_path, sound, unknown
from bot.model.case import Case
from bot.model.dns.configured import configured_all
from bot.model.dns.kubelet_config import DOMAIN, kubelet_dns
from bot.model.dns.node_local import cache_address, node_local_caches
from bot.model.dns.resolv_conf import ResolvConf, resolv_conf
from bot.model.dns.search.guess import chosen_resolver
from bot.model.dns.search.table import WORDS
from bot.model.dns.zone import DEFAULT_ZONE
from bot.model.kube.pods import Pod
from bot.model.question.question import Source, Symptom
from bot.model.refs import is_ip
from bot.model.result.status import Basis

# The kubelet's own words when it has no clusterDNS to write into a pod: the pod then gets its node's resolv.conf.
# https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/kubelet/network/dns/dns.go
API_SERVER = "kube-apiserver"
MISSING_CLUSTER_DNS = "MissingClusterDNS"


def resolver(case: Case) -> Sight:
    """Return whether the caller's resolver is known to ask the cluster's DNS."""
    source = case.question.source
    if source is None:
        return NO_CALLER
    if case.question.address:
        return off_path("an address was asked for, no name")
    pod = case.caller.pod
    if pod is None and (source.pod or source.workload):
        return unknown(gap_words(case, "source", source.namespace) or f"no pod of {source} was found")
    if pod and case.snapshot.events_about(pod.ref, MISSING_CLUSTER_DNS):
        return unknown(f"the kubelet had no clusterDNS for {pod.name} ({MISSING_CLUSTER_DNS})")
    if pod and pod.is_static and pod.name.startswith(API_SERVER):
        return off_path("the API server finds Services by their objects and asks no DNS")
    if pinned := pins(case):
        return _pinned(case, tuple(dict.fromkeys(each.address for each in pinned)))
    return _by_conf(case, source, pod)


def _by_conf(case: Case, source: Source, pod: Pod | None) -> Sight:
    """Judge what its resolv.conf says, or what came of asking the nameserver in it."""
    conf = case.caller.resolv_conf
    resolved = resolved_by_caller(case)
    asks_cache = _asks_cache(case, conf) and node_local_caches(case.snapshot) is not None
    if not (resolved or conf.reaches_cluster or asks_cache):
        servers = ", ".join(conf.nameservers) or "its node's nameservers"
        return unknown(f"the caller asks {servers}, not the cluster's DNS ({conf.why})")
    wanted = f"{source.namespace}.svc.{case.snapshot.zone.rstrip('.')}"
    if case.question.is_bare and wanted not in {each.rstrip(".").lower() for each in conf.searches}:
        return unknown(f"the caller's search list lacks {wanted}, so it finds no short name ({conf.why})", Basis.CONFIG)
    if resolved:
        return sound(resolved, Basis.PROBED)
    if why := _as_it_is(case):
        return unknown(why, Basis.CONFIG)
    if why := _first_answer(case, conf):
        return unknown(why, Basis.CONFIG)
    if pod and (why := gap_words(case, "events", source.namespace)):
        return unknown(f"whether the kubelet gave the caller the cluster's DNS is not known: {why}")
    asks = f"asks {', '.join(conf.nameservers) or 'the cluster DNS'} ({conf.why})"
    if why := _other_zone(case, conf, pod):
        return unknown(why, Basis.CONFIG)
    if why := _unseen_zone(case, conf, pod):
        is_doubted = case.vantage.searches or case.question.symptom is Symptom.NXDOMAIN
        return unknown(why, Basis.CONFIG) if is_doubted else sound(f"{asks}; {why}")
    return sound(asks)


def _as_it_is(case: Case) -> str:
    """Return that a caller on Windows asks a name with a dot without any search domain; empty for a full name, or elsewhere.

    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#dns-windows
    """
    name, node = case.question.name.lower().rstrip("."), case.snapshot.node(case.caller.node)
    if "." not in name or node is None or not node.is_windows or name == case.fqdn.lower().rstrip("."):
        return ""
    if name.endswith(f".{case.snapshot.zone.rstrip('.').lower()}"):
        return ""
    return f"{node.name} runs Windows, which takes {name} for a full name, as it has a dot, and appends no search domain to it"


def foreign_servers(case: Case, servers: tuple[str, ...]) -> tuple[str, ...]:
    """Return the addresses that are those of no DNS of the cluster; what cannot be read is not judged."""
    own = case.dns.service.cluster_ips if case.dns.service else ()
    ours = {*own, *(each.address for each in case.dns.endpoints)}
    ours |= {address for each in case.snapshot.nodes for address in each.addresses}
    return tuple(each for each in servers if each not in ours and _is_foreign(case, each))


def _is_foreign(case: Case, server: str) -> bool:
    if not is_ip(server) or ip_address(server).is_link_local or ip_address(server).is_loopback:
        return False
    return case.snapshot.service_by_ip(server) is None and case.snapshot.pod_by_ip(server) is None


def _first_answer(case: Case, conf: ResolvConf) -> str:
    """Return that a foreign nameserver may answer before the cluster's; empty where only the cluster's is asked first."""
    foreign = foreign_servers(case, conf.nameservers)
    chosen = chosen_resolver(case.question, case.caller) if foreign else None
    resolver = WORDS.get(chosen.resolver) if chosen else None
    if chosen is None or resolver is None or not resolver.asks_all_servers:
        return ""
    guess = f" (a guess, by {chosen.because})" if chosen.because else ""
    return (
        f"its resolver, {resolver.title}{guess}, asks {', '.join(conf.nameservers)} at once and takes the first answer; "
        f"whether {', '.join(foreign)} knows the cluster's names is in no object"
    )


def _unseen_zone(case: Case, conf: ResolvConf, pod: Pod | None) -> str:
    """Return that nothing shows whether the search list leads into the zone that CoreDNS serves; empty where that is known.

    Kubelets write their own `clusterDomain` into pods, and no API object has it (kubelet.config.k8s.io/v1beta1). Known is its
    default, what stands in the pod's own dnsConfig, what our own kubelet wrote for us, and a name that needs no search. Who
    made a cluster with another zone gave it to both; it is doubted where our own kubelet searches another one, and where
    names are not found.
    """
    zone, written = case.snapshot.zone.rstrip("."), kubelet_dns(case.snapshot)
    if zone == DEFAULT_ZONE or (written and written.domain) or not _searches_by_kubelet(case, conf, pod):
        return ""
    return (
        f"CoreDNS serves {zone}; that the caller's kubelet searches that zone (clusterDomain), not {DEFAULT_ZONE}, "
        "stands in no object, but in the caller's /etc/resolv.conf"
    )


def _other_zone(case: Case, conf: ResolvConf, pod: Pod | None) -> str:
    """Return that kubelets are told to write another zone into pods than CoreDNS serves; empty where no object says so."""
    written = kubelet_dns(case.snapshot)
    known = configured_all(case.snapshot) if written and written.domain else ()
    if written is None or not known or any(each.serves(f"svc.{written.domain}") for each in known):
        return ""
    if not _searches_by_kubelet(case, conf, pod):
        return ""
    return (
        f"kubelets write the zone {written.domain} into pods ({written.config}: {DOMAIN}), and CoreDNS serves "
        f"{case.snapshot.zone.rstrip('.')}"
    )


def _searches_by_kubelet(case: Case, conf: ResolvConf, pod: Pod | None) -> bool:
    """Return whether the zone is searched only where the kubelet wrote it, and a search is what finds the name."""
    wanted = f"svc.{case.snapshot.zone.rstrip('.')}"
    given = (pod.spec.dns_config.searches or ()) if pod and pod.spec.dns_config else ()
    known = {each.rstrip(".").lower() for each in (*given, *case.vantage.searches)}
    if case.own_conf is not None or case.question.name.lower().rstrip(".").endswith(f".{wanted}"):
        return False
    return wanted in conf.searches and not any(each == wanted or each.endswith(f".{wanted}") for each in known)


class Pin(Struct, frozen=True, order=True):
    """A line of the caller's /etc/hosts: a name, and the address that it has there (`hostAliases`, core/v1)."""

    name: str
    address: str


def pins(case: Case) -> tuple[Pin, ...]:
    """Return the lines that count for the call: resolvers compare the name as it is asked, before any search.

    A bare name is how people say which Service they mean, so any form of it may be what the program asks.
    """
    asked = case.question.name.lower().rstrip(".")
    known = all_pins(case)
    return tuple(each for each in known if each.name == asked) if "." in asked and "/" not in asked else known


def all_pins(case: Case) -> tuple[Pin, ...]:
    """Return the lines that give some name of the Service an address."""
    question, zone = case.question, case.snapshot.zone
    short = f"{question.service}.{question.namespace}"
    names = {question.name.lower().rstrip("."), question.service, short, f"{short}.svc", f"{short}.svc.{zone}"}
    aliases = (case.caller.pod.spec.host_aliases or ()) if case.caller.pod else ()
    lines = (Pin(name.lower(), each.ip) for each in aliases for name in each.hostnames or ())
    return tuple(dict.fromkeys(each for each in lines if each.name in names))


def _pinned(case: Case, addresses: tuple[str, ...]) -> Sight:
    own = set(case.service.cluster_ips) if case.service else set()
    said = f"the caller's hostAliases pin the name to {', '.join(addresses)}"
    if own >= set(addresses):
        return sound(f"{said}, which is the Service's ClusterIP")
    return unknown(f"{said}, which is no address of the Service", Basis.CONFIG)


def _asks_cache(case: Case, conf: ResolvConf) -> bool:
    """The first nameserver is the node-local cache's own address, which knows the cluster's names."""
    return conf.nameservers[:1] == (cache_address(case.snapshot),)


def asks_cluster_dns(case: Case) -> bool:
    """Return whether the caller's resolver is given the DNS Service, or the node-local cache in front of it.

    True where nobody is known. Decided by dnsPolicy, dnsConfig and hostNetwork together (core/v1).
    """
    pod = case.caller.pod
    if pod is None and case.caller.workload:
        pod = Pod(spec=case.caller.workload.spec.template.spec)
    if pod is None:
        return True
    if case.own_conf is not None:
        return case.own_conf.reaches_cluster or bool(resolved_by_caller(case))
    conf = resolv_conf(pod, case.caller.namespace, case.dns)
    return conf.reaches_cluster or _asks_cache(case, conf)
