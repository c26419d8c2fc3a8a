"""A Corefile as a whole: which of its server blocks takes a name, and which plugin of that block answers it.

The longest zone wins, on the port that is asked; within a block plugins run in the order that CoreDNS was built with,
whatever order they are written in: https://github.com/coredns/coredns/blob/v1.15.0/plugin.cfg.
"""

from collections.abc import Iterator
from functools import cached_property, lru_cache

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.corefile import access, answerers, hosts, rewrites, templates
from bot.model.dns.corefile.reply import Plugin, Query, Records, Reply, Source, unknown
from bot.model.dns.corefile.syntax import NO_FILES, Directive, Fault, Files, Parsed, ServerBlock, parse
from bot.model.dns.corefile.zones import keys_of, longest
from bot.model.probe import Outcome

DNS_PORT = 53
_SERVICES = ".svc."  # what follows the namespace in a Service's name
# Those that never answer a query for an address, and change none. `cache` repeats what was said before.
_SILENT_HANDLERS = """
metadata geoip nsid bufsize trace prometheus errors log dnstap any chaos loadbalance cache header dnssec autopath minimal
transfer loop
"""
# Of these, the ones that stand in no chain: a block that holds nothing else refuses, any other says SERVFAIL at its end.
_SETTINGS = """
root cancel proxyproto quic grpc_server https https3 tls timeouts multisocket reload bind debug ready health pprof shed sign on
"""
_NO_HANDLERS = frozenset(_SETTINGS.split())
SILENT = _NO_HANDLERS | frozenset(_SILENT_HANDLERS.split())
# In the order of plugin.cfg; `acl` stood before `cache`, and so before `rewrite`, until 1.14.
_ORDER = ("local", "dns64", "siit", "tsig", "rewrite", "acl", "template", "dynupdate", "hosts")
_OLDER_ORDER = ("local", "dns64", "siit", "tsig", "acl", "rewrite", "template", "dynupdate", "hosts")
_ANSWERERS = ("route53", "azure", "clouddns", "k8s_external", "kubernetes", "file", "auto", "secondary", "etcd")
_LAST = ("forward", "grpc", "erratic", "whoami", "view", "nomad")
KNOWN = SILENT | set(_ORDER) | set(_ANSWERERS) | set(_LAST)


class Server(Struct, frozen=True, dict=True):
    """One zone of a server block on one port."""

    zone: str
    port: int
    block: ServerBlock
    zones: tuple[str, ...]  # all zones of the block, which its plugins take where they name none
    chain: tuple[Plugin, ...]
    older_chain: tuple[Plugin, ...]
    is_upper: bool = False  # its key is not in lower case, which took no query until 1.14

    @cached_property
    def plain_zones(self) -> tuple[str, ...]:
        """Return the zones whose names a `kubernetes` plugin takes before any other does, if it serves all of the cluster."""
        first = self.chain[0] if self.chain else None
        if not isinstance(first, answerers.Kubernetes) or first.by.is_unknown or not first.scope.is_whole:
            return ()
        is_other = self.is_upper or self.block.unread or answerers.each_of(self.block.directives, "view")
        return () if is_other or first.scope.multicluster else first.scope.zones


class Corefile(Struct, frozen=True):
    """A Corefile that was read. `fault` is the mistake that CoreDNS would end with, as far as the words themselves show it."""

    servers: tuple[Server, ...]
    blocks: tuple[ServerBlock, ...]
    fault: Fault | None
    unread: tuple[str, ...]

    def server(self, name: str, port: int = DNS_PORT) -> Server | None:
        """Return the server block that takes a name: the one with the longest zone that it lies in."""
        fitting = [each for each in self.servers if each.port == port and _in_zone(name, each.zone)]
        return max(fitting, key=lambda each: len(each.zone.rstrip(".")), default=None)

    def _is_shared(self, server: Server) -> bool:
        """Return whether another block has the same zone and port, at other addresses of the pod."""
        same = [each.block for each in self.servers if (each.zone, each.port) == (server.zone, server.port)]
        return len(same) > 1 and any(answerers.each_of(each.directives, "bind") for each in same)

    def is_plain(self, name: str, port: int = DNS_PORT) -> bool:
        """Return whether the objects alone decide about a full name: `kubernetes` comes first, and serves the whole cluster."""
        server = self.server(name, port)
        if server is None or self.unread or self._is_shared(server):
            return False
        zone = longest(server.plain_zones, name)
        return bool(zone) and name.removesuffix(zone).endswith(_SERVICES)  # else what it calls the zone is another one

    def reply(self, query: Query, records: Records, port: int = DNS_PORT) -> Reply:
        """Return who answers a query, and what."""
        server = self.server(query.name, port)
        if server is None:
            if self.unread:
                return unknown(f"{self.unread[0]} was not read", query=query)
            if self.fault:
                return unknown("CoreDNS refuses this Corefile, and serves with an older one", query=query)
            return Reply(Source.NOBODY, Outcome.DNS_REFUSED, asked=query.name)
        for what in (*self.unread, *server.block.unread):
            return unknown(f"{what} was not read", query=query)
        if server.is_upper:
            return unknown("whether a zone in upper case takes a name depends on the version of CoreDNS", query=query)
        views = answerers.each_of(server.block.directives, "view")
        if views:
            return unknown("a view decides which server block takes a query", views[0], query)
        if self._is_shared(server):
            return unknown("which of the server blocks of one zone is asked depends on their bind", query=query)
        found = _run(server.chain, server, query, records)
        if server.older_chain != server.chain and _run(server.older_chain, server, query, records) != found:
            return unknown("whether acl or rewrite comes first depends on the version of CoreDNS", query=query)
        return found


