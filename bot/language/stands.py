"""Who calls whom, by where each name of a text stands: `topology -> postgres`, `web gets no answer from bff`.

Each name has a place by what is right beside it, whatever stands between two of them. It is taken only where one stands as who
calls, one as what is called, and every other is said to be well or ruled out; so a refusal is settled, and no reading is made.
"""

import re

from msgspec import Struct

from bot.language import vocabulary as words
from bot.language.mentions import Mention, mentions
from bot.language.phrases import ARROW, KIND, NOT, SERVES, THEN
from bot.language.printed import is_machine
from bot.language.relations import AND, printed_hosts
from bot.language.symptoms import symptom_in
from bot.model.names import Known

_END = re.compile(r"[.,;!?\n](?=\s|$)| (?:but|so|and|because|while|since|cuz|bc)(?= )")
_THE = r"(?:the |our |any )?(?:[\w-]+/)?[`*_\"']*$"
_BESIDE = rf"[`\"'*_)]*{KIND}(?: ?\([-a-z0-9]+\))?"
_GETS = r"(?:gets?|getting|got|sees?|seeing|receives?|receiving|hits?|hitting|loads?|fetch(?:es)?|reads?|pulls?)"
# What only who calls gets; of `gets no traces from` nobody knows who sends them.
_OF_CALLER = (
    r"(?:\d{3}s?|[45]xx|timeouts?|tim\w+ out|refus\w+|resets?|errors?|eofs?|nothing|anything|answers?|responses?|reply|replies"
    r"|unavailable|unhealthy|no healthy|denied|forbidden|unauthorized|hung|nxdomain)"
)
_FAILS = r"(?:is |are |keeps? )?(?:tim(?:es?|ing|ed) out|hang(?:s|ing)?|fail(?:s|ing|ed)?)"
_CALLS = re.compile(
    rf"{_BESIDE}(?:\s*{ARROW}|{THEN}(?: ha(?:s|ve) been)?{THEN} {NOT}{THEN}(?: be able to)? (?!{SERVES})[a-z]"
    rf"|{THEN}(?: (?:isn['’]?t|is not|is|keeps?|only|stopped|can['’]?t|can))?{THEN} {_GETS}\b[^.;\n]*?\b{_OF_CALLER}\b[^.;\n]*?"
    r" (?:from|off|when|calling)\b"
    rf"|{THEN} {_FAILS}[^.;\n]*? (?:calling|connecting|talking|reaching|querying|trying|against)\b)"
)
_NOT_SUBJECT = re.compile(r"\b(?:to|of|for|from|reach|call|by) (?:the |our )?[`*_]*$")
_ASKED = re.compile(r"\b(?:whether|if|can|could|does|do|possible for) (?:the |our )?[`*_]*$")
_ASKED_BEHIND = re.compile(
    rf"{_BESIDE}{THEN}(?: (?:can|is able to))?{THEN} (?:to )?"
    r"(?:get(?:s|ting)? to|reach|talk|connect|call|resolve|hit|find|access|open|query)"
)
_SEEN_IN = re.compile(
    r"\b(?:(?:from|inside)|(?:seen|logged|happens|happening|this|that|errors?|it|refused|timeouts?|logs?) (?:on|in|by|from|of))"
    r" (?:the |our )?(?:pod |deployment |deploy )?[`*_]*$"
)
_IN_LOGS = re.compile(r"(?<!nothing )\b(?:in|from) (?:the |our )?[`*_]*$")
_LOGS = re.compile(r"[`*_]*(?:['’]s)? (?:pod |container |app )?logs?\b")
_PREFIX = re.compile(r"(?:-\S+)?: ")
_TAKEN = re.compile(
    rf"\b(?:{_OF_CALLER}|loads?|loading|fetch\w*|read\w*|pull\w*|consum\w*|back)\b[^.;\n]*"
    r" (?:from|off|by) (?:the |our )?[`*_\"']*$"
)
_BY_VERB = re.compile(
    r"\b(?:reach|reaches|reaching|hit|hits|hitting|call|calls|calling|query|querying|contact|contacting|resolve|resolving|find"
    rf"|access|accessing|ping|dial|dialing|dialling) {_THE}"
)
_TO = re.compile(rf"(?P<lead>[\w'’]+) (?:to|into|against) {_THE}")
_POINTED_AT = re.compile(rf"{ARROW}\s*{_THE}")
# What stands before `to` where nobody calls: `due to cart`, `answers to cart`.
_LEADS_NOWHERE = (words.SERVE - {"send", "sends", "sending"}) | frozenset(
    ("due", "back", "moved", "next", "similar", "related", "thanks", "according", "want", "wants", "need", "needs", "have",
     "has", "restarted", "rolled", "migrated", "upgraded", "switched", "changed", "renamed", "scaled")
)  # fmt: skip
_STATE = r"(?:down|dead|gone|unreachable|unavailable|refusing|flaky|timing out|not (?:reachable|answering|responding))"
_CALLED = re.compile(
    rf"{_BESIDE}(?:{THEN} (?:{NOT}|isn['’]?t|is not|won['’]?t|stopped){THEN}"
    r" (?:answer|respond|repl|react|accept|be reached|be resolved|resolve\b|reachable|available)"
    rf"|(?: is| are| was|['’]s| seems| looks){THEN} {_STATE}\b|{THEN} (?:refuses|refused|rejects|resets|drops|closes)\b)"
)
_SERVES_ERRORS = re.compile(
    rf"{_BESIDE}{THEN} (?:returns|returned|gives|throws|(?:answers|responds) with) (?:us |me )?(?:a |an )?(?:5|error|bad)"
)
_IP_OF = re.compile(r"\b(?:ip|address|addr)(?: address)? (?:of|for) (?:the )?[`*_]*$")
_WELL = re.compile(
    rf"{_BESIDE}(?:{THEN} (?:works?|worked)\b|(?: is| are|['’]s| looks| seems){THEN} (?:all )?"
    r"(?:up|fine|ok|okay|healthy|good|running|green|back|working)\b)"
)
_RULED_OUT = re.compile(
    r"\b(?:(?:ignore|forget|nvm|never ?mind|rather than|instead of|scratch)\b[^.;,\n]*"
    r"|(?:(?:^|[,;(] ?|it'?s )not|isn'?t|besides|except|apart from) (?:the |our )?)$"
)
_SUBJECT = re.compile(r"(?:^|[.,;:!?\n]\s*|\b(?:and|but|so|that|because|now) )(?:[a-z]+ ){0,2}$")
_DOES = re.compile(
    rf"{_BESIDE}(?: run)?{THEN}"
    rf" (?!is\b|was\b|has\b|looks\b|seems\b|as\b|yes\b|this\b|does\b)(?:[a-z]+(?:s|ed)\b|{NOT})"
)
_IS_GIVEN = re.compile(rf"{_BESIDE}{THEN} (?:gets?|sees?|receives?)\b")
_PEOPLE = re.compile(r"\b(?:i|we|you|nobody|noone|users?|customers|everyone|people|anyone|nothing)\b")


