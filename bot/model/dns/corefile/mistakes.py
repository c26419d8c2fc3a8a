"""Mistakes with which CoreDNS would not start, found in the Corefile itself: before any pod has restarted with it.

Only what every build of the project refuses is told: a plugin of somebody's own build may have any name. Removed with the
version: https://github.com/coredns/deployment/blob/master/kubernetes/migration/notes.go and
https://coredns.io/plugins/kubernetes/ of 1.15.0.
"""

from collections.abc import Iterator

from bot.model.dns.corefile.answerers import each_of
from bot.model.dns.corefile.reader import Corefile
from bot.model.dns.corefile.syntax import Directive, Fault, ServerBlock
from bot.model.dns.corefile.zones import keys_of
from bot.model.pattern import pattern

_UNKNOWN = (0, 0)
_VERSION = pattern(r":v?(?P<major>\d+)\.(?P<minor>\d+)")
# Plugins and options that were taken away, and the version without them.
_PLUGINS = {"proxy": (1, 5), "federation": (1, 7), "startup": (1, 5), "shutdown": (1, 5), "reverse": (1, 2)}
_OPTIONS = {"upstream": (1, 7), "resyncperiod": (1, 7), "federation": (1, 7)}
_KUBERNETES = (
    "endpoint_pod_names pods namespaces endpoint tls labels namespace_labels fallthrough ttl noendpoints zonal ignore "
    "kubeconfig multicluster startup_timeout apiserver_qps apiserver_burst apiserver_max_inflight transfer"
)
_PODS = ("disabled", "insecure", "verified")
_ONCE = ("kubernetes", "hosts", "errors", "cache", "loop", "ready", "pprof")
# Once until the version named; since then the first one takes all. Of 1.9 the first patches refuse it, too.
# https://github.com/coredns/coredns/blob/v1.9.3/plugin/forward/setup.go
_ONCE_BEFORE = {"forward": (1, 9)}


def mistake(corefile: Corefile, image: str = "") -> Fault | None:
    """Return the first mistake that ends CoreDNS at its start; None where none is seen. `image` is its pods' image."""
    if corefile.fault:
        return corefile.fault
    found = [*_twice(corefile), *(each for block in corefile.blocks for each in _in_block(block, _version(image)))]
    return min(found, key=lambda each: each.line, default=None)


def _version(image: str) -> tuple[int, int]:
    """Return the version of an image's tag; without one it is taken as older than anything was taken away."""
    found = _VERSION.search(image)
    return (int(found["major"]), int(found["minor"])) if found else _UNKNOWN


def _in_block(block: ServerBlock, version: tuple[int, int]) -> Iterator[Fault]:
    for each in block.directives:
        if each.name in _PLUGINS and version >= _PLUGINS[each.name]:
            yield Fault(_line(each), f"Unknown directive '{each.name}'")
        if each.name == "kubernetes" and not each.is_unknown:
            yield from _in_kubernetes(each, version)
    for name in (*_ONCE, *(each for each, since in _ONCE_BEFORE.items() if _UNKNOWN < version < since)):
        for each in each_of(block.directives, name)[1:]:
            yield Fault(_line(each), f"plugin/{name}: this plugin can only be used once per Server Block")


def _in_kubernetes(by: Directive, version: tuple[int, int]) -> Iterator[Fault]:
    known = _KUBERNETES.split()
    for line in by.body:
        option, words = line[0].text, [each.text for each in line[1:]]
        at = 0 if line[0].file else line[0].line
        if option in _OPTIONS and version >= _OPTIONS[option]:
            yield Fault(at, f"unknown property '{option}'")
        elif option == "pods" and not (len(words) == 1 and words[0] in _PODS):
            yield Fault(at, f"wrong value for pods: {' '.join(words)}")
        elif option not in known and option not in _OPTIONS and version >= (1, 7):
            yield Fault(at, f"unknown property '{option}'")


def _twice(corefile: Corefile) -> Iterator[Fault]:
    """Yield zones that two server blocks serve on one port; `bind` and `view` may tell them apart."""
    seen: set[tuple[str, int, str]] = set()
    for block in corefile.blocks:
        if any(each.name in ("bind", "view") for each in block.directives) or block.unread:
            continue
        for word in block.keys:
            for key in (() if word.is_unknown else keys_of(word.text)) or ():
                place = (key.zone, key.port, key.transport)
                if place in seen:
                    yield Fault(0 if word.file else word.line, f"cannot serve {word.text} - it is already defined")
                seen.add(place)


def _line(by: Directive) -> int:
    return 0 if by.file else by.line
