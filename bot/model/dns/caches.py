"""For how long caches go on saying what was true before: CoreDNS's own, the node-local one, and the caller's resolver. Pure.

A record of the `kubernetes` plugin lives `ttl` seconds (5, where nothing is said), and so does the SOA of a name that does not
exist. `cache` keeps both no longer than that and than its own bounds, and 5 s at least.
https://coredns.io/plugins/cache/, https://coredns.io/plugins/kubernetes/; measured in docs/failure-modes.md, DNS-022.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec import Struct

from bot.model.dns.configured import Configured, configured_cache, configured_dns
from bot.model.dns.corefile.answerers import each_of
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import covers, fqdn
from bot.model.dns.node_local import node_local_caches
from bot.model.dns.stub_domains import STUB_DOMAINS
from bot.model.kube.services import Service
from bot.model.result.changes import writer_of
from bot.model.snapshot import Snapshot
from bot.model.text import listing

if TYPE_CHECKING:  # where a caller's program keeps answers itself
    from bot.model.dns.search.resolver import Resolver

_TTL = 5  # seconds, of the kubernetes plugin
_LEAST = 5  # seconds that `cache` keeps an answer, unless its third number says otherwise
_MOST = {"success": 3600, "denial": 1800}
_STALE = 3600  # seconds of `serve_stale` without a number
# What the manifest of NodeLocal DNSCache gives the cluster's zone (success 9984 30, denial 9984 5): its Corefile may be unread.
_NODE_LOCAL = {"success": 30, "denial": 5}
# A record of kube-dns lives so long in its dnsmasq, which keeps no denial: https://github.com/kubernetes/dns (pkg/dns/util).
_KUBE_DNS = {"success": 30, "denial": 0}
# Where nothing that was read says how long: no Corefile was read, or it keeps what other servers say.
LONGEST = 60
_JAVA_KEEPS = 30  # seconds of an address, `networkaddress.cache.ttl` without a security manager
_MOMENT = timedelta(seconds=3)  # within which the controller writes a slice after a pod became ready
_ENDPOINTS = "given other endpoints"
# Fields of a Service that decide what its name leads to.
_FIELDS = ("clusterIP", "clusterIPs", "externalName", "type")


class Kept(Struct, frozen=True):
    """How long one kind of answer is kept, in seconds, and by whom, in the order of the caches on the way to the program."""

    seconds: int
    by: tuple[str, ...]

    @property
    def words(self) -> str:
        """Return in words who keeps it, each with its seconds."""
        return listing(self.by)


class Turn(Struct, frozen=True):
    """A moment at which what a name leads to changed, what was true before, and until when caches may say so."""

    at: datetime
    what: str
    denial: bool
    kept: Kept

    @property
    def until(self) -> datetime:
        """Return when the last cache has forgotten it."""
        return self.at + timedelta(seconds=self.kept.seconds)


def kept(snapshot: Snapshot, name: str, kind: str, resolver: "Resolver | None" = None) -> Kept:
    """Return how long a `success` or a `denial` of a full name of the cluster is kept, by all caches in a row."""
    server, seconds = _of_server(snapshot, name, kind)
    found = [(f"{server} {seconds} s", seconds)]
    if node_local_caches(snapshot) is not None:
        seconds = _of_cache(snapshot, name, kind)
        found.append((f"the node-local cache {seconds} s", seconds))
    if resolver is not None and (own := _of_resolver(snapshot, name, kind, resolver)):
        found.append((f"{resolver.title} {own} s", own))
    counted = [each for each in found if each[1]]
    return Kept(sum(seconds for _, seconds in counted), tuple(said for said, _ in counted))


def _of_resolver(snapshot: Snapshot, name: str, kind: str, resolver: "Resolver") -> int:
    if kind == "denial":
        return resolver.keeps_denial or (_record_ttl(snapshot, name) if resolver.keeps_negative_ttl else 0)
    return _JAVA_KEEPS if resolver.name == "java" else 0


def _of_server(snapshot: Snapshot, name: str, kind: str) -> tuple[str, int]:
    """Return who the DNS pods are, and how long they keep it; kube-dns keeps no denial (`--no-negcache`)."""
    known = configured_dns(snapshot)
    if known is not None and known.key == STUB_DOMAINS:
        return "kube-dns", _KUBE_DNS[kind]
    directives = _directives(known, name)
    return "CoreDNS", LONGEST if directives is None else _kept_by(directives, name, kind, _record_ttl(snapshot, name))


def _of_cache(snapshot: Snapshot, name: str, kind: str) -> int:
    directives = _directives(configured_cache(snapshot), name)
    return _NODE_LOCAL[kind] if directives is None else _kept_by(directives, name, kind, _record_ttl(snapshot, name))


def _kept_by(directives: tuple[Directive, ...], name: str, kind: str, ttl: int) -> int:
    found = [each for each in each_of(directives, "cache") if _is_for(each, name)]
    return _bound(found[0], kind, name, ttl) if found else 0


def _directives(known: Configured | None, name: str) -> tuple[Directive, ...] | None:
    """Return the directives of the server block that takes a name; None where that is not known."""
    server = known.corefile.server(fqdn(name), known.port) if known else None
    return server.block.directives if server else None


def _record_ttl(snapshot: Snapshot, name: str) -> int:
    for plugin in each_of(_directives(configured_dns(snapshot), name) or (), "kubernetes"):
        for line in plugin.body:
            if line and line[0].text == "ttl":
                return _number(line[1:], 0, _TTL)
    return _TTL


def _is_for(cache: Directive, name: str) -> bool:
    """`cache [TTL] [ZONES...]`: without zones it is for those of its block."""
    zones = [each.text for each in cache.args if not each.text.isdigit()]
    return not zones or any(covers(fqdn(each), fqdn(name)) for each in zones)


def _bound(cache: Directive, kind: str, name: str, ttl: int) -> int:
    """Return seconds: the record's own, between the bounds of the plugin; of `serve_stale` the time that it goes on."""
    most, least, stale = _number(cache.args, 0, _MOST[kind]), _LEAST, 0
    for line in cache.body:
        match [each.text for each in line]:
            case ["disable", what, *zones] if what == kind and _holds(zones, name):
                return 0
            case [what, *_] if what == kind:
                most, least = _number(line[1:], 1, most), _number(line[1:], 2, least)
            case ["serve_stale", *said] if kind == "success":
                stale = _seconds(said[0]) if said else _STALE
    return max(min(ttl, most), least) + stale


