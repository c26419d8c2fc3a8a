"""Whether a text is meant for us at all: it asks, complains, or orders something that may be about a Service."""

import re
from collections.abc import Sequence
from itertools import pairwise

from bot.language import vocabulary as words
from bot.language.tokens import Token

_ASKING = (
    (words.QUESTION | words.COMPLAINT | words.CALL | words.REQUEST | words.HEALTH | words.POLICY | words.TRAFFIC)
    - frozenset(("see", "up", "well", "good", "fine", "call", "calls"))
) | frozenset(
    (
        "->",
        "dns",
        "connect",
        "connects",
        "connecting",
        "connected",
        "listens",
        "listening",
        "talk",
        "talking",
        "between",
    )
)
_GETS_TO = frozenset((each, "to") for each in ("get", "gets", "getting", "through"))
_OFF_WITH = frozenset((each, "with") for each in ("off", "up", "happened", "happening")) | {
    (each, "off") for each in ("seems", "looks", "is", "acts", "feels")
}
_POLITE = frozenset((("mind", "checking"), ("mind", "looking"), ("to", "nothing"), ("matches", "nothing")))
_WORKS_AGAIN = frozenset(
    (one, two)
    for one in ("works", "working", "work", "fine", "up", "ok", "okay", "good", "healthy", "green", "back", "alive")
    for two in ("now", "again", "thanks", "thx", "cheers")
) - {("back", "again")}  # which is said of a trouble
_CAUSES = frozenset(("bad", "wrong", "broken", "missing", "down", "expired", "failed", "dead"))
_RESTS = frozenset(("but", "except", "still", "only", "although", "though", "however", "yet"))
_CHANGES = frozenset(
    (
        "deploy",
        "deploys",
        "deployments",
        "merge",
        "merges",
        "change",
        "changes",
        "release",
        "releases",
        "restarts",
        "rollouts",
    )
)
_CARES = frozenset(
    ("own", "owns", "owned", "maintains", "maintain", "wrote", "deployed", "merged", "has", "looking", "handling")
)  # `who owns payments?`
_STATUS = re.compile(r"4\d\d'?s?")  # of HTTP
_DONE_TO_CALLS = frozenset(("dropped", "rejected", "refused", "denied", "ignored", "blocked", "closed"))
_WRITES = frozenset(("writing", "preparing", "drafting", "documenting"))
_PLANS = frozenset(("add", "document", "create", "write", "discuss", "plan"))
_UNKNOWN = frozenset(("somebody", "someone", "anybody", "anyone", "who"))
_TOUCHED = frozenset(("touched", "edited", "broke", "removed", "renamed", "patched", "recreated", "change", "changed"))
_WIRING = frozenset(
    ("selector", "selectors", "label", "labels", "port", "ports", "endpoint", "endpoints", "targetport")
)
_ASIDE = frozenset(("wrong", each) for each in ("channel", "thread", "window", "chat", "person", "room"))
_MOST_ASIDE = 6  # words: more say something of their own
_APPROVES = (["lgtm"], ["approved"], ["+1"], ["shipit"])
_LETS = frozenset(("let", "lets", "letting"))
_TALKS = frozenset(("talk", "connect", "speak", "get"))
WAYS = frozenset(("path", "route", "trace", "tracing"))


def has_intent(tokens: Sequence[Token]) -> bool:
    """Return whether a text asks or complains about something that may be a Service; an `ok` that begins it asks nothing."""
    tokens = tokens[1:] if tokens and tokens[0].low in ("ok", "okay") else tokens
    said = {each.low for each in tokens if not each.quoted}
    has_name = any(each.is_name for each in tokens)
    if _plans_to_look(tokens) or _is_said_aside(tokens) or _asks_who_cares(tokens, said) or _announces(tokens, said):
        return False
    if any(each.symptom for each in tokens) or said & _ASKING:
        return True
    if any(each.is_marked and each.is_name for each in tokens) and not said & words.DID:
        return True
    if said & (words.RECEIVE | words.SERVE) and any(_STATUS.fullmatch(each.low) for each in tokens):
        return True
    if has_name and said & frozenset(("nobody", "nothing", "none")) and said & words.RECEIVE:
        return True
    if tokens and _asks_whether(tokens[0].low, said, has_name=has_name):
        return True
    if _is_said_in_pairs(tokens, said) or _cannot_get(said, has_name=has_name):
        return True
    if {"from", "to"} <= said or ("to" in said and said & WAYS) or is_digest_asked(tokens) or _asks_health(tokens):
        return True
    orders = first_of(tokens) in words.ACTION and not (len(tokens) > 1 and tokens[1].low in ("of", "is"))
    if orders or (first_of(tokens) == "watch" and has_name):
        return True
    is_stopped = _lets_call(tokens) or (bool(said & words.WORKLOAD) and _cannot(tokens))
    is_contrasted = bool(said & words.HEALTH) and _cannot(tokens)  # `kafka is fine, zookeeper isn't`
    return _asks_who_did(tokens, said) or is_stopped or is_contrasted or _cannot_act(said)


