"""The one simulation of all resolvers: it walks the names, reads the row, and knows no resolver by name. Pure.

They differ where a step is neither a hit nor NXDOMAIN, so a name may work in one image and fail in the next.
"""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import DENIED, FOUND, SearchStep
from bot.model.dns.search.conclusion import Conclusion, Reason
from bot.model.dns.search.names import drops_line, names
from bot.model.dns.search.numbers import read
from bot.model.dns.search.resolver import Order, Resolver, Search, Then, Told, Types
from bot.model.dns.search.step import Taken, take, take_type
from bot.model.probe import Outcome

Ask = Callable[[str], SearchStep | None]  # the answers to one full name; None: nobody asked it yet

# Reasons that rest on what every name that was asked gave.
_BY_DENIAL = (Reason.DENIED, Reason.FAILED, Reason.UNSEARCHED, Reason.NDOTS, Reason.LINE)


def conclude(name: str, conf: ResolvConf, seen: Iterable[SearchStep], resolver: Resolver) -> Conclusion:
    """Walk the search list as `resolver` does over the steps that were asked."""
    return simulate(name, conf, {each.name: each for each in seen}.get, resolver)


def missing(name: str, conf: ResolvConf, seen: Iterable[SearchStep], resolvers: Iterable[Resolver]) -> str:
    """Return a full name that has to be asked before all of the resolvers could conclude; empty where none has."""
    known = {each.name: each for each in seen}.get
    wanted = (simulate(name, conf, known, each).missing for each in resolvers)
    return next((each for each in wanted if each), "")


def simulate(name: str, conf: ResolvConf, ask: Ask, resolver: Resolver) -> Conclusion:
    """Walk the search list as `resolver` does, asking `ask` for each name."""
    is_number, address = read(name, resolver.numbers)
    if is_number:
        return _of_number(name, address, resolver)
    if resolver.types is Types.APART:
        return _joined(conf, [_Walk(name, conf, resolver, kind).run(ask) for kind in ("A", "AAAA")])
    return _Walk(name, conf, resolver).run(ask)


def _of_number(name: str, address: str, resolver: Resolver) -> Conclusion:
    """Return what is told of a name that DNS is never asked for."""
    error = "" if address else resolver.error_of(Outcome.NXDOMAIN)
    addresses = (address,) if address else ()
    return Conclusion(resolver, addresses=addresses, error=error, reason=Reason.NUMBER, at=name)


def _joined(conf: ResolvConf, walks: list[Conclusion]) -> Conclusion:
    """Return what two walks come to: a hit of either is enough, once both have ended; the slower one's time."""
    hits = [each for each in walks if each.is_found]
    unasked = next((each for each in walks if each.missing), None)
    if unasked and not hits:
        return unasked
    slowest = max(each.seconds for each in walks)
    row, silent = walks[0].resolver, any(each.outcome is Outcome.TIMEOUT for each in walks)
    if hits and silent and row.half_silence:
        slowest = row.half_silence.total(conf.timeout)
    addresses = tuple(address for each in hits for address in each.addresses)
    asked = tuple(dict.fromkeys(one for each in walks for one in each.asked))
    return replace(hits[0] if hits else walks[0], addresses=addresses, asked=asked, seconds=slowest)