def _holds(zones: list[str], name: str) -> bool:
    return not zones or any(covers(fqdn(each), fqdn(name)) for each in zones)


def _number(words: tuple[object, ...], at: int, default: int) -> int:
    text = getattr(words[at], "text", "") if len(words) > at else ""
    return int(text) if text.isdigit() else default


def _seconds(text: str) -> int:
    """Return seconds of a Go duration of one unit; an hour where it is written otherwise."""
    units = {"s": 1, "m": 60, "h": 3600}
    number = text[:-1]
    return int(number) * units[text[-1]] if number.isdigit() and text[-1] in units else _STALE


def address_since(service: Service) -> datetime | None:
    """Return since when a Service's name leads where it leads: its creation, or the last write of what decides it."""
    made = service.metadata.creation_timestamp
    return changed_at(service) or made


def changed_at(service: Service) -> datetime | None:
    """Return when somebody last changed what its name leads to, after it was made; None where nobody did."""
    made = service.metadata.creation_timestamp
    if made is None:
        return None
    writers = filter(None, (writer_of(service, "spec", field) for field in _FIELDS))
    times = (each.time for each in writers if each.time)
    return max((each for each in times if each > made + timedelta(seconds=1)), default=None)


def last_turn(snapshot: Snapshot, service: Service, name: str, resolver: "Resolver | None" = None) -> Turn | None:
    """Return the last change of what a Service's name leads to, while some cache may still say what was before; else None."""
    made = service.metadata.creation_timestamp
    if made is None or service.metadata.deletion_timestamp is not None:
        return None
    changed = changed_at(service)
    if changed is not None:
        turn = Turn(changed, "changed", denial=False, kept=kept(snapshot, name, "success", resolver))
    else:
        turn = Turn(made, "created", denial=True, kept=kept(snapshot, name, "denial", resolver))
    turns = [turn, *_of_endpoints(snapshot, service, name, resolver)] if service.is_headless else [turn]
    running = [each for each in turns if each.at <= snapshot.taken_at < each.until]
    return max(running, key=lambda each: each.until, default=None)


def _of_endpoints(snapshot: Snapshot, service: Service, name: str, resolver: "Resolver | None") -> Iterator[Turn]:
    """Yield the last change of a headless Service's endpoints: its name leads to them, and to none where none is ready."""
    at = _endpoints_changed_at(snapshot, service)
    if at is None:
        return
    ready = [each for each in snapshot.pods_behind(service) if each.is_ready]
    is_first = bool(ready) and all(each.ready_since and each.ready_since > at - _MOMENT for each in ready)
    kind = "denial" if is_first else "success"
    yield Turn(at, _ENDPOINTS, denial=is_first, kept=kept(snapshot, name, kind, resolver))


def _endpoints_changed_at(snapshot: Snapshot, service: Service) -> datetime | None:
    """Return when its endpoints last changed: the last write of its slices, else the last pod that became ready, or unready."""
    writers = [writer_of(each, "endpoints") for each in snapshot.slices_of(service)]
    times = [each.time for each in writers if each and each.time]
    pods = snapshot.pods_behind(service)
    return max(times or [each.ready_since for each in pods if each.ready_since], default=None)


def gone_words(snapshot: Snapshot, name: str) -> str:
    """Return in words until when a name of no Service may still be answered; it is not known since when there is none."""
    longest = kept(snapshot, name, "success")
    until = snapshot.taken_at + timedelta(seconds=longest.seconds)
    return f"until {until:%H:%M:%S} UTC at the latest, {longest.seconds} s from now ({longest.words})"


def turn_words(turn: Turn, now: datetime) -> str:
    """Return in words what changed, who still says what was before, and the second at which that ends."""
    ago, left = round((now - turn.at).total_seconds()), round((turn.until - now).total_seconds())
    former = "its former addresses" if turn.what == _ENDPOINTS else "its former address"
    before = "that it does not exist" if turn.denial else former
    return (
        f"{turn.what} {ago} s ago: whoever looked before may be told {before} until {turn.until:%H:%M:%S} UTC, "
        f"{left} s from now ({turn.kept.words})"
    )