class Call(Struct, frozen=True):
    """Who calls whom, and the names that are said beside them and mean nothing."""

    caller: str
    called: str
    others: frozenset[str]


class _Place(Struct):
    """Where a name stands in a text; `is_seen`: it is where an error was seen, as who calls is."""

    calls: bool = False
    is_called: bool = False
    is_seen: bool = False
    may_call: bool = False
    is_out: bool = False


def call_in(text: str, known: Known) -> Call | None:
    """Return the one call of a text, where each of its names stands in a place that tells what it does there."""
    places = _places(text.lower(), known)
    called = {name for name, each in places.items() if each.is_called}
    callers = {name for name, each in places.items() if each.calls or (each.is_seen and name not in called)}
    left = {name for name, each in places.items() if not each.is_out} - called - callers
    if not callers and len(called) == 1 and len(left) == 1 and not _PEOPLE.search(text.lower()):
        callers, left = {each for each in left if places[each].may_call}, set()
    if len(callers) != 1 or len(called) != 1 or left or callers == called:
        return None
    caller, target = *callers, *called
    return Call(caller, target, frozenset({*places} - {caller, target})) if target in known.services else None


def _places(text: str, known: Known) -> dict[str, _Place]:
    hosts = printed_hosts(text, known)
    found: dict[str, _Place] = {}
    last: Mention | None = None
    for each in mentions(text, known):
        own = _Place(
            calls=_calls(each, text),
            is_called=_is_called(each, text, known) or each.name in hosts,
            is_seen=_is_seen(each, text),
            may_call=_may_call(each, text),
            is_out=_is_out(each, text),
        )
        if last and AND.fullmatch(text[last.end : each.start]):
            _join(found[last.name], own, is_between=text[: last.start].endswith("between "))
        place = found.setdefault(each.name, _Place())
        place.calls |= own.calls and not own.is_out
        place.is_called |= own.is_called
        place.is_seen |= own.is_seen
        place.may_call |= own.may_call
        place.is_out |= own.is_out
        last = each
    for place in found.values():
        place.is_out &= not (place.calls or place.is_called)
    return found


