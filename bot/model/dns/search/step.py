"""One name of a search, as a resolver takes the answers to it: nameservers in their order, both types, cut answers."""

from msgspec import Struct
from msgspec.structs import replace

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import DENIED, FOUND, Answer, SearchStep
from bot.model.dns.search.resolver import Cut, Resolver, Told, Types
from bot.model.probe import Outcome

_HEADER, _QUESTION, _OPT = 12, 5, 11  # bytes of a message beside its names and records (RFC 1035, 4.1; RFC 6891, 6.1.2)
_RECORD = {"A": 16, "AAAA": 28}  # with the owner's name as a pointer, as CoreDNS writes it


class Taken(Struct, frozen=True):
    """What a resolver makes of one name. `is_half`: A was answered and AAAA was not; `is_cut`: addresses were lost.

    `is_second`: another nameserver has the addresses; `is_truncated`: the rest of a cut answer could not be fetched;
    `is_too_long`: answers as long as were asked for are lost on the way.
    """

    outcome: Outcome
    addresses: tuple[str, ...] = ()
    seconds: float = 0.0
    is_half: bool = False
    is_cut: bool = False
    is_second: bool = False
    is_truncated: bool = False
    is_too_long: bool = False


def take(step: SearchStep, conf: ResolvConf, resolver: Resolver) -> Taken:
    """Return what the resolver makes of one name, and in how many seconds."""
    a, a_waited = _by_server(step, "A", conf, resolver)
    aaaa, waited = _by_server(step, "AAAA", conf, resolver)
    found = _of_types(a, aaaa, conf, resolver)
    over = bool(resolver.most_addresses) and len(a.addresses) + len(aaaa.addresses) > resolver.most_addresses
    cut = [each for each in (a, aaaa) if each.truncated]
    lost = a_waited + waited if resolver.types is Types.A_THEN_AAAA else max(a_waited, waited)
    return Taken(
        found.outcome,
        found.addresses,
        found.seconds + lost,
        found.is_half,
        is_cut=over or any(not each.is_lost for each in cut),
        is_second=FOUND not in (a.outcome, aaaa.outcome) and any(each.is_hit for each in step.others),
        is_truncated=any(_is_unfetched(each) for each in cut),
        is_too_long=FOUND not in (a.outcome, aaaa.outcome) and any(each.too_long for each in (a, aaaa)),
    )


def _of_types(a: Answer, aaaa: Answer, conf: ResolvConf, resolver: Resolver) -> Taken:
    match resolver.types:
        case Types.A:
            return _one(a, conf, resolver)
        case Types.A_THEN_AAAA:
            found = _one(a, conf, resolver, aaaa.addresses)
            is_hit = a.outcome is Outcome.NO_DATA and aaaa.outcome is FOUND
            asked_on = a.outcome in (FOUND, Outcome.NO_DATA)
            seconds = found.seconds + (_seconds(aaaa, conf, resolver) if asked_on else 0)
            return replace(found, outcome=FOUND if is_hit else found.outcome, seconds=seconds)
        case Types.AAAA_THEN_A if aaaa.is_lost:
            lost = _one(aaaa, conf, resolver)
            return Taken(lost.outcome, (), lost.seconds, is_half=a.outcome is FOUND)
        case Types.AAAA_THEN_A:
            return _one(a, conf, resolver, aaaa.addresses)
        case Types.BOTH:
            return _both(a, aaaa, conf, resolver)
    return _either(a, aaaa, conf, resolver)


def take_type(step: SearchStep, kind: str, conf: ResolvConf, resolver: Resolver) -> Taken:
    """Return what a walk for one type alone makes of a name."""
    answer, waited = _by_server(step, kind, conf, resolver)
    found = _one(answer, conf, resolver)
    return replace(
        found,
        seconds=found.seconds + waited,
        is_truncated=answer.truncated and _is_unfetched(answer),
        is_too_long=answer.too_long,
    )


def _is_unfetched(answer: Answer) -> bool:
    """Return whether the rest of a cut answer could not be fetched over TCP."""
    return answer.outcome not in (FOUND, *DENIED)


def _one(answer: Answer, conf: ResolvConf, resolver: Resolver, beside: tuple[str, ...] = ()) -> Taken:
    addresses = _within(resolver, answer.addresses + beside)
    return Taken(answer.outcome, addresses, _seconds(answer, conf, resolver))


def _either(a: Answer, aaaa: Answer, conf: ResolvConf, resolver: Resolver) -> Taken:
    if a.outcome is not FOUND and aaaa.outcome is not FOUND:
        outcome = _glibc_outcome(a, aaaa) if resolver.told is Told.GLIBC else _worst(a, aaaa)
        return Taken(outcome, (), max(_seconds(a, conf, resolver), _seconds(aaaa, conf, resolver)))
    half = a.is_lost or aaaa.is_lost
    wait = resolver.half_silence or resolver.silence
    seconds = wait.total(conf.timeout, conf.attempts) if half else max(a.ms, aaaa.ms) / 1000
    return Taken(FOUND, _within(resolver, a.addresses + aaaa.addresses), seconds, is_half=half)


def _both(a: Answer, aaaa: Answer, conf: ResolvConf, resolver: Resolver) -> Taken:
    half = FOUND in (a.outcome, aaaa.outcome)
    asked = [each for each in (a, aaaa) if each.outcome is not Outcome.NOT_RUN]  # of the others nothing is known
    for answer in asked:
        if answer.outcome not in (FOUND, Outcome.NO_DATA):
            return Taken(answer.outcome, (), _seconds(answer, conf, resolver), is_half=half)
    if not half and len(asked) < 2:  # noqa: PLR2004 (both types)
        return Taken(Outcome.NOT_RUN)
    outcome = FOUND if FOUND in (a.outcome, aaaa.outcome) else Outcome.NO_DATA
    return Taken(outcome, _within(resolver, a.addresses + aaaa.addresses), max(a.ms, aaaa.ms) / 1000)


