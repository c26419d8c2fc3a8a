"""Who is said to be well beside one who is not: `fine from the bastion, but web can't resolve it`."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from msgspec.structs import replace

from bot.language import vocabulary as words
from bot.language.names import Name, first_label
from bot.language.scan import Scan

_TURNS = frozenset(("but", "while", "whereas", "although", "though", "however", "yet", "except"))
_WELL = words.HEALTH | frozenset(
    ("works", "work", "worked", "working", "can", "resolves", "connects", "reaches", "answers", "responds", "succeeds")
)
_FINE = frozenset(("works", "work", "worked", "fine", "ok", "okay"))
_ILL = words.NEGATION | words.COMPLAINT
_DOES_NOT = frozenset(("doesn't", "doesnt", "isn't", "isnt", "don't", "dont", "aren't", "arent", "hasn't", "didn't"))
_NAME_AND_VERB = 2
_SAYS_NOT = (
    words.NEGATION | words.AUX | words.COMPLAINT | words.STILL | words.FILLER | words.DETERMINER | words.KIND | _TURNS
)
_CALLED = frozenset(("call", "to", "->"))
_FROM = frozenset(("from", "for", "with", "via", "through", "over", "in", "inside", "between"))


def well(scan: Scan, *, given: bool = False) -> tuple[Name, ...]:
    """Return the names of callers that a sentence says to be well, in contrast to others that are not, or to an error.

    `given`: the sentence stands around an error, which is what is not well.
    """
    clauses = list(_clauses(scan))
    spared = [each for each in clauses[1:] if _is_spared(scan, each) and _is_ill(scan, clauses[0])]
    troubled = [each for each in clauses if _is_ill(scan, each) and each not in spared]
    calm = [
        each
        for each in clauses
        if each in spared or (each not in troubled and any(scan.low(at) in _WELL for at in each))
    ]
    if not calm or not (troubled or given):
        return ()
    if not given and not any(scan.is_name(at) for clause in troubled for at in clause):
        return ()  # `calls from web to cart work over http but fail over https`
    called = _calls(scan, troubled)
    others = any(not each.marker and each.at in clause for each in scan.names for clause in troubled)
    apart = any(_is_cleft(scan, each) for each in troubled)
    found: list[Name] = []
    for clause in calm:
        calls = _calls(scan, [clause])
        names = [each for each in scan.names if each.at in clause]
        if calls and called:  # `web -> cart works, but web -> stock fails`
            found += names
        else:
            found += [
                each
                for each in names
                if each.marker in _FROM or _is_other(each, clause, called or apart or (others and calls))
            ]
    return tuple(found)


def instead(scan: Scan, names: Sequence[Name]) -> tuple[Sequence[Name], Sequence[Name]]:
    """Return names where one takes the place of another that is well, and those others.

    `search-api works but search-api.shop doesn't` is about the second; so is `search works but orders not`. Of `web reaches
    cart but orders not` either name may be meant: that is an empty sequence beside both.
    """
    clauses = list(_clauses(scan))
    for one, two in pairwise(clauses):
        calm, ill = ([each for each in names if each.at in clause] for clause in (one, two))
        is_calm = any(scan.low(at) in _WELL for at in one) and not _is_ill(scan, one)
        if not (ill and calm and is_calm and _is_ill(scan, two)) or any(each.marker == "->" for each in (*calm, *ill)):
            continue
        ill = [each for each in ill if any(_host(each) == _host(other) for other in calm)] or ill
        if len(ill) != 1:
            continue
        same = [each for each in calm if _host(each) == _host(ill[0])]
        if any(each.text.lower() == ill[0].text.lower() for each in same):
            continue  # `auth in prod-us works, auth in prod-eu doesn't`
        is_bare = not ill[0].marker and all(at == ill[0].at or scan.low(at) in _SAYS_NOT for at in two)
        does = scan.low(ill[0].at + 1) in (words.NEGATION | words.AUX) - {"not"}  # as a subject does
        if does and not same and any(each.marker in _CALLED for each in calm):
            continue  # `I can curl cart but web can't`
        if same or (is_bare and len(calm) == 1):
            meant = replace(ill[0], marker=ill[0].marker or (same or calm)[0].marker)
            gone = same or calm
            return [meant if each is ill[0] else each for each in names if each not in gone], gone
        if is_bare and scan.low(ill[0].at - 1) == "not" and all(each.marker in _CALLED | {""} for each in calm):
            called = [each for each in calm if each.marker in _CALLED]
            if len(called) == 1:  # `can web reach cart but not orders`
                meant = replace(ill[0], marker=called[0].marker)
                return [meant if each is ill[0] else each for each in names if each not in called], called
        if is_bare:
            return (), (calm[-1], ill[0])
    return names, ()


def _host(name: Name) -> str:
    """Return the first label of the host that a name is or has."""
    return first_label(name.text.lower())


def is_ill_about(scan: Scan, said: frozenset[str]) -> bool:
    """Return whether one of these words stands where a sentence complains: not of `can resolve it but can't connect`."""
    clauses = [each for each in _clauses(scan) if any(scan.low(at) in said for at in each)]
    turns = any(scan.low(at) in _TURNS for at in range(len(scan.tokens)))
    return any(_is_ill(scan, each) for each in clauses) or (bool(clauses) and not turns)


def _is_cleft(scan: Scan, clause: range) -> bool:
    """Return whether a clause says who it is, and so who it is not: `it's pgbouncer that refuses connections`."""
    begins = (at for at in clause if scan.low(at) in ("it's", "its"))
    return any(scan.is_name(at + 1) and scan.low(at + 2) in ("that", "which", "who") for at in begins)


def _calls(scan: Scan, clauses: Iterable[range]) -> bool:
    """Return whether clauses name what is called."""
    return any(each.marker in ("to", "call", "->") for each in scan.names for clause in clauses if each.at in clause)


def _is_other(name: Name, clause: range, called: bool) -> bool:
    """Return whether a subject that is well is none that is called: `search works but orders can't reach it` calls it."""
    return not name.marker and (called if clause.start == 0 else True)


def _clauses(scan: Scan) -> Iterator[range]:
    """Yield the clauses between words that turn; a comma turns before `not` and behind `web is fine`."""
    begin, count = 0, len(scan.tokens)
    for at in range(count):
        is_said = at and scan.tokens[at - 1].ends and (scan.low(at) == "not" or scan.low(at - 1) in _WELL)
        joins = scan.low(at) == "and" and scan.low(at - 1) in _WELL  # `curl cart works and curl cart.shop not`
        apart = at > 0 and scan.tokens[at - 1].ends and (_is_calm(scan, at) or _is_calm(scan, begin))
        turns = scan.low(at) in _TURNS or is_said or joins or apart or _begins_anew(scan, at)
        if turns and at > begin:
            yield range(begin, at)
            begin = at
    yield range(begin, count)


def _is_calm(scan: Scan, begin: int) -> bool:
    """Return whether all that is said up to the next comma or stop is that somebody is well: `from deploy/thumbs it's ok`."""
    end = next((at + 1 for at in range(begin, len(scan.tokens)) if scan.tokens[at].ends), len(scan.tokens))
    said = range(begin, end)
    is_fine = scan.low(end - 1) in _FINE and any(scan.is_name(at) for at in said)
    return is_fine and scan.low(begin) not in words.AUX and not _is_ill(scan, said)


def _begins_anew(scan: Scan, at: int) -> bool:
    """Return whether another call or another's health begins behind a comma: `…, back -> db fine`, `…, stable is fine`."""
    if at and scan.tokens[at - 1].ends and scan.low(at) == "from" and scan.is_name(at + 1):
        return scan.low(at + 2) in words.PRONOUN and scan.low(at + 3) in words.NEGATION  # `…, from admin it can't`
    if not at or not scan.tokens[at - 1].ends or not (scan.is_name(at) or scan.low(at + 1) == "->"):
        return False
    is_well = scan.low(at + 1) in words.AUX and scan.low(at + 2) in _WELL
    return scan.low(at + 1) == "->" or scan.low(at + 1) in _WELL or is_well


def _is_spared(scan: Scan, clause: range) -> bool:
    """Return whether a clause says that somebody has no such trouble: `but pay/web doesn't`."""
    said = [at for at in clause if scan.low(at) not in _TURNS | words.DETERMINER | words.KIND]
    return len(said) == _NAME_AND_VERB and scan.is_name(said[0]) and scan.low(said[1]) in _DOES_NOT


def _is_ill(scan: Scan, clause: range) -> bool:
    return any(scan.is_symptom(at) or scan.low(at) in _ILL for at in clause)
