"""What a pod's resolver is told (failure-modes C.1); `search` says what it then asks. What only its node knows is unsaid.

The kubelet writes resolv.conf once, at the pod's start, from dnsPolicy, dnsConfig and hostNetwork:
https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
"""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.cluster_dns import ClusterDns
from bot.model.kube.pods import DnsConfig, Pod

# The kubelet's limits (validation.go, MaxDNSNameservers and the two of KEP-2595).
MOST_NAMESERVERS = 3
MOST_SEARCHES = 32
MOST_SEARCH_CHARACTERS = 2048
# What the kubelet writes for a pod of the cluster, and what resolvers take where nothing is written.
POD_NDOTS = 5
DEFAULT_NDOTS = 1
USE_VC = "use-vc"
# glibc caps `ndots` at 15 (resolv.conf(5)); musl does the same.
MOST_NDOTS = 15


class ResolvConf(Struct, frozen=True):
    """What stands in the pod's /etc/resolv.conf, as far as the API tells. `why` says where it comes from, in words.

    No nameserver: the node's own are used, or the cluster's are unknown. `reaches_cluster`: the cluster's DNS is asked.
    """

    nameservers: tuple[str, ...]
    searches: tuple[str, ...]
    ndots: int
    why: str
    reaches_cluster: bool = True
    timeout: int | None = None  # seconds, of `options timeout:`; None: each resolver has its own
    attempts: int | None = None
    over_tcp: bool = False  # `options use-vc`, which some resolvers obey


def resolv_conf(pod: Pod | None, namespace: str, dns: ClusterDns) -> ResolvConf:
    """Compute the resolv.conf of a pod of `namespace`; None stands for a pod without DNS settings of its own.

    The node's own search domains, which follow the cluster's, are not in the API and are left out.
    """
    base = _by_policy(pod, namespace, dns)
    given = pod.spec.dns_config if pod else None
    merged = _merged(base, given) if given else base
    nameservers, searches = merged.nameservers[:MOST_NAMESERVERS], _within_limits(merged.searches)
    why = merged.why
    if (nameservers, searches) != (merged.nameservers, merged.searches):
        why += "; what exceeds the kubelet's limits was cut"
    own = dns.service.cluster_ips if dns.service else ()  # of both families, where it has both
    reaches = any(each in nameservers for each in own) if own else base.reaches_cluster
    ndots = min(merged.ndots, MOST_NDOTS)
    return replace(merged, nameservers=nameservers, searches=searches, ndots=ndots, why=why, reaches_cluster=reaches)


def _by_policy(pod: Pod | None, namespace: str, dns: ClusterDns) -> ResolvConf:
    policy = (pod.spec.dns_policy if pod else "") or "ClusterFirst"
    if policy == "None":
        return ResolvConf((), (), DEFAULT_NDOTS, "dnsPolicy None: only what dnsConfig says", reaches_cluster=False)
    node = "the node's own resolver, which does not know the cluster's names"
    if policy == "Default":
        return ResolvConf((), (), DEFAULT_NDOTS, f"dnsPolicy Default: {node}", reaches_cluster=False)
    if policy == "ClusterFirst" and pod and pod.spec.host_network:
        why = f"hostNetwork with dnsPolicy ClusterFirst: the kubelet falls back to Default, {node}"
        return ResolvConf((), (), DEFAULT_NDOTS, why, reaches_cluster=False)
    searches = (f"{namespace}.svc.{dns.zone}", f"svc.{dns.zone}", dns.zone)
    nameservers = (dns.address,) if dns.address else ()
    why = f"dnsPolicy {policy}: " + ("the cluster's DNS Service" if nameservers else "no DNS Service was found")
    return ResolvConf(nameservers, searches, POD_NDOTS, why)


def _merged(base: ResolvConf, config: DnsConfig) -> ResolvConf:
    """Append dnsConfig as the kubelet does: lists without repetition, options by name."""
    nameservers = tuple(dict.fromkeys((*base.nameservers, *(config.nameservers or ()))))
    searches = tuple(dict.fromkeys((*base.searches, *(config.searches or ()))))
    words = _written(config)
    said = numbers(words)
    ndots = _ndots(base, config, words)
    chance = f", by which ndots is {' or '.join(map(str, ndots))}, by chance" if len(ndots) > 1 else ""
    return ResolvConf(
        nameservers,
        searches,
        ndots[0],
        f"{base.why}, with its dnsConfig{chance}",
        base.reaches_cluster,
        said.get("timeout", base.timeout),
        said.get("attempts", base.attempts),
        base.over_tcp or USE_VC in words,
    )


def _written(config: DnsConfig) -> tuple[str, ...]:
    """Return the words that the options of dnsConfig become: of a name the last one counts, and it may hold its value."""
    merged = {each.name: each.value or "" for each in config.options or ()}
    return tuple(word for name, value in merged.items() for word in (f"{name}:{value}" if value else name).split())


def _ndots(base: ResolvConf, config: DnsConfig, words: tuple[str, ...]) -> tuple[int, ...]:
    """Return each ndots in the file, the smallest first.

    `name: "ndots:2"` leaves the kubelet's own beside it, and which of them comes last is another one at each start.
    """
    own = base.ndots == POD_NDOTS and all(each.name != "ndots" for each in config.options or ())
    said = {numbers((word,)).get("ndots") for word in words} | ({POD_NDOTS} if own else set())
    return tuple(sorted(each for each in said if each is not None)) or (DEFAULT_NDOTS,)


def numbers(words: Iterable[str]) -> dict[str, int]:
    """Return the options that have a number, of words such as `ndots:5`."""
    pairs = (each.partition(":") for each in words)
    return {name: int(value) for name, _, value in pairs if value.isascii() and value.isdecimal()}


def _within_limits(searches: tuple[str, ...]) -> tuple[str, ...]:
    kept = searches[:MOST_SEARCHES]
    while len(" ".join(kept)) > MOST_SEARCH_CHARACTERS:
        kept = kept[:-1]
    return kept
