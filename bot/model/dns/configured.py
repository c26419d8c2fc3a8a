"""The cluster's DNS as it is configured: who answers a name, and what. Read once a snapshot.

A node-local cache comes first where there is one, by its own Corefile and the stub domains of ConfigMap kube-dns; then the
Corefile that the DNS pods mount, or what kube-dns has in the place of one. None where no Corefile was read, or none is
known: then nobody can tell, and the zone alone is gone by.
"""

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.cluster_dns import NODE_LOCAL_CONFIGS, UPSTREAM, ClusterDns, cluster_dns
from bot.model.dns.corefile.answerers import Elsewhere, Kubernetes
from bot.model.dns.corefile.reader import DNS_PORT, Corefile, of_blocks, read
from bot.model.dns.corefile.reply import Query, Reply, Source, unknown
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import covers, fqdn, longest
from bot.model.dns.corefile_places import CorefilePlace, corefile_places
from bot.model.dns.mounted import COREFILE
from bot.model.dns.node_local import cache_address, listening_addresses, node_local_caches
from bot.model.dns.objects import found_in
from bot.model.dns.stub_domains import CONFIG, KEPT_KEYS, STUB_DOMAINS, as_corefile, is_kube_dns, stub_blocks, upstreams
from bot.model.kube.cluster_ips import is_near
from bot.model.kube.objects import Meta
from bot.model.kube.services import Service
from bot.model.kube.workloads import ConfigMap
from bot.model.memo import memo
from bot.model.refs import is_ip
from bot.model.snapshot import Snapshot
from bot.model.text import one_line

# What node-cache itself puts into its template: https://github.com/kubernetes/dns/blob/1.26.4/cmd/node-cache/app/configmap.go
CLUSTER_PILLAR, _UPSTREAMS = "__PILLAR__CLUSTER__DNS__", "__PILLAR__UPSTREAM__SERVERS__"
_LONGEST = 100  # characters of a directive that is quoted
_NODE = "/etc/resolv.conf"  # the node's own nameservers, which do not know the cluster's names
OF_CACHE = "the node-local cache's Corefile"  # where a directive of it stands, in words


class Configured(Struct, frozen=True, dict=True):
    """A Corefile, the ConfigMap and key that hold it, and the port at which it is asked."""

    config: ConfigMap
    corefile: Corefile
    port: int = DNS_PORT
    key: str = COREFILE

    @property
    def text(self) -> str:
        """Return the configuration as it was read."""
        return (self.config.data or {}).get(self.key, "")

    def zone_of(self, name: str) -> str:
        """Return the zone of the server block that takes a full name, with its final dot; `.` where none does."""
        server = self.corefile.server(name, self.port)
        return server.zone if server else "."

    def serves(self, name: str) -> bool:
        """Return whether the `kubernetes` plugin of the server block that takes a name serves its zone."""
        return bool(longest(self.zones_beside(name), fqdn(name)))

    def zones_beside(self, name: str) -> tuple[str, ...]:
        """Return the zones of the `kubernetes` plugins in the server block that takes a name."""
        server = self.corefile.server(fqdn(name), self.port)
        plugins = (each for each in server.chain if isinstance(each, Kubernetes)) if server else ()
        return tuple(zone for each in plugins for zone in each.scope.zones)


class Answered(Struct, frozen=True):
    """Who answers a name, and the configuration by which it does."""

    reply: Reply
    by: Configured


@memo
def configured_all(snapshot: Snapshot) -> tuple[Configured, ...]:
    """Return what the DNS pods are configured with: one for each that differs; none where that was not read."""
    dns = cluster_dns(snapshot)
    if not snapshot.has("corefile"):
        return ()
    if dns.service and dns.pods and all(map(is_kube_dns, dns.pods)):
        config, port = _config(snapshot, dns.service.namespace, CONFIG), _asked_port(dns)
        corefile = as_corefile(config, snapshot.zone.rstrip("."), port)
        return (Configured(config, corefile, port, STUB_DOMAINS),)
    return tuple(_configured(each, dns) for each in dns.places if each.text)


@memo
def configured_dns(snapshot: Snapshot) -> Configured | None:
    """Return what the cluster's DNS is configured with; None where it was not read, or there is none."""
    return next(iter(configured_all(snapshot)), None)


