"""Forwarding loops that a Corefile itself shows: a name that it hands to the cluster's own DNS comes back to it. Pure.

Not every `forward` to the DNS Service is one: a name that was rewritten, or is another server block's, may be answered there.
"""

from bot.model.dns.configured import Configured, asks_cluster, configured_all
from bot.model.dns.corefile.reply import Query, Source
from bot.model.dns.corefile.syntax import Directive
from bot.model.dns.corefile.zones import fqdn
from bot.model.dns.objects import found_in
from bot.model.snapshot import Snapshot


def comes_back(snapshot: Snapshot, name: str) -> Directive | None:
    """Return the `forward` by which a full name comes back to where it was handed on, in every Corefile; else None."""
    found = [_loop(snapshot, each, Query(fqdn(name))) for each in configured_all(snapshot)]
    return found[0] if found and all(found) else None


def _loop(snapshot: Snapshot, known: Configured, query: Query) -> Directive | None:
    passed: list[Directive] = []
    while True:
        reply = known.corefile.reply(query, lambda asked, scope: found_in(snapshot, asked, scope), known.port)
        if reply.source is not Source.UPSTREAM or reply.by is None or not asks_cluster(snapshot, reply.by):
            return None
        if reply.by in passed:
            return reply.by
        passed.append(reply.by)
        query = Query(reply.asked)
