"""The plugins that answer from the cluster or from elsewhere, and those that only some builds of CoreDNS have.

https://coredns.io/plugins/kubernetes/, https://coredns.io/plugins/forward/, https://coredns.io/plugins/local/.
"""

from collections.abc import Sequence

from msgspec import Struct

from bot.model.dns.corefile.reply import Query, Records, Reply, Scope, Source, fixed, unknown
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.tokens import VARIABLE
from bot.model.dns.corefile.zones import covers, longest, zones_of
from bot.model.probe import Outcome
from bot.model.text import one_line

_LOCALHOST = {"A": "127.0.0.1", "AAAA": "::1"}
_FORWARD = 2
_LONGEST = 100  # characters of a line that is quoted


class Kubernetes(Struct, frozen=True):
    """`kubernetes [ZONE…]`."""

    by: Directive
    scope: Scope

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return what the objects give; a name that does not exist is handed on where it says `fallthrough`."""
        if not longest(self.scope.zones, query.name):
            return query
        if self.by.is_unknown:
            return unknown("the kubernetes plugin holds what was not read", self.by, query)
        if self.scope.api:
            return unknown(f"{self.scope.api} names the API server whose objects CoreDNS answers from", self.by, query)
        found = records(query, self.scope)
        if isinstance(found, tuple):
            outcome = Outcome.ANSWERED if found else Outcome.NO_DATA
            return Reply(Source.CLUSTER, outcome, found, self.by, query.name)
        if found is Outcome.NXDOMAIN and any(covers(each, query.name) for each in self.scope.fallthrough):
            return query
        return Reply(Source.CLUSTER, found, (), self.by, query.name)


def kubernetes_of(by: Directive, zones: tuple[str, ...]) -> Kubernetes:
    """Return the plugin that a directive makes, in a server block of these zones."""
    lines = {line[0].text: [each.text for each in line[1:]] for line in by.body if line}
    return Kubernetes(
        by,
        Scope(
            zones=zones_of(each.text for each in by.args) or zones,
            fallthrough=(zones_of(lines["fallthrough"]) or (".",)) if "fallthrough" in lines else (),
            pods=next(iter(lines.get("pods", ())), "disabled"),
            namespaces=tuple(each.text for line in by.body if line[0].text == "namespaces" for each in line[1:]),
            labels=" ".join(lines.get("labels", ())),
            namespace_labels=" ".join(lines.get("namespace_labels", ())),
            no_endpoints="noendpoints" in lines,
            ignores_empty=lines.get("ignore") == ["empty_service"],
            endpoint_pod_names="endpoint_pod_names" in lines,
            multicluster=zones_of(lines.get("multicluster", ())),
            api=_api(by),
        ),
    )


def _api(by: Directive) -> str:
    """Return the line that names an API server, in words: it may be another cluster's; empty where the pod's own is read."""
    lines = (line for line in by.body if line[0].text in ("endpoint", "kubeconfig"))
    found = next(lines, ())
    words = one_line(" ".join(each.text for each in found), limit=_LONGEST)
    return f"line {found[0].line} of {found[0].file or 'the Corefile'} ({words})" if found else ""


class Elsewhere(Struct, frozen=True):
    """A plugin that hands names of its zones to other servers or zone files, e.g. `forward`, `file`."""

    by: Directive
    zones: tuple[str, ...]
    exceptions: tuple[str, ...] = ()
    is_unread: bool = False  # a variable stands where its zones do

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return that somebody else knows."""
        del records
        if self.is_unread:
            return unknown(f"which names {self.by.name} takes stands in a variable of CoreDNS", self.by, query)
        is_own = any(covers(each, query.name) for each in self.zones)
        is_excepted = query.name not in self.zones and any(covers(each, query.name) for each in self.exceptions)
        if not is_own or is_excepted:
            return query
        return Reply(Source.UPSTREAM, by=self.by, asked=query.name)


def forward_of(by: Directive) -> Elsewhere:
    """Return a `forward FROM TO…`: the first of FROM's zones counts, and names of `except` pass by."""
    args = [each.text for each in by.args]
    exceptions = [each.text for line in by.body if line and line[0].text == "except" for each in line[1:]]
    own = zones_of(args[:1])[:1] if len(args) >= _FORWARD else ()
    return Elsewhere(by, own, zones_of(exceptions), is_unread=any(map(VARIABLE.search, (*args[:1], *exceptions))))


def elsewhere_of(by: Directive, zones: tuple[str, ...]) -> Elsewhere:
    """Return a plugin that names its zones by arguments; without any it has those of its server block."""
    words = [each.text for each in by.args]
    match by.name:
        case "file":  # file DBFILE [ZONE…]
            words = words[1:]
        case "route53" | "clouddns":  # ZONE:ID…
            words = [each.partition(":")[0] for each in words]
        case "azure":  # RESOURCE_GROUP:ZONE…
            words = [each.partition(":")[2] for each in words]
    return Elsewhere(by, zones_of(words) or zones, is_unread=any(map(VARIABLE.search, words)))


class Unread(Struct, frozen=True):
    """A plugin whose doing is not read here."""

    by: Directive

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return that nobody can tell."""
        del records
        return unknown(f"what the plugin {self.by.name} does is not read here", self.by, query)


class Local(Struct, frozen=True):
    """`local` answers `localhost.` in front of any domain."""

    by: Directive

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return the loopback address, for names of localhost."""
        del records
        if not query.name.startswith("localhost.") and not query.name.endswith(".localhost."):
            return query
        own = (_LOCALHOST[query.type],) if query.type in _LOCALHOST else ()
        return fixed(self.by, query, Outcome.ANSWERED if own else Outcome.NO_DATA, own)


class Empty(Struct, frozen=True):
    """`whoami` answers every name without a record."""

    by: Directive

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return an answer without an address."""
        del records
        return fixed(self.by, query, Outcome.NO_DATA)


def each_of(directives: Sequence[Directive], name: str) -> tuple[Directive, ...]:
    """Return the directives of one plugin, in the order in which they stand."""
    return tuple(each for each in directives if each.name == name)