def _join(one: _Place, two: _Place, *, is_between: bool) -> None:
    """Put the second of a list where the first is; `between cart and redis` is who calls, and what is called."""
    if is_between:
        one.calls = two.is_called = True
    elif not (two.calls or two.is_called or two.is_seen or two.is_out):
        two.calls, two.is_called, two.is_seen = one.calls, one.is_called, one.is_seen


def _calls(name: Mention, text: str) -> bool:
    before, behind = text[: name.start], text[name.end :]
    acts = _CALLS.match(behind) and not _NOT_SUBJECT.search(before)
    return bool(acts or (_ASKED.search(before) and _ASKED_BEHIND.match(behind)))


def _is_seen(name: Mention, text: str) -> bool:
    before, behind = text[: name.start], text[name.end :]
    if _IN_LOGS.search(before) and _LOGS.match(behind):
        return True
    is_first = not before.rpartition("\n")[2].strip()
    is_prefix = is_first and _PREFIX.match(behind) and is_machine(behind.partition("\n")[0])
    return bool(is_prefix or (_SEEN_IN.search(before) and not _TAKEN.search(_own(before))))


def _is_called(name: Mention, text: str, known: Known) -> bool:
    before, behind = text[: name.start], text[name.end :]
    own = _own(before)
    leads = _TO.search(own)
    if _POINTED_AT.search(before) or (leads and leads["lead"] not in _LEADS_NOWHERE):
        return True
    host = re.match(r":\d{2,5}\b|\.([a-z][-a-z0-9]*)", behind)
    is_host = host and (not host[1] or host[1] in known.namespaces or host[1] == "svc")
    if is_host or _BY_VERB.search(own) or _CALLED.match(behind) or _TAKEN.search(own) or _IP_OF.search(before):
        return True
    return bool(_SERVES_ERRORS.match(behind)) and not words.is_proxy(name.name)


def _is_out(name: Mention, text: str) -> bool:
    """Return whether a name is said to be well, or ruled out."""
    return bool(_WELL.match(text[name.end :]) or _RULED_OUT.search(_own(text[: name.start])))


def _may_call(name: Mention, text: str) -> bool:
    """Return whether a name begins a clause about what it does."""
    behind = text[name.end :]
    is_given = _IS_GIVEN.match(behind) and not symptom_in(_END.split(behind)[0])
    return bool(_SUBJECT.search(text[: name.start]) and _DOES.match(behind) and not is_given)


def _own(before: str) -> str:
    """Return what stands before a name in its own clause."""
    return _END.split(before)[-1]