def _is_said_aside(tokens: Sequence[Token]) -> bool:
    """Return whether people only say where they are, or approve of something: `sorry, wrong channel`, `lgtm, merge it`."""
    low = [each.low for each in tokens]
    if any(pair in _ASIDE for pair in pairwise(low)) and len(low) <= _MOST_ASIDE:
        return True
    return low[:1] in _APPROVES and not any(each.is_name or each.symptom for each in tokens)


def _cannot_get(said: set[str], *, has_name: bool) -> bool:
    """Return whether a text says that somebody cannot get into something, or something from it."""
    return has_name and bool(said & words.NEGATION) and "get" in said and bool(said & {"into", "from"})


def _cannot_act(said: set[str]) -> bool:
    """Return whether a text says that somebody does not call, serve or work."""
    return bool(
        said & words.NEGATION
        and said
        & (words.CALL | words.PASSIVE | words.SERVE | frozenset(("work", "works", "use", "uses", "open", "load")))
    )


def _asks_who_did(tokens: Sequence[Token], said: set[str]) -> bool:
    """Return whether somebody unknown did something to how a Service is reached: `somebody changed the labels of svc cart`."""
    pairs = pairwise(each.low for each in tokens)
    is_done = any(one in _UNKNOWN and two in words.DID | words.MOVED | _TOUCHED for one, two in pairs)
    return is_done and bool(said & (_WIRING | words.WORKLOAD)) and any(each.is_name for each in tokens)


def _lets_call(tokens: Sequence[Token]) -> bool:
    """Return whether a text asks if something lets one call another: `does the mesh let reviews call ratings`."""
    around = zip(tokens, tokens[1:], tokens[2:], strict=False)
    return any(one.low in _LETS and two.is_name and three.low in words.CALL | _TALKS for one, two, three in around)


def _cannot(tokens: Sequence[Token]) -> bool:
    """Return whether something with a name cannot do what it does: `promtail can't push`."""
    return any(
        one.is_name and not one.ends and two.low in words.NEGATION and two.low.endswith(("n't", "nt", "not"))
        for one, two in pairwise(tokens)
    )


def _announces(tokens: Sequence[Token], said: set[str]) -> bool:
    """Return whether a text only tells of something: `fyi: maintenance of db-proxy tonight`."""
    first = tuple(each.low for each in tokens[:3])
    is_news = first[:1] in (("fyi",), ("heads-up",), ("reminder",), ("psa",))
    writes = first[:1] in (("i",), ("we",), ("i'm",), ("we're",)) and set(first[1:]) & _WRITES
    wills = first[:1] in (("i'll",), ("we'll",)) or first[:2] in (("we", "should"), ("we", "must"))
    plans = wills and set(first[1:]) & _PLANS
    if writes or plans or (is_news and set(first) & (_WRITES | _PLANS)):
        return True  # `I am writing the postmortem for the search outage`
    negated = said - {"no"} if _has_no_changes(tokens) else said
    asks = negated & (words.COMPLAINT | words.QUESTION | words.NEGATION | words.CALL | words.REQUEST)
    return is_news and not (asks or any(each.symptom for each in tokens))


def _has_no_changes(tokens: Sequence[Token]) -> bool:
    """Return whether `no` is said of what people do: `no deploys please`, `no core-banking deploys please`."""
    low = [each.low for each in tokens]
    return any(each == "no" and set(low[at + 1 : at + 3]) & _CHANGES for at, each in enumerate(low))


