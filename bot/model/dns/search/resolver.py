"""The shape of a row: every way in which two resolvers were seen to differ is a field here, and nowhere else."""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from bot.model.dns.search.numbers import Numbers
from bot.model.probe import Outcome


class Search(StrEnum):
    """Which names a resolver completes with the search list."""

    YES = "yes"
    NO = "no"
    ONE_LABEL = "one label"  # only names without a dot


class Order(StrEnum):
    """When the name is asked as it was typed."""

    BY_NDOTS = "by ndots"  # fewer dots than ndots: last; else first, and the search list after it
    BY_NDOTS_ALONE = "by ndots, alone"  # fewer dots than ndots: last; else nothing else is asked
    FIRST = "first"  # with a dot first, whatever ndots says; without one never
    FIRST_OR_ALONE = "first or alone"  # the same, and at ndots dots nothing else is asked


class Types(StrEnum):
    """Which types are asked, and what the lookup needs of them."""

    EITHER = "either"  # A and AAAA of each name; one answered with an address is enough, once the other has ended
    BOTH = "both"  # A and AAAA of each name; neither may fail
    A = "A only"
    A_THEN_AAAA = "A, then AAAA"  # AAAA of the one name that has an A
    AAAA_THEN_A = "AAAA, then A"  # A only when AAAA was answered
    APART = "apart"  # the search is walked for each type by itself, and one that finds an address is enough


class Then(StrEnum):
    """What comes after a name that gave no address."""

    NEXT = "next"
    STOP = "stop"
    AS_IS = "as is"  # the rest of the search list is left out, and the name asked as it was typed


class Cut(StrEnum):
    """What is done with an answer that did not fit into UDP."""

    TCP = "TCP"
    PART = "part"  # what fitted is taken for all
    DROPPED = "dropped"


class Told(StrEnum):
    """Whose error is told when no name of a search gave an address."""

    LAST = "last"
    SEARCHED = "searched"  # the last one of the search list, not of the name as it was typed (Go)
    GLIBC = "glibc"  # that of the name as it was typed if that came first, else NODATA, else SERVFAIL, else the last


class Wait(Struct, frozen=True):
    """How long a resolver waits for a nameserver that is silent, until it gives a name up.

    `seconds` a try, `tries` tries, each twice as long as the one before if `doubling`. Those marked are taken from
    `options timeout:` and `options attempts:` where resolv.conf has them; `more` tries are made beyond `attempts`.
    """

    seconds: float
    tries: int = 1
    doubling: bool = False
    takes_timeout: bool = False
    takes_attempts: bool = False
    more: int = 0
    least: int = 1

    def total(self, timeout: int | None = None, attempts: int | None = None) -> float:
        """Return seconds, with the options of a resolv.conf or without."""
        each = float(timeout) if timeout is not None and self.takes_timeout else self.seconds
        tries = max(attempts + self.more, self.least) if attempts is not None and self.takes_attempts else self.tries
        return each * (2**tries - 1) if self.doubling else each * tries


NO_WAIT = Wait(0.0)


class Resolver(Struct, frozen=True):
    """One resolver, in one version, as it was measured. `source` is where its rules stand, `used_by` who has it.

    The reactions are to one name of a search; `next_server` are the outcomes after which the next nameserver of
    resolv.conf is asked for the same name. `udp` is the longest answer that it takes over UDP, in bytes.
    """

    name: str
    title: str
    version: str
    source: str
    used_by: str
    aliases: tuple[str, ...] = ()
    is_tool: bool = False  # a command that people look names up with, not a library that programs call
    search: Search = Search.YES
    order: Order = Order.BY_NDOTS
    most_domains: int = 0  # 0: as many as resolv.conf has
    most_characters: int = 0  # a longer search line is ignored as a whole; 0: any length
    types: Types = Types.EITHER
    nodata: Then = Then.NEXT
    servfail: Then = Then.NEXT
    refused: Then = Then.NEXT
    silent: Then = Then.NEXT
    closed: Then = Then.NEXT
    forgives_as_is: bool = False  # the name as it was typed, asked first, never ends the search
    silence: Wait = Wait(5.0, 2, takes_timeout=True, takes_attempts=True)
    half_silence: Wait | None = None  # A is answered and AAAA is not; None: as `silence`
    next_after: Wait | None = None  # at a silent nameserver, before the next is asked; None: one try of `silence`
    next_after_closed: Wait = NO_WAIT
    failing: Wait = NO_WAIT  # a name that is answered with SERVFAIL
    refusing: Wait = NO_WAIT  # a name that is answered with REFUSED
    closing: Wait = NO_WAIT  # the port of the nameserver is closed
    next_server: frozenset[Outcome] = frozenset(
        (Outcome.TIMEOUT, Outcome.SERVFAIL, Outcome.DNS_REFUSED, Outcome.REFUSED, Outcome.UNREACHABLE)
    )
    attempts_bound_servers: bool = (
        False  # no more nameservers are asked than `options attempts:` says, where it is there
    )
    asks_all_servers: bool = False  # at once; the first answer that is one counts
    takes_any_server: bool = False  # of those that are asked at once, one with an address is enough
    picks_servers: bool = False  # at random: whether another one is asked after a bad answer is luck, taken as no here
    asks_all_names: bool = False  # of the search list, also those after a hit
    udp: int = 512
    cut: Cut = Cut.TCP
    obeys_use_vc: bool = False  # asks over TCP alone where resolv.conf has `options use-vc`
    most_addresses: int = 0  # 0: all that were answered
    keeps_denial: int = 0  # seconds for which a failed lookup is not made again; 0: not kept
    keeps_negative_ttl: bool = False  # as long as the nameserver's SOA allows
    numbers: Numbers = Numbers.ASKED  # what is made of a name that is written like a number
    reads_hosts: bool = True  # /etc/hosts is read before DNS is asked
    told: Told = Told.LAST
    errors: Mapping[Outcome, str] = field(default_factory=dict)
    error: str = ""  # what is told of outcomes that `errors` does not name
    cut_error: str = ""  # what is told where the rest of a cut answer could not be fetched, if that is something else

    def error_of(self, outcome: Outcome) -> str:
        """Return the word that the program is given."""
        return self.errors.get(outcome, self.error)

    def then(self, outcome: Outcome) -> Then:
        """Return what comes after a name that ended like this."""
        match outcome:
            case Outcome.NXDOMAIN:
                return Then.NEXT
            case Outcome.NO_DATA:
                return self.nodata
            case Outcome.SERVFAIL:
                return self.servfail
            case Outcome.DNS_REFUSED:
                return self.refused
            case Outcome.REFUSED:
                return self.closed
        return self.silent
