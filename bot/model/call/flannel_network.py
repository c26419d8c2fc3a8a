"""Nodes whose pods have addresses outside of flannel's network, where its ConfigMap was read.

flannel gives each node the lease of its podCIDR, and routes, lets through and leaves unmasked what is within the `Network` of
its configuration. Newer ones refuse to run with a podCIDR of elsewhere; older ones run, and calls between nodes get lost.
https://github.com/flannel-io/flannel/blob/master/Documentation/kubernetes.md (podCIDR) · .../configuration.md (Network)
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

from bot.model.kube.workloads import ConfigMap
from bot.model.memo import memo
from bot.model.pattern import pattern
from bot.model.refs import Ref
from bot.model.snapshot import Snapshot

FLANNEL_CONFIGS = tuple(Ref("ConfigMap", "kube-flannel-cfg", place) for place in ("kube-flannel", "kube-system"))
KEY = "net-conf.json"
_NETWORK = pattern(r'"(?:IPv6)?Network"\s*:\s*"([0-9A-Fa-f.:]+/\d{1,3})"')


def kept_flannel_config(known: ConfigMap) -> dict[str, str] | None:
    """Return what is kept of that ConfigMap, read as the same again: the networks, and nothing else."""
    found = _NETWORK.findall((known.data or {}).get(KEY, ""))
    return {KEY: ", ".join(f'"{"IPv6" if ":" in each else ""}Network": "{each}"' for each in found)} if found else None


@memo
def outside_flannel(snapshot: Snapshot) -> Mapping[str, str]:
    """Return in words, for each node whose podCIDR is none of flannel's network, that it is so."""
    config = next((each for each in snapshot.config_maps if each.ref in FLANNEL_CONFIGS), None)
    networks = _networks(_NETWORK.findall(((config.data or {}) if config else {}).get(KEY, "")))
    found: dict[str, str] = {}
    for node in snapshot.nodes if networks else ():
        (own, *_) = _networks([node.spec.pod_cidr]) or (None,)
        rivals = [each for each in networks if own and each.version == own.version]
        if own and rivals and not any(own.subnet_of(each) for each in rivals):  # type: ignore[arg-type]  # of one version
            said = f"flannel's network is {rivals[0]} ({config.ref if config else KEY}: {KEY})"
            found[node.name] = f"{said}, and the pods of node {node.name} are of {own}"
    return found


def _networks(texts: Iterable[str]) -> list[IPv4Network | IPv6Network]:
    found: list[IPv4Network | IPv6Network] = []
    for each in texts:
        try:
            found.append(ip_network(each, strict=False))
        except ValueError:
            continue
    return found
