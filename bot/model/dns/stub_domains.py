"""The ConfigMap `kube-dns`: stub domains and nameservers upstream, of kube-dns itself (GKE) and of NodeLocal DNSCache. Pure.

Each stub domain is a zone that other servers answer, the longest zone of a name counts, and a value that is no JSON leaves
the configuration before it in force: https://github.com/kubernetes/dns/blob/1.26.4/pkg/dns/config/sync.go.
"""

from typing import Any

import msgspec

from bot.model.dns.corefile.reader import Corefile, of_blocks
from bot.model.dns.corefile.syntax import Directive, ServerBlock
from bot.model.dns.corefile.tokens import Token
from bot.model.kube.pods import Pod
from bot.model.kube.workloads import ConfigMap

CONFIG, STUB_DOMAINS, UPSTREAMS = "kube-dns", "stubDomains", "upstreamNameservers"
KEPT_KEYS = (STUB_DOMAINS, UPSTREAMS)
_CONTAINERS = ("kubedns", "dnsmasq")
_REVERSE = ("in-addr.arpa", "ip6.arpa")


def is_kube_dns(pod: Pod) -> bool:
    """Return whether a DNS pod runs kube-dns, as on GKE, and not CoreDNS: it has no Corefile."""
    names = {each.name for each in pod.spec.containers or ()}
    return names >= set(_CONTAINERS)


def stub_blocks(config: ConfigMap | None, port: int = 53) -> tuple[ServerBlock, ...] | None:
    """Return a server block for each stub domain; None where the value is no JSON of the right shape."""
    given = _value(config, STUB_DOMAINS, dict[str, list[str]])
    if given is None:
        return None
    return tuple(_block(f"{zone}:{port}", _forward(servers)) for zone, servers in sorted(given.items()) if servers)


def upstreams(config: ConfigMap | None) -> tuple[str, ...]:
    """Return the nameservers for names of no zone; empty: those of the pod's own resolv.conf."""
    return tuple(_value(config, UPSTREAMS, list[str]) or ())


def as_corefile(config: ConfigMap | None, zone: str, port: int = 53) -> Corefile:
    """Return what kube-dns does, as a Corefile would say it: the cluster's zone, stub domains, and all else to others."""
    own = Directive(
        "kubernetes",
        0,
        tuple(Token(each, 0) for each in (zone, *_REVERSE)),
        ((Token("pods", 0), Token("insecure", 0)),),
    )
    stubs = stub_blocks(config, port)
    blocks = (
        ServerBlock(tuple(Token(f"{each}:{port}", 0) for each in (zone, *_REVERSE)), (own,)),
        _block(f".:{port}", _forward(upstreams(config) or ("/etc/resolv.conf",), UPSTREAMS)),
        *(stubs or ()),
    )
    found = of_blocks(blocks)
    unread = (f"{STUB_DOMAINS} of ConfigMap {CONFIG}",) if stubs is None else ()
    if any(
        key.text == f"{zone}:{port}" for block in stubs or () for key in block.keys
    ):  # dnsmasq then has two ways for it
        unread = (f"whether dnsmasq asks kube-dns or the stub domain {zone}",)
    return msgspec.structs.replace(found, unread=unread)


def _block(key: str, directive: Directive) -> ServerBlock:
    return ServerBlock((Token(key, 0),), (directive,))


def _forward(servers: list[str] | tuple[str, ...], key: str = STUB_DOMAINS) -> Directive:
    return Directive("forward", 0, tuple(Token(each, 0) for each in (".", *servers)), file=key)


def _value(config: ConfigMap | None, key: str, shape: Any) -> Any:
    text = ((config.data if config else None) or {}).get(key, "")
    if not text:
        return shape()
    try:
        return msgspec.json.decode(text, type=shape)
    except msgspec.DecodeError:
        return None