@memo
def configured_cache(snapshot: Snapshot) -> Configured | None:
    """Return the Corefile of the node-local caches, with their stub domains; None where there are none, or it was not read."""
    caches = node_local_caches(snapshot)
    if caches is None or not snapshot.has("corefile"):
        return None
    namespace = caches[0].namespace if caches else "kube-system"
    for place in corefile_places(caches, snapshot.config_maps, namespace, NODE_LOCAL_CONFIGS):
        stubs = _config(snapshot, namespace, CONFIG)
        servers = " ".join(upstreams(stubs)) or _NODE
        base = read(place.text.replace(_UPSTREAMS, servers), place.files, OF_CACHE)
        blocks = stub_blocks(stubs)
        unread = base.unread if blocks is not None else (*base.unread, f"{STUB_DOMAINS} of ConfigMap {CONFIG}")
        both = replace(base, servers=(*base.servers, *of_blocks(blocks or ()).servers), unread=unread)
        return Configured(place.config, both, DNS_PORT, place.key)
    return None


def source_of(snapshot: Snapshot, by: Directive | None, known: Configured) -> Configured:
    """Return the configuration in which a directive stands: a stub domain stands in ConfigMap kube-dns."""
    if by is None or by.file != STUB_DOMAINS:
        return known
    return Configured(_config(snapshot, known.config.namespace, CONFIG), known.corefile, known.port, STUB_DOMAINS)


def place_of(by: Directive) -> str:
    """Return where a directive stands, with its first line; a stub domain stands in no Corefile."""
    words = one_line(by.words, limit=_LONGEST)
    if by.file in KEPT_KEYS:
        return f"{by.file} of ConfigMap {CONFIG} ({words.removeprefix('forward . ')})"
    return f"line {by.line} of {by.file or 'the Corefile'} ({words})"


def answered(
    snapshot: Snapshot, name: str, kind: str = "A", client: str = "", servers: tuple[str, ...] = ()
) -> Answered | None:
    """Return who answers a full name, and what; None where no Corefile was read.

    `client` is the asker's address, `servers` are the nameservers that it is given.
    """
    known = configured_all(snapshot)
    if not known:
        return None
    query = Query(fqdn(name), kind, client)
    cache = configured_cache(snapshot)
    if cache is None:
        return _by_all(snapshot, known, query)
    through = _through_cache(snapshot, cache, known, query)
    if _comes_first(snapshot, servers):
        return through
    direct = _by_all(snapshot, known, query)
    if _alike(direct.reply, through.reply):
        return direct
    why = "whether the node-local cache or the DNS Service is asked is not known, and they answer differently"
    return Answered(unknown(why, through.reply.by, query), through.by)


def reply_for(
    snapshot: Snapshot, name: str, kind: str = "A", client: str = "", servers: tuple[str, ...] = ()
) -> Reply | None:
    """Return what `answered` does, without the configuration."""
    found = answered(snapshot, name, kind, client, servers)
    return found.reply if found else None


def is_plain(snapshot: Snapshot, name: str) -> bool:
    """Return whether the objects alone decide about a full name: a `kubernetes` plugin that serves all comes first."""
    full, cache = fqdn(name), configured_cache(snapshot)
    if cache is not None and not _hands_on(snapshot, cache, full):
        return False
    return all(each.corefile.is_plain(full, each.port) for each in configured_all(snapshot))


def _hands_on(snapshot: Snapshot, cache: Configured, name: str) -> bool:
    """Return whether the cache hands a name to the cluster's DNS as it is."""
    server = cache.corefile.server(name, cache.port)
    chain = server.chain if server else ()
    if cache.corefile.unread or server is None or server.block.unread or len(chain) != 1:
        return False
    return isinstance(chain[0], Elsewhere) and asks_cluster(snapshot, chain[0].by)


def _by_all(snapshot: Snapshot, known: tuple[Configured, ...], query: Query) -> Answered:
    """Ask each configuration that DNS pods have; where they differ it is open which pod is asked."""
    found = [Answered(_reply(snapshot, each, query), each) for each in known]
    for other in found[1:]:
        if not _alike(found[0].reply, other.reply):
            names = f"{found[0].by.config.name} and {other.by.config.name}"
            why = f"DNS pods behind the one Service have different Corefiles, {names}, which answer differently"
            return Answered(unknown(why, other.reply.by, query), other.by)
    return found[0]