class _Walk:
    """One search: the names that are left, those that were asked, and how each ended. `kind` is the one type asked, if one."""

    def __init__(self, name: str, conf: ResolvConf, resolver: Resolver, kind: str = "") -> None:
        self.name, self.conf, self.resolver, self.kind = name, conf, resolver, kind
        self.as_is = name if name.endswith(".") else f"{name}."
        self.left = list(names(name, conf, resolver))
        self.is_one = len(self.left) == 1
        self.asked: list[str] = []
        self.ends: list[Taken] = []

    def run(self, ask: Ask) -> Conclusion:
        """Ask name by name until one has an address, or the resolver ends its search."""
        while self.left:
            step = ask(self.left[0])
            if step is None:
                return Conclusion(self.resolver, missing=self.left[0])
            self.asked.append(self.left.pop(0))
            found = self._take(step)
            self.ends.append(found)
            if found.outcome is FOUND:
                return self._hit(step, found)
            if self.resolver.forgives_as_is and not self.is_one and self.asked == [self.as_is]:
                continue
            # What a server outside of the cluster says to a search domain was not asked: taken as no such name.
            then = Then.NEXT if found.outcome is Outcome.NOT_RUN else self.resolver.then(found.outcome)
            if then is not Then.NEXT and (self.left or found.outcome not in DENIED):
                return self._broken(then, ask)
        return self._unanswered()

    def _take(self, step: SearchStep) -> Taken:
        if self.kind:
            return take_type(step, self.kind, self.conf, self.resolver)
        return take(step, self.conf, self.resolver)

    @property
    def _seconds(self) -> float:
        return sum(each.seconds for each in self.ends)

    def _hit(self, step: SearchStep, found: Taken) -> Conclusion:
        return Conclusion(
            self.resolver,
            hit=step.name,
            addresses=found.addresses,
            asked=(*self.asked, *(self.left if self.resolver.asks_all_names else ())),
            seconds=self._seconds,
            reason=Reason.CUT if found.is_cut else None,
            at=step.name,
        )

    def _broken(self, then: Then, ask: Ask) -> Conclusion:
        """End the search at a name that gave no good answer, or go on with the name as it was typed alone."""
        at = len(self.asked) - 1
        skipped = then is Then.AS_IS and self.as_is in self.left
        if skipped:
            step = ask(self.as_is)
            if step is None:
                return Conclusion(self.resolver, missing=self.as_is)
            self.asked.append(self.as_is)
            self.ends.append(self._take(step))
            if self.ends[-1].outcome is FOUND:
                return self._hit(step, self.ends[-1])
        told = self._told() if skipped else self.ends[at].outcome
        return self._without(self._own_reason(at) or (Reason.SKIPPED if skipped else Reason.STOPPED), at, told)

    def _own_reason(self, at: int) -> Reason | None:
        """Return why an ill name is ill for this resolver alone; None where it is for all."""
        end = self.ends[at]
        known = (
            *((end.is_too_long, Reason.SIZE), (end.is_truncated, Reason.TCP), (end.is_cut, Reason.CUT)),
            *((end.is_half, Reason.PAIR), (end.is_second, Reason.SERVER)),
        )
        return next((reason for holds, reason in known if holds), None)

    def _unanswered(self) -> Conclusion:
        """Return what a search gives that went to its end."""
        if not self.asked:  # longer than a name may be
            return Conclusion(self.resolver, error=self.resolver.error_of(Outcome.NXDOMAIN), reason=Reason.DENIED)
        for at in range(len(self.ends)):
            if reason := self._own_reason(at):
                return self._without(reason, at, self._told())
        ill = next((at for at, each in enumerate(self.ends) if each.outcome not in DENIED), None)
        if ill is not None:
            return self._without(Reason.FAILED, ill, self._told())
        return self._without(self._why_denied(), len(self.ends) - 1, self._told())

    def _why_denied(self) -> Reason:
        name, conf, row = self.name, self.conf, self.resolver
        if name.endswith(".") or not conf.searches:
            return Reason.DENIED
        if row.search is Search.NO or (row.search is Search.ONE_LABEL and "." in name):
            return Reason.UNSEARCHED
        if row.order in (Order.BY_NDOTS_ALONE, Order.FIRST_OR_ALONE) and name.count(".") >= conf.ndots:
            return Reason.NDOTS
        return Reason.LINE if drops_line(conf, row) else Reason.DENIED

    def _without(self, reason: Reason, at: int, told: Outcome) -> Conclusion:
        if reason in _BY_DENIAL and any(each.outcome is Outcome.NOT_RUN for each in self.ends):
            own = self._why_denied()  # what it never asks is known, whatever the name as it was typed gives
            unknown = own if own is not Reason.DENIED else Reason.UNKNOWN
            return Conclusion(self.resolver, asked=tuple(self.asked), reason=unknown, at=self.asked[-1])
        cut_short = self.resolver.cut_error if self.ends[-1].is_truncated else ""
        return Conclusion(
            self.resolver,
            error=cut_short or self.resolver.error_of(told),
            asked=tuple(self.asked),
            seconds=self._seconds,
            reason=reason,
            at=self.asked[at],
            outcome=self.ends[at].outcome,
        )

    def _told(self) -> Outcome:
        """Return the outcome whose error the program is given."""
        outcomes = [each.outcome for each in self.ends]
        if self.resolver.told is Told.SEARCHED:
            searched = [each for where, each in zip(self.asked, outcomes, strict=True) if where != self.as_is]
            return searched[-1] if searched else outcomes[0]
        if self.resolver.told is Told.GLIBC:
            if self.asked[0] == self.as_is:
                return outcomes[0]
            return next((each for each in (Outcome.NO_DATA, Outcome.SERVFAIL) if each in outcomes), outcomes[-1])
        return outcomes[-1]
