"""What one resolver tells its program, and why, where it is not told the addresses that the name has."""

from enum import StrEnum

from msgspec import Struct

from bot.model.dns.search.resolver import Resolver
from bot.model.probe import Outcome


class Reason(StrEnum):
    """Why a resolver has no address, or not all. Most are its own ways: another resolver may have it."""

    DENIED = "denied"  # every name that it asks does not exist, or has no address
    UNKNOWN = "unknown"  # what a nameserver outside of the cluster says was not asked
    FAILED = "failed"  # the name as it was typed, the last that could be asked, was answered with no answer
    UNSEARCHED = "unsearched"  # it never uses the search list
    NDOTS = "ndots"  # the name has ndots dots, so it left the search list out
    LINE = "search-line"  # the search line is longer than it reads
    STOPPED = "stopped"  # it ended its search at a name that was not answered well
    SKIPPED = "skipped"  # it left out the rest of the search list after such a name
    PAIR = "pair"  # A was answered and AAAA was not, and it needs both
    CUT = "cut"  # the answer did not fit into UDP
    TCP = "tcp"  # the answer did not fit into UDP, and could not be fetched over TCP
    SIZE = "size"  # it asks for long UDP answers, which are lost on the way
    NUMBER = "number"  # it takes the name for an address, or for no name, and asks no DNS
    SERVER = "server"  # the first nameserver answered badly, and it asked no other


class Conclusion(Struct, frozen=True):
    """What one resolver tells its program. `error` is its own word, empty with a hit.

    `missing` is the step that has to be asked before anything can be concluded; all else is then empty. `at` is the name of
    the search that `reason` is about, `outcome` what was answered there, `seconds` what the lookup takes.
    """

    resolver: Resolver
    hit: str = ""
    addresses: tuple[str, ...] = ()
    error: str = ""
    asked: tuple[str, ...] = ()
    missing: str = ""
    seconds: float = 0.0
    reason: Reason | None = None
    at: str = ""
    outcome: Outcome | None = None

    @property
    def libc(self) -> str:
        """The name of the resolver, under the word that `k8snet.dns/v1` has for it."""
        return self.resolver.name

    @property
    def is_found(self) -> bool:
        return bool(self.hit)
