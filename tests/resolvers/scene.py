"""A scene: what nameservers answer to each name, once for the real resolver and once for the simulation."""

from msgspec import Struct

from bot.model.dns.resolv_conf import USE_VC, ResolvConf
from bot.model.dns.search.answers import Answer, SearchStep
from bot.model.probe import Outcome

FOUND, NX, NODATA = Outcome.ANSWERED, Outcome.NXDOMAIN, Outcome.NO_DATA
SERVFAIL, REFUSED, SILENT, CLOSED = Outcome.SERVFAIL, Outcome.DNS_REFUSED, Outcome.TIMEOUT, Outcome.REFUSED
SEARCHES = ("front.svc.cluster.local", "svc.cluster.local", "cluster.local")
F, S, C = (f"user-service.shop.{each}." for each in SEARCHES)
RAW = "user-service.shop."
PINNED, PIN = "pinned.example", "10.96.9.9"  # what stands in /etc/hosts
HIT = (FOUND, NODATA)
SERVER = "127.0.0.1"

Pair = tuple[Outcome, Outcome]  # of A and AAAA


class World(Struct, frozen=True):
    """What one nameserver answers: a pair of outcomes for each full name, `rest` for all others.

    `count` is how many addresses an answered name has.
    """

    names: dict[str, Pair] = {}
    rest: Pair = (NX, NX)
    count: int = 1

    def pair(self, name: str) -> Pair:
        return self.names.get(name.lower(), self.rest)


class Scene(Struct, frozen=True):
    """One row: the world of each nameserver, resolv.conf, and the name that is asked. `slow` takes default timeouts."""

    title: str
    worlds: tuple[World, ...]
    asked: str = "user-service.shop"
    searches: tuple[str, ...] = SEARCHES
    ndots: int = 5
    timeout: int | None = None
    attempts: int | None = None
    slow: bool = False
    over_tcp: bool = False

    @property
    def servers(self) -> tuple[str, ...]:
        """One loopback address a nameserver, of which a closed one has none that listens."""
        return tuple(f"127.0.0.{number}" for number in range(1, len(self.worlds) + 1))

    @property
    def conf(self) -> ResolvConf:
        """The resolv.conf, as the simulation takes it."""
        return ResolvConf(self.servers, self.searches, self.ndots, "", True, self.timeout, self.attempts, self.over_tcp)

    @property
    def text(self) -> str:
        """The resolv.conf, as the real resolver reads it."""
        options = [f"ndots:{self.ndots}"]
        options += [f"timeout:{self.timeout}"] if self.timeout is not None else []
        options += [f"attempts:{self.attempts}"] if self.attempts is not None else []
        options += [USE_VC] if self.over_tcp else []
        lines = [*(f"nameserver {each}" for each in self.servers), f"search {' '.join(self.searches)}"]
        return "\n".join([*lines, f"options {' '.join(options)}", ""])

    def step(self, name: str) -> SearchStep:
        """Answer one name as the nameservers do."""
        first, *rest = (_step(name, world, server) for world, server in zip(self.worlds, self.servers, strict=True))
        return SearchStep(first.name, first.a, first.aaaa, tuple(rest))


def addresses(kind: str, count: int) -> tuple[str, ...]:
    """Return the addresses of a name: the same for the simulation and for the server."""
    if kind == "A":
        return tuple(f"10.96.{number // 250}.{number % 250 + 1}" for number in range(count))
    return tuple(f"fd00::{number + 1:x}" for number in range(count))


def _step(name: str, world: World, server: str) -> SearchStep:
    a, aaaa = (
        Answer(outcome, addresses(kind, world.count) if outcome is FOUND else (), server=server)
        for kind, outcome in zip(("A", "AAAA"), world.pair(name), strict=True)
    )
    return SearchStep(name, a, aaaa)