@lru_cache(maxsize=16)  # a digest asks it for every Service, of one Corefile
def _read(text: str, texts: tuple[tuple[str, str], ...], folders: tuple[str, ...], place: tuple[str, str]) -> Corefile:
    files = Files(dict(texts), folders, place[0])
    parsed = parse(text, files, place[1])
    found = of_blocks(parsed.blocks, files)
    return replace(found, fault=_fault(parsed), unread=(*parsed.unread, *_unread_keys(parsed)))


def read(text: str, files: Files = NO_FILES, name: str = "") -> Corefile:
    """Return a Corefile, with what is known of the files that it names; `name` is put to each of its directives."""
    return _read(text, tuple(sorted(files.texts.items())), files.folders, (files.folder, name))


def of_blocks(blocks: tuple[ServerBlock, ...], files: Files = NO_FILES) -> Corefile:
    """Return the Corefile that server blocks make."""
    return Corefile(tuple(each for block in blocks for each in _servers(block, files)), blocks, None, ())


def _fault(parsed: Parsed) -> Fault | None:
    if parsed.fault:
        return parsed.fault
    for block in parsed.blocks:
        for key in block.keys:
            if not key.is_unknown and keys_of(key.text) is None:
                return Fault(key.line, f"zone is not a valid domain name: {key.text}")
    return None


def _unread_keys(parsed: Parsed) -> Iterator[str]:
    for block in parsed.blocks:
        yield from (f"the server block {each.text}" for each in block.keys if each.is_unknown)


def _servers(block: ServerBlock, files: Files) -> Iterator[Server]:
    keys = [(word, key) for word in block.keys if not word.is_unknown for key in keys_of(word.text) or ()]
    zones = tuple(key.zone for _, key in keys)
    chain = tuple(_chain(block.directives, zones, files, _ORDER))
    mixed = {each.name for each in block.directives} >= {"acl", "rewrite"}
    older = tuple(_chain(block.directives, zones, files, _OLDER_ORDER)) if mixed else chain
    for word, key in keys:
        if key.transport == "dns":
            yield Server(key.zone, key.port, block, zones, chain, older, word.text.lower() != word.text)


def _chain(
    directives: tuple[Directive, ...], zones: tuple[str, ...], files: Files, order: tuple[str, ...]
) -> Iterator[Plugin]:
    known = (*order, *_ANSWERERS, *_LAST)
    for each in directives:  # a plugin of somebody's own build may stand anywhere
        if each.name not in KNOWN:
            yield answerers.Unread(each)
    for name in known:
        own = answerers.each_of(directives, name)
        if own:
            yield from _plugins(name, own, zones, files)


def _plugins(name: str, own: tuple[Directive, ...], zones: tuple[str, ...], files: Files) -> Iterator[Plugin]:
    if name == "rewrite":
        yield rewrites.rewrite_of(own)
    elif name == "template":
        yield templates.templates_of(own, zones)
    elif name == "acl":
        yield access.access_of(own, zones)
    elif name == "hosts":
        yield hosts.hosts_of(own[0], zones, files)
    elif name == "kubernetes":
        yield answerers.kubernetes_of(own[0], zones)
    elif name in ("forward", "grpc"):
        yield from map(answerers.forward_of, own)
    elif name == "local":
        yield answerers.Local(own[0])
    elif name == "whoami":
        yield answerers.Empty(own[0])
    elif name in _ANSWERERS:
        yield from (answerers.elsewhere_of(each, zones) for each in own)
    else:
        yield answerers.Unread(own[0])


def _in_zone(name: str, zone: str) -> bool:
    return zone in (".", name) or name.endswith(f".{zone}")


def _run(chain: tuple[Plugin, ...], server: Server, query: Query, records: Records) -> Reply:
    asked = query
    changed: list[Directive] = []
    for plugin in chain:
        found = plugin.answer(asked, records)
        if isinstance(found, Reply):
            return _in_family(replace(found, rewrites=tuple(changed)), query, asked)
        if found != asked and isinstance(plugin, rewrites.Rewrite):
            changed += rewrites.matching_rules(plugin, asked)
        asked = found
    is_empty = all(each.name in _NO_HANDLERS for each in server.block.directives)
    outcome = Outcome.DNS_REFUSED if is_empty else Outcome.SERVFAIL
    return Reply(Source.NOBODY, outcome, asked=asked.name, rewrites=tuple(changed))


def _in_family(reply: Reply, query: Query, asked: Query) -> Reply:
    """Drop addresses of a type that was not asked for: a rewrite of types gives an asker of AAAA records of A."""
    if asked.type == query.type or not reply.addresses:
        return reply
    kept = tuple(each for each in reply.addresses if (":" in each) == (query.type == "AAAA"))
    return replace(reply, addresses=kept, outcome=reply.outcome if kept else Outcome.NO_DATA)
