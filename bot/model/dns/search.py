"""What glibc, musl and Go conclude from the same answers (failure-modes C.1, measured). Pure: nothing is asked here.

The three differ where a step is neither a hit nor NXDOMAIN, so a name may work in one image and fail in the next.
"""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from bot.model.dns.resolv_conf import ResolvConf, steps
from bot.model.probe import Outcome

LIBCS = ("glibc", "musl", "go")
_FOUND = Outcome.ANSWERED
_DENIED = (Outcome.NXDOMAIN, Outcome.NO_DATA)
_GO_ERRORS = {
    Outcome.NXDOMAIN: "no such host",
    Outcome.NO_DATA: "no such host",
    Outcome.SERVFAIL: "server misbehaving",
    Outcome.DNS_REFUSED: "server misbehaving",
    Outcome.REFUSED: "connection refused",
    Outcome.TIMEOUT: "i/o timeout",
}


class Answer(Struct, frozen=True):
    """One name and type, as one nameserver answered it. `truncated`: the answer did not fit into UDP."""

    outcome: Outcome
    addresses: tuple[str, ...] = ()
    ms: float = 0.0
    server: str = ""
    truncated: bool = False

    @property
    def is_lost(self) -> bool:
        """Nothing usable came: silence, or an answer cut short whose rest could not be fetched over TCP."""
        return self.outcome not in (_FOUND, *_DENIED, Outcome.SERVFAIL, Outcome.DNS_REFUSED, Outcome.REFUSED)


class SearchStep(Struct, frozen=True):
    """One name of the search, asked for A and AAAA."""

    name: str
    a: Answer
    aaaa: Answer

    @property
    def is_hit(self) -> bool:
        return _FOUND in (self.a.outcome, self.aaaa.outcome)

    @property
    def addresses(self) -> tuple[str, ...]:
        return self.a.addresses + self.aaaa.addresses


class Conclusion(Struct, frozen=True):
    """What one resolver tells its program. `error` is its own word, empty with a hit.

    `missing` is the step that has to be asked before anything can be concluded; all else is then empty.
    """

    libc: str
    hit: str = ""
    addresses: tuple[str, ...] = ()
    error: str = ""
    asked: tuple[str, ...] = ()
    missing: str = ""

    @property
    def is_found(self) -> bool:
        return bool(self.hit)


def conclude(name: str, conf: ResolvConf, seen: Iterable[SearchStep], libc: str) -> Conclusion:
    """Walk the search list as `libc` (one of `LIBCS`) does over the steps that were asked."""
    known = {each.name: each for each in seen}
    walks = {"glibc": _glibc, "musl": _musl, "go": _go}
    return walks[libc](f"{name.rstrip('.')}.", steps(name, conf, libc), known)


def _hit(libc: str, step: SearchStep, asked: list[str]) -> Conclusion:
    return Conclusion(libc, hit=step.name, addresses=step.addresses, asked=tuple(asked))


def _glibc(as_is: str, names: tuple[str, ...], known: Mapping[str, SearchStep]) -> Conclusion:
    """Search on after NXDOMAIN, NODATA and SERVFAIL; anything else ends the search, and the name is tried as it is.

    A closed port ends all. The error told is that of an as-is query made first, else NODATA, else SERVFAIL, else
    the last one's (glibc 2.36, res_query.c, __res_context_search).
    """
    asked: list[str] = []
    errors: list[str] = []  # one a step of `asked`
    queue = list(names)
    failed = False  # a step said SERVFAIL
    while queue:
        name = queue.pop(0)
        if name not in known:
            return Conclusion("glibc", missing=name)
        step = known[name]
        asked.append(name)
        if step.is_hit:
            return _hit("glibc", step, asked)
        outcome = _glibc_outcome(step)
        errors.append(_glibc_error(outcome))
        failed = failed or outcome is Outcome.SERVFAIL
        if name == as_is and len(names) > 1 and asked == [as_is]:
            continue
        if outcome is Outcome.REFUSED:
            return Conclusion("glibc", error="EAI_AGAIN", asked=tuple(asked))
        if outcome not in (*_DENIED, Outcome.SERVFAIL):
            queue = [as_is] if as_is in queue else []
    return Conclusion("glibc", error=_glibc_told(asked, errors, as_is, failed=failed), asked=tuple(asked))


def _glibc_told(asked: list[str], errors: list[str], as_is: str, *, failed: bool) -> str:
    if asked and asked[0] == as_is:
        return errors[0]
    if "EAI_NODATA" in errors:
        return "EAI_NODATA"
    if failed:
        return "EAI_AGAIN"
    return errors[-1] if errors else "EAI_NONAME"


def _glibc_outcome(step: SearchStep) -> Outcome:
    """A lost answer decides; else the A query's rcode, or the AAAA query's where the first was NOERROR."""
    for answer in (step.a, step.aaaa):
        if answer.is_lost or answer.outcome is Outcome.REFUSED:
            return answer.outcome
    return step.aaaa.outcome if step.a.outcome is Outcome.NO_DATA else step.a.outcome


def _glibc_error(outcome: Outcome) -> str:
    if outcome is Outcome.NO_DATA:
        return "EAI_NODATA"
    return "EAI_NONAME" if outcome in (Outcome.NXDOMAIN, Outcome.DNS_REFUSED) else "EAI_AGAIN"


def _musl(_: str, names: tuple[str, ...], known: Mapping[str, SearchStep]) -> Conclusion:
    """Search on after NXDOMAIN only. Both types must be answered: a lost or failing AAAA fails a name that has an A.

    The errors are those of musl 1.2.4 and later; 1.2.3 says EAI_NONAME for EAI_NODATA.
    """
    asked: list[str] = []
    for name in names:
        if name not in known:
            return Conclusion("musl", missing=name)
        step = known[name]
        asked.append(name)
        for answer in (step.a, step.aaaa):
            if answer.outcome is Outcome.NXDOMAIN:
                break
            if answer.outcome not in (_FOUND, Outcome.NO_DATA):
                return Conclusion("musl", error="EAI_AGAIN", asked=tuple(asked))
        else:
            if step.is_hit:
                return _hit("musl", step, asked)
            return Conclusion("musl", error="EAI_NODATA", asked=tuple(asked))
    return Conclusion("musl", error="EAI_NONAME", asked=tuple(asked))


def _go(as_is: str, names: tuple[str, ...], known: Mapping[str, SearchStep]) -> Conclusion:
    """Search on whatever a step says. The error told is the last one of a searched name (dnsclient_unix.go)."""
    asked: list[str] = []
    error = ""
    for name in names:
        if name not in known:
            return Conclusion("go", missing=name)
        step = known[name]
        asked.append(name)
        if step.is_hit:
            return _hit("go", step, asked)
        if not error or name != as_is:
            cut_short = step.a.truncated or step.aaaa.truncated
            error = "no such host" if cut_short else _GO_ERRORS.get(_worst(step), "i/o timeout")
    return Conclusion("go", error=error or "no such host", asked=tuple(asked))


def _worst(step: SearchStep) -> Outcome:
    """The outcome that decides where neither type was answered: one denial of two is not a denial."""
    for outcome in (step.a.outcome, step.aaaa.outcome):
        if outcome not in _DENIED:
            return outcome
    return Outcome.NXDOMAIN if Outcome.NXDOMAIN in (step.a.outcome, step.aaaa.outcome) else Outcome.NO_DATA
