"""Does a Corefile let the `kubernetes` plugin answer a Service's name, or does another rule of it stand before?

Read as far as it decides that: which server block serves the name (the longest zone), and in it the plugins that come before
`kubernetes` in CoreDNS's fixed order (rewrite, template, hosts). https://github.com/coredns/coredns/blob/master/plugin.cfg
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from msgspec import Struct

from bot.model.text import one_line


class Directive(Struct, frozen=True):
    """One plugin of a server block: its words, and the lines of its own block."""

    words: tuple[str, ...]
    inside: tuple[tuple[str, ...], ...] = ()


class ServerBlock(Struct, frozen=True):
    """The zones of a server block without scheme, port and final dot (the root zone is empty text), and its plugins."""

    zones: tuple[str, ...]
    directives: tuple[Directive, ...]


@lru_cache(maxsize=8)  # a digest asks it for every Service, of one Corefile
def server_blocks(corefile: str) -> tuple[ServerBlock, ...]:
    """Return the server blocks of a Corefile; snippets, which have their name in brackets, are none."""
    found: list[ServerBlock] = []
    keys: tuple[str, ...] = ()
    plugins: list[Directive] = []
    inside: list[tuple[str, ...]] | None = None
    depth = 0
    for words in _lines(corefile):
        opens, closes = words[-1] == "{", words == ("}",)
        if depth == 0 and opens:
            keys, plugins, depth = tuple(map(_zone, words[:-1])), [], 1
        elif depth == 1 and closes:
            found.append(ServerBlock(keys, tuple(plugins)))
            depth = 0
        elif depth == 1:
            plugins.append(Directive(words[:-1] if opens else words))
            inside, depth = ([], 2) if opens else (None, 1)
        elif closes and depth == 2 and inside is not None:  # noqa: PLR2004 (the block of a plugin)
            plugins[-1] = Directive(plugins[-1].words, tuple(inside))
            inside, depth = None, 1
        elif inside is not None:
            inside.append(words)
            depth += opens - closes
    return tuple(each for each in found if not any(zone.startswith("(") for zone in each.zones))


def shadow(corefile: str, name: str, namespace: str) -> str:
    """Return in words why CoreDNS may not answer this full name from the Service; empty where it does.

    `name` is a Service's full name, with or without its final dot.
    """
    name = name.rstrip(".").lower()
    blocks = server_blocks(corefile)
    covering = [(len(zone), each) for each in blocks for zone in each.zones if _covers(zone, name)]
    if not covering:
        return f"no server block of the Corefile serves {name}" if blocks else ""
    block = max(covering, key=lambda each: each[0])[1]
    rules = (each for each in block.directives if each.words[0] in ("rewrite", "template", "hosts"))
    before = next(filter(None, (_before(each, block, name) for each in rules)), "")
    return before or _by_kubernetes(block, name, namespace)


def _by_kubernetes(block: ServerBlock, name: str, namespace: str) -> str:
    own = [each for each in block.directives if each.words[0] == "kubernetes"]
    if not own:
        if any(each.words[0] == "import" for each in block.directives):
            return ""  # an imported file or snippet may have it
        return f"the server block of the Corefile that serves {name} has no kubernetes plugin"
    plugin = own[0]
    zones = [_zone(each) for each in plugin.words[1:]] or list(block.zones)
    if not any(_covers(zone, name) for zone in zones):
        return f"the kubernetes plugin of the Corefile serves {', '.join(zones)}, not {name}"
    for line in plugin.inside:
        if line[0] == "namespaces" and namespace not in line[1:]:
            return f"the kubernetes plugin of the Corefile serves only namespaces {', '.join(line[1:])}"
        if line[0] in ("labels", "namespace_labels"):
            return f"the kubernetes plugin of the Corefile serves only what has {' '.join(line)}"
    return ""


def _before(plugin: Directive, block: ServerBlock, name: str) -> str:
    word = plugin.words[0]
    if word == "rewrite":
        lines = (plugin.words[1:], *plugin.inside)
        if any(_rewrites(each, name) for each in lines):
            return f"a rewrite of the Corefile changes {name}: {one_line(' '.join(plugin.words), limit=100)}"
    if word == "template" and _answers(plugin, block, name):
        return f"a template of the Corefile answers {name}: {one_line(' '.join(plugin.words), limit=100)}"
    if word == "hosts" and any(name in map(str.lower, each[1:]) for each in plugin.inside):
        return f"a hosts entry of the Corefile answers {name}"
    return ""


def _rewrites(words: tuple[str, ...], name: str) -> bool:
    """`[continue|stop] name [exact|prefix|suffix|substring|regex] FROM TO` (https://coredns.io/plugins/rewrite/)."""
    rest = [each for each in words if each not in ("continue", "stop")]
    if len(rest) < 3 or rest[0] != "name":  # noqa: PLR2004 (name FROM TO)
        return False
    kinds = ("exact", "prefix", "suffix", "substring", "regex")
    how, source = (rest[1], rest[2]) if rest[1] in kinds else ("exact", rest[1])
    if how == "regex":
        return _matches(source, f"{name}.")
    wanted = source.lower().rstrip(".")
    whole = {"exact": name == wanted, "prefix": name.startswith(wanted), "suffix": name.endswith(wanted)}
    return whole.get(how, wanted in name)


def _answers(plugin: Directive, block: ServerBlock, name: str) -> bool:
    """`template CLASS TYPE [ZONE…] { match REGEX… }` (https://coredns.io/plugins/template/)."""
    kind = plugin.words[2].upper() if len(plugin.words) > 2 else "ANY"  # noqa: PLR2004 (CLASS TYPE)
    zones = [_zone(each) for each in plugin.words[3:]] or list(block.zones)
    if kind not in ("ANY", "A", "AAAA") or not any(_covers(zone, name) for zone in zones):
        return False
    patterns = [each[1] for each in plugin.inside if each[0] == "match" and len(each) > 1]
    return not patterns or any(_matches(each, f"{name}.") for each in patterns)


def _matches(pattern: str, name: str) -> bool:
    """RE2 and Python agree on what is usual here; what Python cannot read may match."""
    try:
        return re.search(pattern.strip('"'), name) is not None
    except re.error:
        return True


def _lines(corefile: str) -> Iterator[tuple[str, ...]]:
    for line in corefile.splitlines():
        words = tuple(line.partition("#")[0].split())
        if words and words[0].startswith('"'):
            words = (line.strip(),)
        if words:
            yield words


def _zone(key: str) -> str:
    """`dns://Cluster.Local.:53` → `cluster.local`; `.:53` → the root zone, as empty text."""
    return key.rpartition("://")[2].strip(",").partition(":")[0].strip(".").lower()


def _covers(zone: str, name: str) -> bool:
    return not zone or name == zone or name.endswith(f".{zone}")
