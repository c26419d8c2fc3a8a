"""How kube-proxy is configured, where the API shows it. Pure.

kubeadm keeps the configuration of all its kube-proxies in one ConfigMap, which their pods mount:
https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/
"""

from collections.abc import Iterable, Mapping
from itertools import takewhile

from bot.model.kube.workloads import ConfigMap
from bot.model.pattern import pattern
from bot.model.refs import Ref

KUBE_PROXY_CONFIG = Ref("ConfigMap", "kube-proxy", "kube-system")
KEY, MODE, ADDRESSES = "config.conf", "mode", "nodePortAddresses"
_LINE = pattern(r"([A-Za-z]+):\s*(.*?)\s*")
_WORDS = pattern(r"[^\s,\[\]\"']+")
_EMPTY, _ITEM = ("null", "~"), "- "


def kube_proxy_settings(known: Iterable[ConfigMap]) -> Mapping[str, str]:
    """Return mode and nodePortAddresses as they stand there, a list as its words; a setting that says nothing is left out."""
    config = next((each for each in known if each.ref == KUBE_PROXY_CONFIG), None)
    lines = ((config.data or {}) if config else {}).get(KEY, "").splitlines()
    found: dict[str, str] = {}
    for at, line in enumerate(lines, 1):
        said = _LINE.fullmatch(line)
        if said and said[1] in (MODE, ADDRESSES):
            items = takewhile(lambda each: each.lstrip().startswith(_ITEM), lines[at:])
            words = _WORDS.findall(" ".join([said[2], *(each.lstrip().removeprefix(_ITEM) for each in items)]))
            found[said[1]] = " ".join(each for each in words if each not in _EMPTY)
    return {key: value for key, value in found.items() if value}


def kept_kube_proxy_config(known: ConfigMap) -> dict[str, str] | None:
    """Return what is kept of that ConfigMap, read as the same again: the settings, and nothing else."""
    found = kube_proxy_settings((known,))
    return {KEY: "\n".join(f"{key}: {value}" for key, value in found.items())} if found else None
