"""What a Corefile leads a query to: the words that its plugins and whoever asks it share."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from bot.model.dns.corefile.syntax import Directive
from bot.model.probe import Outcome


class Query(Struct, frozen=True):
    """A question to CoreDNS: a full name in lower case with its final dot, a type, and who asks, where that is known."""

    name: str
    type: str = "A"
    client: str = ""


class Source(StrEnum):
    """Where an answer comes from."""

    CLUSTER = "cluster"  # the kubernetes plugin, from the objects
    FIXED = "fixed"  # the Corefile itself: template, hosts, acl, local
    UPSTREAM = "upstream"  # another server, or a zone file: what it says is not known here
    NOBODY = "nobody"  # no server block, or no plugin of it, takes the name
    UNKNOWN = "unknown"  # what decides was not read


class Reply(Struct, frozen=True):
    """Who answers a query, and what, as far as it is known.

    `asked` is the name that was looked up at last, after every rewrite; `rewrites` are the rules that changed it. For an
    UPSTREAM answer the outcome is NOT_RUN, for an UNKNOWN one as well, with the reason in `why`.
    """

    source: Source
    outcome: Outcome = Outcome.NOT_RUN
    addresses: tuple[str, ...] = ()
    by: Directive | None = None
    asked: str = ""
    rewrites: tuple[Directive, ...] = ()
    why: str = ""

    @property
    def plugin(self) -> str:
        """Return the name of the plugin that answers; empty where none does."""
        return self.by.name if self.by else ""


class Scope(Struct, frozen=True):
    """What a `kubernetes` plugin answers for: https://coredns.io/plugins/kubernetes/."""

    zones: tuple[str, ...]
    fallthrough: tuple[str, ...] = ()
    pods: str = "disabled"
    namespaces: tuple[str, ...] = ()
    labels: str = ""
    namespace_labels: str = ""
    no_endpoints: bool = False
    ignores_empty: bool = False
    endpoint_pod_names: bool = False
    multicluster: tuple[str, ...] = ()
    api: str = ""  # the line that names an API server, in words

    @property
    def is_whole(self) -> bool:
        """Return whether it answers for every Service of the cluster, as far as the Corefile says."""
        return not (
            self.api
            or self.namespaces
            or self.labels
            or self.namespace_labels
            or self.no_endpoints
            or self.ignores_empty
        )


# What the objects of the cluster give a query: addresses (none: the name exists without such an address), NXDOMAIN, or NOT_RUN
# where it is not known.
Records = Callable[[Query, Scope], tuple[str, ...] | Outcome]


class Plugin(Protocol):
    """One plugin of a server block: it answers a query, or hands it to the next one, perhaps changed."""

    def answer(self, query: Query, records: Records) -> Reply | Query:
        """Return its answer, or the query as the next plugin sees it."""
        ...


def unknown(why: str, by: Directive | None = None, query: Query | None = None) -> Reply:
    """Return that nobody can tell, and why."""
    return Reply(Source.UNKNOWN, by=by, why=why, asked=query.name if query else "")


def fixed(by: Directive, query: Query, outcome: Outcome, addresses: tuple[str, ...] = ()) -> Reply:
    """Return an answer that the Corefile itself gives."""
    return Reply(Source.FIXED, outcome, addresses, by, query.name)
