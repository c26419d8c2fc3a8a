"""Resolvers that a program brings with it."""

from bot.model.dns.search.resolver import Cut, Order, Resolver, Search, Then, Types, Wait
from bot.model.dns.search.rows.words import ARES, NODATA, NX, RCODES, REFUSED, SERVFAIL, UNREACHED

NODE = Resolver(
    name="node",
    title="Node.js dns.resolve*",
    version="20.20.2, 22.22.0 and 26.10.0",
    source="https://nodejs.org/api/dns.html",
    used_by="Node.js programs that call dns.resolve, resolve4 or dns.promises.resolve; dns.lookup asks the C library",
    aliases=("nodejs", "node-resolve", "javascript"),
    search=Search.NO,
    types=Types.A,
    silence=Wait(2.0, 4, doubling=True, takes_timeout=True),
    next_server=UNREACHED,
    reads_hosts=False,
    obeys_use_vc=True,
    errors=ARES,
    error="ETIMEOUT",
)

C_ARES = Resolver(
    name="c-ares",
    title="c-ares getaddrinfo",
    version="pycares 5.2.1, aiodns 4.0.4",
    source="https://c-ares.org/docs/ares_getaddrinfo.html",
    used_by="aiodns and aiohttp's AsyncResolver, curl builds with c-ares, Envoy's strict_dns clusters",
    aliases=("cares", "aiodns", "aiohttp", "envoy"),
    servfail=Then.STOP,
    refused=Then.STOP,
    silent=Then.STOP,
    closed=Then.STOP,
    silence=Wait(2.0, 3, doubling=True, takes_timeout=True, takes_attempts=True),
    half_silence=Wait(2.0, takes_timeout=True),
    udp=1232,
    keeps_negative_ttl=True,
    errors=ARES,
    error="ETIMEOUT",
)

AIODNS_QUERY = Resolver(
    name="aiodns-query",
    title="aiodns query, query_dns",
    version="4.0.4 (pycares 5.2.1)",
    source="https://github.com/aio-libs/aiodns",
    used_by="Python programs that call aiodns' query",
    search=Search.NO,
    types=Types.A,
    silence=C_ARES.silence,
    udp=1232,
    keeps_negative_ttl=True,
    reads_hosts=False,
    errors=ARES,
    error="ETIMEOUT",
)

GRPC = Resolver(
    name="grpc",
    title="gRPC's own resolver (c-ares)",
    version="grpcio 1.85.3",
    source="https://github.com/grpc/grpc/blob/master/doc/naming.md",
    used_by="gRPC for Python, C++, Ruby and PHP, unless GRPC_DNS_RESOLVER=native",
    aliases=("grpcio",),
    types=Types.APART,
    servfail=Then.STOP,
    refused=Then.STOP,
    silent=Then.STOP,
    closed=Then.STOP,
    silence=C_ARES.silence,
    half_silence=Wait(2.0, 3, takes_timeout=True),
    obeys_use_vc=True,
    errors={NX: "Domain name not found", SERVFAIL: "DNS server returned general failure"},
    error="DNS resolution failed",
)

DNSPYTHON = Resolver(
    name="dnspython",
    title="dnspython resolve",
    version="2.9.2",
    source="https://dnspython.readthedocs.io/en/stable/resolver-class.html",
    used_by="Python programs that call dns.resolver.resolve; with search=True it uses the search list",
    search=Search.NO,
    types=Types.A,
    silence=Wait(5.4),
    next_after=Wait(2.0, takes_timeout=True),
    closing=Wait(5.4),
    next_after_closed=Wait(2.0),
    reads_hosts=False,
    errors={NX: "NXDOMAIN", NODATA: "NoAnswer", SERVFAIL: "NoNameservers", REFUSED: "NoNameservers"},
    error="LifetimeTimeout",
)

