"""Where resolvers differ on one name: for whom it fails or is slow, why, and what to do. Nothing where all agree. Pure."""

from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct

from bot.model.dns.resolv_conf import ResolvConf
from bot.model.dns.search.answers import SearchStep
from bot.model.dns.search.conclusion import Conclusion, Reason
from bot.model.dns.search.resolver import Resolver, Search
from bot.model.dns.search.simulate import conclude
from bot.model.dns.search.table import RESOLVERS
from bot.model.probe import Outcome
from bot.model.text import count, listing

_SLOW = 1.0  # seconds from which a lookup that succeeds is told as slow
_SAID = {
    Outcome.NXDOMAIN: "does not exist",
    Outcome.NO_DATA: "has no address",
    Outcome.SERVFAIL: "is answered with SERVFAIL",
    Outcome.DNS_REFUSED: "is answered with REFUSED",
    Outcome.REFUSED: "meets a closed port",
    Outcome.TIMEOUT: "is not answered",
}


class Difference(Struct, frozen=True):
    """One way in which resolvers differ on a name: whom it hurts, why, and what to do. Whole sentences, without names first."""

    resolvers: tuple[Resolver, ...]
    reason: Reason | None  # None: it resolves, slowly
    why: str
    advice: str

    @property
    def named(self) -> str:
        return listing([each.title for each in self.resolvers], 6)


@lru_cache(256)
def concluded(name: str, conf: ResolvConf, steps: tuple[SearchStep, ...]) -> tuple[Conclusion, ...]:
    """Return what each library of the table concludes; kept, since several ask, and the calls of one pod have it in common."""
    return tuple(conclude(name, conf, steps, each) for each in RESOLVERS if not each.is_tool)


def differences(name: str, conf: ResolvConf, steps: tuple[SearchStep, ...]) -> tuple[Difference, ...]:
    """Return how the resolvers of the table differ on this name; empty where all agree."""
    told = concluded(name, conf, steps)
    hit = next((each.hit for each in told if each.is_found), "")
    if not hit:
        return ()
    unsearched = [each for each in told if not each.is_found and _never_searches(each.resolver, name)]
    alone = [] if hit == f"{name.rstrip('.')}." else unsearched
    found: list[Difference] = []
    hurt = [each for each in told if each not in alone and _is_hurt(each, hit)]
    for alike in dict.fromkeys(map(_kind, hurt)):
        same = [each for each in hurt if _kind(each) == alike]
        assert same[0].reason is not None  # the filter above
        found.append(_difference(same[0].reason, same, hit, conf))
    if alone:  # true of every short name, so what is this name's own comes first
        found.append(_difference(Reason.UNSEARCHED, alone, hit, conf))
    slow = [each for each in told if each.is_found and each.seconds >= _SLOW and not each.reason]
    return (*found, *_slow(slow, steps))


def _is_hurt(one: Conclusion, hit: str) -> bool:
    return one.reason not in (None, Reason.UNKNOWN) and not lacks_family(one, hit)


def lacks_family(one: Conclusion, hit: str) -> bool:
    """Return whether a resolver got to the name, and it has no address of the one family that this resolver asks for.

    An IPv6 Service has no A record: no nameserver is to be mended, nor is the name to be written otherwise.
    """
    if one.reason is Reason.UNKNOWN:  # it went on, to names that nobody could ask
        return hit in one.asked
    return one.reason in (Reason.STOPPED, Reason.DENIED) and one.at == hit and one.outcome is Outcome.NO_DATA


def _kind(one: Conclusion) -> tuple[object, ...]:
    """Return what is told in one sentence: of a cut answer also how much of it a resolver takes."""
    return (one.reason, one.at, one.addresses if one.reason is Reason.NUMBER else len(one.addresses))


def stray(own: Conclusion, others: Iterable[Conclusion]) -> bool:
    """Return whether others find the name at a place that this resolver never asks: whatever it finds is not that."""
    return not own.is_found and any(each.is_found and each.hit not in own.asked for each in others)


def _never_searches(resolver: Resolver, name: str) -> bool:
    return not name.endswith(".") and (
        resolver.search is Search.NO or (resolver.search is Search.ONE_LABEL and "." in name)
    )


def _difference(reason: Reason, hurt: list[Conclusion], hit: str, conf: ResolvConf) -> Difference:
    why, advice = _words(reason, hurt[0], hit, conf)
    return Difference(tuple(each.resolver for each in hurt), reason, why, advice)


