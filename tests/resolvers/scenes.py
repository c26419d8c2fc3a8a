"""The scenes: one for each way in which resolvers were seen to differ."""

from tests.resolvers.scene import (
    CLOSED,
    FOUND,
    HIT,
    NODATA,
    NX,
    PINNED,
    REFUSED,
    SEARCHES,
    SERVFAIL,
    SILENT,
    C,
    F,
    Pair,
    S,
    Scene,
    World,
)

_LONG = tuple(f"{letter * 40}.example" for letter in "abcdefgh")
_PLAIN = World({S: HIT})
_OUTSIDE = "api.shop.example"


def _first(pair: Pair) -> tuple[World, ...]:
    return (World({F: pair, S: HIT}),)


def _pair(pair: Pair) -> tuple[World, ...]:
    return (World({S: pair}),)


SCENES = (
    Scene("the second name has it", (_PLAIN,)),
    Scene("a full name with its dot", (_PLAIN,), asked=S),
    Scene("a full name without its dot", (_PLAIN,), asked=S.rstrip(".")),
    Scene("one label", (World({"user-service.svc.cluster.local.": HIT}),), asked="user-service"),
    Scene("no name has it", (World(),)),
    Scene("one label, and no name has it", (World(),), asked="user-service"),
    Scene("the hosts file has it", (World(),), asked=PINNED),
    Scene("the first name has no data", _first((NODATA, NODATA))),
    Scene("the first name is SERVFAIL", _first((SERVFAIL, SERVFAIL)), timeout=1, attempts=1),
    Scene("the first name is REFUSED", _first((REFUSED, REFUSED)), timeout=1, attempts=1),
    Scene("the first name is silent", _first((SILENT, SILENT)), timeout=1, attempts=1),
    Scene("every name is SERVFAIL", (World(rest=(SERVFAIL, SERVFAIL)),), timeout=1, attempts=1),
    Scene(
        "the node's search domain is SERVFAIL",
        (World({f"{_OUTSIDE}.corp.example.": (SERVFAIL, SERVFAIL), f"{_OUTSIDE}.": HIT}),),
        asked=_OUTSIDE,
        searches=(*SEARCHES, "corp.example"),
        timeout=1,
        attempts=1,
    ),
    Scene(
        "the node's search domain is silent",
        (World({f"{_OUTSIDE}.corp.example.": (SILENT, SILENT), f"{_OUTSIDE}.": HIT}),),
        asked=_OUTSIDE,
        searches=(*SEARCHES, "corp.example"),
        timeout=1,
        attempts=1,
    ),
    Scene("AAAA is NXDOMAIN", _pair((FOUND, NX))),
    Scene("AAAA is SERVFAIL", _pair((FOUND, SERVFAIL)), timeout=1, attempts=1),
    Scene("AAAA is silent", _pair((FOUND, SILENT)), timeout=1, attempts=1),
    Scene("only AAAA has an address", _pair((NODATA, FOUND))),
    Scene("both have addresses", _pair((FOUND, FOUND))),
    Scene("120 addresses", (World({S: HIT}, count=120),)),
    Scene("40 addresses", (World({S: HIT}, count=40),)),
    Scene("ndots 1, one dot", (_PLAIN,), ndots=1),
    Scene("ndots 2, two dots", (_PLAIN,), asked="user-service.shop.svc", searches=("cluster.local",), ndots=2),
    Scene("ndots 2, one dot", (_PLAIN,), ndots=2),
    Scene("a search line of more than 255 characters", (_PLAIN,), searches=(*SEARCHES, *_LONG)),
    Scene(
        "nine search domains",
        (World({"user-service.shop.last.example.": HIT}),),
        searches=(*SEARCHES, *(f"d{number}.example" for number in range(5)), "last.example"),
    ),
    Scene("silent, timeout 1, attempts 1", (World(rest=(SILENT, SILENT)),), timeout=1, attempts=1, asked=S),
    Scene("silent, timeout 1, attempts 2", (World(rest=(SILENT, SILENT)),), timeout=1, attempts=2, asked=S),
    Scene("silent", (World(rest=(SILENT, SILENT)),), asked=S, slow=True),
    Scene("the port is closed", (World(rest=(CLOSED, CLOSED)),), timeout=1, attempts=1, asked=S),
    Scene("the first nameserver is REFUSED", (World(rest=(REFUSED, REFUSED)), _PLAIN), asked=S),
    Scene("the first nameserver is SERVFAIL", (World(rest=(SERVFAIL, SERVFAIL)), _PLAIN), asked=S),
    Scene("the first nameserver is NXDOMAIN", (World(), _PLAIN), asked=S),
    Scene("the first nameserver is closed", (World(rest=(CLOSED, CLOSED)), _PLAIN), asked=S),
    Scene("the first nameserver is silent", (World(rest=(SILENT, SILENT)), _PLAIN), asked=S, timeout=1, attempts=2),
    Scene(
        "the first nameserver is closed, attempts 1",
        (World(rest=(CLOSED, CLOSED)), _PLAIN),
        asked=S,
        timeout=1,
        attempts=1,
    ),
    Scene(
        "the first nameserver is silent, attempts 1",
        (World(rest=(SILENT, SILENT)), _PLAIN),
        asked=S,
        timeout=1,
        attempts=1,
    ),
    Scene("AAAA is silent, by default", _pair((FOUND, SILENT)), slow=True),
    Scene("the first name is SERVFAIL, by default", _first((SERVFAIL, SERVFAIL)), slow=True),
    Scene("the first name is silent, by default", _first((SILENT, SILENT)), slow=True),
    *(
        Scene(f"a number for a name: {word}", (World({f"{word}.front.svc.cluster.local.": HIT}),), asked=word)
        for word in ("443", "0x7f000001", "0443", "1-2-3-4")
    ),
    Scene("over TCP alone, options use-vc", (_PLAIN,), over_tcp=True),
    Scene("the third name has it", (World({C: HIT}),)),
)
