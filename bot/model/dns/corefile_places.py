"""Where DNS pods have their Corefile from: the ConfigMap and key that they mount, with the files beside it. Pure.

Where the pods do not tell, since they were not read or mount it in a way that is not known here, the usual names count.
"""

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from bot.model.dns.corefile.hosts import OWN_FILE
from bot.model.dns.corefile.syntax import FOLDER, Files
from bot.model.dns.mounted import COREFILE, MountedFile, argument, dns_containers, mounted_files, sources_of, texts_of
from bot.model.kube.pods import ConfigMapFiles, Pod
from bot.model.kube.workloads import ConfigMap

# Where k3s and AKS mount what users add: https://docs.k3s.io/networking/networking-services,
# https://learn.microsoft.com/azure/aks/coredns-custom
CUSTOM = "coredns-custom"
CUSTOM_FOLDER = f"{FOLDER}/custom"
# The template of NodeLocal DNSCache, and the flag that says where it is.
_TEMPLATE = f"{FOLDER}/Corefile.base"
_FLAGS = ("basecorefile", "conf")


class CorefilePlace(Struct, frozen=True):
    """A Corefile: the ConfigMap and key that hold it, and what is known of the files beside it."""

    config: ConfigMap
    key: str
    files: Files

    @property
    def text(self) -> str:
        """Return the Corefile as it was read."""
        return (self.config.data or {}).get(self.key, "")


def corefile_places(
    pods: tuple[Pod, ...], configs: Iterable[ConfigMap], namespace: str, usual: tuple[str, ...]
) -> tuple[CorefilePlace, ...]:
    """Return the Corefiles that these pods mount, one for each that differs; else that of a ConfigMap with a usual name.

    `usual`: names of ConfigMaps, the likeliest first.
    """
    known = {each.name: each for each in configs if each.namespace == namespace}
    found: dict[tuple[str, str], CorefilePlace] = {}
    for pod in pods:
        place = _mounted(pod, known)
        if place is not None:
            found.setdefault((place.config.name, place.key), place)
    if found:
        return tuple(found.values())
    named = (known[each] for each in usual if each in known and COREFILE in (known[each].data or {}))
    return tuple(_by_name(each, known, tuple(pods)) for each in named)[:1]


def _mounted(pod: Pod, configs: Mapping[str, ConfigMap]) -> CorefilePlace | None:
    mounts = mounted_files(pod.spec)
    files = texts_of(mounts, configs.get)
    if not mounts:
        return _unplaced(pod, configs)
    path = next((each for each in _paths(pod, files) if each in files), "")
    if not path:
        return None
    config, key = files[path]
    texts = {place: (held.data or {})[name] for place, (held, name) in files.items() if place != path}
    return CorefilePlace(config, key, _files((pod,), texts, tuple(_folders(mounts)), posixpath.dirname(path)))


def _paths(pod: Pod, files: Mapping[str, object]) -> Iterator[str]:
    """Yield where the Corefile may be, the likeliest first."""
    for container in dns_containers(pod.spec):
        for flag in _FLAGS:
            if given := argument(container, flag):
                yield posixpath.join("/", given)
    yield _TEMPLATE
    yield from (each for each in sorted(files) if posixpath.basename(each) == COREFILE)


def _folders(mounts: Iterable[MountedFile]) -> Iterator[str]:
    """Yield the folders that a ConfigMap makes as a whole: with all of its keys, or with some of them."""
    for each in mounts:
        yield posixpath.dirname(each.path) if each.key else each.path


def _unplaced(pod: Pod, configs: Mapping[str, ConfigMap]) -> CorefilePlace | None:
    """Return the Corefile of a pod whose mounts were not read, by the ConfigMaps of its volumes and the names of their files.

    What else it mounts is taken to lie where k3s and AKS have it.
    """
    sources = [each for volume in pod.spec.volumes or () for each in sources_of(volume) if each.name in configs]
    files = {posixpath.basename(path): (each.name, key) for each in sources for path, key in _names(each, configs)}
    path = next((each for each in _paths(pod, files) if posixpath.basename(each) in files), "")
    if not path:
        return None
    name, key = files[posixpath.basename(path)]
    texts = {f"{FOLDER}/{other}": text for other, text in (configs[name].data or {}).items() if other != key}
    for each in sources:
        if each.name != name:
            texts |= {f"{CUSTOM_FOLDER}/{other}": text for other, text in (configs[each.name].data or {}).items()}
    return CorefilePlace(configs[name], key, _files((pod,), texts, (CUSTOM_FOLDER,), FOLDER))


def _names(source: ConfigMapFiles, configs: Mapping[str, ConfigMap]) -> Iterator[tuple[str, str]]:
    """Yield each file of a ConfigMap with its key."""
    keys = configs[source.name].data or {}
    if source.items is None:
        yield from ((each, each) for each in keys)
    yield from ((each.path, each.key) for each in source.items or () if each.key in keys)


def _by_name(config: ConfigMap, configs: Mapping[str, ConfigMap], pods: tuple[Pod, ...]) -> CorefilePlace:
    texts = {f"{FOLDER}/{key}": text for key, text in (config.data or {}).items() if key != COREFILE}
    custom = configs.get(CUSTOM)
    texts |= {f"{CUSTOM_FOLDER}/{key}": text for key, text in ((custom.data if custom else None) or {}).items()}
    return CorefilePlace(config, COREFILE, _files(pods, texts, (CUSTOM_FOLDER,), FOLDER))


def _files(pods: tuple[Pod, ...], texts: dict[str, str], folders: tuple[str, ...], folder: str) -> Files:
    """Return the files, with the /etc/hosts of pods that have hostAliases."""
    aliases = {each for pod in pods for each in pod.spec.host_aliases or ()}
    lines = sorted(f"{each.ip} {' '.join(each.hostnames or ())}" for each in aliases)
    return Files({**texts, OWN_FILE: "\n".join(lines)} if lines else texts, folders, folder)
