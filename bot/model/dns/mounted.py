"""What a DNS server's pod has from ConfigMaps: which one of them becomes which file, and which file is its Corefile. Pure.

CoreDNS takes its Corefile from `-conf`; NodeLocal DNSCache makes its own of the template `-basecorefile`, which it looks for
in /etc/coredns: https://github.com/kubernetes/dns/blob/1.26.4/cmd/node-cache/main.go
"""

import posixpath
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from bot.model.kube.pods import INJECTED_CONFIGS, ConfigMapFiles, Container, PodSpec, Volume
from bot.model.kube.workloads import ConfigMap

COREFILE = "Corefile"
_DNS_PORT = 53
_IMAGES = ("coredns", "node-cache", "k8s-dns-")
# Of a DNS server's arguments those that say where its configuration lies, and on which addresses a cache listens.
_FLAGS = ("conf", "basecorefile", "kubednscm", "localip", "upstreamsvc", "config-dir")
# What the DNS's ConfigMaps are called by kubeadm, k3s, EKS, AKS, OpenShift, RKE2, GKE, and NodeLocal DNSCache.
USUAL_CONFIGS = (
    *("coredns", "coredns-custom", "dns-default", "rke2-coredns-rke2-coredns"),
    *("kube-dns", "node-local-dns", "nodelocaldns"),
)
ConfigOf = Callable[[str], ConfigMap | None]


class MountedFile(Struct, frozen=True):
    """A file that a container has from a key of a ConfigMap; without a key it has them all, below `path`."""

    path: str
    config: str
    key: str = ""


def dns_containers(spec: PodSpec) -> tuple[Container, ...]:
    """Return the containers that serve DNS, by their port or their image."""
    return tuple(each for each in spec.serving_containers if is_dns_server(each))


def is_dns_server(container: Container) -> bool:
    """Return whether a container serves DNS: it has UDP port 53, or one named `dns`, or runs one of the project's images."""
    ports = (each for each in container.ports or () if each.protocol == "UDP")
    named = any(each.container_port == _DNS_PORT or each.name == "dns" for each in ports)
    return named or any(each in container.image for each in _IMAGES)


def argument(container: Container, flag: str) -> str:
    """Return what a flag of a container's command line is given; empty where it does not stand there."""
    return dict(_arguments((*(container.command or ()), *(container.args or ())))).get(flag, "")


def kept_dns_arguments(words: Sequence[str]) -> tuple[str, ...]:
    """Return which arguments of a DNS server may be kept, each as one word."""
    return tuple(f"-{flag}={value}" for flag, value in _arguments(words))


def _arguments(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    for at, word in enumerate(words):
        flag, is_pair, value = word.partition("=")
        name = flag.lstrip("-")
        if flag.startswith("-") and name in _FLAGS:
            yield name, value if is_pair else words[at + 1] if at + 1 < len(words) else ""


def mounted_files(spec: PodSpec) -> tuple[MountedFile, ...]:
    """Return the files of the containers that serve DNS; those of a volume whose place is not known are left out."""
    volumes = {each.name: each for each in spec.volumes or ()}
    found: list[MountedFile] = []
    for container in dns_containers(spec):
        for mount in container.volume_mounts or ():
            for source in sources_of(volumes.get(mount.name)):
                found += _below(source, mount.mount_path, mount.sub_path)
    return tuple(dict.fromkeys(found))


def mounted_configs(spec: PodSpec) -> tuple[str, ...]:
    """Return the names of the ConfigMaps that a DNS server's pod mounts."""
    if not dns_containers(spec):
        return ()
    placed = tuple(each.config for each in mounted_files(spec))
    found = placed or tuple(source.name for each in spec.volumes or () for source in sources_of(each))
    return tuple(dict.fromkeys(each for each in found if each))


def sources_of(volume: Volume | None) -> Iterator[ConfigMapFiles]:
    """Yield the ConfigMaps of which a volume is made, without those that every pod is given with its token."""
    if volume is None:
        return
    if volume.config_map:
        yield volume.config_map
    for each in (volume.projected.sources or ()) if volume.projected else ():
        if each.config_map and each.config_map.name not in INJECTED_CONFIGS:
            yield each.config_map


def _below(source: ConfigMapFiles, place: str, sub_path: str) -> Iterator[MountedFile]:
    if not source.items and not sub_path:
        yield MountedFile(place.rstrip("/"), source.name)
    for each in source.items or ():
        if not sub_path:
            yield MountedFile(posixpath.join(place, each.path), source.name, each.key)
        elif each.path == sub_path:
            yield MountedFile(place, source.name, each.key)
    if sub_path and not source.items:
        yield MountedFile(place, source.name, sub_path)


def texts_of(files: Sequence[MountedFile], config_of: ConfigOf) -> dict[str, tuple[ConfigMap, str]]:
    """Return by absolute path the ConfigMap and key of each file, as far as the ConfigMaps were read."""
    found: dict[str, tuple[ConfigMap, str]] = {}
    for each in files:
        config = config_of(each.config)
        if config is None:
            continue
        for key in config.data or {}:
            if not each.key:
                found[posixpath.join(each.path, key)] = (config, key)
            elif each.key == key:
                found[each.path] = (config, key)
    return found