def is_good_news(tokens: Sequence[Token]) -> bool:
    """Return whether a text says that something works again, and complains of nothing: `cart is fine again, thanks all`.

    What was wrong before is told of it: `was a bad configmap`.
    """
    low = [each.low for each in tokens]
    was = next((at for at, each in enumerate(low) if each == "was"), len(low))
    said = {*low[:was]} | {*low[was + 1 :]} - _CAUSES
    pairs = set(pairwise(low))
    is_back = was < len(low) and not pairs.isdisjoint(
        (("is", "back"), ("are", "back"))
    )  # and not only: `the 502s are back`
    if (pairs.isdisjoint(_WORKS_AGAIN) and not is_back) or low[0] in words.AUX | words.QUESTION | words.REQUEST | {
        "path"
    }:
        return False
    is_wrong = any(each.symptom for each in tokens) or "?" in low or said & _RESTS
    return not is_wrong and not said & (
        words.COMPLAINT | words.NEGATION | words.QUESTION | words.POLICY | words.REQUEST
    )


def _plans_to_look(tokens: Sequence[Token]) -> bool:
    """Return whether somebody says that they will look themselves: `will look at it after standup`."""
    low = [each.low for each in tokens if each.low not in words.FILLER]
    begins = low[:2] in (
        ["will", "look"],
        ["will", "check"],
        ["will", "investigate"],
        ["i'll", "look"],
        ["i'll", "check"],
    )
    is_it = bool({*low[2:5]} & words.PRONOUN)  # what, others have said
    return (
        begins
        and is_it
        and not any(each.symptom for each in tokens)
        and not {each.low for each in tokens} & (words.COMPLAINT | words.NEGATION | words.POLICY | _RESTS)
    )


def _asks_who_cares(tokens: Sequence[Token], said: set[str]) -> bool:
    """Return whether all that is asked is who somebody is, or whose a thing is: `who owns the mailer?`, `who is on call?`."""
    first, second = ([each.low for each in tokens[:2]] + ["", ""])[:2]
    said = said - {"call"} if ("on", "call") in set(pairwise(each.low for each in tokens)) else said
    if (
        first not in ("who", "who's", "whos")
        or said & words.CALL
        or any(each.symptom or each.ends for each in tokens[:-1])
    ):
        return False
    is_person = (first != "who" or second == "is") and not said & (
        words.COMPLAINT | words.HEALTH | words.POLICY | {"->"}
    )
    return is_person or bool(said & _CARES)


def _asks_whether(first: str, said: set[str], *, has_name: bool) -> bool:
    """Return whether a text begins with `is …` and asks for health, or for the pods of something."""
    is_asked = first in ("does", "do", "is", "are", "can") and bool(said & words.WORKLOAD) and has_name
    return is_asked or (first in ("is", "are") and bool(said & words.HEALTH))


def _is_said_in_pairs(tokens: Sequence[Token], said: set[str]) -> bool:
    """Return whether a text says `gets to`, `is off`, or that a namespace is on fire."""
    pairs = set(pairwise(each.low for each in tokens))
    if any(two == "by" and one in _DONE_TO_CALLS for one, two in pairs) and said & words.TRAFFIC:
        return True
    return {"port", "open"} <= said or bool(
        (_GETS_TO | _OFF_WITH | _POLITE) & pairs or (("on", "fire") in pairs and said & words.NAMESPACE)
    )


def _asks_health(tokens: Sequence[Token]) -> bool:
    """Return whether a text says `is it ok`, `fine, but not from …` or `can't log in` beside a name."""
    low = ["", *("" if each.quoted else each.low for each in tokens), ""]
    said = any(
        (one in ("is", "are") and two in words.PRONOUN and three in words.HEALTH)
        or (one in words.HEALTH | {"but"} and two == "not" and three in ("from", "for"))
        or (one in words.NEGATION - {"no"} | {"can", "could"} and two in words.LOG_IN)
        for one, two, three in zip(low, low[1:], low[2:], strict=False)
    )
    return said and any(each.is_name for each in tokens)


def is_digest_asked(tokens: Sequence[Token]) -> bool:
    """Return whether `digest` is what is asked for and no Service's name: `give me a digest of shop`."""
    before = words.DETERMINER | frozenset(("daily", "weekly", "morning"))
    said = ["", *("" if each.quoted else each.low for each in tokens), ""]
    around = zip(said, said[1:], said[2:], strict=False)
    return any(word == "digest" and (one in before and other in ("of", "for", "")) for one, word, other in around)


def first_of(tokens: Sequence[Token]) -> str:
    """Return the first word that says something, where it is not quoted."""
    polite = (words.FILLER | words.PERSON | words.AUX) - words.ACTION
    said = next((each for each in tokens if each.low not in polite), None)
    return said.low if said and not said.quoted else ""
