"""Who is said to be well beside one who is not: `fine from the bastion, but web can't resolve it`."""

from collections.abc import Iterable, Iterator

from bot.language import vocabulary as words
from bot.language.scan import Name, Scan

_TURNS = frozenset(("but", "while", "whereas", "although", "though", "however", "yet", "except"))
_WELL = words.HEALTH | frozenset(("works", "work", "worked", "working", "can", "resolves", "connects", "reaches"))
_ILL = words.NEGATION | words.COMPLAINT
_FROM = frozenset(("from", "for", "with", "via", "through", "over", "in", "inside", "between"))


def well(scan: Scan) -> tuple[Name, ...]:
    """Return the names of callers that a sentence says to be well, in contrast to others that are not."""
    clauses = list(_clauses(scan))
    troubled = [each for each in clauses if _is_ill(scan, each)]
    calm = [each for each in clauses if each not in troubled and any(scan.low(at) in _WELL for at in each)]
    if not troubled or not calm:
        return ()
    if not any(scan.is_name(at) for clause in troubled for at in clause):
        return ()  # `calls from web to cart work over http but fail over https`
    called = _calls(scan, troubled)
    others = any(not each.marker and each.at in clause for each in scan.names for clause in troubled)
    found: list[Name] = []
    for clause in calm:
        calls = _calls(scan, [clause])
        names = [each for each in scan.names if each.at in clause]
        if calls and called:  # `web -> cart works, but web -> stock fails`
            found += names
        else:
            found += [
                each for each in names if each.marker in _FROM or _is_other(each, clause, called or (others and calls))
            ]
    return tuple(found)


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
        turns = scan.low(at) in _TURNS or is_said
        if turns and at > begin:
            yield range(begin, at)
            begin = at
    yield range(begin, count)


def _is_ill(scan: Scan, clause: range) -> bool:
    return any(scan.is_symptom(at) or scan.low(at) in _ILL for at in clause)
