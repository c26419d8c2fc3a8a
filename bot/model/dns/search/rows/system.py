"""What programs ask without choosing: the C libraries, Go and the JVM."""

from msgspec.structs import replace

from bot.model.dns.search.numbers import Numbers
from bot.model.dns.search.resolver import Cut, Order, Resolver, Then, Told, Types, Wait
from bot.model.dns.search.rows.words import CLOSED, NODATA, NX, REFUSED, SERVFAIL

GLIBC = Resolver(
    name="glibc",
    title="glibc getaddrinfo",
    version="2.36 (Debian 12)",
    source="https://sourceware.org/git/?p=glibc.git;a=blob;f=resolv/res_query.c;hb=glibc-2.36",
    used_by="most programs of Debian, Ubuntu and Red Hat images: Python socket, curl, PHP, Node dns.lookup, Erlang inet",
    aliases=("libc", "debian", "python", "php", "curl", "node-lookup"),
    refused=Then.AS_IS,
    silent=Then.AS_IS,
    closed=Then.STOP,
    forgives_as_is=True,
    half_silence=Wait(5.0, 3, takes_timeout=True),
    obeys_use_vc=True,
    numbers=Numbers.ADDRESS,
    told=Told.GLIBC,
    errors={NX: "EAI_NONAME", NODATA: "EAI_NODATA", REFUSED: "EAI_NONAME"},
    error="EAI_AGAIN",
)

MUSL = Resolver(
    name="musl",
    title="musl getaddrinfo",
    version="1.2.5",
    source="https://git.musl-libc.org/cgit/musl/tree/src/network/lookup_name.c?h=v1.2.5",
    used_by="programs on the C library of Alpine images",
    aliases=("alpine",),
    order=Order.BY_NDOTS_ALONE,
    most_characters=255,
    types=Types.BOTH,
    nodata=Then.STOP,
    servfail=Then.STOP,
    refused=Then.STOP,
    silent=Then.STOP,
    closed=Then.STOP,
    silence=Wait(5.0, takes_timeout=True),
    failing=Wait(5.0, takes_timeout=True),
    refusing=Wait(5.0, takes_timeout=True),
    closing=Wait(5.0, takes_timeout=True),
    asks_all_servers=True,
    most_addresses=48,
    numbers=Numbers.ADDRESS,
    errors={NX: "EAI_NONAME", NODATA: "EAI_NODATA"},
    error="EAI_AGAIN",
)

MUSL_OLD = replace(
    MUSL,
    name="musl-1.2.3",
    title="musl before 1.2.4",
    version="1.2.3",
    source="https://git.musl-libc.org/cgit/musl/tree/src/network/lookup_name.c?h=v1.2.3",
    used_by="programs on the C library of Alpine 3.17 and older, and Debian 12's musl",
    aliases=("musl-old",),
    cut=Cut.PART,
    errors={NX: "EAI_NONAME", NODATA: "EAI_NONAME"},
)

GO = Resolver(
    name="go",
    title="Go net.Resolver (PreferGo)",
    version="1.26.8",
    source="https://github.com/golang/go/blob/go1.26.8/src/net/dnsclient_unix.go",
    used_by="Go programs built without cgo, as most images of Go programs are",
    aliases=("golang", "netgo"),
    udp=1232,
    obeys_use_vc=True,
    numbers=Numbers.REFUSED,
    told=Told.SEARCHED,
    errors={
        NX: "no such host",
        NODATA: "no such host",
        SERVFAIL: "server misbehaving",
        REFUSED: "server misbehaving",
        CLOSED: "connection refused",
    },
    error="i/o timeout",
    cut_error="no such host",
)

JAVA = Resolver(
    name="java",
    title="Java InetAddress",
    version="OpenJDK 17.0.15, Temurin 25.0.3",
    source="https://docs.oracle.com/en/java/javase/17/core/java-networking.html",
    used_by="the JVM on Debian or Red Hat images; it asks the C library, glibc here",
    aliases=("jvm", "openjdk", "kotlin", "scala"),
    refused=Then.AS_IS,
    silent=Then.AS_IS,
    closed=Then.STOP,
    forgives_as_is=True,
    half_silence=GLIBC.half_silence,
    keeps_denial=10,
    obeys_use_vc=True,
    numbers=Numbers.DECIMAL,
    told=Told.GLIBC,
    errors={NX: "Name or service not known", NODATA: "No address associated with hostname"},
    error="Temporary failure in name resolution",
)
