"""Proxies that resolve names themselves, and the commands that people type."""

from bot.model.dns.search.resolver import Cut, Order, Resolver, Search, Then, Types, Wait
from bot.model.dns.search.rows.words import NX, RCODES, REFUSED, SERVFAIL, UNREACHED
from bot.model.probe import Outcome

NGINX = Resolver(
    name="nginx",
    title="nginx resolver",
    version="1.22.1 (the pair of types also 1.31.3)",
    source="https://nginx.org/en/docs/http/ngx_http_core_module.html#resolver",
    used_by="nginx where `resolver` is set and proxy_pass has a variable; other names are asked of the C library at start",
    aliases=("openresty",),
    search=Search.NO,
    types=Types.BOTH,
    silence=Wait(30.0),
    closing=Wait(30.0),
    next_after=Wait(5.0),
    reads_hosts=False,
    next_server=UNREACHED,
    errors={NX: "3: Host not found", SERVFAIL: "2: Server failure", REFUSED: "5: Operation refused"},
    error="110: Operation timed out",
)

HAPROXY = Resolver(
    name="haproxy",
    title="HAProxy resolvers",
    version="2.6.12 and 2.8.25",
    source="https://docs.haproxy.org/2.8/configuration.html#5.3",
    used_by="HAProxy where a server line has `resolvers`; without it the C library is asked at start",
    search=Search.NO,
    types=Types.AAAA_THEN_A,
    silence=Wait(1.0),
    asks_all_servers=True,
    takes_any_server=True,
    cut=Cut.DROPPED,
    reads_hosts=False,
    errors={},
    error="no address (503)",
)

BUSYBOX = Resolver(
    name="busybox",
    title="BusyBox nslookup",
    version="1.35.0",
    source="https://git.busybox.net/busybox/tree/networking/nslookup.c?h=1_35_0",
    used_by="people in an Alpine or busybox shell",
    aliases=("busybox-nslookup",),
    is_tool=True,
    search=Search.ONE_LABEL,
    silence=Wait(5.0),
    next_server=UNREACHED,
    asks_all_names=True,
    cut=Cut.PART,
    reads_hosts=False,
    errors=RCODES,
    error="no servers could be reached",
)

NSLOOKUP = Resolver(
    name="nslookup",
    title="BIND nslookup and host",
    version="9.18.49",
    source="https://bind9.readthedocs.io/en/v9.18/manpages.html",
    used_by="people in a Debian or Red Hat shell",
    aliases=("host", "bind"),
    is_tool=True,
    most_domains=8,
    order=Order.BY_NDOTS_ALONE,
    types=Types.A_THEN_AAAA,
    nodata=Then.STOP,
    servfail=Then.STOP,
    refused=Then.STOP,
    silent=Then.STOP,
    closed=Then.STOP,
    silence=Wait(5.0, 3, takes_timeout=True, takes_attempts=True),
    next_server=UNREACHED | {Outcome.SERVFAIL},
    reads_hosts=False,
    errors=RCODES,
    error="no servers could be reached",
)

DIG = Resolver(
    name="dig",
    title="BIND dig",
    version="9.18.49",
    source="https://bind9.readthedocs.io/en/v9.18/manpages.html",
    used_by="people; with +search it uses the search list",
    is_tool=True,
    search=Search.NO,
    types=Types.A,
    silence=Wait(5.0, 3, takes_timeout=True, takes_attempts=True),
    next_server=UNREACHED,  # +fail, its default: SERVFAIL is the answer
    udp=1232,
    reads_hosts=False,
    errors=RCODES,
    error="no servers could be reached",
)
