"""The resolvers, one row each, as they were measured with the real library against a scripted nameserver.

`make test-resolvers` measures them again; where a row and the real one differ, the row is wrong. `make docs` writes the table
as docs/resolvers.md.
"""

from bot.model.dns.search.resolver import Order, Search, Types
from bot.model.dns.search.rows.libraries import (
    AIODNS_QUERY,
    C_ARES,
    DNSJAVA,
    DNSPYTHON,
    ERLANG,
    GRPC,
    HICKORY,
    NETTY,
    NODE,
    PERL,
    RUBY,
)
from bot.model.dns.search.rows.proxies_and_tools import BUSYBOX, DIG, HAPROXY, NGINX, NSLOOKUP
from bot.model.dns.search.rows.system import GLIBC, GO, JAVA, MUSL, MUSL_OLD

RESOLVERS = (
    *(
        GLIBC,
        MUSL,
        MUSL_OLD,
        GO,
        JAVA,
        NODE,
        C_ARES,
        AIODNS_QUERY,
        GRPC,
        DNSPYTHON,
        HICKORY,
        DNSJAVA,
        NETTY,
        RUBY,
        PERL,
    ),
    *(ERLANG, NGINX, HAPROXY, BUSYBOX, NSLOOKUP, DIG),
)
# Those that end at the first hit, by names in the order of ndots: a walk asks until each of them could conclude.
WALKED = tuple(
    each
    for each in RESOLVERS
    if each.search is Search.YES
    and each.order in (Order.BY_NDOTS, Order.BY_NDOTS_ALONE)
    and each.types is not Types.APART
    and not each.is_tool
)
# The three that are told wherever nobody says which one the caller has.
LIBCS = (GLIBC, MUSL, GO)
WORDS = {word: each for each in RESOLVERS for word in (each.name, *each.aliases)}