def _reply(snapshot: Snapshot, known: Configured, query: Query) -> Reply:
    return known.corefile.reply(query, lambda asked, scope: found_in(snapshot, asked, scope), known.port)


def _through_cache(snapshot: Snapshot, cache: Configured, known: tuple[Configured, ...], query: Query) -> Answered:
    """Ask the cache, and the cluster's DNS behind it if it hands the name there."""
    first = _reply(snapshot, cache, query)
    if first.source is not Source.UPSTREAM or first.by is None or first.by.file == STUB_DOMAINS:
        return Answered(first, source_of(snapshot, first.by, cache))
    if asks_cluster(snapshot, first.by):
        return _by_all(snapshot, known, replace(query, name=first.asked, client=""))  # who asks then is the cache
    server = cache.corefile.server(first.asked, cache.port)
    if server is not None and covers(server.zone, fqdn(snapshot.zone)) and _NODE not in first.by.words:
        why = (
            f"who answers at {first.by.words.removeprefix('forward . ')}, which the node-local cache asks, is not known"
        )
        return Answered(unknown(why, first.by, query), cache)
    return Answered(first, cache)


def _alike(one: Reply, other: Reply) -> bool:
    """Return whether they say the same, as far as is known; of one that another server gives, whether it is asked the same."""
    if one.source is Source.UPSTREAM and one.asked != other.asked:
        return False
    return (one.source, one.outcome, set(one.addresses)) == (other.source, other.outcome, set(other.addresses))


def _comes_first(snapshot: Snapshot, servers: tuple[str, ...]) -> bool:
    """Return whether the cache is surely asked: it takes the DNS Service's address, as far as is known, or is named itself."""
    listening = listening_addresses(snapshot)
    dns = cluster_dns(snapshot)
    return not listening or dns.address in listening or servers[:1] == (cache_address(snapshot),)


def asks_cluster(snapshot: Snapshot, forward: Directive) -> bool:
    """Return whether all servers of a `forward` are the cluster's DNS, by whatever address."""
    targets = {_host(each.text) for each in forward.args[1:]}
    return bool(targets) and targets <= {CLUSTER_PILLAR, *_addresses(snapshot)}


def may_know_cluster(snapshot: Snapshot, by: Directive) -> bool:
    """Return whether who is handed names may answer them as the cluster's DNS would: a Service or pod of the cluster does so
    where it is a DNS server of its own, and a secondary server where it copies the zone.

    Where not all Services were read, an address among the ClusterIPs may be one of theirs.
    """
    targets = {_host(each.text) for each in by.args[1:]} if by.name in ("forward", "grpc") else set()
    dns = cluster_dns(snapshot).service
    known = dns.cluster_ips if dns and not snapshot.was_listed(Service) else ()
    own = (
        snapshot.service_by_ip(each) or snapshot.pod_by_ip(each) or (is_ip(each) and is_near(each, known))
        for each in targets
    )
    return by.name == "secondary" or any(own)


@memo
def _addresses(snapshot: Snapshot) -> frozenset[str]:
    dns = cluster_dns(snapshot)
    if dns.service is None:
        return frozenset()
    upstream = snapshot.service(dns.service.namespace, UPSTREAM)
    services = (*dns.service.cluster_ips, *(upstream.cluster_ips if upstream else ()))
    return frozenset((*services, *(each.address for each in dns.usable)))


def _host(target: str) -> str:
    bare = target.removeprefix("dns://")
    host, _, port = bare.rpartition(":")
    return host.strip("[]") if port.isdigit() and ("." in host or "]" in host) else bare


def _configured(place: CorefilePlace, dns: ClusterDns) -> Configured:
    corefile = read(place.text, place.files)
    port = _asked_port(dns)
    listening = sorted({each.port for each in corefile.servers})
    if len(listening) == 1:  # a DNS Service that leads past it is a fault of its own (DNS-008)
        port = listening[0]
    return Configured(place.config, corefile, port, place.key)


def _asked_port(dns: ClusterDns) -> int:
    return next((each.port for each in dns.usable if each.port), DNS_PORT)


def _config(snapshot: Snapshot, namespace: str, name: str) -> ConfigMap:
    """Return a ConfigMap; one without data where there is none, which is as good."""
    found = (each for each in snapshot.config_maps if (each.namespace, each.name) == (namespace, name))
    return next(found, ConfigMap(metadata=Meta(name=name, namespace=namespace)))