def _glibc_outcome(a: Answer, aaaa: Answer) -> Outcome:
    """A lost answer decides; else the A query's rcode, or the AAAA query's where the first was NOERROR (res_query.c)."""
    for answer in (a, aaaa):
        if answer.is_lost or answer.outcome is Outcome.REFUSED:
            return answer.outcome
    return aaaa.outcome if a.outcome is Outcome.NO_DATA else a.outcome


def _worst(a: Answer, aaaa: Answer) -> Outcome:
    """The outcome that decides where neither type was answered: one denial of two is not a denial."""
    for answer in (a, aaaa):
        if answer.outcome not in DENIED:
            return answer.outcome
    return Outcome.NXDOMAIN if Outcome.NXDOMAIN in (a.outcome, aaaa.outcome) else Outcome.NO_DATA


def _seconds(answer: Answer, conf: ResolvConf, resolver: Resolver) -> float:
    if answer.outcome is Outcome.TIMEOUT:
        return resolver.silence.total(conf.timeout, conf.attempts)
    waits = {
        Outcome.SERVFAIL: resolver.failing,
        Outcome.DNS_REFUSED: resolver.refusing,
        Outcome.REFUSED: resolver.closing,
    }
    wait = waits.get(answer.outcome)
    return wait.total(conf.timeout, conf.attempts) if wait and wait.seconds else answer.ms / 1000


def _within(resolver: Resolver, addresses: tuple[str, ...]) -> tuple[str, ...]:
    return addresses[: resolver.most_addresses] if resolver.most_addresses else addresses


def _by_server(step: SearchStep, kind: str, conf: ResolvConf, resolver: Resolver) -> tuple[Answer, float]:
    """Return the answer of the nameserver that the resolver ends at, and the seconds lost at those before it."""
    first = step.a if kind == "A" else step.aaaa
    if not step.others:
        return _read(first, step.name, kind, resolver), 0.0
    answers = (first, *(each.a if kind == "A" else each.aaaa for each in step.others))
    if resolver.asks_all_servers:
        return _read(_first_good(answers, resolver), step.name, kind, resolver), 0.0
    waited = 0.0
    if resolver.attempts_bound_servers:
        answers = answers[: conf.attempts]
    for answer in answers[:-1]:
        if answer.outcome not in resolver.next_server:
            return _read(answer, step.name, kind, resolver), waited
        if answer.outcome is Outcome.TIMEOUT:
            one = resolver.next_after or replace(resolver.silence, tries=1, takes_attempts=False)
            waited += one.total(conf.timeout)
        elif answer.outcome is Outcome.REFUSED:
            waited += resolver.next_after_closed.total(conf.timeout)
    return _read(answers[-1], step.name, kind, resolver), waited


def _first_good(answers: tuple[Answer, ...], resolver: Resolver) -> Answer:
    denied = next((each for each in answers if each.outcome in (FOUND, *DENIED)), answers[0])
    return next((each for each in answers if each.outcome is FOUND), denied) if resolver.takes_any_server else denied


def _read(answer: Answer, name: str, kind: str, resolver: Resolver) -> Answer:
    """Return what is left of an answer that does not fit into what the resolver takes over UDP."""
    if answer.sizes and (measured := _at_size(answer, resolver)):
        return measured
    if answer.outcome is FOUND and not answer.truncated and not is_cut(name, kind, len(answer.addresses), resolver.udp):
        return answer
    if resolver.cut is Cut.TCP or not (answer.outcome is FOUND or answer.truncated):
        return answer
    if resolver.cut is Cut.DROPPED:
        return Answer(Outcome.NO_DATA, (), answer.ms, answer.server, truncated=True)
    kept = answer.addresses[: room(name, kind, resolver.udp)]
    return Answer(FOUND if kept else Outcome.NO_DATA, kept, answer.ms, answer.server, truncated=True)


def _at_size(answer: Answer, resolver: Resolver) -> Answer | None:
    """Return what the resolver makes of what was measured at its own size; None where no such size was tried, or heard."""
    tried = sorted((each for each in answer.sizes if 0 < each.limit <= resolver.udp), key=lambda each: each.limit)
    over_tcp = next((each for each in answer.sizes if each.limit == 0), None)
    if not tried or not any(each.outcome is FOUND for each in answer.sizes):
        return None
    own = tried[-1]
    heard = Answer(own.outcome, own.addresses, answer.ms, answer.server, own.truncated)
    if own.outcome is Outcome.TIMEOUT:
        return replace(heard, too_long=any(each.outcome is not Outcome.TIMEOUT for each in tried))
    if not own.truncated or resolver.cut is Cut.PART:
        return heard
    if resolver.cut is Cut.DROPPED:
        return replace(heard, outcome=Outcome.NO_DATA, addresses=())
    if over_tcp is None:
        return None
    return replace(
        heard, outcome=over_tcp.outcome, addresses=over_tcp.addresses, truncated=over_tcp.outcome is not FOUND
    )


def is_cut(name: str, kind: str, count: int, limit: int) -> bool:
    """Return whether `count` records of a type do not fit into a UDP answer of `limit` bytes."""
    return count > room(name, kind, limit)


def room(name: str, kind: str, limit: int) -> int:
    """Return how many records of a type fit beside the question into an answer of `limit` bytes."""
    opt = _OPT if limit > 512 else 0  # noqa: PLR2004 (more than 512 is asked for by an OPT record, RFC 6891)
    return (limit - _HEADER - len(name) - _QUESTION - opt) // _RECORD[kind]