def _words(reason: Reason, one: Conclusion, hit: str, conf: ResolvConf) -> tuple[str, str]:
    said = _SAID.get(one.outcome or Outcome.TIMEOUT, "is answered with an error")
    at, full = one.at.rstrip("."), f"write {hit.rstrip('.')} with a dot at its end"
    match reason:
        case Reason.UNSEARCHED:
            return "never use the search list", full
        case Reason.NDOTS:
            dots = f"{count(conf.ndots, 'dot')} or more (ndots is {conf.ndots})"
            return f"leave the search list out, since the name has {dots}", (f"{full}, or raise ndots")
        case Reason.LINE:
            return "drop a search line of more than 255 characters as a whole", f"shorten the search list, or {full}"
        case Reason.STOPPED:
            return f"end the search at {at}, which {said}", f"{_mend(one, conf)}, or {full}"
        case Reason.SKIPPED:
            return f"leave the rest of the search list out after {at}, which {said}", f"{_mend(one, conf)}, or {full}"
        case Reason.PAIR:
            return f"need A and AAAA, and of {at} only A is answered: AAAA {said}", _pair_advice(one.resolver)
        case Reason.CUT | Reason.TCP | Reason.SIZE:
            return _of_long(reason, one, at, said)
        case Reason.NUMBER:
            taken = f"take {at} for the address {one.addresses[0]}" if one.addresses else f"refuse {at} as a number"
            return f"{taken} and ask no DNS", full
        case Reason.SERVER:
            first = conf.nameservers[0] if conf.nameservers else "the first nameserver"
            return f"ask no other nameserver after {first}, of which {at} {said}", f"take {first} out of resolv.conf"
    return f"have no address: {at} {said}", full


def _of_long(reason: Reason, one: Conclusion, at: str, said: str) -> tuple[str, str]:
    """Return the words of an answer that does not fit into a datagram."""
    if reason is Reason.SIZE:
        longest = one.resolver.udp
        return (
            f"ask for UDP answers of {longest} bytes, and none as long arrives for {at}, while shorter ones do",
            "let fragments of UDP through between the nodes, or set `bufsize 1232` in the Corefile",
        )
    if reason is Reason.TCP:
        return (
            f"have no address: the answer of {at} does not fit into UDP, and over TCP it {said}",
            "let lookups over TCP (port 53) through to the DNS pods, or put a ClusterIP Service before the endpoints",
        )
    part = f"take {len(one.addresses)} of its addresses" if one.addresses else "have no address"
    return f"{part}, since the answer of {at} does not fit into UDP", _cut_advice(one.resolver)


def _mend(one: Conclusion, conf: ResolvConf) -> str:
    """Return what mends an ill step of the search: its domain is the one that follows the name."""
    domain = next((each for each in conf.searches if one.at.rstrip(".").endswith(f".{each.strip('.')}")), "")
    if not domain:
        return f"mend the nameserver for {one.at.rstrip('.')}"
    return f"mend the nameserver of the search domain {domain}"


def _pair_advice(resolver: Resolver) -> str:
    own = {
        "nginx": "let the nameserver answer AAAA with no data, or set `ipv6=off` at nginx's resolver",
        "haproxy": "let the nameserver answer AAAA, or set `resolve-prefer ipv4` in HAProxy",
    }
    return own.get(
        resolver.name, "let the nameserver answer AAAA with no data (NOERROR), as it does for names that exist"
    )


def _cut_advice(resolver: Resolver) -> str:
    if resolver.name == "haproxy":
        return "set `accepted_payload_size 8192` in HAProxy's resolvers section"
    return "expect that not all endpoints get traffic from these, or put a ClusterIP Service before them"


def _slow(slow: Iterable[Conclusion], steps: tuple[SearchStep, ...]) -> tuple[Difference, ...]:
    found = sorted(slow, key=lambda each: -each.seconds)
    if not found:
        return ()
    silent = next((each for each in steps if Outcome.TIMEOUT in (each.a.outcome, each.aaaa.outcome)), None)
    times = listing([f"{each.resolver.title} {each.seconds:.0f} s" for each in found], 6)
    what = "a nameserver is late"
    if silent:
        types = [kind for kind, answer in (("A", silent.a), ("AAAA", silent.aaaa)) if answer.outcome is Outcome.TIMEOUT]
        what = f"{listing(types)} of {silent.name.rstrip('.')} {'is' if len(types) == 1 else 'are'} not answered"
    return (
        Difference(
            tuple(each.resolver for each in found), None, f"wait for it ({times}), since {what}",
            "mend that nameserver, or write a name that passes it by",
        ),
    )  # fmt: skip
