"""Which DNS zone the cluster's Services live in: read from the Corefile, since no API object says it. Pure."""

import re
from collections.abc import Iterable

from bot.model.kube.workloads import ConfigMap
from bot.model.pattern import pattern
from bot.model.question.suggest import edits
from bot.model.refs import is_dns_name

DEFAULT_ZONE = "cluster.local"
_BLOCK = pattern(r"^(?P<keys>[^\s{}#][^{}#]*?)\s*\{", re.MULTILINE)
_PLUGIN = pattern(r"^[^\S\n]+kubernetes\b(?P<zones>[^\n{#]*)", re.MULTILINE)


def zone_of(config_maps: Iterable[ConfigMap]) -> str:
    """Return the zone of the first Corefile that has a `kubernetes` plugin, else `cluster.local`.

    A ConfigMap may hold its Corefile under another key, which the DNS pods mount by that name.
    """
    known = tuple(config_maps)
    found = [(each.data or {}).get("Corefile", "") for each in known]
    found += [text for each in known for text in (each.data or {}).values() if "kubernetes" in text]
    return next((zone for zone in map(zone_in, found) if zone), DEFAULT_ZONE)


def is_mistyped(zone: str, texts: Iterable[str]) -> bool:
    """Return whether a Corefile's zone is `cluster.local` with one wrong letter, and what pods are told has that and not this.

    Pods have their zone from the kubelet: what they search does not change with the Corefile.
    """
    if zone == DEFAULT_ZONE or any(each.isdigit() for each in zone) or edits(zone, DEFAULT_ZONE) > 1:
        return False
    told = tuple(texts)
    return _names(told, DEFAULT_ZONE) and not _names(told, zone)


def _names(texts: Iterable[str], zone: str) -> bool:
    whole = pattern(rf"\.svc\.{re.escape(zone)}(?![\w-])")
    return any(whole.search(each) for each in texts)


def zone_in(corefile: str) -> str:
    """Return the first zone of the `kubernetes` plugin that is no reverse zone, without its final dot; empty if none.

    A plugin without zones takes those of its server block: https://coredns.io/plugins/kubernetes/#syntax
    """
    plugin = _PLUGIN.search(corefile)
    if plugin is None:
        return ""
    blocks = [each for each in _BLOCK.finditer(corefile) if each.end() <= plugin.start()]
    own = plugin["zones"].split()
    zones = own or (blocks[-1]["keys"].split() if blocks else [])
    return next((zone for zone in map(_bare, zones) if _is_forward(zone)), "")


def _bare(key: str) -> str:
    """`dns://Cluster.Local.:53` → `cluster.local` (server block keys carry scheme and port)."""
    return key.rpartition("://")[2].strip(",").partition(":")[0].removesuffix(".").lower()


def _is_forward(zone: str) -> bool:
    return is_dns_name(zone) and not zone.endswith(".arpa")