HICKORY = Resolver(
    name="hickory",
    title="hickory-resolver (Rust)",
    version="0.26.3",
    source="https://docs.rs/hickory-resolver/0.26.3/hickory_resolver/",
    used_by="Rust programs, e.g. reqwest with the feature hickory-dns, linkerd2-proxy",
    aliases=("rust", "trust-dns"),
    silence=Wait(5.0, 3, takes_timeout=True, takes_attempts=True, more=1),
    next_server=UNREACHED,
    picks_servers=True,
    errors={NX: "no records found", NODATA: "no records found"},
    error="proto error",
)

DNSJAVA = Resolver(
    name="dnsjava",
    title="dnsjava Lookup",
    version="3.6.4",
    source="https://github.com/dnsjava/dnsjava",
    used_by="Java programs with dnsjava; its LookupSession.defaultBuilder() has no search list",
    types=Types.A,
    nodata=Then.STOP,
    silence=Wait(5.0, 2),
    udp=1280,
    next_server=UNREACHED,
    keeps_negative_ttl=True,
    errors={NX: "host not found", NODATA: "type not found"},
    error="try again",
)

NETTY = Resolver(
    name="netty",
    title="Netty DnsNameResolver",
    version="4.2.20",
    source="https://netty.io/4.2/api/io/netty/resolver/dns/DnsNameResolver.html",
    used_by="Spring WebClient, Vert.x, Armeria, gRPC-Java with that resolver",
    aliases=("webflux", "reactor", "vertx"),
    types=Types.A,
    silent=Then.STOP,
    silence=Wait(5.0, takes_timeout=True),
    # Its UDP socket is not connected, so it never hears that a port is closed: that is silence to it.
    closing=Wait(5.0, takes_timeout=True),
    next_after_closed=Wait(5.0, takes_timeout=True),
    next_server=UNREACHED | {SERVFAIL, REFUSED, NX},
    attempts_bound_servers=True,
    udp=4096,
    cut=Cut.PART,
    errors={},
    error="UnknownHostException",
)

RUBY = Resolver(
    name="ruby",
    title="Ruby Resolv",
    version="3.1.2 (resolv 0.2.1)",
    source="https://docs.ruby-lang.org/en/3.1/Resolv.html",
    used_by="Ruby programs that require resolv-replace or call Resolv; Socket asks the C library",
    aliases=("resolv",),
    types=Types.A,
    nodata=Then.STOP,
    servfail=Then.STOP,
    refused=Then.STOP,
    silent=Then.STOP,
    closed=Then.STOP,
    silence=Wait(5.0, 4, doubling=True),
    next_after_closed=Wait(5.0),
    next_server=UNREACHED,
    errors={},
    error="no address for NAME",
)

PERL = Resolver(
    name="perl",
    title="Perl Net::DNS search",
    version="1.36",
    source="https://metacpan.org/pod/Net::DNS::Resolver",
    used_by="Perl programs; query and send ask for the name as it was typed alone",
    aliases=("net-dns",),
    order=Order.FIRST_OR_ALONE,
    types=Types.A,
    silence=Wait(5.0, 4, doubling=True, takes_timeout=True, takes_attempts=True),
    closing=Wait(1.7),
    next_after_closed=Wait(2.5, takes_timeout=True),  # two nameservers share a try
    reads_hosts=False,
    errors=RCODES,
    error="query timed out",
)

ERLANG = Resolver(
    name="erlang",
    title="Erlang inet_res:gethostbyname",
    version="OTP 25",
    source="https://www.erlang.org/docs/25/man/inet_res",
    used_by="Erlang, Elixir with inet_res; inet:gethostbyname asks the C library, inet_res:lookup never searches",
    aliases=("elixir", "otp"),
    order=Order.FIRST,
    types=Types.A,
    silence=Wait(4.7),
    next_after=Wait(0.7),
    failing=Wait(3.6),
    reads_hosts=False,
    errors={NX: "nxdomain", NODATA: "nxdomain"},
    error="timeout",
)
