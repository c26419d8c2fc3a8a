"""The nameservers and the zone that kubelets are configured to write into pods, where the API shows it.

kubeadm keeps the configuration of its kubelets in a ConfigMap, from which each node that joins, or is upgraded, has its own:
https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/kubelet-integration/
"""

from collections.abc import Iterable
from itertools import dropwhile, islice, takewhile

from msgspec import Struct

from bot.model.kube.workloads import ConfigMap
from bot.model.memo import memo
from bot.model.refs import Ref, is_dns_name, is_ip
from bot.model.snapshot import Snapshot

KUBELET_CONFIG = Ref("ConfigMap", "kubelet-config", "kube-system")
KEY, FIELD, DOMAIN = "kubelet", "clusterDNS", "clusterDomain"
_ITEM = "- "


class KubeletDns(Struct, frozen=True):
    """What `config` says: `addresses` stand in its `clusterDNS`, at least one, and `domain` in its `clusterDomain`, if any."""

    config: Ref
    addresses: tuple[str, ...]
    domain: str = ""


@memo
def kubelet_dns(snapshot: Snapshot) -> KubeletDns | None:
    """Return the nameservers that kubelets write; None where no object says so, or it names none."""
    config = next((each for each in snapshot.config_maps if each.ref == KUBELET_CONFIG), None)
    addresses = kubelet_nameservers(config) if config else ()
    return KubeletDns(KUBELET_CONFIG, addresses, _domain(config)) if config and addresses else None


def kubelet_nameservers(config: ConfigMap) -> tuple[str, ...]:
    """Return the nameservers in that ConfigMap, as kubeadm writes it and `kept_kubelet_config` leaves it: an item a line."""
    lines = (config.data or {}).get(KEY, "").splitlines()
    after = dropwhile(lambda each: each.rstrip() != f"{FIELD}:", lines)
    items = takewhile(lambda each: each.lstrip().startswith(_ITEM), islice(after, 1, None))
    return tuple(each.lstrip().removeprefix(_ITEM).strip("\"' ") for each in items)


def _domain(config: ConfigMap) -> str:
    """Return the zone in that ConfigMap as resolvers compare it; empty where none is said."""
    lines = (each.partition(": ") for each in (config.data or {}).get(KEY, "").splitlines())
    return next((value.strip("\"' .").lower() for key, _, value in lines if key == DOMAIN), "")


def kept_kubelet_config(data: Iterable[tuple[tuple[str, ...], str]]) -> dict[str, str] | None:
    """Return what is kept of that ConfigMap, given the scalars of its text with their paths: the addresses and the zone.

    The text that is kept is read as the same again.
    """
    known = tuple(data)
    addresses = [value for path, value in known if path[-2:-1] == (FIELD,) and is_ip(value)]
    zone = [f"{DOMAIN}: {value}" for path, value in known if path[-1:] == (DOMAIN,) and is_dns_name(value)]
    return {KEY: "\n".join([f"{FIELD}:", *(f"{_ITEM}{each}" for each in addresses), *zone])} if addresses else None
