"""What nameservers answer to one name of a search, which is all that a simulated resolver sees."""

from msgspec import Struct

from bot.model.probe import Outcome

FOUND = Outcome.ANSWERED
DENIED = (Outcome.NXDOMAIN, Outcome.NO_DATA)
_HEARD = frozenset((FOUND, *DENIED, Outcome.SERVFAIL, Outcome.DNS_REFUSED, Outcome.REFUSED))


class AtSize(Struct, frozen=True):
    """What one nameserver answered where UDP answers of at most `limit` bytes were asked for, or, with 0, over TCP."""

    limit: int
    outcome: Outcome
    addresses: tuple[str, ...] = ()
    truncated: bool = False


class Answer(Struct, frozen=True):
    """One name and type, as one nameserver answered it. `truncated`: the answer did not fit into UDP.

    `sizes` is what each size that programs ask for gave, where that was tried; `too_long`: answers of the size that was asked
    for are lost, and shorter ones are not. `beside` is what a fresh name in the same domain gave, where this one gave
    SERVFAIL.
    """

    outcome: Outcome
    addresses: tuple[str, ...] = ()
    ms: float = 0.0
    server: str = ""
    truncated: bool = False
    sizes: tuple[AtSize, ...] = ()
    too_long: bool = False
    beside: Outcome = Outcome.NOT_RUN

    @property
    def is_lost(self) -> bool:
        """Nothing usable came: silence, or an answer cut short whose rest could not be fetched over TCP."""
        return self.outcome not in _HEARD


class SearchStep(Struct, frozen=True):
    """One name of the search, asked for A and AAAA.

    `others` are the answers of the second and third nameserver, in the order of resolv.conf; empty where they were not
    asked, which stands for the same answers.
    """

    name: str
    a: Answer
    aaaa: Answer
    others: tuple["SearchStep", ...] = ()

    @property
    def is_hit(self) -> bool:
        return FOUND in (self.a.outcome, self.aaaa.outcome)

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.a.addresses + self.aaaa.addresses
